import { IconBroadcast } from '@tabler/icons-react'
import type { OfferTopicView } from '../../../protocol/network-views.ts'
import { type Column, DataTable } from '../../components/DataTable.tsx'
import { EmptyState, LoadingRows } from '../../components/EmptyState.tsx'
import { ErrorState } from '../../components/ErrorState.tsx'
import { Panel } from '../../components/Panel.tsx'
import { RelativeTime } from '../../components/RelativeTime.tsx'
import { Nothing } from '../../components/TokenCount.tsx'
import { count, plural } from '../../format/numbers.ts'
import { shareWords } from './network-words.ts'
import classes from './OffersTab.module.css'
import { useTopics } from './use-network.ts'

/** The models whose offers this node listens for, and what it heard. */
export function OffersTab({ isOnline }: { readonly isOnline: boolean }) {
  const { data, error, retry } = useTopics()
  if (data === undefined) {
    return error === null ? (
      <Panel title="Offers">
        <LoadingRows rows={6} />
      </Panel>
    ) : (
      <ErrorState error={error} onRetry={retry} />
    )
  }
  return (
    <Panel title={data.length === 0 ? 'Offers' : `Offers for ${plural(data.length, 'model')}`} flush>
      <p className={classes.lead}>
        Requesters publish offers of tasks by model, and you hear those for the models that you serve. A model
        with many nodes is divided into parts, each node in one of them, so that nobody hears more than it can
        use.
      </p>
      <div className={classes.table}>
        <DataTable
          label="Offers by model"
          rows={data}
          columns={columns}
          rowId={({ model }) => model}
          rowHeight={40}
          empty={
            <EmptyState icon={IconBroadcast} title={isOnline ? 'You listen for no offers' : 'Not connected'}>
              {isOnline
                ? 'Load a model, and offers for it come in by themselves.'
                : 'Join the network to hear offers for your models.'}
            </EmptyState>
          }
        />
      </div>
    </Panel>
  )
}

const columns: readonly Column<OfferTopicView>[] = [
  {
    id: 'model',
    header: 'Model',
    width: 'minmax(160px, 2fr)',
    sortValue: ({ model }) => model,
    cell: ({ model }) => <span title={model}>{model}</span>,
  },
  {
    id: 'part',
    header: 'You hear',
    width: 'minmax(110px, 1fr)',
    sortValue: ({ parts }) => parts,
    cell: shareWords,
  },
  {
    id: 'peers',
    header: 'Peers that serve it',
    width: 'minmax(130px, 1fr)',
    align: 'end',
    sortValue: ({ peers }) => -peers,
    cell: ({ peers, parts, peersInPart }) =>
      parts === 1 ? count(peers) : `${count(peers)}, ${count(peersInPart)} in your part`,
  },
  {
    id: 'heard',
    header: 'Offers heard',
    width: '110px',
    align: 'end',
    sortValue: ({ offersHeard }) => -offersHeard,
    cell: ({ offersHeard }) => count(offersHeard),
  },
  {
    id: 'last',
    header: 'Last one',
    width: '100px',
    align: 'end',
    sortValue: ({ lastHeardAtMs }) => -(lastHeardAtMs ?? 0),
    cell: ({ lastHeardAtMs }) =>
      lastHeardAtMs === undefined ? <Nothing /> : <RelativeTime atMs={lastHeardAtMs} />,
  },
]
