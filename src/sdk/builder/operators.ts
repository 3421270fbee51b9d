import type { Expression as ExpressionName, WorkflowOperator } from '../../protocol/workflow/schema.ts'

/** What a task does, under the names that the v1 builder gives them. */
export const Operator = {
  GENERATION: 'generation',
  FUNCTION_CALLING: 'function_calling',
  FUNCTION_CALLING_RAW: 'function_calling_raw',
  SEARCH: 'search',
  SAMPLE: 'sample',
  CHECK: 'check',
  END: 'end',
} as const satisfies Record<string, WorkflowOperator>
export type Operator = (typeof Operator)[keyof typeof Operator]

/** How a condition compares. The four orderings compare numbers; text that is no number fails the run. */
export const Expression = {
  EQUAL: 'Equal',
  NOT_EQUAL: 'NotEqual',
  CONTAINS: 'Contains',
  NOT_CONTAINS: 'NotContains',
  GREATER_THAN: 'GreaterThan',
  LESS_THAN: 'LessThan',
  GREATER_THAN_OR_EQUAL: 'GreaterThanOrEqual',
  LESS_THAN_OR_EQUAL: 'LessThanOrEqual',
  /** Some text of the file system means nearly the same as `expected`. */
  HAVE_SIMILAR: 'HaveSimilar',
} as const satisfies Record<string, ExpressionName>
export type Expression = (typeof Expression)[keyof typeof Expression]
