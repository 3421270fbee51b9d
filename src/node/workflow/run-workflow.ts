import { DriadError } from '../../protocol/errors.ts'
import type { WorkflowOutcome, WorkflowRun } from './contract.ts'
import { Execution } from './execution.ts'
import { compileProgram } from './program.ts'

/** The longest that a timer can be set to. */
const MAX_TIMER_MS = 2 ** 31 - 1

/**
 * Runs a workflow that `parseWorkflow` passed. One generation is under way at a time; when the run is cancelled or out
 * of time it is aborted and not awaited.
 *
 * @throws DriadError with the code of the task that failed, or `max_steps_exceeded`, `max_time_exceeded`,
 * `condition_not_numeric`, `too_large`; and the signal's reason, untouched, when it aborts.
 */
export async function runWorkflow(run: WorkflowRun): Promise<WorkflowOutcome> {
  run.signal.throwIfAborted()
  const program = compileProgram(run.workflow)
  const maxTimeMs = run.workflow.config.maxTimeSeconds * 1000 - (run.resume?.elapsedMs ?? 0)
  const outOfTime = new AbortController()
  const timer = setTimeout(() => outOfTime.abort(timeError(run)), Math.min(maxTimeMs, MAX_TIMER_MS))
  try {
    return await new Execution(program, run, AbortSignal.any([run.signal, outOfTime.signal])).run()
  } finally {
    clearTimeout(timer)
  }
}

function timeError(run: WorkflowRun): DriadError {
  const seconds = run.workflow.config.maxTimeSeconds
  return new DriadError(
    'max_time_exceeded',
    `The workflow took longer than its max_time of ${seconds} seconds`,
  )
}
