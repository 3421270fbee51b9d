import { jsonLanguage } from '@codemirror/lang-json'
import { issueRange, type TextRange } from './issue-range.ts'

/** Where the id of a task stands in a workflow's text; undefined where there is no such task. */
export function taskRange(text: string, taskId: string): TextRange | undefined {
  const at = taskIds(text).indexOf(taskId)
  return at === -1 ? undefined : issueRange(text, jsonLanguage.parser.parse(text), `tasks[${at}].id`)
}

function taskIds(text: string): unknown[] {
  try {
    const { tasks } = JSON.parse(text) as { tasks?: unknown }
    return Array.isArray(tasks) ? tasks.map((task: { id?: unknown } | null) => task?.id) : []
  } catch {
    return []
  }
}
