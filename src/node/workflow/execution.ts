import { DriadError, type DriadErrorCode } from '../../protocol/errors.ts'
import { memoryText } from '../../protocol/workflow/json-text.ts'
import { type WorkflowLimits, workflowLimits } from '../../protocol/workflow/limits.ts'
import { RESULT_VALUE } from '../../protocol/workflow/schema.ts'
import type { GenerateResult } from '../inference/contract.ts'
import { untilAborted } from './abort.ts'
import { holds } from './conditions.ts'
import type { WorkflowCheckpoint, WorkflowOutcome, WorkflowRun } from './contract.ts'
import { valueLength, valueText, WorkflowMemory } from './memory.ts'
import type { TaskContext } from './operators/operator-table.ts'
import type { Jump, Program, ProgramStep, ProgramTask } from './program.ts'
import { Random } from './random.ts'
import { readReturnValue } from './return-value.ts'
import { StepTrace } from './step-trace.ts'

/** Milliseconds that tasks without a model may keep the event loop before others get their turn. */
const SLICE_MS = 8
/** Steps between two looks at the clock. */
const STEPS_A_LOOK = 16
/** Failures that no fallback can mend: of the node, or of the run as a whole. */
const fatal: ReadonlySet<DriadErrorCode> = new Set<DriadErrorCode>([
  'cancelled',
  'deadline_exceeded',
  'inference_crashed',
  'internal',
  'max_steps_exceeded',
  'max_time_exceeded',
  'model_unavailable',
  'operator_unavailable',
  'stopping',
])

/** One run under way: its memory, where it is, and what it has used. For one call of `run`. */
export class Execution {
  readonly #program: Program
  readonly #run: WorkflowRun
  readonly #signal: AbortSignal
  readonly #limits: WorkflowLimits
  readonly #memory: WorkflowMemory
  readonly #random: Random
  readonly #startedAt: number
  #sliceEnd: number
  #step = 0
  #executed = 0
  #generations = 0
  #promptTokens = 0
  #completionTokens = 0
  #firstTokenMs: number | undefined

  constructor(program: Program, run: WorkflowRun, signal: AbortSignal) {
    const { resume } = run
    this.#program = program
    this.#run = run
    this.#signal = signal
    this.#limits = { ...workflowLimits, ...run.limits }
    this.#memory = new WorkflowMemory(this.#limits.memoryChars)
    this.#random = new Random(resume?.random ?? run.sampling.seed)
    this.#startedAt = performance.now() - (resume?.elapsedMs ?? 0)
    this.#sliceEnd = performance.now() + SLICE_MS
    if (!resume) {
      this.#memory.load(program.workflow.externalMemory, run.input)
      return
    }
    this.#memory.restore(resume.memory)
    this.#step = resume.step
    this.#executed = resume.executed
    this.#generations = resume.generations
    this.#promptTokens = resume.promptTokens
    this.#completionTokens = resume.completionTokens
    this.#firstTokenMs = resume.firstTokenMs
  }

