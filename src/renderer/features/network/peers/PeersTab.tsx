import { Button, TextInput } from '@mantine/core'
import { IconPlus, IconSearch, IconTopologyStar3 } from '@tabler/icons-react'
import { useState } from 'react'
import type { NetworkPeerView } from '../../../../protocol/network-views.ts'
import type { Read } from '../../../app/use-reachability.ts'
import { DataTable } from '../../../components/DataTable.tsx'
import { EmptyState, LoadingRows } from '../../../components/EmptyState.tsx'
import { ErrorState } from '../../../components/ErrorState.tsx'
import { Panel } from '../../../components/Panel.tsx'
import { Segmented } from '../../../components/Segmented.tsx'
import { plural } from '../../../format/numbers.ts'
import { PeerMap } from '../map/PeerMap.tsx'
import classes from './PeersTab.module.css'
import { peerColumns } from './peer-columns.tsx'

const wayOptions = [
  { value: 'all', label: 'All' },
  { value: 'direct', label: 'Direct' },
  { value: 'relayed', label: 'Over relays' },
] as const
type Way = (typeof wayOptions)[number]['value']

export interface PeersTabProps {
  readonly peers: Read<readonly NetworkPeerView[]>
  readonly isOnline: boolean
  readonly openId: string | undefined
  readonly onOpen: (peerId: string) => void
  readonly onAdd: () => void
}

/** Who is connected: drawn, and as a table. */
export function PeersTab({
  peers: { data: peers, error, retry },
  isOnline,
  openId,
  onOpen,
  onAdd,
}: PeersTabProps) {
  const [search, setSearch] = useState('')
  const [way, setWay] = useState<Way>('all')
  const wanted = search.trim().toLowerCase()
  const isShown = (peer: NetworkPeerView) =>
    (way === 'all' || peer.way === way) &&
    `${peer.peerId} ${peer.address} ${peer.agent}`.toLowerCase().includes(wanted)

  if (error !== null && peers === undefined) return <ErrorState error={error} onRetry={retry} />
  if (peers === undefined)
    return (
      <Panel title="Peers">
        <LoadingRows rows={8} />
      </Panel>
    )
  if (peers.length === 0)
    return (
      <Panel title="Peers" flush>
        <EmptyState
          icon={IconTopologyStar3}
          title={isOnline ? 'No other computer found yet' : 'Not connected'}
          action={
            isOnline && (
              <Button leftSection={<IconPlus aria-hidden size={14} />} onClick={onAdd}>
                Add a computer
              </Button>
            )
          }
        >
          {isOnline
            ? 'Computers in the same local network find each other, where both look for others there and the network lets them. For any other, add the address that its operator copied from this view.'
            : 'Join the network to find other computers.'}
        </EmptyState>
      </Panel>
    )
  return (
    <Panel
      title={plural(peers.length, 'peer')}
      flush
      aside={
        <>
          <Segmented label="How they are connected" value={way} options={wayOptions} onChange={setWay} />
          <TextInput
            aria-label="Search peers"
            placeholder="Id, address or program"
            leftSection={<IconSearch aria-hidden size={14} />}
            value={search}
            onChange={(event) => setSearch(event.currentTarget.value)}
            w={190}
          />
        </>
      }
    >
      <div className={classes.both}>
        <PeerMap peers={peers} isShown={isShown} openId={openId} onOpen={onOpen} />
        <div className={classes.table}>
          <DataTable
            label="Peers"
            rows={peers.filter(isShown)}
            columns={peerColumns}
            rowId={(peer) => peer.peerId}
            rowHeight={36}
            onOpen={(peer) => onOpen(peer.peerId)}
            openId={openId}
            empty={
              <EmptyState icon={IconSearch} title="No peer is like that">
                Search for part of its id, address or program.
              </EmptyState>
            }
          />
        </div>
      </div>
    </Panel>
  )
}
