import type { WorkflowOperator } from '../../../protocol/workflow/schema.ts'
import type { WorkflowPicture } from './read-workflow.ts'

/** What a trace calls tasks. */
export interface TraceNames {
  readonly nameOf: (taskId: string) => string
  /** The name of where a step went on; undefined where that ends the run. */
  readonly nextOf: (next: string) => string | undefined
  readonly operatorOf: (taskId: string) => WorkflowOperator | undefined
}

/** Names out of the workflow, operators out of the run or the workflow. Without a workflow a task is called by its id. */
export function traceNames(
  picture: WorkflowPicture | undefined,
  operators: ReadonlyMap<string, WorkflowOperator>,
): TraceNames {
  const tasks = new Map(picture?.tasks.map((task) => [task.id, task]))
  return {
    nameOf: (taskId) => tasks.get(taskId)?.name ?? taskId,
    nextOf: (next) => (picture === undefined ? next || undefined : tasks.get(next)?.name),
    operatorOf: (taskId) => operators.get(taskId) ?? tasks.get(taskId)?.operator,
  }
}
