import { Button } from '@mantine/core'
import { IconFileCheck, IconFileText, IconReceipt } from '@tabler/icons-react'
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { Trans } from 'react-i18next'
import { i18n, t } from '../../../locales/translate.ts'
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
import { count } from '../../format/numbers.ts'
import { dayAndTime, fullTime } from '../../format/time.ts'
import { StatementDialog } from './StatementDialog.tsx'
import classes from './Statements.module.css'

const PAGE_SIZE = 100

const statementColumns = (): readonly Column<StatementView>[] => [
  {
    id: 'state',
    header: t('earnings:statements.column.state'),
    width: '132px',
    cell: ({ settledAtMs, direction }) =>
      settledAtMs !== undefined ? (
        <ToneBadge tone="earned">{t('earnings:statements.state.settled')}</ToneBadge>
      ) : (
        <ToneBadge tone="waiting">
          {direction === 'credit'
            ? t('earnings:statements.state.sent')
            : t('earnings:statements.state.confirmed')}
        </ToneBadge>
      ),
  },
  {
    id: 'made',
    header: t('earnings:statements.column.made'),
    width: '128px',
    cell: ({ createdAtMs }) => <time title={fullTime(createdAtMs)}>{dayAndTime(createdAtMs)}</time>,
  },
  {
    id: 'with',
    header: t('earnings:statements.column.with'),
    width: 'minmax(150px, 1fr)',
    cell: ({ counterparty, direction }) => (
      <Trans
        i18n={i18n}
        t={t}
        i18nKey={direction === 'credit' ? 'earnings:statements.owedBy' : 'earnings:statements.owedTo'}
        components={{
          dim: <span className={classes.dim} />,
          who: (
            <Identifier
              value={counterparty}
              label={direction === 'credit' ? t('earnings:id.requester') : t('earnings:id.node')}
            />
          ),
        }}
      />
    ),
  },
  {
    id: 'reference',
    header: t('earnings:statements.column.reference'),
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
    header: t('earnings:statements.column.entries'),
    width: '80px',
    align: 'end',
    fromWidth: 640,
    cell: ({ entries }) => count(entries),
  },
  {
    id: 'total',
    header: t('earnings:statements.column.total'),
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
  const columns = useMemo(() => statementColumns(), [])
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
          t('earnings:statements.taken'),
          t('earnings:statements.takenMore', {
            count: settled.entries,
            amount: exactCredits(settled.totalMicro),
          }),
        )
      },
      onError: (failure) => notifyFailure(failure, t('earnings:statements.takeFailed')),
    }),
  )
  return (
    <>
      <div className={classes.bar}>
        <p className={classes.dim}>{t('earnings:statements.lead')}</p>
        <Button leftSection={<IconFileText aria-hidden size={15} />} onClick={() => setMaking(true)}>
          {t('earnings:statements.make')}
        </Button>
        <Button
          leftSection={<IconFileCheck aria-hidden size={15} />}
          loading={settle.isPending}
          onClick={() => settle.mutate()}
        >
          {t('earnings:statements.take')}
        </Button>
      </div>
      <Panel flush grow label={t('earnings:statements.title')}>
        {query.error !== null && pages === undefined ? (
          <ErrorState error={query.error} onRetry={() => void query.refetch()} />
        ) : pages === undefined ? (
          <LoadingRows rows={8} />
        ) : (
          <DataTable
            label={t('earnings:statements.title')}
            rows={statements}
            columns={columns}
            rowId={({ hash }) => hash}
            hasMore={query.hasNextPage}
            onMore={() => {
              if (query.hasNextPage && !query.isFetchingNextPage) void query.fetchNextPage()
            }}
            empty={
              <EmptyState icon={IconReceipt} title={t('earnings:statements.empty')}>
                {t('earnings:statements.emptyMore')}
              </EmptyState>
            }
          />
        )}
      </Panel>
      <StatementDialog opened={isMaking} onClose={() => setMaking(false)} />
    </>
  )
}
