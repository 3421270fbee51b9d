import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { t } from '../../../../locales/translate.ts'
import type { PeerStandingView } from '../../../../protocol/peer-views.ts'
import { useTRPC } from '../../../api/client.ts'
import { notifyFailure } from '../../../app/notify.tsx'
import type { Read } from '../../../app/use-reachability.ts'

/** Misdeeds are rare, and other processes of the folder write rules, too. */
const REFRESH_MS = 5_000
/** All that are kept. */
const MISDEEDS = 1_000

/** The operator's rules, who is kept out, and, where the log is shown, what peers did wrong. */
export function useStanding({ log }: { readonly log: boolean }): Read<PeerStandingView> {
  const { data, error, refetch } = useQuery(
    useTRPC().peers.standing.queryOptions(
      { misdeeds: log ? MISDEEDS : 0 },
      { refetchOnMount: 'always', refetchInterval: REFRESH_MS },
    ),
  )
  return { data, error, retry: () => void refetch() }
}

/** Makes or takes away a rule. `onProblem` shows a failure beside what was entered; otherwise it is told as a notice. */
export function useSetRule({
  onDone,
  onProblem,
}: {
  onDone?: () => void
  onProblem?: (error: unknown) => void
} = {}) {
  const trpc = useTRPC()
  const cache = useQueryClient()
  return useMutation(
    trpc.peers.setRule.mutationOptions({
      onSuccess: async () => {
        onDone?.()
        // Awaited, so that the choice is shown as made until the node has said so itself.
        await Promise.all([
          cache.invalidateQueries(trpc.peers.pathFilter()),
          cache.invalidateQueries(trpc.network.peers.pathFilter()),
        ])
      },
      onError: (error) =>
        onProblem === undefined ? notifyFailure(error, t('network:rules.failed')) : onProblem(error),
    }),
  )
}
