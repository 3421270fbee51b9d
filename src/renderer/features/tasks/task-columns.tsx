import { IconArrowDownLeft, IconArrowUpRight } from '@tabler/icons-react'
import type { TaskView } from '../../../protocol/views.ts'
import { Credits } from '../../components/Credits.tsx'
import type { Column } from '../../components/DataTable.tsx'
import { Identifier } from '../../components/Identifier.tsx'
import { useNow } from '../../components/Now.tsx'
import { RelativeTime } from '../../components/RelativeTime.tsx'
import { StateBadge } from '../../components/StateBadge.tsx'
import { Nothing, TokenCount } from '../../components/TokenCount.tsx'
import { isLost, taskDuration } from '../../format/task-words.ts'
import { duration } from '../../format/time.ts'
import classes from './tasks.module.css'

export const taskColumns: readonly Column<TaskView>[] = [
  { id: 'state', header: 'State', width: '152px', cell: (task) => <StateBadge task={task} /> },
  { id: 'title', header: 'Task', width: 'minmax(150px, 2.4fr)', cell: (task) => <TaskTitle task={task} /> },
  {
    id: 'model',
    header: 'Model',
    width: 'minmax(92px, 1.2fr)',
    fromWidth: 840,
    cell: (task) => <span className={classes.dim}>{task.model}</span>,
  },
  { id: 'who', header: 'With', width: '134px', fromWidth: 740, cell: (task) => <Counterparty task={task} /> },
  { id: 'tokens', header: 'Tokens', width: '74px', align: 'end', cell: (task) => <TokenCount task={task} /> },
  {
    id: 'time',
    header: 'Time',
    width: '86px',
    align: 'end',
    fromWidth: 930,
    cell: (task) => <TaskTime task={task} />,
  },
  {
    id: 'credits',
    header: 'Credits',
    width: '104px',
    align: 'end',
    cell: (task) => <TaskAmount task={task} />,
  },
  {
    id: 'when',
    header: 'When',
    width: '98px',
    align: 'end',
    cell: (task) => (
      <span className={classes.dim}>
        <RelativeTime atMs={task.createdAtMs} />
      </span>
    ),
  },
]

function TaskTitle({ task }: { readonly task: TaskView }) {
  const why = task.unpaidReason ?? task.error?.message
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
  const words = executed ? 'Asked by' : 'Done by'
  return (
    <span className={classes.who}>
      <Arrow aria-label={executed ? 'done for' : 'asked of'} role="img" size={14} stroke={1.8} />
      {task.counterparty === undefined ? (
        <Nothing />
      ) : (
        <span title={`${words} ${task.counterparty}`}>
          <Identifier value={task.counterparty} label={executed ? 'requester' : 'node'} />
        </span>
      )}
    </span>
  )
}

function TaskTime({ task }: { readonly task: TaskView }) {
  const ms = taskDuration(task, useNow())
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