  async run(): Promise<WorkflowOutcome> {
    const { steps, workflow } = this.#program
    const { maxSteps } = workflow.config
    const { onCheckpoint } = this.#run
    for (;;) {
      const step = steps[this.#step]
      if (!step || step.task.operator === 'end') break
      if (this.#executed >= maxSteps) {
        throw new DriadError(
          'max_steps_exceeded',
          `The workflow did not end within its max_steps of ${maxSteps}`,
        )
      }
      if (this.#executed % STEPS_A_LOOK === 0) await this.#giveWay()
      if (onCheckpoint) await onCheckpoint(() => this.#checkpoint())
      if (this.#signal.aborted) throw this.#signal.reason

      const next = this.#execute(step)
      this.#step = (next instanceof Promise ? await next : next).index
      this.#executed++
    }
    const result = readReturnValue(workflow.returnValue, this.#memory, this.#limits.resultChars)
    return {
      result,
      promptTokens: this.#promptTokens,
      completionTokens: this.#completionTokens,
      ...(this.#firstTokenMs === undefined ? {} : { firstTokenMs: this.#firstTokenMs }),
      steps: this.#executed,
    }
  }

  /** Lets timers and other work have the event loop; a loop over memory alone would never. */
  async #giveWay(): Promise<void> {
    const now = performance.now()
    if (now < this.#sliceEnd) return
    await new Promise((resolve) => setImmediate(resolve))
    this.#sliceEnd = performance.now() + SLICE_MS
  }

  /** Executes a step's task, stores its outputs and says where to go. Answers at once where nothing is waited for. */
  #execute(step: ProgramStep): Jump | Promise<Jump> {
    const { task } = step
    const { onEvent } = this.#run
    const trace = onEvent && new StepTrace(onEvent, task, this.#executed)
    let result: string | Promise<string>
    try {
      const inputs = this.#readInputs(task)
      trace?.read(task, inputs)
      result = task.run(this.#context(task, inputs, trace))
    } catch (error) {
      return this.#fail(step, error, trace)
    }
    if (typeof result === 'string') return this.#succeed(step, result, trace)
    return untilAborted(result, this.#signal).then(
      (text) => this.#succeed(step, text, trace),
      (error: unknown) => this.#fail(step, error, trace),
    )
  }

  #readInputs(task: ProgramTask): string[] {
    let chars = 0
    const texts: string[] = []
    for (const input of task.inputs) {
      const value = this.#memory.read(input.value)
      if (value === undefined && input.required) {
        const what =
          input.value.type === 'input' ? 'the run has no input' : `there is no "${input.value.key}" in memory`
        throw new DriadError('missing_input', `Task "${task.id}" needs "${input.name}", but ${what}`)
      }
      chars += valueLength(value)
      if (chars > this.#limits.memoryChars) {
        throw new DriadError(
          'too_large',
          `The inputs of task "${task.id}" are longer than ${this.#limits.memoryChars} characters`,
        )
      }
      texts.push(valueText(value))
    }
    return texts
  }

  #context(task: ProgramTask, inputs: readonly string[], trace: StepTrace | undefined): TaskContext {
    const { maxTokens } = this.#program.workflow.config
    const maxChars = this.#limits.promptChars
    return {
      task,
      inputs,
      maxTokens,
      maxChars,
      fill: (message) => this.#fill(task, message, inputs),
      stack: (key) => this.#memory.stack(key),
      random: (end) => this.#random.below(end),
      generate: (schema) => this.#generate(task, inputs, schema, trace),
    }
  }

  #fill(task: ProgramTask, message: number, inputs: readonly string[]): string {
    const content = task.messages[message]?.content
    if (!content) return ''
    this.#assertPromptFits(task, content.filledLength(inputs))
    return content.fill(inputs)
  }

  #assertPromptFits(task: ProgramTask, chars: number): void {
    const { promptChars } = this.#limits
    if (chars <= promptChars) return
    throw new DriadError(
      'too_large',
      `The prompt of task "${task.id}" would have more than ${promptChars} characters`,
    )
  }

  async #generate(
    task: ProgramTask,
    inputs: readonly string[],
    schema: unknown,
    trace: StepTrace | undefined,
  ): Promise<GenerateResult> {
    const { config } = this.#program.workflow
    const { sampling, onEvent } = this.#run
    this.#assertPromptFits(
      task,
      task.messages.reduce((sum, message) => sum + message.content.filledLength(inputs), 0),
    )
    const messages = task.messages.map(({ role, content }) => ({ role, content: content.fill(inputs) }))
    trace?.prompted(messages)
    const temperature = sampling.temperature ?? config.temperature
    // Each generation of a run has a seed of its own, or a loop over one prompt would give one text for ever.
    const seed = sampling.seed === undefined ? undefined : (sampling.seed + this.#generations) >>> 0
    this.#generations++
    const startedAt = performance.now()
    const result = await untilAborted(
      this.#run.generate(
        {
          messages,
          maxTokens: config.maxTokens,
          ...(temperature === undefined ? {} : { temperature }),
          ...(seed === undefined ? {} : { seed }),
          ...(schema === undefined ? {} : { schema }),
        },
        {
          signal: this.#signal,
          ...(onEvent ? { onText: (piece) => onEvent({ type: 'text', taskId: task.id, piece }) } : {}),
        },
      ),
      this.#signal,
    )
    this.#promptTokens += result.promptTokens
    this.#completionTokens += result.completionTokens
    if (result.firstTokenMs !== undefined)
      this.#firstTokenMs ??= startedAt - this.#startedAt + result.firstTokenMs
    trace?.generated(result)
    return result
  }

  #succeed(step: ProgramStep, result: string, trace: StepTrace | undefined): Jump {
    try {
      this.#store(step.task, result)
    } catch (error) {
      return this.#fail(step, error, trace)
    }
    const { condition } = step
    try {
      const follows = !condition || holds(condition, this.#memory.read(condition.input))
      const jump = follows ? step.target : condition.otherwise
      trace?.end({ output: result, branch: follows ? 'target' : 'target_if_not', next: jump.name })
      return jump
    } catch (error) {
      // The task itself did its work, so its fallback is not for this.
      trace?.fail(error, { output: result })
      throw error
    }
  }

  #store(task: ProgramTask, result: string): void {
    let text: string | undefined
    for (const output of task.outputs) {
      let value = output.value
      if (value === RESULT_VALUE) {
        text ??= memoryText(result)
        value = text
      }
      if (output.type === 'push') this.#memory.push(output.key, value)
      else this.#memory.write(output.key, value)
    }
  }

  #fail(step: ProgramStep, error: unknown, trace: StepTrace | undefined): Jump {
    const { fallback } = step
    const failure = this.#signal.aborted ? undefined : DriadError.from(error)
    if (!failure || fallback === undefined || fatal.has(failure.code)) {
      const reason: unknown = failure ?? this.#signal.reason
      trace?.fail(reason)
      throw reason
    }
    trace?.end({ error: failure.message, branch: 'fallback', next: fallback.name })
    return fallback
  }

  #checkpoint(): WorkflowCheckpoint {
    return {
      step: this.#step,
      executed: this.#executed,
      generations: this.#generations,
      promptTokens: this.#promptTokens,
      completionTokens: this.#completionTokens,
      ...(this.#firstTokenMs === undefined ? {} : { firstTokenMs: this.#firstTokenMs }),
      elapsedMs: performance.now() - this.#startedAt,
      random: this.#random.state,
      memory: this.#memory.snapshot(),
    }
  }
}
