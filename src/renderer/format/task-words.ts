import { t } from '../../locales/translate.ts'
import { endedTaskStates, type TaskState } from '../../protocol/task.ts'
import type { TaskActor } from '../../protocol/task-actors.ts'
import type { TaskRole, TaskView } from '../../protocol/views.ts'

/** What a colour says, everywhere in the window. */
export type Tone = 'earned' | 'running' | 'waiting' | 'attention' | 'neutral'

export interface StateWords {
  readonly label: string
  readonly tone: Tone
}

/** The state as the person in front of the window would say it. Depends on whose task it is. */
export function taskWords(task: Pick<TaskView, 'state' | 'role' | 'payment'>): StateWords {
  const executed = task.role === 'executed'
  if (task.payment === 'disputed') return { label: t('states:label.disputed'), tone: 'attention' }
  if (task.payment === 'unpaid') return { label: t('states:label.unpaid'), tone: 'attention' }
  if (task.payment === 'settled')
    return { label: t(executed ? 'states:label.settled' : 'states:label.doneSettled'), tone: 'earned' }
  switch (task.state) {
    case 'created':
    case 'cancelled':
      return { label: t(`states:label.${task.state}`), tone: 'neutral' }
    case 'published':
    case 'accepted':
      return { label: t(`states:label.${task.state}`), tone: 'waiting' }
    case 'executing':
      return { label: t('states:label.executing'), tone: 'running' }
    case 'completed':
    case 'retrieved':
      return executed
        ? { label: t('states:label.awaitingReceipt'), tone: 'waiting' }
        : { label: t('states:label.done'), tone: 'earned' }
    case 'acknowledged':
      return { label: t(executed ? 'states:label.earned' : 'states:label.donePaid'), tone: 'earned' }
    case 'failed':
    case 'expired':
      return { label: t(`states:label.${task.state}`), tone: 'attention' }
  }
}

/** The bare state, for filters and timelines. */
export function stateName(state: TaskState): string {
  return t(`states:name.${state}`)
}

/** Who brought a change about, as seen from this computer: `by you`. */
export function actorWords(actor: TaskActor, role: TaskRole): string {
  if (actor === 'deadline') return t('states:actor.deadline')
  if (actor === 'requester') return t(role === 'requested' ? 'states:actor.you' : 'states:actor.requester')
  if (actor === 'operator') return t(role === 'executed' ? 'states:actor.you' : 'states:actor.operator')
  return t(role === 'executed' ? 'states:actor.thisComputer' : 'states:actor.node')
}

/** Whether money that was due for a task will not come. */
export function isLost({ payment }: Pick<TaskView, 'payment'>): boolean {
  return payment === 'unpaid' || payment === 'disputed'
}

export function isEnded(state: TaskState): boolean {
  return state === 'completed' || state === 'retrieved' || endedTaskStates.includes(state)
}

/** What a task cost in time: until it ended, or until now while it goes on. */
export function taskDuration(task: TaskView, nowMs: number): number | undefined {
  if (task.stats !== undefined) return task.stats.totalMs
  if (task.endedAtMs !== undefined) return task.endedAtMs - task.createdAtMs
  return isEnded(task.state) ? undefined : Math.max(0, nowMs - task.createdAtMs)
}
