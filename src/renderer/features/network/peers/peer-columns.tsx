import { t } from '../../../../locales/translate.ts'
import type { NetworkPeerView } from '../../../../protocol/network-views.ts'
import type { Column } from '../../../components/DataTable.tsx'
import { Identifier } from '../../../components/Identifier.tsx'
import { RelativeTime } from '../../../components/RelativeTime.tsx'
import { Nothing } from '../../../components/TokenCount.tsx'
import { PeerShape } from '../map/PeerShape.tsx'
import { markOf, roundTripWords } from '../map/peer-mark.ts'
import { byteRate } from '../network-words.ts'
import classes from './PeersTab.module.css'

export const peerColumns = (): readonly Column<NetworkPeerView>[] => [
  {
    id: 'peer',
    header: t('network:peers.column.peer'),
    width: 'minmax(118px, 1fr)',
    sortValue: (peer) => peer.peerId,
    cell: (peer) => <Identifier value={peer.peerId} label={t('network:id.peer')} />,
  },
  {
    id: 'way',
    header: t('network:peers.column.way'),
    width: 'minmax(112px, 1fr)',
    sortValue: (peer) => markOf(peer),
    cell: (peer) => (
      <span className={classes.way}>
        <PeerShape mark={markOf(peer)} size={12} />
        {t(`network:map.mark.${markOf(peer)}`)}
      </span>
    ),
  },
  {
    id: 'round-trip',
    header: t('network:peers.column.roundTrip'),
    width: '90px',
    align: 'end',
    sortValue: (peer) => peer.roundTripMs ?? Number.POSITIVE_INFINITY,
    cell: (peer) => (peer.roundTripMs === undefined ? <Nothing /> : roundTripWords(peer.roundTripMs)),
  },
  {
    id: 'received',
    header: t('network:peers.column.received'),
    width: '84px',
    align: 'end',
    sortValue: (peer) => -peer.receivedPerSecond,
    cell: (peer) => byteRate(peer.receivedPerSecond),
  },
  {
    id: 'sent',
    header: t('network:peers.column.sent'),
    width: '84px',
    align: 'end',
    sortValue: (peer) => -peer.sentPerSecond,
    cell: (peer) => byteRate(peer.sentPerSecond),
  },
  {
    id: 'agent',
    header: t('network:peers.column.agent'),
    width: 'minmax(90px, 1fr)',
    fromWidth: 722,
    sortValue: (peer) => peer.agent,
    cell: (peer) => (peer.agent === '' ? <Nothing /> : peer.agent),
  },
  {
    id: 'since',
    header: t('network:peers.column.since'),
    width: '118px',
    align: 'end',
    fromWidth: 632,
    sortValue: (peer) => -peer.connectedAtMs,
    cell: (peer) => <RelativeTime atMs={peer.connectedAtMs} />,
  },
]
