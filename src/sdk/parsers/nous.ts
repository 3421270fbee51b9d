import { isObject } from '../../protocol/workflow/is-object.ts'
import { type ArgumentsKey, callsIn, malformedCall, namedCall } from './call-shapes.ts'
import { callText } from './call-text.ts'
import { callsByTag } from './calls-by-tag.ts'
import { defineCallParser } from './define-parser.ts'
import type { FunctionCall, FunctionCallParser } from './function-call.ts'
import { afterFence, type CallTag, type TagBody } from './tagged-calls.ts'

const keys: readonly ArgumentsKey[] = ['arguments', 'parameters']

export const nousTag: CallTag = {
  open: '<tool_call>',
  close: '</tool_call>',
  expected: '<tool_call>{"name": "…", "arguments": {…}}</tool_call>',
  read: readTag,
}

/**
 * Calls of Hermes models by Nous Research, and of others that learnt from them (Qwen):
 * `<tool_call>{"name", "arguments"}</tool_call>`, one or several. Where no tag has any, the JSON alone.
 */
export const NousParser: FunctionCallParser = {
  parse: defineCallParser({
    expected: nousTag.expected,
    read: (text) => callsByTag(text, [nousTag], keys),
  }),
}

/** Calls as Hermes models write them. Throws `bad_usage` for arguments that JSON cannot hold. */
export function toNous(calls: readonly FunctionCall[]): string {
  return calls
    .map(({ name, arguments: given }) => {
      const json = callText({ name, arguments: given })
      return `${nousTag.open}\n${json}\n${nousTag.close}`
    })
    .join('\n')
}

/** The objects of a tag, of which there is mostly one; a list of them does as well. */
function readTag({ text, at, reader, index }: TagBody): ReturnType<CallTag['read']> {
  const calls: FunctionCall[] = []
  let end = at
  for (let next = afterFence(text, at); text[next] === '{' || text[next] === '['; ) {
    const place = reader.readAt(next)
    const { value } = place
    const path = [index + calls.length]
    if (value === undefined) throw malformedCall(path, 'a whole JSON object', text.slice(next))
    // In a tag of its own, a name alone is a call as well.
    if (isObject(value) && 'name' in value) calls.push(namedCall(value, keys, path))
    else {
      const listed = callsIn(value, keys, path)
      if (listed.length === 0) throw malformedCall(path, '{"name": "…", "arguments": {…}}', text.slice(next))
      calls.push(...listed)
    }
    end = place.end
    next = afterSeparator(text, end)
  }
  return calls.length === 0 ? undefined : { calls, end }
}

function afterSeparator(text: string, from: number): number {
  const separator = /[\s,;]*/y
  separator.lastIndex = from
  separator.test(text)
  return separator.lastIndex
}
