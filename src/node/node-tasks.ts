import { DriadError } from '../protocol/errors.ts'
import type { TaskDetailView, TaskPage, TaskRole, TaskView } from '../protocol/views.ts'
import type { RequestEvent, Requester } from './requester/contract.ts'
import { requestViewOf } from './requester/request-views.ts'
import type { Store } from './store/contract.ts'
import { getTask, listTasks, type TaskListQuery } from './task-list.ts'
import type { TaskService } from './tasks/task-service.ts'

export interface NodeTasksComponents {
  readonly store: Store
  readonly tasks: TaskService
  readonly requester: () => Requester | undefined
}

/** The tasks that this computer executed and those that it asked for, seen as one list. */
export class NodeTasks {
  readonly #components: NodeTasksComponents
  readonly #listeners = new Set<(task: TaskView) => void>()
  /** Ends our own listening. Only while somebody listens to us: a task's view is read from the database at each change. */
  #unfollow: (() => void) | undefined

  constructor(components: NodeTasksComponents) {
    this.#components = components
  }

  list(query: TaskListQuery): TaskPage {
    return listTasks(this.#components, query)
  }

  /** Throws `unknown_task`. */
  get(role: TaskRole, taskId: string): TaskDetailView {
    const task = getTask(this.#components, role, taskId)
    if (task === undefined) throw new DriadError('unknown_task', `There is no task ${taskId} here`)
    return task
  }

  /** Stops a task. Throws `unknown_task` where it is not active, `network_unreachable` while offline. */
  async cancel(
    role: TaskRole,
    taskId: string,
    options: { signal?: AbortSignal | undefined } = {},
  ): Promise<void> {
    const { tasks, requester } = this.#components
    if (role === 'executed') {
      if (!tasks.cancel(taskId)) throw new DriadError('unknown_task', 'The task has ended already')
      return
    }
    const asker = requester()
    if (asker === undefined)
      throw new DriadError('network_unreachable', 'Join the network to cancel a task there')
    await asker.cancel(taskId, options.signal === undefined ? {} : { signal: options.signal })
  }

  /** Told of every change of either kind of task. */
  readonly onChange = (listener: (task: TaskView) => void): (() => void) => {
    this.#listeners.add(listener)
    this.#unfollow ??= this.#components.tasks.onTask((task) => this.#tell(task))
    return () => {
      this.#listeners.delete(listener)
      if (this.#listeners.size > 0) return
      this.#unfollow?.()
      this.#unfollow = undefined
    }
  }

  /** Follows the requester of the time that the node is online; it ends with the requester. */
  followRequester(requester: Requester): void {
    requester.onEvent((event: RequestEvent) => {
      if (event.type !== 'state' || this.#listeners.size === 0) return
      const task = requestViewOf(this.#components.store, event.taskId)
      if (task !== undefined) this.#tell(task)
    })
  }

  #tell(task: TaskView): void {
    for (const listener of this.#listeners) listener(task)
  }
}
