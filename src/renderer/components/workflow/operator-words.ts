import type { WorkflowOperator } from '../../../protocol/workflow/schema.ts'

/** What a task does, in a word or two. */
export const operatorWords: Readonly<Record<WorkflowOperator, string>> = {
  generation: 'Generation',
  function_calling: 'Function call',
  function_calling_raw: 'Raw function call',
  search: 'Search',
  sample: 'Sample',
  check: 'Check',
  end: 'End',
}
