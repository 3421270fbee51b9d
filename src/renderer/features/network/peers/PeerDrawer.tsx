import { useQuery } from '@tanstack/react-query'
import { useTRPC } from '../../../api/client.ts'
import { DetailsDrawer } from '../../../components/DetailsDrawer.tsx'
import { LoadingRows } from '../../../components/EmptyState.tsx'
import { ErrorState } from '../../../components/ErrorState.tsx'
import { PeerDetails } from './PeerDetails.tsx'

const REFRESH_MS = 2_000

export interface PeerDrawerProps {
  readonly openId: string | undefined
  /** The ids of the list it was opened from: the arrows walk through it. */
  readonly neighbours: readonly string[]
  readonly onMove: (peerId: string) => void
  readonly onClose: () => void
}

/** All there is to know about one peer, connected or not. */
export function PeerDrawer({ openId, neighbours, onMove, onClose }: PeerDrawerProps) {
  const at = openId === undefined ? -1 : neighbours.indexOf(openId)
  const step = (by: number) => {
    const next = at === -1 ? undefined : neighbours[at + by]
    return next === undefined ? undefined : () => onMove(next)
  }
  return (
    <DetailsDrawer
      opened={openId !== undefined}
      what="peer"
      onPrevious={step(-1)}
      onNext={step(1)}
      onClose={onClose}
    >
      {openId !== undefined && <OpenPeer key={openId} peerId={openId} />}
    </DetailsDrawer>
  )
}

function OpenPeer({ peerId }: { readonly peerId: string }) {
  const { data, error, refetch } = useQuery(
    useTRPC().peers.detail.queryOptions(
      { peerId },
      { refetchOnMount: 'always', refetchInterval: REFRESH_MS },
    ),
  )
  if (data !== undefined) return <PeerDetails peer={data} />
  if (error !== null) return <ErrorState error={error} onRetry={() => void refetch()} />
  return <LoadingRows rows={8} />
}
