import { useQuery } from '@tanstack/react-query'
import type { NetworkPeerView, OfferTopicView, TrafficView } from '../../../protocol/network-views.ts'
import { useTRPC } from '../../api/client.ts'
import type { Read } from '../../app/use-reachability.ts'

/** Figures change all the time; they are read this often, and only while this view is looked at. */
const REFRESH_MS = 2_000

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
