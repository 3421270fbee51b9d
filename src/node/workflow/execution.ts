import { DriadError, type DriadErrorCode } from '../../protocol/errors.ts'
import { memoryText } from '../../protocol/workflow/json-text.ts'
import { type WorkflowLimits, workflowLimits } from '../../protocol/workflow/limits.ts'
import { type InputValue, RESULT_VALUE } from '../../protocol/workflow/schema.ts'
import type { ToolBox, ToolSession } from '../tools/contract.ts'
import { noTools } from '../tools/no-tools.ts'
import { untilAborted } from './abort.ts'
import { holds } from './conditions.ts'
import type { WorkflowCheckpoint, WorkflowOutcome, WorkflowRun } from './contract.ts'
import { FileSystem } from './file-system.ts'
import { type MemoryValue, valueLength, valueText, WorkflowMemory } from './memory.ts'
import { ModelAccess } from './model-access.ts'
import type { TaskContext } from './operators/operator-table.ts'
import type { Jump, Program, ProgramStep, ProgramTask } from './program.ts'
import { Random } from './random.ts'
import { readReturnValue } from './return-value.ts'
import { StepTrace } from './step-trace.ts'

/** Milliseconds that tasks without a model may keep the event loop before others get their turn. */
const SLICE_MS = 8
/** How close a chunk must be for `HaveSimilar`. */
const SIMILAR = 0.95
/** Failures that no fallback can mend: of the node, or of the run as a whole. */
const fatal: ReadonlySet<DriadErrorCode> = new Set<DriadErrorCode>([
  'cancelled',
  'deadline_exceeded',
  'inference_crashed',
  'internal',
  'max_steps_exceeded',
  'max_time_exceeded',
  'model_unavailable',
  'stopping',
])

/** One run under way: its memory, where it is, and what it has used. For one call of `run`. */
export class Execution {
  readonly #program: Program
  readonly #run: WorkflowRun
  readonly #signal: AbortSignal
  readonly #limits: WorkflowLimits
  readonly #memory: WorkflowMemory
  readonly #files: FileSystem
  readonly #model: ModelAccess
  readonly #random: Random
  readonly #startedAt: number
  readonly #toolBox: ToolBox
  #tools: ToolSession | undefined
  /** Of the step under way, if anybody listens. */
  #trace: StepTrace | undefined
  /** Whether the last step had to be waited for: a model or a tool did something that should not be done again. */
  #waited = false
  #sliceEnd: number
  #step = 0
  /** Tasks executed, and calls of tools: what `max_steps` bounds. */
  #executed = 0
  #calls = 0

