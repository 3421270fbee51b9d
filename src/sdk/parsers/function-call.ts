import type { z } from 'zod'
import type { TaskResult } from '../../node/requester/contract.ts'

/** A call that a model made, in whatever format it wrote it. */
export interface FunctionCall {
  readonly name: string
  readonly arguments: Readonly<Record<string, unknown>>
  /** Where the format has one (OpenAI): what the function's answer is sent back under. */
  readonly id?: string
}

/** Schemas of arguments by the names of functions. */
export type FunctionSchemas = Readonly<Record<string, z.ZodType>>

/** A call of one of the functions, its arguments as its schema gives them. */
export type CallOf<Functions extends FunctionSchemas> = {
  [Name in keyof Functions & string]: {
    readonly name: Name
    readonly arguments: z.output<Functions[Name]>
    readonly id?: string
  }
}[keyof Functions & string]

export interface ParseCallOptions<Functions extends FunctionSchemas> {
  /** What may be called: calls of anything else, or with arguments that do not fit, are errors. */
  readonly functions: Functions
}

/**
 * Reads the calls of a text, or of what `execute`, `wait` or `result` gave, in their order. There is always one at least.
 * Throws `output_invalid` where there is none, where one is malformed, and where one does not fit `functions`;
 * `TaskFailedError` for a task without a result.
 */
export interface ParseCalls {
  (task: TaskResult | string): readonly FunctionCall[]
  <const Functions extends FunctionSchemas>(
    task: TaskResult | string,
    options: ParseCallOptions<Functions>,
  ): readonly CallOf<Functions>[]
}

/** Reads calls in one format. */
export interface FunctionCallParser {
  readonly parse: ParseCalls
}

/** Characters of a text that is read; results of tasks are shorter. */
export const MAX_CALL_TEXT_CHARS = 1024 * 1024
/** Calls of one text. */
export const MAX_CALLS = 256
/** Characters of a function's name. */
export const MAX_CALL_NAME_CHARS = 256
