import type { z } from 'zod'
import type { JsonSchema, MessageFile } from './file-parts.ts'
import type { MemoryInput } from './memory-inputs.ts'
import type { MemoryOutput } from './memory-outputs.ts'
import type { Operator } from './operators.ts'

export interface StepOptions {
  /** The step's number where absent: `0`, `1`… */
  readonly id?: string
  readonly name?: string
  readonly description?: string
  /**
   * What is read before. Placeholders that have no input here are wired by their name: to all of a stack, or to the cache
   * entry, that external memory or another step gives that key.
   */
  readonly inputs?: readonly MemoryInput[]
  /** Where the result goes. */
  readonly outputs?: readonly MemoryOutput[]
  /** False where braces in the text are no placeholders: nothing is wired, and nothing is missing. */
  readonly placeholders?: boolean
}

export interface PromptOptions {
  /** The user's message; comes last. */
  readonly prompt?: string
  /** A file that holds the prompt, in UTF-8. */
  readonly path?: string
  /** What was said before the prompt, or, without one, all that is said. */
  readonly messages?: readonly Readonly<MessageFile>[]
}

export interface GenerativeStepOptions extends StepOptions, PromptOptions {
  /** `GENERATION` where absent. */
  readonly operator?:
    | typeof Operator.GENERATION
    | typeof Operator.FUNCTION_CALLING
    | typeof Operator.FUNCTION_CALLING_RAW
  /** The result is always JSON of it: a zod schema or a JSON Schema. For `GENERATION`. */
  readonly schema?: z.ZodType | JsonSchema
}

export interface FunctionCallingStepOptions extends StepOptions, PromptOptions {
  /** The result is the call itself, which is not executed. */
  readonly raw?: boolean
}

export interface WebSearchOptions {
  readonly searchType?: 'search' | 'news' | 'scholar'
  /** A language, like `en`. */
  readonly lang?: string
  /** How many results there should be. */
  readonly results?: number
}

export interface SearchStepOptions extends StepOptions {
  readonly query: string
  /** Searches the web instead of the run's file system. The query is best without placeholders: a quote in what fills them ends the JSON that it is. */
  readonly web?: boolean | WebSearchOptions
}

export interface SamplingStepOptions extends Omit<StepOptions, 'placeholders'> {
  /** The result is this text, then `": "` and a random item, for each of the stacks. */
  readonly prompt: string
  /** Keys of stacks. */
  readonly stacks?: readonly string[]
}

export interface CheckStepOptions extends Omit<StepOptions, 'placeholders' | 'inputs'> {
  readonly output: MemoryInput
  /** What `output` must be for the step to succeed; case and white space around do not count. */
  readonly expected: MemoryInput | string
}

/** A change of the returned text. */
export type PostProcess =
  | { readonly type: 'replace'; readonly lhs: string; readonly rhs: string }
  | { readonly type: 'append'; readonly rhs: string }
  | { readonly type: 'prepend'; readonly lhs: string }
  | { readonly type: 'trim' | 'trim_start' | 'trim_end' | 'to_lower' | 'to_upper' }

export interface ReturnValueOptions {
  /** A list becomes a JSON array of its items' texts; true for stacks and for several keys where absent. */
  readonly toJson?: boolean
  /** In order; not applied where the result is such an array. */
  readonly postProcess?: readonly PostProcess[]
}
