import { Button, TextInput } from '@mantine/core'
import { IconPlus, IconSearch, IconTopologyStar3 } from '@tabler/icons-react'
import { useMemo, useState } from 'react'
import { t } from '../../../../locales/translate.ts'
import type { NetworkPeerView } from '../../../../protocol/network-views.ts'
import type { Read } from '../../../app/use-reachability.ts'
import { DataTable } from '../../../components/DataTable.tsx'
import { EmptyState, LoadingRows } from '../../../components/EmptyState.tsx'
import { ErrorState } from '../../../components/ErrorState.tsx'
import { Panel } from '../../../components/Panel.tsx'
import { Segmented } from '../../../components/Segmented.tsx'
import { PeerMap } from '../map/PeerMap.tsx'
import classes from './PeersTab.module.css'
import { peerColumns } from './peer-columns.tsx'

const ways = ['all', 'direct', 'relayed'] as const
type Way = (typeof ways)[number]

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
  const columns = useMemo(() => peerColumns(), [])
  const [search, setSearch] = useState('')
  const [way, setWay] = useState<Way>('all')
  const wanted = search.trim().toLowerCase()
  const isShown = (peer: NetworkPeerView) =>
    (way === 'all' || peer.way === way) &&
    `${peer.peerId} ${peer.address} ${peer.agent}`.toLowerCase().includes(wanted)

  if (error !== null && peers === undefined) return <ErrorState error={error} onRetry={retry} />
  if (peers === undefined)
    return (
      <Panel title={t('network:peers.title')}>
        <LoadingRows rows={8} />
      </Panel>
    )
  if (peers.length === 0)
    return (
      <Panel title={t('network:peers.title')} flush>
        <EmptyState
          icon={IconTopologyStar3}
          title={isOnline ? t('network:peers.none') : t('network:notConnected')}
          action={
            isOnline && (
              <Button leftSection={<IconPlus aria-hidden size={14} />} onClick={onAdd}>
                {t('network:add.open')}
              </Button>
            )
          }
        >
          {isOnline ? t('network:peers.noneMore') : t('network:peers.offlineMore')}
        </EmptyState>
      </Panel>
    )
  return (
    <Panel
      title={t('network:peers.count', { count: peers.length })}
      flush
      aside={
        <>
          <Segmented
            label={t('network:peers.way.label')}
            value={way}
            options={ways.map((value) => ({ value, label: t(`network:peers.way.${value}`) }))}
            onChange={setWay}
          />
          <TextInput
            aria-label={t('network:peers.search')}
            placeholder={t('network:peers.searchHint')}
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
            label={t('network:peers.title')}
            rows={peers.filter(isShown)}
            columns={columns}
            rowId={(peer) => peer.peerId}
            rowHeight={36}
            onOpen={(peer) => onOpen(peer.peerId)}
            openId={openId}
            empty={
              <EmptyState icon={IconSearch} title={t('network:peers.unfound')}>
                {t('network:peers.unfoundMore')}
              </EmptyState>
            }
          />
        </div>
      </div>
    </Panel>
  )
}
