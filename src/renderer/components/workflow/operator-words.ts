import { t } from '../../../locales/translate.ts'
import type { WorkflowOperator } from '../../../protocol/workflow/schema.ts'

/** What a task does, in a word or two. */
export function operatorWords(operator: WorkflowOperator | undefined): string {
  return t(`workflow:operator.${operator ?? 'unknown'}`)
}
