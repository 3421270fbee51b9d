import type { NetworkPeerView } from '../../../../protocol/network-views.ts'
import type { Column } from '../../../components/DataTable.tsx'
import { Identifier } from '../../../components/Identifier.tsx'
import { RelativeTime } from '../../../components/RelativeTime.tsx'
import { Nothing } from '../../../components/TokenCount.tsx'
import { PeerShape } from '../map/PeerShape.tsx'
import { markOf, markWords, roundTripWords } from '../map/peer-mark.ts'
import { byteRate } from '../network-words.ts'
import classes from './PeersTab.module.css'

export const peerColumns: readonly Column<NetworkPeerView>[] = [
  {
    id: 'peer',
    header: 'Peer',
    width: 'minmax(118px, 1fr)',
    sortValue: (peer) => peer.peerId,
    cell: (peer) => <Identifier value={peer.peerId} label="peer id" />,
  },
  {
    id: 'way',
    header: 'Connected',
    width: 'minmax(112px, 1fr)',
    sortValue: (peer) => markOf(peer),
    cell: (peer) => (
      <span className={classes.way}>
        <PeerShape mark={markOf(peer)} size={12} />
        {markWords[markOf(peer)]}
      </span>
    ),
  },
  {
    id: 'round-trip',
    header: 'Round trip',
    width: '90px',
    align: 'end',
    sortValue: (peer) => peer.roundTripMs ?? Number.POSITIVE_INFINITY,
    cell: (peer) => (peer.roundTripMs === undefined ? <Nothing /> : roundTripWords(peer.roundTripMs)),
  },
  {
    id: 'received',
    header: 'In',
    width: '84px',
    align: 'end',
    sortValue: (peer) => -peer.receivedPerSecond,
    cell: (peer) => byteRate(peer.receivedPerSecond),
  },
  {
    id: 'sent',
    header: 'Out',
    width: '84px',
    align: 'end',
    sortValue: (peer) => -peer.sentPerSecond,
    cell: (peer) => byteRate(peer.sentPerSecond),
  },
  {
    id: 'agent',
    header: 'Program',
    width: 'minmax(90px, 1fr)',
    fromWidth: 700,
    sortValue: (peer) => peer.agent,
    cell: (peer) => (peer.agent === '' ? <Nothing /> : peer.agent),
  },
  {
    id: 'since',
    header: 'Since',
    width: '90px',
    align: 'end',
    fromWidth: 604,
    sortValue: (peer) => -peer.connectedAtMs,
    cell: (peer) => <RelativeTime atMs={peer.connectedAtMs} />,
  },
]
