import type { TaskResult } from '../node/requester/contract.ts'
import { DriadError } from '../protocol/errors.ts'

/** A task that was executed, or could not be, and has no result. `code` says why; `task` has the rest. */
export class TaskFailedError extends DriadError {
  readonly task: TaskResult

  constructor(task: TaskResult) {
    const { code, message } = task.error ?? {
      code: 'internal',
      message: `The task ${task.taskId} has no result: it is ${task.status}`,
    }
    super(code, message)
    this.task = task
  }
}
