import { DriadError } from '../../protocol/errors.ts'
import type { InputValue, PostProcess, ReturnValue } from '../../protocol/workflow/schema.ts'
import { type MemoryValue, valueLength, valueText, type WorkflowMemory } from './memory.ts'

/**
 * Reads a run's result from memory: one value, or the list that several inputs make. With `to_json` a list becomes
 * a JSON array of its items' texts and is not post-processed.
 * @throws DriadError `too_large`
 */
export function readReturnValue(returnValue: ReturnValue, memory: WorkflowMemory, maxChars: number): string {
  let chars = 0
  const read = (input: InputValue): MemoryValue => {
    const value = memory.read(input)
    chars += valueLength(value)
    assertFits(chars, maxChars)
    return value
  }
  const single = returnValue.isList ? undefined : returnValue.inputs[0]
  const value = single && read(single)
  // Texts at once: a later pop takes from the very list that an earlier input gave.
  const list = single ? asList(value, single) : returnValue.inputs.map((input) => valueText(read(input)))
  if (list && returnValue.toJson) {
    const json = JSON.stringify(list)
    assertFits(json.length, maxChars)
    return json
  }
  let text = valueText(list ?? value)
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
        assertFits(text.length + occurrences(text, lhs) * (rhs.length - lhs.length), maxChars)
      }
      // A function, because a text would have its dollar signs interpreted.
      return text.replaceAll(lhs, () => rhs)
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

function occurrences(text: string, part: string): number {
  if (part === '') return text.length + 1
  let count = 0
  for (let at = text.indexOf(part); at !== -1; at = text.indexOf(part, at + part.length)) count++
  return count
}

function assertFits(chars: number, maxChars: number): void {
  if (chars <= maxChars) return
  throw new DriadError(
    'too_large',
    `The result would have more than ${maxChars} characters; return less of the memory`,
  )
}
