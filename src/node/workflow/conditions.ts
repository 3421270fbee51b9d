import { DriadError } from '../../protocol/errors.ts'
import type { WorkflowCondition } from '../../protocol/workflow/schema.ts'
import { hasText } from './find-text.ts'
import { type MemoryValue, valueText } from './memory.ts'

/**
 * Whether a condition holds for what its input gave.
 * @throws DriadError `condition_not_numeric` where an ordering is asked of text that is no number.
 */
export function holds(condition: WorkflowCondition, value: MemoryValue): boolean {
  const { expression, expected } = condition
  const text = valueText(value)
  switch (expression) {
    case 'Equal':
      return text === expected
    case 'NotEqual':
      return text !== expected
    case 'Contains':
      return hasText(text, expected)
    case 'NotContains':
      return !hasText(text, expected)
    case 'GreaterThan':
      return number(text, condition) > number(expected, condition)
    case 'LessThan':
      return number(text, condition) < number(expected, condition)
    case 'GreaterThanOrEqual':
      return number(text, condition) >= number(expected, condition)
    case 'LessThanOrEqual':
      return number(text, condition) <= number(expected, condition)
    case 'HaveSimilar':
      throw new DriadError('internal', 'A similarity was compared like a text')
  }
}

const decimal = /^[+-]?(?:\d{1,400}\.?\d{0,400}|\.\d{1,400})(?:[eE][+-]?\d{1,4})?$/

function number(text: string, condition: WorkflowCondition): number {
  const trimmed = text.length > 1000 ? text : text.trim()
  if (decimal.test(trimmed)) return Number(trimmed)
  const shown = JSON.stringify(text.length > 40 ? `${text.slice(0, 39)}…` : text)
  throw new DriadError(
    'condition_not_numeric',
    `${condition.expression} compares numbers, and ${shown} is none; have the task before it answer with a number only`,
  )
}
