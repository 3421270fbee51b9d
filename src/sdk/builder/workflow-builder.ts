import { readFileSync } from 'node:fs'
import { DriadError } from '../../protocol/errors.ts'
import type { ToolName } from '../../protocol/tools.ts'
import { IssueList } from '../../protocol/workflow/issue-list.ts'
import { workflowLimits } from '../../protocol/workflow/limits.ts'
import { inspectWorkflow } from '../../protocol/workflow/parse.ts'
import type { WorkflowFile } from '../../protocol/workflow/schema.ts'
import { ALL_TOOLS } from '../../protocol/workflow/tools-needed.ts'
import { isZodSchema, jsonSchemaOf } from '../factory/json-schema-of.ts'
import type { CustomTool, HttpRequestTool } from './custom-tools.ts'
import type { EdgeInit } from './edge.ts'
import type { ExternalMemory } from './external-memory.ts'
import type { InputFile, MessageFile, ReturnValueFile, StepFile, TaskFile } from './file-parts.ts'
import type { MemoryInput } from './memory-inputs.ts'
import { StringInput } from './memory-inputs.ts'
import { Operator } from './operators.ts'
import type {
  CheckStepOptions,
  FunctionCallingStepOptions,
  GenerativeStepOptions,
  PromptOptions,
  ReturnValueOptions,
  SamplingStepOptions,
  SearchStepOptions,
  StepOptions,
} from './step-options.ts'
import { inputFor, keysAt, placeholdersOf } from './wire-inputs.ts'

export interface WorkflowBuilderInit {
  readonly name?: string
  readonly description?: string
}

/** A `CustomTool` of any parameters, or an `HttpRequestTool`. */
type CustomFunction = Pick<CustomTool | HttpRequestTool, 'toFile'>

/** Where a run ends. */
const END = '_end'
const endNames: ReadonlySet<string> = new Set([END, '__end', 'end'])

/** As the v1 builder has them. */
const DEFAULT_MAX_STEPS = 50
const DEFAULT_MAX_TIME_SECONDS = 200

/** A step as it was added; the rest is worked out when the workflow is built. */
interface Draft {
  readonly id: string
  readonly operator: TaskFile['operator']
  readonly messages: readonly MessageFile[]
  readonly options: StepOptions
  readonly schema?: GenerativeStepOptions['schema']
  /** Placeholders stand for memory. */
  readonly wired: boolean
  /** What could not be read on the way. */
  readonly fault?: { readonly expected: string; readonly found: string }
}

/**
 * Writes workflow files. Methods return the builder; nothing is checked before `build`, which then names everything that
 * is wrong at once.
 */
export class WorkflowBuilder {
  readonly #memory: ExternalMemory
  readonly #init: WorkflowBuilderInit
  readonly #drafts: Draft[] = []
  readonly #customTools: CustomFunction[] = []
  #edges: EdgeInit[] | undefined
  #returned:
    | { what: readonly (string | MemoryInput)[]; isList: boolean; options: ReturnValueOptions }
    | undefined
  #maxSteps = DEFAULT_MAX_STEPS
  #maxTime = DEFAULT_MAX_TIME_SECONDS
  #maxTokens: number | undefined
  #temperature: number | undefined
  #tools: readonly string[] | undefined

  /** @param memory What the workflow's memory holds at first; placeholders can name its keys. */
  constructor(memory: ExternalMemory = {}, init: WorkflowBuilderInit = {}) {
    this.#memory = structuredClone(memory)
    this.#init = { ...init }
  }

