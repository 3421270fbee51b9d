import type { TaskResult } from '../node/requester/contract.ts'
import type { WorkflowFile } from '../protocol/workflow/schema.ts'
import { type SimpleWorkflow, simpleWorkflow } from '../protocol/workflow/simple.ts'
import { TaskFailedError } from './task-failed-error.ts'

/** The simplest of all workflows: one prompt, one answer. */
export const Simple = {
  workflow(simple: SimpleWorkflow): WorkflowFile {
    return simpleWorkflow(simple)
  },

  /** The answer, out of what `execute`, `wait` or `result` gave, or its `result` alone. Throws `TaskFailedError` if there is none. */
  parseResult(task: TaskResult | string): string {
    if (typeof task === 'string') return task
    if (task.status !== 'completed' || task.result === undefined) throw new TaskFailedError(task)
    return task.result
  },
} as const
