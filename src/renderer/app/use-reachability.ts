import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import type { ReachabilityView } from '../../protocol/network-views.ts'
import { useTRPC, useTRPCClient } from '../api/client.ts'
import type { IpcCallContext } from '../api/ipc-link.ts'

/** What was read of the node; kept while reading it again fails. */
export interface Read<Data> {
  readonly data: Data | undefined
  readonly error: unknown
  readonly retry: () => void
}

/** How this node is reached, followed while somebody looks; null while it is off the network. */
export function useReachability(): Read<ReachabilityView | null> {
  const trpc = useTRPC()
  const client = useTRPCClient()
  const cache = useQueryClient()
  const { data, error, refetch } = useQuery(trpc.network.reachability.queryOptions())
  useEffect(() => {
    const subscription = client.network.onReachability.subscribe(undefined, {
      context: { resubscribe: true } satisfies IpcCallContext as Record<string, unknown>,
      onData: (view) => cache.setQueryData(trpc.network.reachability.queryKey(), view),
    })
    return () => subscription.unsubscribe()
  }, [trpc, client, cache])
  return { data, error, retry: () => void refetch() }
}
