import { useQuery } from '@tanstack/react-query'
import { useTRPC } from '../../api/client.ts'

/** Who serves what in the network changes without telling us. */
const REFRESH_MS = 10_000

export interface TestModels {
  readonly here: readonly string[]
  readonly network: readonly string[]
}

export function useTestModels(): TestModels {
  const { data } = useQuery({
    ...useTRPC().test.models.queryOptions(),
    refetchOnMount: 'always',
    refetchInterval: REFRESH_MS,
  })
  return data ?? { here: [], network: [] }
}
