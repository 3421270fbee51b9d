import { z } from 'zod'
import { toolNames } from '../tools.ts'

// The file format, as people and the Dria v1 tools write it. `null` counts as absent everywhere, because those tools
// print optional fields as null; fields that this format does not know are ignored.

export const workflowOperators = [
  'generation',
  'function_calling',
  'function_calling_raw',
  'search',
  'sample',
  'check',
  'end',
] as const
export type WorkflowOperator = (typeof workflowOperators)[number]

export const inputTypes = ['input', 'read', 'peek', 'pop', 'get_all', 'size', 'string', 'search'] as const
export type InputType = (typeof inputTypes)[number]

export const outputTypes = ['write', 'push', 'insert'] as const
export type OutputType = (typeof outputTypes)[number]

export const expressions = [
  'Equal',
  'NotEqual',
  'Contains',
  'NotContains',
  'GreaterThan',
  'LessThan',
  'GreaterThanOrEqual',
  'LessThanOrEqual',
  'HaveSimilar',
] as const
export type Expression = (typeof expressions)[number]

export const postProcessTypes = [
  'replace',
  'append',
  'prepend',
  'trim',
  'trim_start',
  'trim_end',
  'to_lower',
  'to_upper',
] as const
export type PostProcessType = (typeof postProcessTypes)[number]

const inputTypeSchema = z
  .enum(inputTypes)
  .describe(
    'input: the run’s input. read: a cache value. peek: a stack item. pop: the newest stack item, removed. ' +
      'get_all: all stack items. size: how many there are. string: the key itself. search: the closest file-system chunks.',
  )

const searchQueryFileSchema = z.object({
  type: inputTypeSchema.nullish(),
  value_type: inputTypeSchema.nullish().describe('An older name of "type"'),
  key: z.string(),
})

const inputValueFileSchema = z.object({
  type: inputTypeSchema,
  key: z
    .string()
    .nullish()
    .describe('The name of a cache entry or stack; with type "string" the text itself'),
  index: z.int().nullish().describe('peek: 0 is the oldest item (default), -1 the newest'),
  search_query: searchQueryFileSchema.nullish().describe('search: where the query comes from'),
})

const inputFileSchema = z.object({
  name: z.string().min(1).describe('The name that placeholders use: {name} or {{name}}'),
  value: inputValueFileSchema,
  required: z.boolean().nullish().describe('Whether the task fails when there is no such value'),
})

const outputFileSchema = z.object({
  type: z
    .enum(outputTypes)
    .describe('write: set a cache entry. push: append to a stack. insert: add to the file system.'),
  key: z.string().nullish(),
  value: z
    .union([z.string(), z.number(), z.boolean(), z.record(z.string(), z.unknown()), z.array(z.unknown())])
    .nullish()
    .describe('"__result" (the default) is the task’s result; anything else is written as it is'),
})

const messageFileSchema = z.object({
  role: z.enum(['system', 'user', 'assistant']),
  content: z.string().describe('May hold placeholders: {name} or {{name}}'),
})

const taskFileSchema = z.object({
  id: z.string().min(1),
  name: z.string().nullish(),
  description: z.string().nullish(),
  operator: z.enum(workflowOperators),
  messages: z.array(messageFileSchema).nullish(),
  prompt: z.string().nullish().describe('Older form of one user message'),
  schema: z
    .union([z.record(z.string(), z.unknown()), z.string()])
    .nullish()
    .describe('JSON Schema of the result: an object, JSON text, or base64 of JSON text'),
  inputs: z.array(inputFileSchema).nullish(),
  outputs: z.array(outputFileSchema).nullish(),
})

const conditionFileSchema = z.object({
  input: inputValueFileSchema,
  expression: z.enum(expressions),
  expected: z.union([z.string(), z.number(), z.boolean()]),
  target_if_not: z.string().describe('Where to go when the condition does not hold'),
})

const stepFileSchema = z.object({
  source: z.string().describe('The id of the task that this step runs'),
  target: z.string().describe('The source of the next step; any other name, as "_end", ends the run'),
  fallback: z.string().nullish().describe('Where to go when the task fails; without it the run fails'),
  condition: conditionFileSchema.nullish(),
})

const customToolFileSchema = z.object({
  name: z.string().min(1),
  description: z.string().nullish(),
  mode: z
    .enum(['custom', 'http_request'])
    .nullish()
    .describe('http_request where there is a url, else custom'),
  parameters: z.record(z.string(), z.unknown()).nullish().describe('custom: JSON Schema of the arguments'),
  url: z.string().nullish(),
  method: z.string().nullish(),
  headers: z.record(z.string(), z.string()).nullish(),
  body: z.record(z.string(), z.unknown()).nullish(),
})

