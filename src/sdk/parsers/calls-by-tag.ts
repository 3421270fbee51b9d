import { bareCalls } from './bare-calls.ts'
import type { ArgumentsKey } from './call-shapes.ts'
import type { FunctionCall } from './function-call.ts'
import { afterFence, type CallTag, taggedCalls } from './tagged-calls.ts'

/**
 * The calls of a text that may be in tags: those of the tag that comes first, or the JSON alone where no tag has any. A text
 * that begins with JSON is looked at as that first: tags in the arguments of a call are none. Throws `output_invalid` for a
 * malformed call.
 */
export function callsByTag(
  text: string,
  tags: readonly CallTag[],
  keys: readonly ArgumentsKey[],
): readonly FunctionCall[] {
  const first = text[afterFence(text, 0)]
  const isJson = first === '{' || first === '['
  const bare = isJson ? bareCalls(text, keys) : []
  if (bare.length > 0) return bare
  const found = tags
    .filter(({ open }) => text.includes(open))
    .sort((one, other) => text.indexOf(one.open) - text.indexOf(other.open))
  for (const tag of found) {
    const calls = taggedCalls(text, tag)
    if (calls.length > 0) return calls
  }
  return isJson ? [] : bareCalls(text, keys)
}
