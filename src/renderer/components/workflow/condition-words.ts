import { t } from '../../../locales/translate.ts'
import { isObject } from '../../../protocol/workflow/is-object.ts'

const EXPECTED_CHARS = 28
const KEY_CHARS = 40

const signs: Readonly<Record<string, string>> = {
  Equal: '=',
  NotEqual: '≠',
  GreaterThan: '>',
  LessThan: '<',
  GreaterThanOrEqual: '≥',
  LessThanOrEqual: '≤',
}

/** A step's condition as one reads it: `size of questions ≥ 5`. Takes any JSON; what is missing is an ellipsis. */
export function conditionWords(condition: unknown): string {
  if (!isObject(condition)) return '…'
  const { expression, expected, input } = condition
  const value = valueWords(expected)
  if (expression === 'HaveSimilar') return t('workflow:condition.haveSimilar', { value })
  if (expression === 'Contains') return t('workflow:condition.contains', { input: inputWords(input), value })
  if (expression === 'NotContains')
    return t('workflow:condition.notContains', { input: inputWords(input), value })
  const sign = typeof expression === 'string' ? (signs[expression] ?? '…') : '…'
  return `${inputWords(input)} ${sign} ${value}`
}

/** What an input gives: `size of questions`, `newest of drafts`. */
export function inputWords(input: unknown): string {
  if (!isObject(input)) return '…'
  const key = typeof input.key === 'string' && input.key !== '' ? cut(input.key, KEY_CHARS) : '…'
  switch (input.type) {
    case 'input':
      return t('workflow:condition.input')
    case 'read':
      return key
    case 'peek':
      return itemWords(input.index, key)
    case 'pop':
      return t('workflow:condition.pop', { key })
    case 'get_all':
      return t('workflow:condition.all', { key })
    case 'size':
      return t('workflow:condition.size', { key })
    case 'string':
      return t('common:quoted', { text: key })
    case 'search':
      return t('workflow:condition.search', { key })
    default:
      return '…'
  }
}

function itemWords(index: unknown, key: string): string {
  if (typeof index !== 'number' || index === 0) return t('workflow:condition.oldest', { key })
  return index === -1 ? t('workflow:condition.newest', { key }) : t('workflow:condition.item', { index, key })
}

function valueWords(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (typeof value !== 'string') return '…'
  const text = value.trim()
  if (text !== '' && Number.isFinite(Number(text))) return cut(text, EXPECTED_CHARS)
  return t('common:quoted', { text: cut(value.replaceAll(/\s+/g, ' '), EXPECTED_CHARS) })
}

/** A text's beginning, at most so many characters, none cut in two. */
export function cut(text: string, chars: number): string {
  const points = [...text.slice(0, chars * 2 + 2)]
  return points.length <= chars && text.length <= chars * 2 ? text : `${points.slice(0, chars - 1).join('')}…`
}
