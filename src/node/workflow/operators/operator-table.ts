import type { WorkflowOperator } from '../../../protocol/workflow/schema.ts'
import type { GenerateResult } from '../../inference/contract.ts'
import type { ProgramTask } from '../program.ts'
import { check } from './check.ts'
import { generation } from './generation.ts'
import { sample } from './sample.ts'

/** What one task is executed with. */
export interface TaskContext {
  readonly task: ProgramTask
  /** Texts of the task's inputs, in their order. */
  readonly inputs: readonly string[]
  readonly maxTokens: number
  /** Characters that a task may make: the longest prompt, the longest sample. */
  readonly maxChars: number
  /** Fills one of the task's messages; throws `too_large` where the text would be. */
  fill(message: number): string
  /** The items of a stack, if there is such a stack. */
  stack(key: string): readonly string[] | undefined
  /** A random whole number below `end`, from the run's seed. */
  random(end: number): number
  /** One generation with the task's messages, filled. Rejects at once when the run ends. */
  generate(schema?: unknown): Promise<GenerateResult>
}

/** Executes one task and gives its result. Operators that wait for nothing answer at once: they cost no turn of the event loop. */
export type Operator = (context: TaskContext) => string | Promise<string>

/** `end` is no instruction: reaching it ends the run. */
export const operators: Readonly<Partial<Record<WorkflowOperator, Operator>>> = {
  generation,
  sample,
  check,
  end: () => '',
}
