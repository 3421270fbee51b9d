import type { z } from 'zod'
import type { TaskResult } from '../../node/requester/contract.ts'
import { IssueList } from '../../protocol/workflow/issue-list.ts'
import { workflowLimits } from '../../protocol/workflow/limits.ts'
import type { WorkflowFile } from '../../protocol/workflow/schema.ts'
import { addShapeIssues } from '../../protocol/workflow/shape-issues.ts'
import { resultText } from './result-text.ts'

/** A ready-made kind of task: typed input in, a workflow to publish, typed output out of its result. */
export interface Singleton<Input, Output> {
  /** Stable: part of what a dataset run remembers. */
  readonly name: string
  readonly input: z.ZodType<Input>
  readonly output: z.ZodType<Output>
  /** Throws `bad_usage` with an issue per field where the input does not fit. */
  workflow(input: Input): WorkflowFile
  /** Out of what `execute`, `wait` or `result` gave, or its `result` alone. Throws `TaskFailedError`, `output_invalid`. */
  parseResult(task: TaskResult | string, input?: Input): Output
}

/** What a singleton takes. */
export type InputOf<S> = S extends Singleton<infer Input, infer _Output> ? Input : never
/** What a singleton gives. */
export type OutputOf<S> = S extends Singleton<infer _Input, infer Output> ? Output : never

export interface SingletonInit<In extends z.ZodType, Out extends z.ZodType> {
  readonly name: string
  /** Without transformations: what it takes in must pass as it is, but for defaults. */
  readonly input: In
  readonly output: Out
  /** The workflow for an input that was checked, defaults filled in. */
  workflow(input: z.output<In>): WorkflowFile
  /** What the result holds, however tidy; `output` checks it afterwards. */
  parse(text: string): unknown
}

/** Makes a singleton of its parts, with its input and its output checked. */
export function defineSingleton<In extends z.ZodType, Out extends z.ZodType>(
  init: SingletonInit<In, Out>,
): Singleton<z.input<In>, z.output<Out>> {
  const { name, input, output } = init
  return {
    name,
    input: input as unknown as z.ZodType<z.input<In>>,
    output: output as unknown as z.ZodType<z.output<Out>>,
    workflow: (given) =>
      init.workflow(checked(input, given, 'bad_usage', `The input of ${name} does not fit`)),
    parseResult: (task) =>
      checked(
        output,
        init.parse(resultText(task)),
        'output_invalid',
        `The result of ${name} is not what it has to be`,
      ),
  }
}

function checked<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  code: 'bad_usage' | 'output_invalid',
  subject: string,
): z.output<Schema> {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const issues = new IssueList(workflowLimits.issues)
  addShapeIssues(parsed.error.issues, value, issues)
  throw issues.toError(code, subject)
}
