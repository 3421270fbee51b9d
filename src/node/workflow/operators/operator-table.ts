import type { FunctionCall, SwitchableTool } from '../../../protocol/tools.ts'
import type { WorkflowConfig, WorkflowOperator } from '../../../protocol/workflow/schema.ts'
import type { ChatMessage, FunctionChoice, GenerateResult } from '../../inference/contract.ts'
import type { ToolSession } from '../../tools/contract.ts'
import type { ProgramTask } from '../program.ts'
import { check } from './check.ts'
import { functionCalling, functionCallingRaw } from './function-calling.ts'
import { generation } from './generation.ts'
import { sample } from './sample.ts'
import { search } from './search.ts'

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
  /** One generation with the task's messages, filled, and what came after them. Rejects at once when the run ends. */
  generate(options?: GenerationOptions): Promise<GenerateResult>
  /** The closest chunks of the run's file system, the closest first. */
  searchFiles(query: string): Promise<readonly string[]>
  /** What the workflow says of tools, and the run's session with them. */
  tools(): { readonly config: WorkflowConfig; readonly session: ToolSession }
  availableTools(): ReadonlySet<SwitchableTool>
  /** Counts a call as a step of the run; throws `max_steps_exceeded`. */
  countCall(): void
  /** Runs a tool for a call and tells the trace of both. Rejects at once when the run ends. */
  call(call: FunctionCall, run: (options: { signal: AbortSignal }) => Promise<string>): Promise<string>
  /** Tells the trace of a call that is not run. */
  reportCall(call: FunctionCall): void
}

export interface GenerationOptions {
  readonly schema?: unknown
  readonly functions?: FunctionChoice
  /** Messages after the task's own. */
  readonly after?: readonly ChatMessage[]
}

/** Executes one task and gives its result. Operators that wait for nothing answer at once: they cost no turn of the event loop. */
export type Operator = (context: TaskContext) => string | Promise<string>

/** `end` is no instruction: reaching it ends the run. */
export const operators: Readonly<Record<WorkflowOperator, Operator>> = {
  generation,
  function_calling: functionCalling,
  function_calling_raw: functionCallingRaw,
  search,
  sample,
  check,
  end: () => '',
}
