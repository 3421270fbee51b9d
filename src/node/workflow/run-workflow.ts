import { DriadError, type DriadErrorCode } from '../../protocol/errors.ts'
import { memoryText } from '../../protocol/workflow/json-text.ts'
import { type WorkflowLimits, workflowLimits } from '../../protocol/workflow/limits.ts'
import { RESULT_VALUE } from '../../protocol/workflow/schema.ts'
import type { ChatMessage, GenerateResult } from '../inference/contract.ts'
import { untilAborted } from './abort.ts'
import { holds } from './conditions.ts'
import type { WorkflowCheckpoint, WorkflowOutcome, WorkflowRun, WorkflowStepEnded } from './contract.ts'
import { valueLength, valueText, WorkflowMemory } from './memory.ts'
import type { TaskContext } from './operators/operator-table.ts'
import { compileProgram, type Jump, type Program, type ProgramStep, type ProgramTask } from './program.ts'
import { Random } from './random.ts'
import { readReturnValue } from './return-value.ts'

/** Milliseconds that tasks without a model may keep the event loop before others get their turn. */
const SLICE_MS = 8
/** Steps between two looks at the clock. */
const STEPS_A_LOOK = 16
/** The longest that a timer can be set to. */
const MAX_TIMER_MS = 2 ** 31 - 1

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

/**
 * Runs a workflow that `parseWorkflow` passed. One generation is under way at a time; when the run is cancelled or out
 * of time it is aborted and not awaited.
 *
 * @throws DriadError with the code of the task that failed, or `max_steps_exceeded`, `max_time_exceeded`,
 * `condition_not_numeric`, `too_large`, `operator_unavailable`; and the signal's reason, untouched, when it aborts.
 */
export async function runWorkflow(run: WorkflowRun): Promise<WorkflowOutcome> {
  run.signal.throwIfAborted()
  const program = compileProgram(run.workflow)
  const maxTimeMs = run.workflow.config.maxTimeSeconds * 1000 - (run.resume?.elapsedMs ?? 0)
  const outOfTime = new AbortController()
  const timer = setTimeout(() => outOfTime.abort(timeError(run)), Math.min(maxTimeMs, MAX_TIMER_MS))
  try {
    return await new Execution(program, run, AbortSignal.any([run.signal, outOfTime.signal])).run()
  } finally {
    clearTimeout(timer)
  }
}

/** One run under way. */
class Execution {
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
    if (now - this.#startedAt > this.#program.workflow.config.maxTimeSeconds * 1000)
      throw timeError(this.#run)
    await new Promise((resolve) => setImmediate(resolve))
    this.#sliceEnd = performance.now() + SLICE_MS
  }

  /** Executes a step's task, stores its outputs and says where to go. Answers at once where nothing is waited for. */
  #execute(step: ProgramStep): Jump | Promise<Jump> {
    const trace = this.#run.onEvent ? this.#beginTrace(step.task) : undefined
    try {
      const inputs = this.#readInputs(step.task)
      if (trace)
        trace.inputs = Object.fromEntries(
          step.task.inputs.map((input, at) => [input.name, inputs[at] as string]),
        )
      const result = step.task.run(this.#context(step.task, inputs, trace))
      if (typeof result === 'string') return this.#succeed(step, result, trace)
      return untilAborted(result, this.#signal).then(
        (text) => this.#succeed(step, text, trace),
        (error: unknown) => this.#fail(step, error, trace),
      )
    } catch (error) {
      return this.#fail(step, error, trace)
    }
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

  #context(task: ProgramTask, inputs: readonly string[], trace: Trace | undefined): TaskContext {
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
    trace: Trace | undefined,
  ): Promise<GenerateResult> {
    const { config } = this.#program.workflow
    const { sampling, onEvent } = this.#run
    this.#assertPromptFits(
      task,
      task.messages.reduce((sum, message) => sum + message.content.filledLength(inputs), 0),
    )
    const messages = task.messages.map(({ role, content }) => ({ role, content: content.fill(inputs) }))
    if (trace) trace.messages = messages
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
    if (trace) {
      trace.promptTokens = result.promptTokens
      trace.completionTokens = result.completionTokens
    }
    return result
  }

  #succeed(step: ProgramStep, result: string, trace: Trace | undefined): Jump {
    let jump = step.target
    let branch: WorkflowStepEnded['branch'] = 'target'
    try {
      this.#store(step.task, result)
    } catch (error) {
      return this.#fail(step, error, trace)
    }
    if (step.condition) {
      try {
        if (!holds(step.condition, this.#memory.read(step.condition.input))) {
          jump = step.condition.otherwise
          branch = 'target_if_not'
        }
      } catch (error) {
        // The task itself did its work, so its fallback is not for this.
        this.#endTrace(trace, { output: result, error: messageOf(error), branch: 'failed', next: '' })
        throw error
      }
    }
    this.#endTrace(trace, { output: result, branch, next: jump.name })
    return jump
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

  #fail(step: ProgramStep, error: unknown, trace: Trace | undefined): Jump {
    if (this.#signal.aborted) {
      this.#endTrace(trace, { error: messageOf(this.#signal.reason), branch: 'failed', next: '' })
      throw this.#signal.reason
    }
    const failure = DriadError.from(error)
    if (step.fallback === undefined || fatal.has(failure.code)) {
      this.#endTrace(trace, { error: failure.message, branch: 'failed', next: '' })
      throw failure
    }
    this.#endTrace(trace, { error: failure.message, branch: 'fallback', next: step.fallback.name })
    return step.fallback
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

  #beginTrace(task: ProgramTask): Trace {
    this.#run.onEvent?.({ type: 'step', index: this.#executed, taskId: task.id, operator: task.operator })
    return { index: this.#executed, taskId: task.id, startedAt: performance.now(), inputs: {} }
  }

  #endTrace(
    trace: Trace | undefined,
    end: Pick<WorkflowStepEnded, 'output' | 'error' | 'branch' | 'next'>,
  ): void {
    if (!trace) return
    const { startedAt, ...seen } = trace
    this.#run.onEvent?.({ type: 'step_ended', ...seen, durationMs: performance.now() - startedAt, ...end })
  }
}

/** What is known of a step while it is executed. */
interface Trace extends Pick<WorkflowStepEnded, 'index' | 'taskId'> {
  readonly startedAt: number
  inputs: WorkflowStepEnded['inputs']
  messages?: readonly ChatMessage[]
  promptTokens?: number
  completionTokens?: number
}

function timeError(run: WorkflowRun): DriadError {
  const seconds = run.workflow.config.maxTimeSeconds
  return new DriadError(
    'max_time_exceeded',
    `The workflow took longer than its max_time of ${seconds} seconds`,
  )
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
