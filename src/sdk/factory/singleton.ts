import type { z } from 'zod'
import type { TaskResult } from '../../node/requester/contract.ts'
import type { WorkflowFile } from '../../protocol/workflow/schema.ts'

/** A ready-made kind of task: typed input in, a workflow to publish, typed output out of its result. */
export interface Singleton<Input, Output> {
  /** Stable: part of what a dataset run remembers. */
  readonly name: string
  readonly input: z.ZodType<Input>
  readonly output: z.ZodType<Output>
  /** Throws `bad_usage` with an issue per field where the input does not fit. */
  workflow(input: Input): WorkflowFile
  /** Out of what `execute`, `wait` or `result` gave, or its `result` alone. Throws `TaskFailedError`, `output_invalid`. */
  parseResult(task: TaskResult | string, input?: Input): Output
}