const configFileSchema = z.object({
  max_steps: z.int().min(1).describe('How many tasks may be executed'),
  max_time: z.number().positive().describe('Seconds'),
  max_tokens: z.int().min(1).nullish().describe('Tokens of one generation'),
  temperature: z.number().min(0).max(2).nullish().describe('Where the task does not give one'),
  tools: z
    .array(z.string())
    .nullish()
    .describe(`"ALL", or any of ${toolNames.join(', ')}`),
  custom_tools: z.array(customToolFileSchema).nullish(),
})

const postProcessFileSchema = z.object({
  process_type: z.enum(postProcessTypes),
  lhs: z.string().nullish().describe('replace: what to look for. prepend: the text.'),
  rhs: z.string().nullish().describe('replace: what to put there. append: the text.'),
})

const returnValueFileSchema = z.object({
  input: z.union([inputValueFileSchema, z.array(inputValueFileSchema).min(1)]),
  to_json: z.boolean().nullish().describe('A list becomes a JSON array of its items’ texts'),
  post_process: z.array(postProcessFileSchema).nullish(),
})

/** The shape of a workflow file. Meaning (ids, steps, schemas, limits) is checked by `parseWorkflow`. */
export const workflowFileSchema = z
  .object({
    name: z.string().nullish(),
    description: z.string().nullish(),
    config: configFileSchema,
    external_memory: z
      .record(z.string(), z.unknown())
      .nullish()
      .describe('A text or object is a cache entry; an array is a stack, oldest first'),
    tasks: z.array(taskFileSchema).min(1),
    steps: z.array(stepFileSchema).min(1),
    return_value: returnValueFileSchema,
  })
  .describe('A Driad workflow: tasks are its instructions, steps its jumps, memory its registers.')

/** A workflow as it is written in a file. */
export type WorkflowFile = z.input<typeof workflowFileSchema>
export type CheckedWorkflowFile = z.output<typeof workflowFileSchema>

/** A workflow that passed every check, in the form that the engine runs and the window draws. */
export interface Workflow {
  readonly name?: string
  readonly description?: string
  readonly config: WorkflowConfig
  readonly externalMemory: readonly ExternalMemoryEntry[]
  readonly tasks: readonly WorkflowTask[]
  readonly steps: readonly WorkflowStep[]
  readonly returnValue: ReturnValue
}

export interface WorkflowConfig {
  readonly maxSteps: number
  readonly maxTimeSeconds: number
  /** Tokens of one generation. */
  readonly maxTokens: number
  readonly temperature?: number
  readonly tools: readonly string[]
  readonly customTools: readonly CustomTool[]
}

export interface CustomTool {
  readonly name: string
  readonly description: string
  readonly mode: 'custom' | 'http_request'
  readonly parameters?: Readonly<Record<string, unknown>>
  readonly url?: string
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Readonly<Record<string, unknown>>
}

/** Texts are as memory holds them: JSON compact, everything else as it is. */
export type ExternalMemoryEntry =
  | { readonly kind: 'cache'; readonly key: string; readonly text: string }
  | { readonly kind: 'stack'; readonly key: string; readonly items: readonly string[] }

export interface WorkflowMessage {
  readonly role: 'system' | 'user' | 'assistant'
  readonly content: string
}

export interface WorkflowTask {
  readonly id: string
  readonly name?: string
  readonly description?: string
  readonly operator: WorkflowOperator
  readonly messages: readonly WorkflowMessage[]
  /** Decoded, a plain JSON Schema object. */
  readonly schema?: Readonly<Record<string, unknown>>
  readonly inputs: readonly WorkflowInput[]
  readonly outputs: readonly WorkflowOutput[]
}

export interface InputValue {
  readonly type: InputType
  readonly key: string
  readonly index?: number
  readonly searchQuery?: { readonly type: InputType; readonly key: string }
}

export interface WorkflowInput {
  readonly name: string
  readonly required: boolean
  readonly value: InputValue
}

export interface WorkflowOutput {
  readonly type: OutputType
  readonly key: string
  /** `__result`, or the text to write. */
  readonly value: string
}

export interface WorkflowStep {
  readonly source: string
  readonly target: string
  readonly fallback?: string
  readonly condition?: WorkflowCondition
}

export interface WorkflowCondition {
  readonly input: InputValue
  readonly expression: Expression
  readonly expected: string
  readonly targetIfNot: string
}

export interface PostProcess {
  readonly type: PostProcessType
  readonly lhs: string
  readonly rhs: string
}

export interface ReturnValue {
  readonly inputs: readonly InputValue[]
  /** True where the file gave a list of inputs, even of one. */
  readonly isList: boolean
  readonly toJson: boolean
  readonly postProcess: readonly PostProcess[]
}

/** Memory keys and values with a meaning of their own. */
export const RESULT_VALUE = '__result'
export const INPUT_KEY = '__input'
