import { randomUUID } from 'node:crypto'
import { bareCalls } from './bare-calls.ts'
import { callText } from './call-text.ts'
import { defineCallParser } from './define-parser.ts'
import type { FunctionCall, FunctionCallParser } from './function-call.ts'

/** A call as messages of chat APIs have it in `tool_calls`. */
export interface OpenAIToolCall {
  readonly id: string
  readonly type: 'function'
  readonly function: {
    readonly name: string
    /** JSON text. */
    readonly arguments: string
  }
}

/**
 * Calls as `{"name", "arguments"}` (what a `FUNCTION_CALLING_RAW` step gives, and the OpenAI models of the first SDK), one
 * or several in a text; and the JSON of chat APIs: `tool_calls` and `function_call` of a message or of a whole completion,
 * one call of it, and `function_call` items of a response.
 */
export const OpenAIParser: FunctionCallParser = {
  parse: defineCallParser({
    expected: '{"name": "…", "arguments": {…}} or {"tool_calls": […]}',
    read: (text) => bareCalls(text, ['arguments']),
  }),
}

/**
 * Calls as a message of the assistant has them in `tool_calls`: to go on with the conversation at a chat API. Calls that
 * have no id get one. Throws `bad_usage` for arguments that JSON cannot hold.
 */
export function toOpenAI(calls: readonly FunctionCall[]): OpenAIToolCall[] {
  return calls.map(({ id, name, arguments: given }) => ({
    id: id ?? `call_${randomUUID().replaceAll('-', '').slice(0, 24)}`,
    type: 'function',
    function: { name, arguments: callText(given) },
  }))
}
