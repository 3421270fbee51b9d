import { Button } from '@mantine/core'
import { IconCoins } from '@tabler/icons-react'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { t } from '../../../locales/translate.ts'
import type { UnpaidCauseView, UnpaidTaskPage, UnpaidTaskView } from '../../../protocol/earnings-views.ts'
import type { UnpaidCode } from '../../../protocol/payment.ts'
import { useTRPC } from '../../api/client.ts'
import { useNavigate } from '../../app/use-route.ts'
import { Credits } from '../../components/Credits.tsx'
import { type Column, DataTable } from '../../components/DataTable.tsx'
import { EmptyState, LoadingRows } from '../../components/EmptyState.tsx'
import { ErrorState } from '../../components/ErrorState.tsx'
import { Identifier } from '../../components/Identifier.tsx'
import { Panel } from '../../components/Panel.tsx'
import { ToneBadge, ToneIcon } from '../../components/StateBadge.tsx'
import { Nothing } from '../../components/TokenCount.tsx'
import { exactCredits, sumMicro } from '../../format/credits.ts'
import { count } from '../../format/numbers.ts'
import { reasonWords } from '../../format/reason-words.ts'
import { dayAndTime, fullTime } from '../../format/time.ts'
import { unpaidWords } from '../../format/unpaid-words.ts'
import classes from './NotPaid.module.css'

const PAGE_SIZE = 100
/** Causes are counted over all that is kept; one address for the answer. */
const ALL_TIME = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER } as const

const unpaidColumns = (): readonly Column<UnpaidTaskView>[] => [
  {
    id: 'when',
    header: t('earnings:unpaid.column.ended'),
    width: '128px',
    cell: (task) => <time title={fullTime(task.endedAtMs)}>{dayAndTime(task.endedAtMs)}</time>,
  },
  {
    id: 'cause',
    header: t('earnings:unpaid.column.cause'),
    width: '166px',
    cell: ({ code }) => <ToneBadge tone={unpaidWords(code).tone}>{unpaidWords(code).label}</ToneBadge>,
  },
  {
    id: 'task',
    header: t('earnings:unpaid.column.task'),
    width: 'minmax(140px, 2fr)',
    cell: ({ title, reason }) => {
      const why = reason === undefined ? undefined : reasonWords(reason)
      return (
        <span title={why === undefined ? title : `${title}\n${why}`}>
          {title}
          {why !== undefined && <span className={classes.dim}> · {why}</span>}
        </span>
      )
    },
  },
  {
    id: 'model',
    header: t('earnings:unpaid.column.model'),
    width: 'minmax(80px, 0.8fr)',
    fromWidth: 900,
    cell: ({ model }) => <span className={classes.dim}>{model}</span>,
  },
  {
    id: 'requester',
    header: t('earnings:unpaid.column.requester'),
    width: '134px',
    fromWidth: 760,
    cell: ({ requester }) => (
      <span className={classes.dim}>
        <Identifier value={requester} label={t('earnings:id.requester')} />
      </span>
    ),
  },
  {
    id: 'amount',
    header: t('earnings:unpaid.column.amount'),
    width: '104px',
    align: 'end',
    cell: ({ amountMicro }) =>
      amountMicro === '0' ? <Nothing /> : <Credits micro={amountMicro} form="aligned" />,
  },
]

