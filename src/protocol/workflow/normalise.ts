import { neededSides } from './check-meaning.ts'
import { externalEntries, valueText } from './external-memory.ts'
import { DEFAULT_MAX_TOKENS, type WorkflowLimits } from './limits.ts'
import {
  type CheckedWorkflowFile,
  type CustomTool,
  type InputValue,
  RESULT_VALUE,
  type ReturnValue,
  type Workflow,
  type WorkflowStep,
  type WorkflowTask,
} from './schema.ts'
import { readTaskSchema } from './task-schema.ts'

type FileTask = CheckedWorkflowFile['tasks'][number]
type FileStep = CheckedWorkflowFile['steps'][number]
type FileInputValue = FileTask['inputs'] extends (infer I)[] | null | undefined
  ? I extends { value: infer V }
    ? V
    : never
  : never

/**
 * Turns a file that passed every check into the one form that the engine knows. Memory is read from the JSON itself.
 */
export function normaliseWorkflow(
  file: CheckedWorkflowFile,
  json: unknown,
  limits: WorkflowLimits,
): Workflow {
  const { config } = file
  return {
    ...given('name', file.name),
    ...given('description', file.description),
    config: {
      maxSteps: config.max_steps,
      maxTimeSeconds: config.max_time,
      maxTokens: config.max_tokens ?? Math.min(DEFAULT_MAX_TOKENS, limits.maxTokens),
      ...given('temperature', config.temperature),
      // Some v1 builders print [""] for no tools.
      tools: (config.tools ?? []).filter((tool) => tool.trim() !== ''),
      customTools: (config.custom_tools ?? []).map(customTool),
    },
    externalMemory: externalEntries(json),
    tasks: file.tasks.map(normaliseTask),
    steps: file.steps.map(normaliseStep),
    returnValue: normaliseReturnValue(file.return_value),
  }
}

function normaliseTask(task: FileTask): WorkflowTask {
  const messages = task.messages ?? []
  return {
    id: task.id,
    ...given('name', task.name),
    ...given('description', task.description),
    operator: task.operator,
    messages:
      messages.length === 0 && typeof task.prompt === 'string'
        ? [{ role: 'user', content: task.prompt }]
        : messages,
    ...given('schema', readTaskSchema(task.schema, 'schema').schema),
    inputs: (task.inputs ?? []).map((input) => ({
      name: input.name,
      required: input.required ?? false,
      value: inputValue(input.value),
    })),
    outputs: (task.outputs ?? []).map((output) => ({
      type: output.type,
      key: output.key ?? '',
      value: valueText(output.value ?? RESULT_VALUE),
    })),
  }
}

function normaliseStep(step: FileStep): WorkflowStep {
  const { condition } = step
  return {
    source: step.source,
    target: step.target,
    ...given('fallback', step.fallback),
    ...(condition
      ? {
          condition: {
            input: inputValue(condition.input),
            expression: condition.expression,
            expected: String(condition.expected),
            targetIfNot: condition.target_if_not,
          },
        }
      : {}),
  }
}

function normaliseReturnValue(value: CheckedWorkflowFile['return_value']): ReturnValue {
  const isList = Array.isArray(value.input)
  return {
    inputs: (Array.isArray(value.input) ? value.input : [value.input]).map(inputValue),
    isList,
    toJson: value.to_json ?? false,
    postProcess: (value.post_process ?? []).flatMap((entry) =>
      neededSides(entry.process_type).every((side) => typeof entry[side] === 'string')
        ? [{ type: entry.process_type, lhs: entry.lhs ?? '', rhs: entry.rhs ?? '' }]
        : [],
    ),
  }
}

function inputValue(value: FileInputValue): InputValue {
  const query = value.search_query
  const queryType = query?.type ?? query?.value_type
  return {
    type: value.type,
    key: value.key ?? '',
    ...given('index', value.index),
    ...(query && queryType ? { searchQuery: { type: queryType, key: query.key } } : {}),
  }
}

function customTool(tool: NonNullable<CheckedWorkflowFile['config']['custom_tools']>[number]): CustomTool {
  return {
    name: tool.name,
    description: tool.description ?? '',
    mode: tool.mode ?? (tool.url ? 'http_request' : 'custom'),
    ...given('parameters', readTaskSchema(tool.parameters, 'parameters').schema),
    ...given('url', tool.url),
    ...given('method', tool.method),
    ...given('headers', tool.headers),
    ...given('body', tool.body),
  }
}

/** `{ [key]: value }`, or nothing where the file has nothing: absent fields stay absent. */
function given<K extends string, V>(key: K, value: V | null | undefined): { [P in K]?: V } {
  return value === null || value === undefined ? {} : ({ [key]: value } as { [P in K]?: V })
}
