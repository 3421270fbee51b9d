import { DriadError } from '../../protocol/errors.ts'
import { foundText } from '../../protocol/workflow/issue-list.ts'
import type { FunctionCall } from './function-call.ts'

/**
 * A part of a call as JSON, without anything that others could take for the end of a tag. Throws `bad_usage` where JSON has
 * no such value.
 */
export function callText(value: unknown, path = 'arguments'): string {
  try {
    return JSON.stringify(value).replaceAll('</', '<\\/')
  } catch (cause) {
    throw new DriadError('bad_usage', `${path}: expected what JSON can hold`, {
      cause,
      issues: [{ path, expected: 'what JSON can hold' }],
    })
  }
}

/** A call's name, where the format has it in a tag. Throws `bad_usage` where it cannot be there. */
export function tagName({ name }: FunctionCall): string {
  if (name !== '' && name === name.trim() && !/[<>\r\n]/.test(name)) return name
  const issue = { path: 'name', expected: 'a name without <, > and line breaks', found: foundText(name) }
  throw new DriadError('bad_usage', `name: expected ${issue.expected}, found ${issue.found}`, {
    issues: [issue],
  })
}