  /** Adds a step in which the model answers. */
  generativeStep(options: GenerativeStepOptions): this {
    const { operator = Operator.GENERATION, schema } = options
    const fault =
      schema !== undefined && operator !== Operator.GENERATION
        ? { expected: `no schema for ${operator}: the functions have parameters`, found: 'a schema' }
        : undefined
    return this.#add(operator, options, promptMessages(options), {
      ...(schema !== undefined && { schema }),
      ...(fault && { fault }),
    })
  }

  /** Adds a step in which the model calls a tool and answers from what that gives; `raw` for the call alone. */
  functionCallingStep({ raw = false, ...options }: FunctionCallingStepOptions): this {
    const operator = raw ? Operator.FUNCTION_CALLING_RAW : Operator.FUNCTION_CALLING
    return this.#add(operator, options, promptMessages(options), {})
  }

  /** Adds a search of the run's file system (what `Insert` put there), or of the web. */
  searchStep({ query, web = false, ...options }: SearchStepOptions): this {
    const { searchType = 'search', lang, results } = typeof web === 'object' ? web : {}
    const request = {
      query,
      search_type: searchType,
      ...(lang !== undefined && { lang }),
      ...(results !== undefined && { n_results: results }),
    }
    const content = web === false ? query : JSON.stringify(request)
    return this.#add(Operator.SEARCH, options, { messages: [{ role: 'user', content }] }, {})
  }

  /** Adds a step that draws a random item of each stack. */
  samplingStep({ prompt, stacks = [], inputs = [], ...options }: SamplingStepOptions): this {
    const named = stacks.map((key) => StringInput.new(key, key))
    const messages: MessageFile[] = [{ role: 'user', content: prompt }]
    return this.#add(
      Operator.SAMPLE,
      { ...options, inputs: [...named, ...inputs] },
      { messages },
      { wired: false },
    )
  }

  /** Adds a step that succeeds if two values are the same, and else fails, which follows its edge's `fallback`. */
  checkStep({ output, expected, ...options }: CheckStepOptions): this {
    const wanted = typeof expected === 'string' ? StringInput.new('__expected', expected) : expected
    const inputs = [
      { ...output, name: '__output' },
      { ...wanted, name: '__expected' },
    ]
    return this.#add(Operator.CHECK, { ...options, inputs }, { messages: [] }, { wired: false })
  }

  /**
   * Says which step follows which. May be called several times. Without it, steps run in the order in which they were
   * added. A last step without an edge goes to `_end`.
   */
  flow(edges: readonly EdgeInit[]): this {
    this.#edges = [...(this.#edges ?? []), ...edges]
    return this
  }

  /**
   * What the workflow returns: a key (a cache entry, or all of a stack as a JSON array), several (a JSON array of their
   * texts), or inputs, as `Peek.new('drafts', { index: -1 })`.
   */
  setReturnValue(
    what: string | MemoryInput | readonly (string | MemoryInput)[],
    options: ReturnValueOptions = {},
  ): this {
    const isList = Array.isArray(what)
    this.#returned = { what: isList ? what : [what as string | MemoryInput], isList, options }
    return this
  }

  /** How many steps may be executed; 50 where this is not called. */
  setMaxSteps(steps: number): this {
    this.#maxSteps = steps
    return this
  }

  /** How long a run may take, in seconds; 200 where this is not called. */
  setMaxTime(seconds: number): this {
    this.#maxTime = seconds
    return this
  }

  /** The most tokens of one generation; 512 where this is not called. */
  setMaxTokens(tokens: number): this {
    this.#maxTokens = tokens
    return this
  }

  /** For tasks that do not bring one themselves: 0 to 2. */
  setTemperature(temperature: number): this {
    this.#temperature = temperature
    return this
  }

  /** Tools for steps that call functions; all that the node has where this is not called. None for an empty list. */
  setTools(tools: readonly (ToolName | typeof ALL_TOOLS)[]): this {
    this.#tools = [...tools]
    return this
  }

  /** Adds a function of your own for steps that call functions. */
  addCustomTool(tool: CustomFunction): this {
    this.#customTools.push(tool)
    return this
  }

  /** The workflow as files have it. Throws `bad_workflow` with all issues, at the paths of that file. */
  build(): WorkflowFile {
    const issues = new IssueList(workflowLimits.issues)
    const file = this.#file(issues)
    for (const issue of inspectWorkflow(file).error?.issues ?? []) issues.addIssue(issue)
    if (issues.size > 0) throw issues.toError('bad_workflow', 'The workflow cannot be built')
    return file
  }

  /** The same as JSON text, with this many spaces of indentation. */
  buildJson(indent = 2): string {
    return `${JSON.stringify(this.build(), null, indent)}\n`
  }

  #add(
    operator: TaskFile['operator'],
    options: StepOptions,
    { messages, fault }: ReadPrompt,
    rest: Partial<Draft>,
  ): this {
    this.#drafts.push({
      id: options.id ?? `${this.#drafts.length}`,
      operator,
      messages,
      options,
      wired: options.placeholders ?? true,
      ...(fault && { fault }),
      ...rest,
    })
    return this
  }

  #file(issues: IssueList): WorkflowFile {
    const { name, description } = this.#init
    const tasks = this.#drafts.map((draft, index) => this.#task(draft, index, issues))
    if (!this.#drafts.some(({ id }) => id === END)) {
      tasks.push({ id: END, operator: 'end', messages: [{ role: 'user', content: '' }] })
    }
    return {
      ...(name !== undefined && { name }),
      ...(description !== undefined && { description }),
      config: this.#config(issues),
      ...(Object.keys(this.#memory).length > 0 && { external_memory: structuredClone(this.#memory) }),
      tasks,
      steps: this.#steps(issues),
      return_value: this.#returnValue(issues),
    }
  }

  #config(issues: IssueList): WorkflowFile['config'] {
    const calls = this.#drafts.some(({ operator }) => operator.startsWith('function_calling'))
    const tools = this.#tools ?? (calls ? [ALL_TOOLS] : undefined)
    const custom = this.#customTools.flatMap((tool, index) => {
      try {
        return [tool.toFile()]
      } catch (error) {
        addFrom(error, `config.custom_tools[${index}].`, issues)
        return []
      }
    })
    return {
      max_steps: this.#maxSteps,
      max_time: this.#maxTime,
      ...(this.#maxTokens !== undefined && { max_tokens: this.#maxTokens }),
      ...(this.#temperature !== undefined && { temperature: this.#temperature }),
      ...(tools && { tools: [...tools] }),
      ...(custom.length > 0 && { custom_tools: custom }),
    }
  }

  #task(draft: Draft, index: number, issues: IssueList): TaskFile {
    const { id, operator, messages, options, schema, fault } = draft
    const { name, description, outputs = [] } = options
    if (fault) issues.add(['tasks', index, schema ? 'schema' : 'messages'], fault.expected, fault.found)
    let jsonSchema: TaskFile['schema']
    try {
      jsonSchema = isZodSchema(schema) ? { ...jsonSchemaOf(schema) } : schema && { ...schema }
    } catch (error) {
      addFrom(error, `tasks[${index}].`, issues)
    }
    const inputs = this.#inputs(draft, index, issues)
    return {
      id,
      ...(name !== undefined && { name }),
      ...(description !== undefined && { description }),
      operator,
      ...(messages.length > 0 && { messages: messages.map((message) => ({ ...message })) }),
      ...(jsonSchema && { schema: jsonSchema }),
      ...(inputs.length > 0 && { inputs }),
      ...(outputs.length > 0 && { outputs: outputs.map((output) => ({ ...output })) }),
    }
  }

  #inputs({ messages, options, wired }: Draft, index: number, issues: IssueList): InputFile[] {
    const inputs = (options.inputs ?? []).map((input) => structuredClone(input) as InputFile)
    if (!wired) return inputs
    const names = new Set(inputs.map(({ name }) => name))
    const keys = keysAt(
      index,
      this.#memory,
      this.#drafts.map((draft) => draft.options.outputs ?? []),
    )
    for (const name of placeholdersOf(messages)) {
      if (names.has(name)) continue
      const input = inputFor(name, keys)
      if (input) inputs.push(structuredClone(input) as InputFile)
      else {
        const expected = `a value for {{${name}}}: an input of that name, external memory, or another step's output`
        issues.add(['tasks', index, 'inputs'], expected, 'none')
      }
    }
    return inputs
  }

  #steps(issues: IssueList): StepFile[] {
    const ids = this.#drafts.map(({ id }) => id)
    const last = ids.at(-1)
    const edges: readonly EdgeInit[] =
      this.#edges ?? ids.map((id, index) => ({ source: id, target: ids[index + 1] ?? END }))
    const all = [...edges]
    const sources = new Set(edges.map(({ source }) => source))
    if (last !== undefined && !sources.has(last) && last !== END) all.push({ source: last, target: END })
    for (const id of ids.slice(0, -1)) {
      if (!sources.has(id) && !endNames.has(id)) issues.add(['steps'], `an edge from ${JSON.stringify(id)}`)
    }
    return all.map(({ source, target, condition, fallback }, index) => {
      const targets = [
        [target, ['target']],
        [fallback, ['fallback']],
        [condition?.target_if_not, ['condition', 'target_if_not']],
      ] as const
      for (const [to, path] of targets) {
        if (to === undefined || to === null || endNames.has(to) || ids.includes(to)) continue
        issues.add(['steps', index, ...path], 'the id of a step, or "_end"', JSON.stringify(to))
      }
      return {
        source,
        target,
        ...(condition && { condition: structuredClone(condition) }),
        ...(fallback !== undefined && { fallback }),
      }
    })
  }

  #returnValue(issues: IssueList): ReturnValueFile {
    const keys = keysAt(
      this.#drafts.length,
      this.#memory,
      this.#drafts.map((draft) => draft.options.outputs ?? []),
    )
    if (this.#returned === undefined || this.#returned.what.length === 0) {
      issues.add(['return_value'], 'what to return (setReturnValue)', 'nothing')
      return { input: { type: 'string', key: '' } }
    }
    const { what, isList, options } = this.#returned
    const values = what.map((entry, index) => {
      if (typeof entry !== 'string') return structuredClone(entry.value) as InputFile['value']
      const known = keys.get(entry)
      if (known === undefined) {
        const path = isList ? ['return_value', 'input', index] : ['return_value', 'input']
        issues.add([...path, 'key'], 'a key that a step writes or pushes to', JSON.stringify(entry))
      }
      return { type: known?.kind === 'stack' ? ('get_all' as const) : ('read' as const), key: entry }
    })
    const [first] = values
    const toJson = options.toJson ?? (isList || first?.type === 'get_all')
    return {
      input: isList || first === undefined ? values : first,
      ...(toJson && { to_json: true }),
      ...(options.postProcess && {
        post_process: options.postProcess.map(({ type, ...sides }) => ({ process_type: type, ...sides })),
      }),
    }
  }
}

interface ReadPrompt {
  readonly messages: readonly MessageFile[]
  readonly fault?: Draft['fault']
}

function promptMessages({ prompt, path, messages = [] }: PromptOptions): ReadPrompt {
  const before = messages.map((message) => ({ ...message }))
  if (prompt !== undefined || path === undefined)
    return { messages: prompt === undefined ? before : [...before, { role: 'user', content: prompt }] }
  try {
    const content = new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path))
    return { messages: [...before, { role: 'user', content }] }
  } catch (error) {
    const reason = error instanceof Error ? error.message : `${error}`
    return { messages: before, fault: { expected: 'a prompt in a file that can be read', found: reason } }
  }
}

function addFrom(error: unknown, prefix: string, issues: IssueList): void {
  if (!(error instanceof DriadError)) throw error
  for (const issue of error.issues) issues.addIssue({ ...issue, path: `${prefix}${issue.path}` })
}
