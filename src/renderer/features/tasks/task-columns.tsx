import { IconArrowDownLeft, IconArrowUpRight } from '@tabler/icons-react'
import { t } from '../../../locales/translate.ts'
import type { TaskView } from '../../../protocol/views.ts'
import { Credits } from '../../components/Credits.tsx'
import type { Column } from '../../components/DataTable.tsx'
import { Identifier } from '../../components/Identifier.tsx'
import { useFromNow } from '../../components/Now.tsx'
import { RelativeTime } from '../../components/RelativeTime.tsx'
import { StateBadge } from '../../components/StateBadge.tsx'
import { Nothing, TokenCount } from '../../components/TokenCount.tsx'
import { reasonWords } from '../../format/reason-words.ts'
import { isLost, taskDuration } from '../../format/task-words.ts'
import { duration } from '../../format/time.ts'
import classes from './tasks.module.css'

export const taskColumns = (): readonly Column<TaskView>[] => [
  {
    id: 'state',
    header: t('tasks:column.state'),
    width: '168px',
    cell: (task) => <StateBadge task={task} />,
  },
  {
    id: 'title',
    header: t('tasks:column.title'),
    width: 'minmax(150px, 2.4fr)',
    cell: (task) => <TaskTitle task={task} />,
  },
  {
    id: 'model',
    header: t('tasks:column.model'),
    width: 'minmax(92px, 1.2fr)',
    fromWidth: 840,
    cell: (task) => <span className={classes.dim}>{task.model}</span>,
  },
  {
    id: 'who',
    header: t('tasks:column.who'),
    width: '134px',
    fromWidth: 740,
    cell: (task) => <Counterparty task={task} />,
  },
  {
    id: 'tokens',
    header: t('tasks:column.tokens'),
    width: '74px',
    align: 'end',
    cell: (task) => <TokenCount task={task} />,
  },
  {
    id: 'time',
    header: t('tasks:column.time'),
    width: '86px',
    align: 'end',
    fromWidth: 930,
    cell: (task) => <TaskTime task={task} />,
  },
  {
    id: 'credits',
    header: t('tasks:column.credits'),
    width: '104px',
    align: 'end',
    cell: (task) => <TaskAmount task={task} />,
  },
  {
    id: 'when',
    header: t('tasks:column.when'),
    width: '118px',
    align: 'end',
    cell: (task) => (
      <span className={classes.dim}>
        <RelativeTime atMs={task.createdAtMs} />
      </span>
    ),
  },
]

function TaskTitle({ task }: { readonly task: TaskView }) {
  const reason = task.unpaidReason ?? task.error?.message
  const why = reason === undefined ? undefined : reasonWords(reason)
  return (
    <span title={why === undefined ? task.title : `${task.title}\n${why}`}>
      {task.title}
      {why !== undefined && <span className={classes.dim}> · {why}</span>}
    </span>
  )
}

/** Whose task it is: an arrow in for work done for somebody, an arrow out for what was asked of somebody. */
function Counterparty({ task }: { readonly task: TaskView }) {
  const executed = task.role === 'executed'
  const Arrow = executed ? IconArrowDownLeft : IconArrowUpRight
  return (
    <span className={classes.who}>
      <Arrow
        aria-label={executed ? t('tasks:doneFor') : t('tasks:askedOf')}
        role="img"
        size={14}
        stroke={1.8}
      />
      {task.counterparty === undefined ? (
        <Nothing />
      ) : (
        <span
          title={
            executed
              ? t('tasks:askedBy', { peer: task.counterparty })
              : t('tasks:doneBy', { peer: task.counterparty })
          }
        >
          <Identifier
            value={task.counterparty}
            label={executed ? t('tasks:id.requester') : t('tasks:id.node')}
          />
        </span>
      )}
    </span>
  )
}

function TaskTime({ task }: { readonly task: TaskView }) {
  const ms = useFromNow((now) => taskDuration(task, now))
  return ms === undefined ? <Nothing /> : <span className={classes.dim}>{duration(ms)}</span>
}

export function TaskAmount({ task }: { readonly task: TaskView }) {
  if (task.amountMicro === undefined || task.amountMicro === '0') return <Nothing />
  return (
    <span data-unpaid={isLost(task) || undefined} className={classes.amount}>
      <Credits micro={task.amountMicro} form="aligned" sign={task.role === 'requested' ? '−' : undefined} />
    </span>
  )
}
