import type { z } from 'zod'
import { isObject } from './is-object.ts'
import { foundText, type IssueList, type PathPart } from './issue-list.ts'

type ZodIssue = z.core.$ZodIssue

/** Adds what zod found, in the words of this project: path, what was expected, what is there. */
export function addShapeIssues(found: readonly ZodIssue[], root: unknown, issues: IssueList): void {
  for (const issue of found) addIssue(issue, [], root, issues)
}

function addIssue(issue: ZodIssue, base: readonly PathPart[], root: unknown, issues: IssueList): void {
  const path = [...base, ...issue.path.map((part) => (typeof part === 'number' ? part : String(part)))]
  const value = valueAt(root, path)
  if (issue.code === 'invalid_union') {
    const branch = nearestBranch(issue.errors, value)
    if (branch) {
      for (const inner of branch) addIssue(inner, path, root, issues)
    } else issues.add(path, unionText(issue.errors), foundText(value))
    return
  }
  issues.add(path, expectedText(issue), foundText(value))
}

/** Of a union's alternatives the one that the value was meant as: the one that faults something inside it. */
function nearestBranch(
  errors: readonly (readonly ZodIssue[])[],
  value: unknown,
): readonly ZodIssue[] | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  return errors.find(
    (branch) =>
      branch.length > 0 && branch.every((issue) => issue.path.length > 0 || issue.code !== 'invalid_type'),
  )
}

function unionText(errors: readonly (readonly ZodIssue[])[]): string {
  const texts = errors.flatMap((branch) => (branch[0] ? [expectedText(branch[0])] : []))
  return [...new Set(texts)].join(' or ') || 'another value'
}

const typeTexts: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
}

function expectedText(issue: ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return typeTexts[issue.expected] ?? `a value of type ${issue.expected}`
    case 'invalid_value':
      return `one of ${issue.values.map((value) => JSON.stringify(value)).join(', ')}`
    case 'too_small':
      if (issue.origin === 'string') return 'a text that is not empty'
      if (issue.origin === 'array') return 'a list that is not empty'
      return issue.inclusive === false ? `a number above ${issue.minimum}` : `at least ${issue.minimum}`
    case 'too_big':
      return `at most ${issue.maximum}`
    default:
      return issue.message
  }
}

function valueAt(root: unknown, path: readonly PathPart[]): unknown {
  let value = root
  for (const part of path) {
    if (Array.isArray(value)) value = value[Number(part)]
    else if (isObject(value) && Object.hasOwn(value, part)) value = value[part]
    else return undefined
  }
  return value
}
