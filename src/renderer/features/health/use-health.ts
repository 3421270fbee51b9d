import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { t } from '../../../locales/translate.ts'
import type { HealthMend, HealthView } from '../../../protocol/health-views.ts'
import { useTRPC } from '../../api/client.ts'
import { notifyFailure } from '../../app/notify.tsx'
import type { Read } from '../../app/use-reachability.ts'

/** What the checks found; kept up to date by `LiveUpdates`. */
export function useHealth(): Read<HealthView> {
  const { data, error, refetch } = useQuery(useTRPC().health.view.queryOptions())
  return { data, error, retry: () => void refetch() }
}

/** All that the node does by itself: without `open`, which only leads somewhere. */
export type NodeMend = Exclude<HealthMend, { act: 'open' }>

/** Mends something, and says so where it did not work. What came of it, the checks say. */
export function useMend(): {
  readonly mend: (mend: NodeMend) => void
  /** What is being done. */
  readonly pending: NodeMend | undefined
} {
  const trpc = useTRPC()
  const cache = useQueryClient()
  const { mutate, isPending, variables } = useMutation(
    trpc.health.mend.mutationOptions({
      onSuccess: (view) => cache.setQueryData(trpc.health.view.queryKey(), view),
      onError: (error) => notifyFailure(error, t('health:mendFailed')),
    }),
  )
  return { mend: (mend) => mutate(mend), pending: isPending ? variables : undefined }
}

export function useRefreshHealth(): { readonly refresh: () => void; readonly isPending: boolean } {
  const trpc = useTRPC()
  const cache = useQueryClient()
  const { mutate, isPending } = useMutation(
    trpc.health.refresh.mutationOptions({
      onSuccess: (view) => cache.setQueryData(trpc.health.view.queryKey(), view),
      onError: (error) => notifyFailure(error, t('health:unreadable')),
    }),
  )
  return { refresh: () => mutate(), isPending }
}
