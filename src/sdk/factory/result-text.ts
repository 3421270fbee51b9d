import type { TaskResult } from '../../node/requester/contract.ts'
import { TaskFailedError } from '../task-failed-error.ts'

/** The text that a task gave. Throws `TaskFailedError` where it has none. */
export function resultText(task: TaskResult | string): string {
  if (typeof task === 'string') return task
  if (task.status !== 'completed' || task.result === undefined) throw new TaskFailedError(task)
  return task.result
}
