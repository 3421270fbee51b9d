import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { TaskRequest } from '../../node/requester/contract.ts'
import { agreementRules } from '../../protocol/agreement.ts'
import { DriadError, type InputIssue } from '../../protocol/errors.ts'
import { taskPriorities } from '../../protocol/priority.ts'
import { samplingSchema } from '../../protocol/sampling.ts'
import { INPUT_BYTES, WORKFLOW_BYTES } from '../../protocol/wire/limits.ts'
import { simpleWorkflow } from '../../protocol/workflow/simple.ts'
import type { TextLine } from './lines-of.ts'

/** Longest line of a batch file: a workflow and an input of the largest size, with room for escapes. */
export const MAX_LINE_CHARS = 2 * (WORKFLOW_BYTES + INPUT_BYTES)

const microCredits = z.int('whole micro-credits').min(0)

/** A line of a batch file. Everything else of a task is what the flags say. */
const lineSchema = z
  .strictObject({
    id: z.union([z.string().max(200), z.int()]).optional(),
    prompt: z.string().min(1).optional(),
    workflow: z.record(z.string(), z.unknown()).optional(),
    models: z.array(z.string()).min(1).optional(),
    input: z.string().optional(),
    maxTokens: z.int().min(1).max(100_000).optional(),
    sampling: samplingSchema.optional(),
    maxPrice: z
      .strictObject({ promptMicroPer1k: microCredits, completionMicroPer1k: microCredits })
      .optional(),
    priority: z.enum(taskPriorities).optional(),
    redundancy: z.int().optional(),
    agreement: z.enum(agreementRules).optional(),
    timeoutMs: z.int().min(1).optional(),
  })
  .refine(
    (line) => (line.prompt === undefined) !== (line.workflow === undefined),
    'either prompt or workflow',
  )
  .refine((line) => line.maxTokens === undefined || line.prompt !== undefined, {
    path: ['maxTokens'],
    message: 'only with prompt: a workflow has limits of its own',
  })

export interface BatchLine {
  readonly number: number
  readonly id?: string | number
  /** A digest of its text: a line that was changed is another task. */
  readonly digest: string
  readonly task: Omit<TaskRequest, 'models'> & { readonly models?: readonly string[] }
  readonly timeoutMs?: number
}

/** Throws `bad_usage` or `too_large` naming the line. */
export function parseBatchLine({ number, text }: TextLine): BatchLine {
  if (text === undefined) {
    throw new DriadError('too_large', `Line ${number} is longer than ${MAX_LINE_CHARS} characters`)
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new DriadError('bad_usage', `Line ${number} is not JSON: ${(cause as Error).message}`, { cause })
  }
  const parsed = lineSchema.safeParse(value)
  if (!parsed.success) throw badLine(number, parsed.error)
  const { id, prompt, workflow, maxTokens, maxPrice, timeoutMs, models, ...task } = parsed.data
  return {
    number,
    digest: createHash('sha256').update(text).digest('hex').slice(0, 32),
    task: {
      ...task,
      ...(models !== undefined && { models }),
      ...(maxPrice !== undefined && {
        maxPrice: {
          promptMicroPer1k: BigInt(maxPrice.promptMicroPer1k),
          completionMicroPer1k: BigInt(maxPrice.completionMicroPer1k),
        },
      }),
      workflow: prompt === undefined ? workflow : simpleWorkflow({ prompt, maxTokens }),
    },
    ...(id !== undefined && { id }),
    ...(timeoutMs !== undefined && { timeoutMs }),
  }
}

function badLine(number: number, error: z.ZodError): DriadError {
  const issues = error.issues.slice(0, 16).map(
    (issue): InputIssue => ({
      path: issue.path.map(String).join('.'),
      expected: issue.code === 'unrecognized_keys' ? `no ${issue.keys.join(', ')}` : issue.message,
    }),
  )
  const list = issues
    .map(({ path, expected }) => (path === '' ? expected : `${path}: ${expected}`))
    .join('; ')
  return new DriadError('bad_usage', `Line ${number} is not a task (${list})`, { cause: error, issues })
}
