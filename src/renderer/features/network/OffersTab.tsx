import { IconBroadcast } from '@tabler/icons-react'
import { useMemo } from 'react'
import { t } from '../../../locales/translate.ts'
import type { OfferTopicView } from '../../../protocol/network-views.ts'
import { type Column, DataTable } from '../../components/DataTable.tsx'
import { EmptyState, LoadingRows } from '../../components/EmptyState.tsx'
import { ErrorState } from '../../components/ErrorState.tsx'
import { Panel } from '../../components/Panel.tsx'
import { RelativeTime } from '../../components/RelativeTime.tsx'
import { Nothing } from '../../components/TokenCount.tsx'
import { count } from '../../format/numbers.ts'
import { shareWords } from './network-words.ts'
import classes from './OffersTab.module.css'
import { useTopics } from './use-network.ts'

/** The models whose offers this node listens for, and what it heard. */
export function OffersTab({ isOnline }: { readonly isOnline: boolean }) {
  const { data, error, retry } = useTopics()
  const columns = useMemo(() => topicColumns(), [])
  if (data === undefined) {
    return error === null ? (
      <Panel title={t('network:offers.title')}>
        <LoadingRows rows={6} />
      </Panel>
    ) : (
      <ErrorState error={error} onRetry={retry} />
    )
  }
  return (
    <Panel
      title={
        data.length === 0 ? t('network:offers.title') : t('network:offers.titleFor', { count: data.length })
      }
      flush
    >
      <p className={classes.lead}>{t('network:offers.lead')}</p>
      <div className={classes.table}>
        <DataTable
          label={t('network:offers.table')}
          rows={data}
          columns={columns}
          rowId={({ model }) => model}
          rowHeight={40}
          empty={
            <EmptyState
              icon={IconBroadcast}
              title={isOnline ? t('network:offers.empty') : t('network:notConnected')}
            >
              {isOnline ? t('network:offers.emptyMore') : t('network:offers.offlineMore')}
            </EmptyState>
          }
        />
      </div>
    </Panel>
  )
}

const topicColumns = (): readonly Column<OfferTopicView>[] => [
  {
    id: 'model',
    header: t('network:offers.column.model'),
    width: 'minmax(160px, 2fr)',
    sortValue: ({ model }) => model,
    cell: ({ model }) => <span title={model}>{model}</span>,
  },
  {
    id: 'part',
    header: t('network:offers.column.part'),
    width: 'minmax(110px, 1fr)',
    sortValue: ({ parts }) => parts,
    cell: shareWords,
  },
  {
    id: 'peers',
    header: t('network:offers.column.peers'),
    width: 'minmax(130px, 1fr)',
    align: 'end',
    sortValue: ({ peers }) => -peers,
    cell: ({ peers, parts, peersInPart }) =>
      parts === 1 ? count(peers) : t('network:offers.inPart', { peers, inPart: peersInPart }),
  },
  {
    id: 'heard',
    header: t('network:offers.column.heard'),
    width: '110px',
    align: 'end',
    sortValue: ({ offersHeard }) => -offersHeard,
    cell: ({ offersHeard }) => count(offersHeard),
  },
  {
    id: 'last',
    header: t('network:offers.column.last'),
    width: '118px',
    align: 'end',
    sortValue: ({ lastHeardAtMs }) => -(lastHeardAtMs ?? 0),
    cell: ({ lastHeardAtMs }) =>
      lastHeardAtMs === undefined ? <Nothing /> : <RelativeTime atMs={lastHeardAtMs} />,
  },
]
