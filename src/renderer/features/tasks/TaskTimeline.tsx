import type { TaskState, TaskTransition } from '../../../protocol/task.ts'
import type { TaskDetailView } from '../../../protocol/views.ts'
import { ToneIcon } from '../../components/StateBadge.tsx'
import { isEnded, stateNames, type Tone } from '../../format/task-words.ts'
import { clockWithMs, duration } from '../../format/time.ts'
import classes from './TaskTimeline.module.css'

/** Every change of state, with its time, what it took since the one before, and its reason. */
export function TaskTimeline({ task }: { readonly task: TaskDetailView }) {
  const { transitions } = task
  return (
    <ol className={classes.timeline}>
      {transitions.map((transition, index) => {
        const before = transitions[index - 1]
        const isLast = index === transitions.length - 1
        return (
          <li key={`${transition.state} ${transition.atMs}`}>
            <span className={classes.sign}>
              <ToneIcon tone={toneOf(transition.state, isLast)} size={14} />
            </span>
            <span className={classes.name}>{nameOf(transition, task)}</span>
            <span className={classes.since}>
              {before !== undefined && `+${duration(transition.atMs - before.atMs)}`}
            </span>
            <time className={classes.at} dateTime={new Date(transition.atMs).toISOString()}>
              {clockWithMs(transition.atMs)}
            </time>
            {transition.reason !== undefined && <span className={classes.reason}>{transition.reason}</span>}
          </li>
        )
      })}
    </ol>
  )
}

/** The past is done; only the last state may still be going on. */
function toneOf(state: TaskState, isLast: boolean): Tone {
  if (state === 'failed' || state === 'expired') return 'attention'
  if (state === 'cancelled') return 'neutral'
  if (!isLast || state === 'acknowledged') return 'earned'
  if (state === 'executing') return 'running'
  return isEnded(state) ? 'earned' : 'waiting'
}

function nameOf({ state }: TaskTransition, task: TaskDetailView): string {
  if (task.role === 'requested' && state === 'accepted') return 'Accepted by a node'
  return stateNames[state]
}
