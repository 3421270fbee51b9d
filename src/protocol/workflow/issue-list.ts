import { DriadError, type DriadErrorCode, type InputIssue } from '../errors.ts'

export type PathPart = string | number

/** `['tasks', 2, 'inputs', 0]` as `tasks[2].inputs[0]`; keys that are no plain names are quoted. */
export function pathText(path: readonly PathPart[]): string {
  let text = ''
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`
    else if (/^[A-Za-z_$][\w$]{0,63}$/.test(part)) text += text === '' ? part : `.${part}`
    else text += `[${shortened(JSON.stringify(part), 64)}]`
  }
  return text
}

/** A value as a person may be shown it: its type where it is large, its text shortened. */
export function foundText(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (value === null) return 'null'
  if (typeof value === 'string') return shortened(JSON.stringify(value.slice(0, 80)), 60)
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`
  if (typeof value === 'object') return 'an object'
  return `a ${typeof value}`
}

export function shortened(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, max - 1)}…`
}

/** Collects what is wrong with a workflow; keeps the first `max` issues and counts the rest. */
export class IssueList {
  readonly #issues: InputIssue[] = []
  readonly #seen = new Set<string>()
  #dropped = 0

  constructor(readonly max: number) {}

  get size(): number {
    return this.#issues.length
  }

  add(path: readonly PathPart[], expected: string, found?: string): void {
    this.addIssue({ path: pathText(path), expected, ...(found === undefined ? {} : { found }) })
  }

  /** Adds an issue whose path is text already. The same twice is once. */
  addIssue(issue: InputIssue): void {
    const key = `${issue.path}\n${issue.expected}`
    if (this.#seen.has(key)) return
    if (this.#issues.length >= this.max) {
      this.#dropped++
      return
    }
    this.#seen.add(key)
    this.#issues.push(issue)
  }

  toArray(): InputIssue[] {
    return [...this.#issues]
  }

  /** One error with all issues; the message names the first few, so that a log line is enough to act on. */
  toError(code: DriadErrorCode, subject: string): DriadError {
    const total = this.#issues.length + this.#dropped
    const lines = this.#issues.slice(0, 3).map(issueText)
    const more = total > lines.length ? `; and ${total - lines.length} more` : ''
    return new DriadError(code, `${subject}: ${lines.join('; ')}${more}`, { issues: this.toArray() })
  }
}

/** `tasks[0].operator: expected one of …, found "x"`. */
export function issueText(issue: InputIssue): string {
  const where = issue.path === '' ? '' : `${issue.path}: `
  return `${where}expected ${issue.expected}${issue.found === undefined ? '' : `, found ${issue.found}`}`
}
