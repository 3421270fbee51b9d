import { v7 as uuidv7 } from 'uuid'
import { z } from 'zod'
import { agreementRules, MAX_REDUNDANCY } from '../../protocol/agreement.ts'
import { modelPatternSchema } from '../../protocol/catalogue/model-pattern.ts'
import { DriadError, type InputIssue } from '../../protocol/errors.ts'
import type { Price } from '../../protocol/money.ts'
import { DEFAULT_PRIORITY, taskPriorities } from '../../protocol/priority.ts'
import { samplingOf, samplingSchema } from '../../protocol/sampling.ts'
import {
  INPUT_BYTES,
  MODELS_PER_OFFER,
  PRICE_MICRO_PER_1K,
  SCORED_TEXT_BYTES,
  TASK_LIFETIME_MS,
  WORKFLOW_BYTES,
} from '../../protocol/wire/limits.ts'
import type { Workflow } from '../../protocol/workflow/schema.ts'
import { previewOf } from '../../protocol/workflow/title.ts'
import { toolsNeeded } from '../../protocol/workflow/tools-needed.ts'
import type { TaskRequest } from './contract.ts'
import { offerKey } from './offer-key.ts'
import type { NewRequest } from './request-types.ts'

export interface PrepareInit {
  readonly driver: string
  /** Throws as `parseWorkflow` does. */
  readonly parseWorkflow: (given: unknown) => Workflow
  /** What a set of names, aliases, groups and wildcards means. Throws `bad_offer`. */
  readonly resolveModels: (patterns: readonly string[]) => readonly string[]
  readonly defaultTimeoutMs: number
  /** What is paid at most where a task does not say. */
  readonly defaultMaxPrice: Price
}

const MAX_KEY_LENGTH = 200

const price = z.bigint().min(0n).max(PRICE_MICRO_PER_1K)

/** Everything of a request but its workflow, which has errors of its own. */
const termsSchema = z.object({
  taskId: z.uuidv7('a UUIDv7').optional(),
  models: z
    .array(modelPatternSchema)
    .min(1, 'at least one model')
    .max(MODELS_PER_OFFER, `at most ${MODELS_PER_OFFER} models`)
    .refine((names) => new Set(names).size === names.length, 'no model twice'),
  input: z
    .string()
    .refine((text) => Buffer.byteLength(text) <= INPUT_BYTES, `at most ${INPUT_BYTES} bytes`)
    .refine((text) => text.isWellFormed(), 'well-formed Unicode')
    .optional(),
  scoreText: z
    .string()
    .refine((text) => Buffer.byteLength(text) <= SCORED_TEXT_BYTES, `at most ${SCORED_TEXT_BYTES} bytes`)
    .refine((text) => text.isWellFormed(), 'well-formed Unicode')
    .optional(),
  sampling: samplingSchema.optional(),
  maxPrice: z.object({ promptMicroPer1k: price, completionMicroPer1k: price }).optional(),
  deadlineMs: z.int('a unix time in whole milliseconds').optional(),
  priority: z.enum(taskPriorities, taskPriorities.join(', ')).optional(),
  redundancy: z
    .int(`a whole number from 1 to ${MAX_REDUNDANCY}`)
    .min(1)
    .max(MAX_REDUNDANCY, `at most ${MAX_REDUNDANCY} nodes`)
    .optional(),
  agreement: z.enum(agreementRules, agreementRules.join(' or ')).optional(),
  key: z.string().min(1, 'not empty').max(MAX_KEY_LENGTH, `at most ${MAX_KEY_LENGTH} characters`).optional(),
})

/** Checks tasks before anything of them is stored. */
export class RequestPreparer {
  readonly #init: PrepareInit

  constructor(init: PrepareInit) {
    this.#init = init
  }

