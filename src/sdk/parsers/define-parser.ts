import type { TaskResult } from '../../node/requester/contract.ts'
import { DriadError } from '../../protocol/errors.ts'
import { foundText, IssueList, type PathPart, pathText } from '../../protocol/workflow/issue-list.ts'
import { workflowLimits } from '../../protocol/workflow/limits.ts'
import { addShapeIssues } from '../../protocol/workflow/shape-issues.ts'
import { resultText } from '../factory/result-text.ts'
import {
  type FunctionCall,
  type FunctionSchemas,
  MAX_CALL_TEXT_CHARS,
  MAX_CALLS,
  type ParseCallOptions,
  type ParseCalls,
} from './function-call.ts'

export interface CallReader {
  /** How a call looks, for errors. */
  readonly expected: string
  /** The calls of a text; none where it has none. Throws `output_invalid` for a malformed one. */
  read(text: string): readonly FunctionCall[]
}

/** Makes a parser of what reads one text: with limits, errors that say what was expected, and arguments that are checked. */
export function defineCallParser(reader: CallReader): ParseCalls {
  const parse = (task: TaskResult | string, options?: ParseCallOptions<FunctionSchemas>) => {
    const calls = textsOf(resultText(task)).flatMap((text) => callsOf(text, reader))
    if (calls.length > MAX_CALLS) {
      throw new DriadError('output_invalid', `The result has more than ${MAX_CALLS} function calls`)
    }
    return options === undefined ? calls : checkedCalls(calls, options.functions)
  }
  return parse as ParseCalls
}

/**
 * Checks calls against the schemas of what may be called. Throws `output_invalid` with an issue per field.
 * @param pathOf Where a call is, for the paths of issues.
 */
export function checkedCalls(
  calls: readonly FunctionCall[],
  functions: FunctionSchemas,
  pathOf: (index: number) => readonly PathPart[] = (index) => [index],
): readonly FunctionCall[] {
  const issues = new IssueList(workflowLimits.issues)
  const checked = calls.map((call, index) => {
    const schema = Object.hasOwn(functions, call.name) ? functions[call.name] : undefined
    if (schema === undefined) {
      const names = Object.keys(functions).map((name) => JSON.stringify(name))
      issues.add([...pathOf(index), 'name'], `one of ${names.join(', ')}`, foundText(call.name))
      return call
    }
    const parsed = schema.safeParse(call.arguments)
    if (parsed.success) return { ...call, arguments: parsed.data as FunctionCall['arguments'] }
    const misfits = new IssueList(workflowLimits.issues)
    addShapeIssues(parsed.error.issues, call.arguments, misfits)
    for (const issue of misfits.toArray()) {
      const base = pathText([...pathOf(index), 'arguments'])
      issues.addIssue({ ...issue, path: joined(base, issue.path) })
    }
    return call
  })
  if (issues.size > 0) throw issues.toError('output_invalid', 'A function call does not fit')
  return checked
}

function callsOf(text: string, { expected, read }: CallReader): readonly FunctionCall[] {
  const calls = read(withoutThoughts(text))
  if (calls.length > 0) return calls
  const issue = { path: '', expected, found: foundText(text.trim()) }
  throw new DriadError(
    'output_invalid',
    `There is no function call: expected ${expected}, found ${issue.found}`,
    { issues: [issue] },
  )
}

/** A workflow that returns a stack gives its items as a JSON list of texts. */
function textsOf(text: string): readonly string[] {
  if (text.length > MAX_CALL_TEXT_CHARS) {
    throw new DriadError(
      'output_invalid',
      `The text is longer than the ${MAX_CALL_TEXT_CHARS} characters that calls are looked for in`,
    )
  }
  if (!/^\s*\[\s*"/.test(text)) return [text]
  try {
    const items = JSON.parse(text) as unknown
    return isTexts(items) ? items : [text]
  } catch {
    return [text]
  }
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === 'string')
}

/** What reasoning models say before their answer: calls in it were only thought of. */
function withoutThoughts(text: string): string {
  const end = /^\s*<think>/.test(text) ? text.indexOf('</think>') : -1
  return end < 0 ? text : text.slice(end + '</think>'.length)
}

function joined(base: string, path: string): string {
  return path === '' || path.startsWith('[') ? `${base}${path}` : `${base}.${path}`
}
