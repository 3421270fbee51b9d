import { isObject } from '../../../protocol/workflow/is-object.ts'

const EXPECTED_CHARS = 28
const KEY_CHARS = 40

const signs: Readonly<Record<string, string>> = {
  Equal: '=',
  NotEqual: '≠',
  Contains: 'contains',
  NotContains: 'does not contain',
  GreaterThan: '>',
  LessThan: '<',
  GreaterThanOrEqual: '≥',
  LessThanOrEqual: '≤',
}

/** A step's condition as one reads it: `size of questions ≥ 5`. Takes any JSON; what is missing is an ellipsis. */
export function conditionWords(condition: unknown): string {
  if (!isObject(condition)) return '…'
  const { expression, expected, input } = condition
  if (expression === 'HaveSimilar') return `files hold something like ${valueWords(expected)}`
  const sign = typeof expression === 'string' ? (signs[expression] ?? '…') : '…'
  return `${inputWords(input)} ${sign} ${valueWords(expected)}`
}

/** What an input gives: `size of questions`, `newest of drafts`. */
export function inputWords(input: unknown): string {
  if (!isObject(input)) return '…'
  const key = typeof input.key === 'string' && input.key !== '' ? cut(input.key, KEY_CHARS) : '…'
  switch (input.type) {
    case 'input':
      return 'the input'
    case 'read':
      return key
    case 'peek':
      return `${itemWords(input.index)} of ${key}`
    case 'pop':
      return `newest of ${key}, taken out`
    case 'get_all':
      return `all of ${key}`
    case 'size':
      return `size of ${key}`
    case 'string':
      return `“${key}”`
    case 'search':
      return `what is found for ${key}`
    default:
      return '…'
  }
}

function itemWords(index: unknown): string {
  if (typeof index !== 'number' || index === 0) return 'oldest'
  return index === -1 ? 'newest' : `item ${index}`
}

function valueWords(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (typeof value !== 'string') return '…'
  const text = value.trim()
  if (text !== '' && Number.isFinite(Number(text))) return cut(text, EXPECTED_CHARS)
  return `“${cut(value.replaceAll(/\s+/g, ' '), EXPECTED_CHARS)}”`
}

/** A text's beginning, at most so many characters, none cut in two. */
export function cut(text: string, chars: number): string {
  const points = [...text.slice(0, chars * 2 + 2)]
  return points.length <= chars && text.length <= chars * 2 ? text : `${points.slice(0, chars - 1).join('')}…`
}