  /** Throws `bad_workflow`, `too_large`, or `bad_offer` with every field that is wrong. */
  prepare(task: TaskRequest): NewRequest {
    const terms = checkedTerms(task)
    const { taskId = uuidv7(), models: patterns, input, scoreText, sampling, maxPrice, deadlineMs } = terms
    const { priority = DEFAULT_PRIORITY, redundancy = 1, agreement = 'majority', key } = terms
    const models = this.#init.resolveModels(patterns)
    const nowMs = Date.now()
    const endMs = deadlineMs ?? nowMs + this.#init.defaultTimeoutMs
    if (endMs <= nowMs) {
      const message = `The deadline (${timeText(endMs)}) has passed. Give the task more time`
      throw new DriadError('bad_offer', message, {
        issues: [{ path: 'deadlineMs', expected: 'a time to come' }],
      })
    }
    if (endMs - nowMs > TASK_LIFETIME_MS) {
      const days = TASK_LIFETIME_MS / 86_400_000
      const issue: InputIssue = { path: 'deadlineMs', expected: `at most ${days} days from now` }
      throw new DriadError('bad_offer', `A task may take ${days} days at most`, { issues: [issue] })
    }
    const { json, title, tools } = this.#workflow(task.workflow)
    const price = maxPrice ?? this.#init.defaultMaxPrice
    const redundant = redundancy > 1
    if (redundant && models.length !== 1) {
      const issue: InputIssue = { path: 'models', expected: 'one model', found: models.join(', ') }
      throw new DriadError('bad_offer', 'Answers of different models cannot be compared: name one', {
        issues: [issue],
      })
    }
    return {
      taskId,
      driver: this.#init.driver,
      // No node has a redundant task itself, so it waits in no queue; its copies do.
      offerKey: redundant ? '' : offerKey({ models, maxPrice: price, tools, copies: false }),
      title: scoreText === undefined ? title : `Check: ${title}`,
      workflowJson: json,
      models,
      maxPrice: price,
      stream: task.stream === true && !redundant,
      cancelOnDisconnect: task.cancelOnDisconnect === true,
      deadlineMs: endMs,
      createdAtMs: nowMs,
      sampling: samplingOf({ ...sampling, ...(redundant && { seed: sampling?.seed ?? seedOf(taskId) }) }),
      priority,
      copies: redundancy,
      ...(redundant && { agreement }),
      ...(key !== undefined && { key }),
      ...(input !== undefined && { input }),
      ...(scoreText !== undefined && { scoreText }),
      ...(task.notTo !== undefined && { notTo: task.notTo }),
    }
  }

  /** What is given to nodes instead of a task with redundancy; none for any other. */
  copiesOf(task: NewRequest): readonly NewRequest[] {
    if (task.copies === 1) return []
    const { key: _key, agreement: _agreement, ...rest } = task
    const { tools } = this.#workflow(task.workflowJson)
    const copy = {
      ...rest,
      copies: 1,
      copyOf: task.taskId,
      offerKey: offerKey({ models: task.models, maxPrice: task.maxPrice, tools, copies: true }),
    }
    return Array.from({ length: task.copies }, () => ({ ...copy, taskId: uuidv7() }))
  }

  #workflow(given: unknown): {
    readonly json: string
    readonly title: string
    readonly tools: readonly string[]
  } {
    const json = typeof given === 'string' ? given.replace(/^\uFEFF/, '') : jsonOf(given)
    // What has no JSON is refused there, with the reason.
    const workflow = this.#init.parseWorkflow(json ?? given)
    if (json === undefined) throw new DriadError('bad_workflow', 'The workflow cannot be written as JSON')
    if (Buffer.byteLength(json) > WORKFLOW_BYTES) {
      throw new DriadError('too_large', `The workflow is larger than ${WORKFLOW_BYTES} bytes`)
    }
    if (!json.isWellFormed()) throw new DriadError('bad_workflow', 'The workflow is not well-formed Unicode')
    return { json, title: previewOf(workflow), tools: toolsNeeded(workflow) }
  }
}

/** Without one, each node would draw its own, and no two answers would be alike. */
function seedOf(taskId: string): number {
  return Number.parseInt(taskId.slice(-8), 16)
}

function jsonOf(given: unknown): string | undefined {
  try {
    // As an object, bytes would become a list of numbers.
    if (given instanceof Uint8Array) return new TextDecoder('utf-8', { fatal: true }).decode(given)
    return JSON.stringify(given)
  } catch {
    return undefined
  }
}

function checkedTerms(task: TaskRequest): z.infer<typeof termsSchema> {
  const parsed = termsSchema.safeParse(task)
  if (parsed.success) return parsed.data
  const issues = parsed.error.issues.slice(0, 16).map(
    (issue): InputIssue => ({
      path: issue.path
        .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
        .join('')
        .replace(/^\./, ''),
      expected: issue.message,
    }),
  )
  const list = issues.map((issue) => `${issue.path}: ${issue.expected}`).join('; ')
  throw new DriadError('bad_offer', `The task cannot be offered (${list})`, { cause: parsed.error, issues })
}

function timeText(ms: number): string {
  const date = new Date(ms)
  return Number.isNaN(date.getTime()) ? String(ms) : date.toISOString()
}
