import { DriadError } from '../../../protocol/errors.ts'
import type { TaskContext } from './operator-table.ts'

/**
 * Compares two inputs: `__output` and `__expected` where they are named so, else the first two. Case, line breaks and
 * white space around do not count, as in the v1 tools: models answer "Yes\n" where "yes" was asked for.
 */
export function check(context: TaskContext): string {
  const { task, inputs } = context
  const named = ['__output', '__expected'].map((name) =>
    task.inputs.findLastIndex((input) => input.name === name),
  )
  const [output, expected] = named.includes(-1) ? [0, 1] : named
  const found = inputs[output as number] ?? ''
  const wanted = inputs[expected as number] ?? ''
  if (comparable(found) === comparable(wanted)) return found
  throw new DriadError('check_failed', `Task "${task.id}": ${shown(found)} is not ${shown(wanted)}`)
}

function comparable(text: string): string {
  return text.trim().replaceAll('\n', '').toLowerCase()
}

function shown(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 59)}…` : text)
}
