import { DriadError } from '../../protocol/errors.ts'
import type { InputValue, PostProcess, ReturnValue } from '../../protocol/workflow/schema.ts'
import { placesOf, replaceText } from './find-text.ts'
import { type MemoryValue, valueLength, valueText } from './memory.ts'

/**
 * Makes a run's result of what its inputs gave: one value, or the list that several make. With `to_json` a list becomes a
 * JSON array of its items' texts and is not post-processed.
 * @throws DriadError `too_large`
 */
export function readReturnValue(
  returnValue: ReturnValue,
  values: readonly MemoryValue[],
  maxChars: number,
): string {
  assertFits(
    values.reduce<number>((sum, value) => sum + valueLength(value), 0),
    maxChars,
  )
  const single = returnValue.isList ? undefined : returnValue.inputs[0]
  const list = single ? asList(values[0], single) : values.map(valueText)
  if (list && returnValue.toJson) {
    const json = JSON.stringify(list)
    assertFits(json.length, maxChars)
    return json
  }
  let text = valueText(list ?? values[0])
  for (const process of returnValue.postProcess) text = postProcess(text, process, maxChars)
  return text
}

function asList(value: MemoryValue, input: InputValue): readonly string[] | undefined {
  if (typeof value === 'object') return value
  // A stack that nothing was pushed to is an empty list to whoever parses the result.
  return value === undefined && input.type === 'get_all' ? [] : undefined
}

function postProcess(text: string, process: PostProcess, maxChars: number): string {
  const { lhs, rhs } = process
  switch (process.type) {
    case 'replace': {
      if (rhs.length > lhs.length) {
        let places = 0
        for (const _ of placesOf(text, lhs)) places++
        assertFits(text.length + places * (rhs.length - lhs.length), maxChars)
      }
      return replaceText(text, lhs, rhs)
    }
    case 'append':
      assertFits(text.length + rhs.length, maxChars)
      return text + rhs
    case 'prepend':
      assertFits(text.length + lhs.length, maxChars)
      return lhs + text
    case 'trim':
      return text.trim()
    case 'trim_start':
      return text.trimStart()
    case 'trim_end':
      return text.trimEnd()
    case 'to_lower':
      return text.toLowerCase()
    case 'to_upper':
      return text.toUpperCase()
  }
}

function assertFits(chars: number, maxChars: number): void {
  if (chars <= maxChars) return
  throw new DriadError(
    'too_large',
    `The result would have more than ${maxChars} characters; return less of the memory`,
  )
}
