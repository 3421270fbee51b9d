import { DriadError } from '../../protocol/errors.ts'
import { isObject } from '../../protocol/workflow/is-object.ts'
import { foundText, issueText, type PathPart, pathText } from '../../protocol/workflow/issue-list.ts'
import { type FunctionCall, MAX_CALL_NAME_CHARS } from './function-call.ts'
import { JsonReader } from './json-reader.ts'

/** What formats call the arguments. */
export type ArgumentsKey = 'arguments' | 'parameters'

/** An `output_invalid` for one place: its path, what should be there, and the beginning of what is. */
export function malformedCall(path: readonly PathPart[], expected: string, found: unknown): DriadError {
  const issue = { path: pathText(path), expected, found: foundText(found) }
  return new DriadError('output_invalid', `The function call is malformed: ${issueText(issue)}`, {
    issues: [issue],
  })
}

/**
 * The calls that a JSON value is, or holds in one of the ways that chat APIs have; none where it is something else. Of
 * several choices only the first counts: the others are said in its place. Throws `output_invalid` for half a call.
 */
export function callsIn(
  value: unknown,
  keys: readonly ArgumentsKey[],
  path: readonly PathPart[] = [],
): readonly FunctionCall[] {
  if (Array.isArray(value)) return listedCalls(value, keys, path)
  if (!isObject(value)) return []
  if (Array.isArray(value['choices'])) {
    const [choice] = value['choices']
    return isObject(choice) ? callsIn(choice['message'], keys, [...path, 'choices', 0, 'message']) : []
  }
  if (isObject(value['message'])) return callsIn(value['message'], keys, [...path, 'message'])
  if (Array.isArray(value['output'])) return listedCalls(value['output'], keys, [...path, 'output'])
  const called = value['tool_calls'] ?? undefined
  if (called !== undefined) {
    const where = [...path, 'tool_calls']
    if (!Array.isArray(called)) throw malformedCall(where, 'a list of calls', called)
    return called.flatMap((call, index) => {
      const calls = callsIn(call, keys, [...where, index])
      if (calls.length === 0)
        throw malformedCall([...where, index], '{"function": {"name", "arguments"}}', call)
      return calls
    })
  }
  if (isObject(value['function_call']))
    return [namedCall(value['function_call'], keys, [...path, 'function_call'])]
  const { function: named, id, call_id: callId } = value
  if (isObject(named) && !isDefinition(named)) return [namedCall(named, keys, [...path, 'function'], id)]
  // As Llama 3.2 writes it: {"type": "function", "function": "name", "parameters": {…}}.
  if (typeof named === 'string' && hasArguments(value, keys))
    return [namedCall({ ...value, name: named }, keys, path)]
  if (typeof value['name'] !== 'string' || !hasArguments(value, keys) || isDefinition(value)) return []
  return [namedCall(value, keys, path, callId)]
}

/**
 * The call that an object with a name is, whether it has arguments or not. Throws `output_invalid` where the name or the
 * arguments cannot be those of a call.
 */
export function namedCall(
  value: Readonly<Record<string, unknown>>,
  keys: readonly ArgumentsKey[],
  path: readonly PathPart[],
  id?: unknown,
): FunctionCall {
  const { name } = value
  if (typeof name !== 'string' || name === '' || name.length > MAX_CALL_NAME_CHARS) {
    const expected = `the name of a function, of at most ${MAX_CALL_NAME_CHARS} characters`
    throw malformedCall([...path, 'name'], expected, name)
  }
  const key = keys.find((candidate) => value[candidate] !== undefined) ?? 'arguments'
  const given = value[key]
  return {
    ...(typeof id === 'string' && { id }),
    name,
    arguments: argumentsOf(given, [...path, key]),
  }
}

/** Arguments as an object, or as the JSON text of one; none where there is nothing. */
function argumentsOf(given: unknown, path: readonly PathPart[]): FunctionCall['arguments'] {
  if (given === undefined || given === null) return {}
  const text = typeof given === 'string' ? given.trim() : undefined
  if (text === '') return {}
  const place = text === undefined ? undefined : new JsonReader(text).readAt(0)
  const value = place === undefined ? given : place.end === text?.length ? place.value : undefined
  if (isObject(value)) return value
  throw malformedCall(path, 'the arguments as a JSON object', given)
}

/** Items that are calls; the others may be the messages and thoughts that stand between. */
function listedCalls(
  items: readonly unknown[],
  keys: readonly ArgumentsKey[],
  path: readonly PathPart[],
): readonly FunctionCall[] {
  return items.flatMap((item, index) => (isObject(item) ? callsIn(item, keys, [...path, index]) : []))
}

function hasArguments(value: Readonly<Record<string, unknown>>, keys: readonly ArgumentsKey[]): boolean {
  return keys.some((key) => value[key] !== undefined)
}

/** Models repeat what they were told they can call: that is described, and has a schema in place of arguments. */
function isDefinition(value: Readonly<Record<string, unknown>>): boolean {
  return typeof value['description'] === 'string' && value['arguments'] === undefined
}
