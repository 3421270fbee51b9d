import { DriadError } from '../../protocol/errors.ts'
import { publicKeyOfPeerId } from '../../protocol/wire/keys.ts'
import { openSigned } from '../../protocol/wire/signing.ts'
import type { Workflow } from '../../protocol/workflow/schema.ts'
import { previewOf } from '../../protocol/workflow/title.ts'
import { ActiveTask } from './active-task.ts'
import type { ModelSource } from './contract.ts'
import { type StoredTask, signedBy, type TaskStore } from './task-store.ts'

export interface RecoveryComponents {
  readonly tasks: TaskStore
  readonly models: ModelSource
  readonly parseWorkflow: (json: string) => Workflow
}

/**
 * Makes a task that an earlier run of the node accepted active again, out of the signed assignment.
 * Throws `store_corrupt`, `bad_signature` or `bad_workflow` for one that cannot be read any more.
 */
export function restoreTask(
  row: StoredTask,
  { tasks, models, parseWorkflow }: RecoveryComponents,
): ActiveTask {
  const bytes = tasks.assignment(row.taskId)
  if (bytes === undefined) throw new DriadError('store_corrupt', 'The assignment is missing')
  const signed = signedBy(publicKeyOfPeerId(row.requester), bytes)
  const { message: assignment } = openSigned('assignment', signed)
  const workflow = parseWorkflow(assignment.workflowJson)
  return new ActiveTask({
    assignment,
    signed,
    workflow,
    title: previewOf(workflow),
    requester: row.requester,
    contact: row.contact,
    modelDigest: models.get(assignment.model)?.digest ?? new Uint8Array(0),
    createdAtMs: row.createdAtMs,
    durable: true,
  })
}

/** Why a task that was taken up again cannot be run; undefined if it can. */
export function unrunnable(
  row: StoredTask,
  task: ActiveTask,
  { models, maxAttempts }: { readonly models: ModelSource; readonly maxAttempts: number },
): DriadError | undefined {
  const { model, deadlineMs } = task.assignment
  if (deadlineMs <= Date.now()) {
    return new DriadError('deadline_exceeded', 'The deadline passed while the node was off')
  }
  if (row.attempts >= maxAttempts) {
    return new DriadError('internal', `The node stopped ${row.attempts} times while it ran this task`)
  }
  if (!models.expected(model)) {
    return new DriadError('model_unavailable', `This node no longer serves ${model}`)
  }
  return undefined
}
