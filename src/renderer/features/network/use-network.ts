import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import type {
  NetworkPeerView,
  OfferTopicView,
  ReachabilityView,
  TrafficView,
} from '../../../protocol/network-views.ts'
import { useTRPC, useTRPCClient } from '../../api/client.ts'
import type { IpcCallContext } from '../../api/ipc-link.ts'

/** Figures change all the time; they are read this often, and only while this view is looked at. */
const REFRESH_MS = 2_000

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

const live = { refetchOnMount: 'always', refetchInterval: REFRESH_MS } as const

export function usePeers(): Read<readonly NetworkPeerView[]> {
  const { data, error, refetch } = useQuery(useTRPC().network.peers.queryOptions(undefined, live))
  return { data, error, retry: () => void refetch() }
}

/** Null while it is off the network. */
export function useTraffic(): Read<TrafficView | null> {
  const { data, error, refetch } = useQuery(useTRPC().network.traffic.queryOptions(undefined, live))
  return { data, error, retry: () => void refetch() }
}

export function useTopics(): Read<readonly OfferTopicView[]> {
  const { data, error, refetch } = useQuery(useTRPC().network.topics.queryOptions(undefined, live))
  return { data, error, retry: () => void refetch() }
}
