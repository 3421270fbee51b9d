import { type ArgumentsKey, callsIn, malformedCall } from './call-shapes.ts'
import type { FunctionCall } from './function-call.ts'
import { JsonReader } from './json-reader.ts'

/** What begins like this was meant to be a call. */
const beginning =
  /[{[\s]{0,64}["'](?:name|arguments|parameters|function|tool_calls|function_call|choices)["']\s{0,8}:/y

/**
 * Calls that are JSON values of a text, with anything around them: prose, code fences, other JSON. Throws `output_invalid`
 * where something begins like a call and cannot be read: the others without it would not be what the model wanted.
 */
export function bareCalls(text: string, keys: readonly ArgumentsKey[]): readonly FunctionCall[] {
  const calls: FunctionCall[] = []
  for (const { start, value } of new JsonReader(text).values()) {
    if (value !== undefined) calls.push(...callsIn(value, keys))
    else if (beginsCall(text, start))
      throw malformedCall([calls.length], 'a whole JSON object', text.slice(start))
  }
  return calls
}

function beginsCall(text: string, start: number): boolean {
  beginning.lastIndex = start
  return beginning.test(text)
}
