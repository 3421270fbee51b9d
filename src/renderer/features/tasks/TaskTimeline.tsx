import { t } from '../../../locales/translate.ts'
import type { TaskTransition } from '../../../protocol/task.ts'
import { isDisputeNote, transitionActor } from '../../../protocol/task-actors.ts'
import type { TaskDetailView } from '../../../protocol/views.ts'
import { ToneIcon } from '../../components/StateBadge.tsx'
import { reasonWords } from '../../format/reason-words.ts'
import { actorWords, isEnded, stateName, type Tone } from '../../format/task-words.ts'
import { clockWithMs, duration } from '../../format/time.ts'
import classes from './TaskTimeline.module.css'

/** Every change of state: its time, what it took since the one before, who brought it about, and why. */
export function TaskTimeline({ task }: { readonly task: TaskDetailView }) {
  const { transitions } = task
  return (
    <ol className={classes.timeline}>
      {transitions.map((transition, index) => {
        const before = transitions[index - 1]
        const isLast = index === transitions.length - 1
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: a history only grows at its end, and a state may come twice at one time
          <li key={index}>
            <span className={classes.sign}>
              <ToneIcon tone={toneOf(transition, isLast)} size={14} />
            </span>
            <span className={classes.name}>
              {nameOf(transition)}{' '}
              <span className={classes.actor}>
                {actorWords(transitionActor(task.role, transitions, index), task.role)}
              </span>
            </span>
            <span className={classes.since}>
              {before !== undefined && `+${duration(transition.atMs - before.atMs)}`}
            </span>
            <time className={classes.at} dateTime={new Date(transition.atMs).toISOString()}>
              {clockWithMs(transition.atMs)}
            </time>
            {transition.reason !== undefined && (
              <span className={classes.reason}>{reasonWords(transition.reason)}</span>
            )}
          </li>
        )
      })}
    </ol>
  )
}

/** The past is done; only the last state may still be going on. */
function toneOf({ state, reason }: TaskTransition, isLast: boolean): Tone {
  if (isDisputeNote(reason)) return 'attention'
  if (state === 'failed' || state === 'expired') return 'attention'
  if (state === 'cancelled') return 'neutral'
  if (!isLast || state === 'acknowledged') return 'earned'
  if (state === 'executing') return 'running'
  return isEnded(state) ? 'earned' : 'waiting'
}

function nameOf({ state, reason }: TaskTransition): string {
  // A dispute changes no state: it is told of in the state that the task has.
  if (isDisputeNote(reason)) return t('tasks:timeline.disputed')
  return stateName(state)
}
