import { DriadError } from '../../../protocol/errors.ts'
import type { TaskContext } from './operator-table.ts'

/** Each input names a stack: the last message, then ": " and a random item of that stack, for each input. */
export function sample(context: TaskContext): string {
  const { task, inputs } = context
  let text = task.messages.length > 0 ? context.fill(task.messages.length - 1) : ''
  for (const name of inputs) {
    const items = context.stack(name)
    if (!items || items.length === 0) {
      const shown = JSON.stringify(name.length > 60 ? `${name.slice(0, 59)}…` : name)
      throw new DriadError(
        'missing_input',
        `Task "${task.id}" samples the stack ${shown}, which has no items`,
      )
    }
    text += `: ${items[context.random(items.length)]}`
    if (text.length > context.maxChars) {
      throw new DriadError('too_large', `Task "${task.id}" samples more than ${context.maxChars} characters`)
    }
  }
  return text
}
