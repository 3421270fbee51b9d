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
  if (task.payment === 'disputed') return { label: 'Disputed', tone: 'attention' }
  if (task.payment === 'unpaid') return { label: 'Not paid', tone: 'attention' }
  if (task.payment === 'settled') return { label: executed ? 'Settled' : 'Done, settled', tone: 'earned' }
  switch (task.state) {
    case 'created':
      return { label: 'Preparing', tone: 'neutral' }
    case 'published':
      return { label: 'Looking for a node', tone: 'waiting' }
    case 'accepted':
      return { label: 'Queued', tone: 'waiting' }
    case 'executing':
      return { label: 'Running', tone: 'running' }
    case 'completed':
      return executed ? { label: 'Awaiting receipt', tone: 'waiting' } : { label: 'Done', tone: 'earned' }
    case 'retrieved':
      return executed ? { label: 'Awaiting receipt', tone: 'waiting' } : { label: 'Done', tone: 'earned' }
    case 'acknowledged':
      return { label: executed ? 'Earned' : 'Done, paid', tone: 'earned' }
    case 'failed':
      return { label: 'Failed', tone: 'attention' }
    case 'expired':
      return { label: 'Too late', tone: 'attention' }
    case 'cancelled':
      return { label: 'Cancelled', tone: 'neutral' }
  }
}

/** The bare state, for filters and timelines. */
export const stateNames: Readonly<Record<TaskState, string>> = {
  created: 'Created',
  published: 'Offered to the network',
  accepted: 'Accepted',
  executing: 'Running',
  completed: 'Completed',
  retrieved: 'Result fetched',
  acknowledged: 'Receipt signed',
  failed: 'Failed',
  expired: 'Expired',
  cancelled: 'Cancelled',
}

/** Who brought a change about, as seen from this computer: `by you`. */
export function actorWords(actor: TaskActor, role: TaskRole): string {
  if (actor === 'deadline') return 'time ran out'
  if (actor === 'requester') return role === 'requested' ? 'by you' : 'by the requester'
  if (actor === 'operator') return role === 'executed' ? 'by you' : 'by the operator of the node'
  return role === 'executed' ? 'by this computer' : 'by the node'
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
