import { Button } from '@mantine/core'
import { IconFileCheck, IconFileText, IconReceipt } from '@tabler/icons-react'
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import type { StatementView } from '../../../protocol/earnings-views.ts'
import { useTRPC, useTRPCClient } from '../../api/client.ts'
import { notifyDone, notifyFailure } from '../../app/notify.tsx'
import { Credits } from '../../components/Credits.tsx'
import { type Column, DataTable } from '../../components/DataTable.tsx'
import { EmptyState, LoadingRows } from '../../components/EmptyState.tsx'
import { ErrorState } from '../../components/ErrorState.tsx'
import { Identifier } from '../../components/Identifier.tsx'
import { Panel } from '../../components/Panel.tsx'
import { ToneBadge } from '../../components/StateBadge.tsx'
import { exactCredits } from '../../format/credits.ts'
import { count, plural } from '../../format/numbers.ts'
import { dayAndTime, fullTime } from '../../format/time.ts'
import { StatementDialog } from './StatementDialog.tsx'
import classes from './Statements.module.css'

const PAGE_SIZE = 100

const columns: readonly Column<StatementView>[] = [
  {
    id: 'state',
    header: 'State',
    width: '132px',
    cell: ({ settledAtMs, direction }) =>
      settledAtMs !== undefined ? (
        <ToneBadge tone="earned">Settled</ToneBadge>
      ) : (
        <ToneBadge tone="waiting">{direction === 'credit' ? 'Sent out' : 'Confirmed'}</ToneBadge>
      ),
  },
  {
    id: 'made',
    header: 'Made',
    width: '112px',
    cell: ({ createdAtMs }) => <time title={fullTime(createdAtMs)}>{dayAndTime(createdAtMs)}</time>,
  },
  {
    id: 'with',
    header: 'With',
    width: 'minmax(150px, 1fr)',
    cell: ({ counterparty, direction }) => (
      <>
        <span className={classes.dim}>{direction === 'credit' ? 'owed by ' : 'owed to '}</span>
        <Identifier value={counterparty} label={direction === 'credit' ? 'requester' : 'node'} />
      </>
    ),
  },
  {
    id: 'reference',
    header: 'Settled by',
    width: 'minmax(90px, 1fr)',
    fromWidth: 760,
    cell: ({ settledAtMs, reference }) => (
      <span className={classes.dim} title={settledAtMs === undefined ? undefined : fullTime(settledAtMs)}>
        {reference ?? ''}
      </span>
    ),
  },
  {
    id: 'entries',
    header: 'Entries',
    width: '80px',
    align: 'end',
    fromWidth: 640,
    cell: ({ entries }) => count(entries),
  },
  {
    id: 'total',
    header: 'Credits',
    width: '122px',
    align: 'end',
    cell: ({ totalMicro }) => <Credits micro={totalMicro} form="aligned" />,
  },
]

/** What is owed and was stated, and how it was settled: the way from a signed receipt to money. */
export function Statements() {
  const trpc = useTRPC()
  const client = useTRPCClient()
  const cache = useQueryClient()
  const [isMaking, setMaking] = useState(false)
  const query = useInfiniteQuery({
    queryKey: [...trpc.earnings.statements.queryKey(), 'pages'],
    queryFn: ({ pageParam, signal }): Promise<readonly StatementView[]> =>
      client.earnings.statements.query(
        { ...(pageParam !== undefined && { cursor: pageParam }), limit: PAGE_SIZE },
        { signal },
      ),
    initialPageParam: undefined as Pick<StatementView, 'createdAtMs' | 'hash'> | undefined,
    getNextPageParam: (page) => {
      const last = page.at(-1)
      return page.length < PAGE_SIZE || last === undefined
        ? undefined
        : { createdAtMs: last.createdAtMs, hash: last.hash }
    },
    refetchOnMount: 'always',
  })
  const pages: readonly (readonly StatementView[])[] | undefined = query.data?.pages
  const statements = useMemo(() => (pages ?? []).flat(), [pages])
  const settle = useMutation(
    trpc.earnings.settleFile.mutationOptions({
      onSuccess: (settled: { entries: number; totalMicro: string } | null) => {
        if (settled === null) return
        void cache.invalidateQueries(trpc.earnings.pathFilter())
        notifyDone(
          'Settlement taken',
          `${plural(settled.entries, 'entry', 'entries')}, ${exactCredits(settled.totalMicro)} credits are settled`,
        )
      },
      onError: (failure) => notifyFailure(failure, 'The settlement could not be taken'),
    }),
  )
  return (
    <>
      <div className={classes.bar}>
        <p className={classes.dim}>
          A statement says what a requester owes you. It checks it, pays as you two agreed, and answers with a
          signed settlement. Nothing here moves money.
        </p>
        <Button leftSection={<IconFileText aria-hidden size={15} />} onClick={() => setMaking(true)}>
          Make a statement…
        </Button>
        <Button
          leftSection={<IconFileCheck aria-hidden size={15} />}
          loading={settle.isPending}
          onClick={() => settle.mutate()}
        >
          Take a settlement…
        </Button>
      </div>
      <Panel flush grow label="Statements">
        {query.error !== null && pages === undefined ? (
          <ErrorState error={query.error} onRetry={() => void query.refetch()} />
        ) : pages === undefined ? (
          <LoadingRows rows={8} />
        ) : (
          <DataTable
            label="Statements"
            rows={statements}
            columns={columns}
            rowId={({ hash }) => hash}
            hasMore={query.hasNextPage}
            onMore={() => {
              if (query.hasNextPage && !query.isFetchingNextPage) void query.fetchNextPage()
            }}
            empty={
              <EmptyState icon={IconReceipt} title="No statements yet">
                One is written for each requester that owes you something, as often as Settings say. You can
                make one at any time.
              </EmptyState>
            }
          />
        )}
      </Panel>
      <StatementDialog opened={isMaking} onClose={() => setMaking(false)} />
    </>
  )
}
