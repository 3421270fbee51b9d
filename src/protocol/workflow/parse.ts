import { DriadError, type InputIssue } from '../errors.ts'
import { type SwitchableTool, switchableTools } from '../tools.ts'
import { checkLimits } from './check-limits.ts'
import { checkMeaning } from './check-meaning.ts'
import { IssueList } from './issue-list.ts'
import { findJsonFault, nestsDeeperThan } from './json-text.ts'
import { type WorkflowLimits, workflowLimits } from './limits.ts'
import { normaliseWorkflow } from './normalise.ts'
import { type Workflow, workflowFileSchema } from './schema.ts'
import { addShapeIssues } from './shape-issues.ts'
import { checkTools } from './tools-needed.ts'

export interface ParseWorkflowOptions {
  /** What is allowed; fields left out keep their defaults. */
  readonly limits?: Partial<WorkflowLimits>
  /** Tools that are on where it is to run; all of them where absent, as some node may have them. */
  readonly tools?: ReadonlySet<SwitchableTool>
}

export interface WorkflowInspection {
  /** Absent where there are issues of shape or meaning. */
  readonly workflow?: Workflow
  /** What `parseWorkflow` throws: `bad_workflow` or `tool_unavailable`, with all issues. */
  readonly error?: DriadError
  /** Oddities that run all the same: placeholders without an input, a task that no step runs. */
  readonly warnings: readonly InputIssue[]
}

/**
 * Reads a workflow, from JSON text, its UTF-8 bytes, or a value that JSON can express.
 * Everything is checked here and nothing later: shape, ids, steps, schemas, limits, and whether this node has the
 * tools. The time it takes is bounded by the limits.
 *
 * @throws DriadError `bad_workflow` with every issue (path, expected, found), or `tool_unavailable` with the paths.
 */
export function parseWorkflow(json: unknown, options: ParseWorkflowOptions = {}): Workflow {
  const { workflow, error } = inspectWorkflow(json, options)
  if (error) throw error
  return workflow as Workflow
}

/** `parseWorkflow` for editors: answers instead of throwing, and says what is odd as well. */
export function inspectWorkflow(json: unknown, options: ParseWorkflowOptions = {}): WorkflowInspection {
  const limits: WorkflowLimits = { ...workflowLimits, ...options.limits }
  const warnings = new IssueList(limits.issues)
  try {
    const value = boundedJson(json, limits)
    const issues = new IssueList(limits.issues)
    checkLimits(value, limits, issues)
    if (issues.size > 0) return { error: badWorkflow(issues), warnings: [] }

    const shape = workflowFileSchema.safeParse(value)
    if (!shape.success) addShapeIssues(shape.error.issues, value, issues)
    checkMeaning(value, issues, warnings)
    if (!shape.success || issues.size > 0) return { error: badWorkflow(issues), warnings: warnings.toArray() }

    const workflow = normaliseWorkflow(shape.data, value, limits)
    const error = unavailable(workflow, options.tools ?? new Set(switchableTools), limits)
    return { workflow, ...(error ? { error } : {}), warnings: warnings.toArray() }
  } catch (error) {
    if (error instanceof DriadError) return { error, warnings: warnings.toArray() }
    const cause = { cause: error, issues: [{ path: '', expected: 'a workflow' }] }
    return { error: new DriadError('bad_workflow', 'The workflow could not be read', cause), warnings: [] }
  }
}

function badWorkflow(issues: IssueList): DriadError {
  return issues.toError('bad_workflow', 'The workflow is not valid')
}

/** Throws `tool_unavailable`, with the paths, where a workflow needs a tool that is not among these. */
export function assertTools(workflow: Workflow, tools: ReadonlySet<SwitchableTool>): void {
  const error = unavailable(workflow, tools, workflowLimits)
  if (error) throw error
}

function unavailable(
  workflow: Workflow,
  tools: ReadonlySet<SwitchableTool>,
  limits: WorkflowLimits,
): DriadError | undefined {
  const missing = new IssueList(limits.issues)
  checkTools(workflow, tools, missing)
  return missing.size === 0
    ? undefined
    : missing.toError('tool_unavailable', 'This node lacks tools of the workflow')
}

/** The JSON of whatever was given, once its size and depth are known to be within the limits. */
function boundedJson(json: unknown, limits: WorkflowLimits): unknown {
  const given =
    typeof json === 'string' ? json : json instanceof Uint8Array ? decode(json, limits) : print(json)
  const text = given.replace(/^\uFEFF/, '')
  // UTF-8 takes at least one byte a UTF-16 unit, and at most three.
  if (text.length > limits.bytes || (text.length * 3 > limits.bytes && utf8Length(text) > limits.bytes)) {
    throw tooLarge(limits, 'more')
  }
  if (nestsDeeperThan(text, limits.depth)) {
    const expected = `at most ${limits.depth} levels of nesting`
    throw refused(`The workflow has more than ${limits.depth} levels of nesting`, expected, 'more')
  }
  try {
    return JSON.parse(text)
  } catch {
    const fault = findJsonFault(text) ?? { line: 1, column: 1, expected: 'JSON', found: 'something else' }
    const path = `line ${fault.line}, column ${fault.column}`
    throw new DriadError(
      'bad_workflow',
      `The workflow is not JSON: at ${path}, expected ${fault.expected}, found ${fault.found}`,
      { issues: [{ path, expected: fault.expected, found: fault.found }] },
    )
  }
}

function decode(bytes: Uint8Array, limits: WorkflowLimits): string {
  if (bytes.length > limits.bytes) throw tooLarge(limits, `${bytes.length} bytes`)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw refused('The workflow is not UTF-8 text', 'UTF-8 text', 'other bytes', cause)
  }
}

function print(value: unknown): string {
  let text: string | undefined
  try {
    text = JSON.stringify(value)
  } catch (cause) {
    throw refused(
      'The workflow has parts that JSON cannot express',
      'a value that JSON can express',
      'another',
      cause,
    )
  }
  if (text === undefined) throw refused('There is no workflow', 'a workflow', typeof value)
  return text
}

function tooLarge(limits: WorkflowLimits, found: string): DriadError {
  return refused(`The workflow is larger than ${limits.bytes} bytes`, `at most ${limits.bytes} bytes`, found)
}

function refused(message: string, expected: string, found: string, cause?: unknown): DriadError {
  return new DriadError('bad_workflow', message, { cause, issues: [{ path: '', expected, found }] })
}

function utf8Length(text: string): number {
  return new TextEncoder().encode(text).length
}
