import { isObject } from '../../protocol/workflow/is-object.ts'
import { type ArgumentsKey, malformedCall, namedCall } from './call-shapes.ts'
import { callText, tagName } from './call-text.ts'
import { callsByTag } from './calls-by-tag.ts'
import { defineCallParser } from './define-parser.ts'
import { type FunctionCall, type FunctionCallParser, MAX_CALL_NAME_CHARS } from './function-call.ts'
import { JsonReader } from './json-reader.ts'
import { afterFence, type CallTag, type TagBody } from './tagged-calls.ts'

const keys: readonly ArgumentsKey[] = ['parameters', 'arguments']

export const llamaTag: CallTag = {
  open: '<function=',
  close: '</function>',
  expected: '<function=name>{…}</function>',
  read: readTag,
}

/**
 * Calls of Llama 3.1 and later: `<function=name>{…}</function>`, one or several, also in doubled braces, as the prompts of
 * the first SDK had them; and `{"name", "parameters"}`, with or without `<|python_tag|>` and `<|eom_id|>`, several of them
 * after one another. Calls written as Python (`[name(key='value')]`) are not read.
 */
export const LlamaParser: FunctionCallParser = {
  parse: defineCallParser({
    expected: `${llamaTag.expected} or {"name": "…", "parameters": {…}}`,
    read: (text) => callsByTag(text, [llamaTag], keys),
  }),
}

/**
 * Calls as Llama writes them in tags. Throws `bad_usage` for a name that a tag cannot have, and arguments that JSON cannot
 * hold.
 */
export function toLlama(calls: readonly FunctionCall[]): string {
  return calls
    .map((call) => `${llamaTag.open}${tagName(call)}>${callText(call.arguments)}${llamaTag.close}`)
    .join('\n')
}

function readTag({ text, at, reader, index }: TagBody): ReturnType<CallTag['read']> {
  const head = text.slice(at, at + MAX_CALL_NAME_CHARS + 1)
  const name = /^[^<>\r\n]+(?=>)/.exec(head)?.[0].trim()
  if (name === undefined) return undefined
  const start = afterFence(text, at + text.slice(at).indexOf('>') + 1)
  if (text.startsWith(llamaTag.close, start))
    return { calls: [namedCall({ name }, keys, [index])], end: start }
  if (text[start] !== '{') return undefined
  const place = reader.readAt(start)
  if (place.value !== undefined && isObject(place.value))
    return { calls: [namedCall({ name, parameters: place.value }, keys, [index])], end: place.end }
  return doubled(name, { text, at: start, reader, index })
}

/** Arguments in doubled braces: only the outer ones, or all of them. */
function doubled(name: string, { text, at, reader, index }: TagBody): ReturnType<CallTag['read']> {
  const call = (value: unknown) => [namedCall({ name, parameters: value }, keys, [index])]
  if (text[at + 1] === '{') {
    const inner = reader.readAt(at + 1)
    if (inner.value !== undefined) return { calls: call(inner.value), end: inner.end + 1 }
    const close = text.indexOf(llamaTag.close, at)
    const end = close < 0 ? text.length : close
    const single = text.slice(at, end).replaceAll('{{', '{').replaceAll('}}', '}')
    const whole = new JsonReader(single).readAt(0)
    if (whole.value !== undefined) return { calls: call(whole.value), end }
  }
  throw malformedCall([index, 'arguments'], 'a whole JSON object', text.slice(at))
}