/** Every task that ended and brought nothing: why, and what can be done. */
export function NotPaid() {
  const trpc = useTRPC()
  const navigate = useNavigate()
  const columns = useMemo(() => unpaidColumns(), [])
  const [code, setCode] = useState<UnpaidCode>()
  const causes = useQuery(trpc.earnings.unpaidCauses.queryOptions(ALL_TIME, { refetchOnMount: 'always' }))
  const list = useInfiniteQuery(
    trpc.earnings.unpaid.infiniteQueryOptions(
      { ...(code !== undefined && { code }), limit: PAGE_SIZE },
      { getNextPageParam: (page) => page.nextCursor, refetchOnMount: 'always' },
    ),
  )
  const pages: readonly UnpaidTaskPage[] | undefined = list.data?.pages
  const tasks = useMemo(() => (pages ?? []).flatMap((page) => page.tasks), [pages])
  const known: readonly UnpaidCauseView[] | undefined = causes.data
  return (
    <>
      {known !== undefined && known.length > 0 && <Causes causes={known} chosen={code} onChoose={setCode} />}
      <Panel flush grow label={t('earnings:unpaid.panel')}>
        {list.error !== null && pages === undefined ? (
          <ErrorState error={list.error} onRetry={() => void list.refetch()} />
        ) : pages === undefined ? (
          <LoadingRows rows={10} />
        ) : (
          <DataTable
            label={t('earnings:unpaid.table')}
            rows={tasks}
            columns={columns}
            rowId={(task) => task.taskId}
            onOpen={({ taskId }) => navigate({ view: 'tasks', task: { role: 'executed', taskId } })}
            hasMore={list.hasNextPage}
            onMore={() => {
              if (list.hasNextPage && !list.isFetchingNextPage) void list.fetchNextPage()
            }}
            empty={
              <EmptyState icon={IconCoins} title={t('earnings:unpaid.empty')}>
                {t('earnings:unpaid.emptyMore')}
              </EmptyState>
            }
          />
        )}
      </Panel>
    </>
  )
}

interface CausesProps {
  readonly causes: readonly UnpaidCauseView[]
  readonly chosen: UnpaidCode | undefined
  readonly onChoose: (code: UnpaidCode | undefined) => void
}

/** How many tasks each cause took, as the filter of the list; and what the chosen one means. */
function Causes({ causes, chosen, onChoose }: CausesProps) {
  const navigate = useNavigate()
  const lostMicro = sumMicro(causes.map(({ amountMicro }) => amountMicro))
  const tasks = causes.reduce((sum, cause) => sum + cause.tasks, 0)
  const words = chosen === undefined ? undefined : unpaidWords(chosen)
  const of = causes.find(({ code }) => code === chosen)
  return (
    <Panel label={t('earnings:unpaid.causes')}>
      <ul className={classes.causes} aria-label={t('earnings:unpaid.causes')}>
        <Cause
          label={t('earnings:unpaid.allCauses')}
          tasks={tasks}
          chosen={chosen === undefined}
          onChoose={() => onChoose(undefined)}
        />
        {causes.map(({ code, tasks: size }) => (
          <Cause
            key={code}
            label={unpaidWords(code).label}
            tasks={size}
            chosen={chosen === code}
            onChoose={() => onChoose(chosen === code ? undefined : code)}
          />
        ))}
      </ul>
      <div className={classes.advice} role="status">
        {words === undefined ? (
          <p>{t('earnings:unpaid.advice', { count: tasks, lost: exactCredits(lostMicro) })}</p>
        ) : (
          <>
            <ToneIcon tone={words.tone} size={15} />
            <p>
              <b>{words.meaning}</b> {words.advice}
              {of !== undefined && of.amountMicro !== '0' && (
                <span className={classes.dim}>
                  {' '}
                  {t('earnings:unpaid.together', { amount: exactCredits(of.amountMicro) })}
                </span>
              )}
            </p>
            {words.mend !== undefined && (
              <Button onClick={() => words.mend !== undefined && navigate(words.mend.route)}>
                {words.mend.label}
              </Button>
            )}
          </>
        )}
      </div>
    </Panel>
  )
}

interface CauseProps {
  readonly label: string
  readonly tasks: number
  readonly chosen: boolean
  readonly onChoose: () => void
}

function Cause({ label, tasks, chosen, onChoose }: CauseProps) {
  return (
    <li>
      <button type="button" className={classes.cause} aria-pressed={chosen} onClick={onChoose}>
        {label} <span data-figures>{count(tasks)}</span>
      </button>
    </li>
  )
}