  constructor(program: Program, run: WorkflowRun, signal: AbortSignal) {
    const { resume } = run
    this.#program = program
    this.#run = run
    this.#signal = signal
    this.#limits = { ...workflowLimits, ...run.limits }
    this.#memory = new WorkflowMemory(this.#limits.memoryChars)
    this.#toolBox = run.tools ?? noTools
    this.#random = new Random(resume?.random ?? run.sampling.seed)
    this.#startedAt = performance.now() - (resume?.elapsedMs ?? 0)
    this.#sliceEnd = performance.now() + SLICE_MS
    this.#model = new ModelAccess(run, {
      signal,
      startedAt: this.#startedAt,
      promptChars: this.#limits.promptChars,
      ...(resume && { used: resume }),
    })
    this.#files = new FileSystem(
      {
        embed: (texts) => this.#model.embed(texts, this.#trace),
        grow: (chars) => this.#memory.grow(chars),
      },
      { maxChunks: this.#limits.fileChunks },
    )
    if (!resume) {
      this.#memory.load(program.workflow.externalMemory, run.input)
      return
    }
    this.#memory.restore(resume.memory)
    this.#files.restore(resume.memory.files)
    this.#step = resume.step
    this.#executed = resume.executed
    this.#calls = resume.calls
  }

  async run(): Promise<WorkflowOutcome> {
    const { steps } = this.#program
    const { onCheckpoint } = this.#run
    for (;;) {
      const step = steps[this.#step]
      if (!step || step.task.operator === 'end') break
      this.#assertStepLeft()
      // At each step, because one may take as long as a thousand others.
      if (performance.now() >= this.#sliceEnd) await this.#giveWay()
      if (onCheckpoint) {
        const kept = onCheckpoint(() => this.#checkpoint(), { waited: this.#waited })
        if (kept) await kept
      }
      if (this.#signal.aborted) throw this.#signal.reason

      const next = this.#execute(step)
      this.#waited = next instanceof Promise
      this.#step = (next instanceof Promise ? await next : next).index
      this.#executed++
    }
    const result = await this.#returnValue()
    const { promptTokens, completionTokens, firstTokenMs } = this.#model.used()
    return {
      result,
      promptTokens,
      completionTokens,
      ...(firstTokenMs === undefined ? {} : { firstTokenMs }),
      steps: this.#executed,
    }
  }

  #assertStepLeft(): void {
    const { maxSteps } = this.#program.workflow.config
    if (this.#executed < maxSteps) return
    throw new DriadError('max_steps_exceeded', `The workflow did not end within its max_steps of ${maxSteps}`)
  }

  /** Lets timers and other work have the event loop; a loop over memory alone would never. */
  async #giveWay(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve))
    this.#sliceEnd = performance.now() + SLICE_MS
  }

  /** Executes a step's task, stores its outputs and says where to go. Answers at once where nothing is waited for. */
  #execute(step: ProgramStep): Jump | Promise<Jump> {
    const { task } = step
    const { onEvent } = this.#run
    this.#trace = onEvent && new StepTrace(onEvent, task, this.#executed - this.#calls)
    if (task.searches) return this.#executeSearching(step)
    let result: string | Promise<string>
    try {
      const inputs = task.inputs.map((input) => this.#read(input.value))
      result = this.#runTask(task, inputs)
    } catch (error) {
      return this.#fail(step, error)
    }
    if (typeof result === 'string') return this.#succeed(step, result)
    return untilAborted(result, this.#signal).then(
      (text) => this.#succeed(step, text),
      (error: unknown) => this.#fail(step, error),
    )
  }

  async #executeSearching(step: ProgramStep): Promise<Jump> {
    let result: string
    try {
      const inputs: MemoryValue[] = []
      for (const input of step.task.inputs) inputs.push(await this.#readAny(input.value))
      result = await untilAborted(Promise.resolve(this.#runTask(step.task, inputs)), this.#signal)
    } catch (error) {
      return this.#fail(step, error)
    }
    return this.#succeed(step, result)
  }

  #runTask(task: ProgramTask, values: readonly MemoryValue[]): string | Promise<string> {
    let chars = 0
    const texts = values.map((value, index) => {
      const input = task.inputs[index] as ProgramTask['inputs'][number]
      if (value === undefined && input.required) throw missingInput(task, input)
      chars += valueLength(value)
      if (chars > this.#limits.memoryChars) {
        throw new DriadError(
          'too_large',
          `The inputs of task "${task.id}" are longer than ${this.#limits.memoryChars} characters`,
        )
      }
      return valueText(value)
    })
    this.#trace?.read(task, texts)
    return task.run(this.#context(task, texts))
  }

  #read(value: Pick<InputValue, 'type' | 'key' | 'index'>): MemoryValue {
    const read = this.#memory.read(value)
    if (value.type === 'pop' && read !== undefined) this.#trace?.changed({ type: 'pop', key: value.key })
    return read
  }

  async #readAny(value: InputValue): Promise<MemoryValue> {
    if (value.type !== 'search') return this.#read(value)
    const query = value.searchQuery ? this.#read(value.searchQuery) : value.key
    if (query === undefined) return undefined
    const found = await this.#files.search(valueText(query))
    return found.length === 0 ? undefined : found
  }

  #context(task: ProgramTask, inputs: readonly string[]): TaskContext {
    const { config } = this.#program.workflow
    const trace = this.#trace
    return {
      task,
      inputs,
      maxTokens: config.maxTokens,
      maxChars: this.#limits.promptChars,
      fill: (message) => this.#model.fill(task, message, inputs),
      stack: (key) => this.#memory.stack(key),
      random: (end) => this.#random.below(end),
      generate: (options = {}) => this.#model.generate(task, inputs, options, trace),
      searchFiles: (query) => this.#files.search(query),
      tools: () => {
        this.#tools ??= this.#toolBox.open()
        return { config, session: this.#tools }
      },
      availableTools: () => this.#toolBox.available(),
      countCall: () => {
        this.#executed++
        this.#calls++
        this.#assertStepLeft()
      },
      reportCall: (call) =>
        trace?.called({ name: call.name, arguments: { ...call.arguments }, durationMs: 0 }),
      call: async (call, run) => {
        const startedAt = performance.now()
        const tell = (end: { answer: string } | { error: string }) =>
          trace?.called({
            name: call.name,
            arguments: { ...call.arguments },
            ...end,
            durationMs: performance.now() - startedAt,
          })
        try {
          const answer = await untilAborted(run({ signal: this.#signal }), this.#signal)
          tell({ answer })
          return answer
        } catch (error) {
          tell({ error: error instanceof Error ? error.message : String(error) })
          throw error
        }
      },
    }
  }

  #succeed(step: ProgramStep, result: string): Jump | Promise<Jump> {
    const { task, condition } = step
    try {
      if (task.inserts) return this.#succeedInserting(step, result)
      for (const output of task.outputs) this.#store(output, result)
    } catch (error) {
      return this.#fail(step, error)
    }
    if (condition && (condition.expression === 'HaveSimilar' || condition.input.type === 'search'))
      return this.#branchSearching(step, result)
    return this.#branch(step, result, () => !condition || holds(condition, this.#read(condition.input)))
  }

  async #succeedInserting(step: ProgramStep, result: string): Promise<Jump> {
    try {
      for (const output of step.task.outputs) {
        if (output.type !== 'insert') this.#store(output, result)
        else {
          const text = output.value === RESULT_VALUE ? result : output.value
          const chunks = await this.#files.insert(text)
          this.#trace?.changed({ type: 'insert', text, chunks })
        }
      }
    } catch (error) {
      return this.#fail(step, error)
    }
    return this.#branchSearching(step, result)
  }

  async #branchSearching(step: ProgramStep, result: string): Promise<Jump> {
    const { condition } = step
    let follows = true
    try {
      if (condition?.expression === 'HaveSimilar')
        follows = (await this.#files.closeness(condition.expected)) >= SIMILAR
      else if (condition) follows = holds(condition, await this.#readAny(condition.input))
    } catch (error) {
      throw this.#failAfter(error, result)
    }
    return this.#branch(step, result, () => follows)
  }

  #branch(step: ProgramStep, result: string, decide: () => boolean): Jump {
    try {
      const follows = decide()
      const jump = follows ? step.target : (step.condition?.otherwise ?? step.target)
      this.#trace?.end({ output: result, branch: follows ? 'target' : 'target_if_not', next: jump.name })
      return jump
    } catch (error) {
      throw this.#failAfter(error, result)
    }
  }

  /** The task itself did its work, so its fallback is not for a condition that fails. */
  #failAfter(error: unknown, output: string): unknown {
    const reason: unknown = this.#signal.aborted ? this.#signal.reason : error
    this.#trace?.fail(reason, { output })
    return reason
  }

  #store(output: ProgramTask['outputs'][number], result: string): void {
    const text = output.value === RESULT_VALUE ? memoryText(result) : output.value
    const { key } = output
    if (output.type === 'push') {
      this.#memory.push(key, text)
      this.#trace?.changed({ type: 'push', key, text })
    } else {
      this.#memory.write(key, text)
      this.#trace?.changed({ type: 'write', key, text })
    }
  }

  #fail(step: ProgramStep, error: unknown): Jump {
    const { fallback } = step
    const failure = this.#signal.aborted ? undefined : DriadError.from(error)
    if (!failure || fallback === undefined || fatal.has(failure.code)) {
      const reason: unknown = failure ?? this.#signal.reason
      this.#trace?.fail(reason)
      throw reason
    }
    this.#trace?.end({ error: failure.message, branch: 'fallback', next: fallback.name })
    return fallback
  }

  async #returnValue(): Promise<string> {
    const { returnValue } = this.#program.workflow
    this.#trace = undefined
    const values: MemoryValue[] = []
    // Texts at once: a later pop takes from the very list that an earlier input gave.
    for (const input of returnValue.inputs) {
      const value = await this.#readAny(input)
      values.push(typeof value === 'object' ? [...value] : value)
    }
    return readReturnValue(returnValue, values, this.#limits.resultChars)
  }

  #checkpoint(): WorkflowCheckpoint {
    return {
      step: this.#step,
      executed: this.#executed,
      calls: this.#calls,
      ...this.#model.used(),
      elapsedMs: performance.now() - this.#startedAt,
      random: this.#random.state,
      memory: { ...this.#memory.snapshot(), files: this.#files.snapshot() },
    }
  }
}

function missingInput(task: ProgramTask, { name, value }: ProgramTask['inputs'][number]): DriadError {
  const what =
    value.type === 'input'
      ? 'the run has no input'
      : value.type === 'search'
        ? 'nothing was found in its file system'
        : `there is no "${value.key}" in memory`
  return new DriadError('missing_input', `Task "${task.id}" needs "${name}", but ${what}`)
}
