import type { TaskState } from '../protocol/task.ts'
import type { TaskDetailView, TaskPage, TaskRole, TaskView } from '../protocol/views.ts'
import { requestDetail, requestPage } from './requester/request-views.ts'
import type { Store } from './store/contract.ts'
import type { TaskService } from './tasks/task-service.ts'

export interface TaskListQuery {
  /** Both roles where absent. */
  readonly role?: TaskRole
  readonly state?: TaskState
  readonly model?: string
  readonly search?: string
  readonly cursor?: string
  readonly limit: number
}

export interface TaskListComponents {
  readonly store: Store
  readonly tasks: Pick<TaskService, 'list' | 'get'>
}

/** A page of the tasks that this computer executed, asked for, or both, newest first. Throws `bad_usage` for a bad cursor. */
export function listTasks({ store, tasks }: TaskListComponents, { role, ...query }: TaskListQuery): TaskPage {
  if (role === 'executed') return tasks.list(query)
  if (role === 'requested') return requestPage(store, query)
  // Both sides write the same cursor (time and id of the last task shown), so one cursor serves both.
  const merged = [...tasks.list(query).tasks, ...requestPage(store, query).tasks].sort(newestFirst)
  const page = merged.slice(0, query.limit)
  const last = page.at(-1)
  const more = merged.length >= query.limit && last !== undefined
  return { tasks: page, ...(more && { nextCursor: `${last.createdAtMs}.${last.taskId}` }) }
}

export function getTask(
  { store, tasks }: TaskListComponents,
  role: TaskRole,
  taskId: string,
): TaskDetailView | undefined {
  return role === 'executed' ? tasks.get(taskId) : requestDetail(store, taskId)
}

function newestFirst(a: TaskView, b: TaskView): number {
  return b.createdAtMs - a.createdAtMs || (b.taskId < a.taskId ? -1 : b.taskId > a.taskId ? 1 : 0)
}
