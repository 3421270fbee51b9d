import { useQuery } from '@tanstack/react-query'
import type { FirstRunView } from '../../protocol/first-run-views.ts'
import { useTRPC } from '../api/client.ts'

/** How far the set-up is, kept up to date by LiveUpdates; undefined until the node has answered for the first time. */
export function useFirstRun(): {
  readonly view: FirstRunView | undefined
  readonly error: unknown
  readonly refetch: () => void
} {
  const { data, error, refetch } = useQuery(useTRPC().firstRun.view.queryOptions())
  return { view: data, error, refetch: () => void refetch() }
}
