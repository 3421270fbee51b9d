import { useQuery } from '@tanstack/react-query'
import type { PullView } from '../../../../protocol/pull-views.ts'
import { useTRPC } from '../../../api/client.ts'

/** The downloads, kept up to date by LiveUpdates. */
export function usePulls(): {
  readonly data: readonly PullView[] | undefined
  readonly error: unknown
  readonly refetch: () => void
} {
  const { data, error, refetch } = useQuery(useTRPC().pulls.list.queryOptions())
  return { data, error, refetch: () => void refetch() }
}
