import { useQuery } from '@tanstack/react-query'
import { useTRPC } from '../../../api/client.ts'

/** Tokens a second that a model writes right now; undefined while it writes nothing. */
export function useModelSpeed(name: string): number | undefined {
  const { data } = useQuery(useTRPC().models.speeds.queryOptions())
  return data?.find((speed) => speed.name === name)?.tokensPerSecond
}
