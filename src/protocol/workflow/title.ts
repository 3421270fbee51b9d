import type { Workflow } from './schema.ts'

const MAX_TITLE_CHARS = 80

/** A title for lists: the workflow's name, else the beginning of its first prompt. One line, at most 80 characters. */
export function previewOf(workflow: Workflow): string {
  const name = oneLine(workflow.name ?? '')
  if (name !== '') return name
  for (const task of workflow.tasks) {
    const prompt = oneLine(task.messages.findLast((message) => message.role === 'user')?.content ?? '')
    if (prompt !== '' && task.operator !== 'end') return prompt
  }
  return 'Empty prompt'
}

/** The beginning of a text, in one line of at most 80 characters. */
export function oneLine(text: string): string {
  // Cut before the white space is folded, so that a megabyte is never folded for a title.
  const line = text
    .slice(0, MAX_TITLE_CHARS * 4)
    .replaceAll(/\s+/g, ' ')
    .trim()
  // By code points, so that no character is cut in two.
  const points = [...line]
  return points.length <= MAX_TITLE_CHARS ? line : `${points.slice(0, MAX_TITLE_CHARS - 1).join('')}…`
}
