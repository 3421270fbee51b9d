import { IconCoins } from '@tabler/icons-react'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { t } from '../../../locales/translate.ts'
import type { LedgerEntryView } from '../../../protocol/earnings-views.ts'
import { useTRPC, useTRPCClient } from '../../api/client.ts'
import { useNavigate } from '../../app/use-route.ts'
import { Credits } from '../../components/Credits.tsx'
import { type Column, DataTable } from '../../components/DataTable.tsx'
import { EmptyState, LoadingRows } from '../../components/EmptyState.tsx'
import { ErrorState } from '../../components/ErrorState.tsx'
import { Identifier } from '../../components/Identifier.tsx'
import { Panel } from '../../components/Panel.tsx'
import { Segmented } from '../../components/Segmented.tsx'
import { ToneBadge } from '../../components/StateBadge.tsx'
import { count } from '../../format/numbers.ts'
import { dayAndTime, fullTime } from '../../format/time.ts'
import { ENTRY_PAGE_SIZE, type EntryPages, entryPagesKey, nextBeforeSeq } from './entry-pages.ts'
import classes from './LedgerTable.module.css'

const directions = ['all', 'credit', 'debit'] as const
type Direction = (typeof directions)[number]

const ledgerColumns = (): readonly Column<LedgerEntryView>[] => [
  {
    id: 'seq',
    header: '#',
    width: '74px',
    cell: (entry) => <span className={classes.dim}>{count(entry.seq)}</span>,
  },
  {
    id: 'when',
    header: t('earnings:ledger.column.when'),
    width: '128px',
    cell: (entry) => <time title={fullTime(entry.createdAtMs)}>{dayAndTime(entry.createdAtMs)}</time>,
  },
  {
    id: 'state',
    header: t('earnings:ledger.column.state'),
    width: '132px',
    cell: ({ state, direction }) => (
      <ToneBadge tone="earned">
        {state === 'settled' ? t('earnings:ledger.state.settled') : t(`earnings:ledger.state.${direction}`)}
      </ToneBadge>
    ),
  },
  {
    id: 'model',
    header: t('earnings:ledger.column.model'),
    width: 'minmax(90px, 1.6fr)',
    fromWidth: 710,
    cell: (entry) => entry.model,
  },
  {
    id: 'with',
    header: t('earnings:ledger.column.with'),
    width: 'minmax(134px, 1fr)',
    cell: (entry) => (
      <span className={classes.dim}>
        <Identifier
          value={entry.counterparty}
          label={entry.direction === 'credit' ? t('earnings:id.requester') : t('earnings:id.node')}
        />
      </span>
    ),
  },
  {
    id: 'hash',
    header: t('earnings:ledger.column.hash'),
    width: '134px',
    fromWidth: 850,
    cell: (entry) => (
      <span className={classes.dim}>
        <Identifier value={entry.hash} label={t('earnings:id.entryHash')} />
      </span>
    ),
  },
  {
    id: 'amount',
    header: t('earnings:ledger.column.amount'),
    width: '122px',
    align: 'end',
    cell: (entry) => (
      <span data-direction={entry.direction} className={classes.amount}>
        <Credits micro={entry.amountMicro} form="aligned" sign={entry.direction === 'credit' ? '+' : '−'} />
      </span>
    ),
  },
]

/** The ledger itself, newest first; an entry opens the task it came from. */
export function LedgerTable() {
  const client = useTRPCClient()
  const trpc = useTRPC()
  const navigate = useNavigate()
  const columns = useMemo(() => ledgerColumns(), [])
  const [direction, setDirection] = useState<Direction>('all')
  const query = useInfiniteQuery({
    queryKey: entryPagesKey(trpc.earnings.entries.queryKey()),
    queryFn: ({ pageParam }): Promise<LedgerEntryView[]> =>
      client.earnings.entries.query({
        ...(pageParam !== null && { beforeSeq: pageParam }),
        limit: ENTRY_PAGE_SIZE,
      }),
    initialPageParam: null as number | null,
    getNextPageParam: (page) => nextBeforeSeq(page, ENTRY_PAGE_SIZE),
  })
  const { hasNextPage, isFetchingNextPage, fetchNextPage, refetch } = query
  const pages: EntryPages | undefined = query.data
  const entries = useMemo(
    () => (pages?.pages.flat() ?? []).filter((entry) => direction === 'all' || entry.direction === direction),
    [pages, direction],
  )
  return (
    <Panel
      title={t('earnings:ledger.title')}
      flush
      grow
      aside={
        <Segmented
          label={t('earnings:ledger.direction.label')}
          value={direction}
          options={directions.map((value) => ({ value, label: t(`earnings:ledger.direction.${value}`) }))}
          onChange={setDirection}
        />
      }
    >
      {query.error !== null && pages === undefined ? (
        <ErrorState error={query.error} onRetry={() => void refetch()} />
      ) : pages === undefined ? (
        <LoadingRows />
      ) : (
        <DataTable
          label={t('earnings:ledger.title')}
          rows={entries}
          columns={columns}
          rowId={(entry) => String(entry.seq)}
          rowHeight={36}
          onOpen={(entry) =>
            navigate({
              view: 'tasks',
              task: { role: entry.direction === 'credit' ? 'executed' : 'requested', taskId: entry.taskId },
            })
          }
          hasMore={hasNextPage}
          onMore={() => {
            if (!isFetchingNextPage) void fetchNextPage()
          }}
          empty={
            <EmptyState icon={IconCoins} title={t('earnings:ledger.empty')}>
              {t('earnings:ledger.emptyMore')}
            </EmptyState>
          }
        />
      )}
    </Panel>
  )
}
