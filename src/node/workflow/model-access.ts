import { DriadError } from '../../protocol/errors.ts'
import { samplingOf } from '../../protocol/sampling.ts'
import type { ChatMessage, GenerateResult } from '../inference/contract.ts'
import { untilAborted } from './abort.ts'
import type { WorkflowCheckpoint, WorkflowRun } from './contract.ts'
import type { GenerationOptions } from './operators/operator-table.ts'
import type { ProgramTask } from './program.ts'
import type { StepTrace } from './step-trace.ts'

/** What a run has used of its model so far. */
type Used = Pick<WorkflowCheckpoint, 'generations' | 'promptTokens' | 'completionTokens' | 'firstTokenMs'>

export interface ModelAccessInit {
  readonly signal: AbortSignal
  /** `performance.now()` of the run's start, as if it had never been interrupted. */
  readonly startedAt: number
  readonly promptChars: number
  /** What was used before the run was taken up again. */
  readonly used?: Used
}

/** A run's way to its model: fills prompts, gives each generation its seed, counts what is used. */
export class ModelAccess {
  readonly #run: WorkflowRun
  readonly #init: ModelAccessInit
  #generations: number
  #promptTokens: number
  #completionTokens: number
  #firstTokenMs: number | undefined

  constructor(run: WorkflowRun, init: ModelAccessInit) {
    this.#run = run
    this.#init = init
    this.#generations = init.used?.generations ?? 0
    this.#promptTokens = init.used?.promptTokens ?? 0
    this.#completionTokens = init.used?.completionTokens ?? 0
    this.#firstTokenMs = init.used?.firstTokenMs
  }

  used(): Used {
    return {
      generations: this.#generations,
      promptTokens: this.#promptTokens,
      completionTokens: this.#completionTokens,
      ...(this.#firstTokenMs === undefined ? {} : { firstTokenMs: this.#firstTokenMs }),
    }
  }

  /** Fills one message of a task. Throws `too_large`. */
  fill(task: ProgramTask, message: number, inputs: readonly string[]): string {
    const content = task.messages[message]?.content
    if (!content) return ''
    this.#assertFits(task, content.filledLength(inputs))
    return content.fill(inputs)
  }

  async generate(
    task: ProgramTask,
    inputs: readonly string[],
    { schema, functions, after = [] }: GenerationOptions,
    trace: StepTrace | undefined,
  ): Promise<GenerateResult> {
    const { sampling, workflow, onEvent } = this.#run
    const { signal, startedAt } = this.#init
    const own = task.messages.reduce((sum, { content }) => sum + content.filledLength(inputs), 0)
    this.#assertFits(task, own + after.reduce((sum, message) => sum + lengthOf(message), 0))
    const messages = [
      ...task.messages.map(({ role, content }) => ({ role, content: content.fill(inputs) })),
      ...after,
    ]
    trace?.prompted(messages)
    // Each generation of a run has a seed of its own, or a loop over one prompt would give one text for ever.
    const seed = sampling.seed === undefined ? undefined : (sampling.seed + this.#generations) >>> 0
    this.#generations++
    const askedAt = performance.now()
    const result = await untilAborted(
      this.#run.generate(
        {
          messages,
          maxTokens: workflow.config.maxTokens,
          ...samplingOf({
            ...sampling,
            temperature: sampling.temperature ?? workflow.config.temperature,
            seed,
          }),
          ...(schema === undefined ? {} : { schema }),
          ...(functions === undefined ? {} : { functions }),
        },
        {
          signal,
          ...(onEvent ? { onText: (piece) => onEvent({ type: 'text', taskId: task.id, piece }) } : {}),
        },
      ),
      signal,
    )
    this.#promptTokens += result.promptTokens
    this.#completionTokens += result.completionTokens
    if (result.firstTokenMs !== undefined) this.#firstTokenMs ??= askedAt - startedAt + result.firstTokenMs
    trace?.used(result)
    return result
  }

  /** Vectors of length 1. Their tokens count as read. */
  async embed(texts: readonly string[], trace: StepTrace | undefined): Promise<readonly Float32Array[]> {
    const { signal } = this.#init
    const { embed } = this.#run
    if (embed === undefined)
      throw new DriadError('model_unavailable', 'There is no model to search by meaning with')
    const { vectors, promptTokens } = await untilAborted(embed({ texts }, { signal }), signal)
    if (vectors.length !== texts.length)
      throw new DriadError('internal', `There are ${vectors.length} vectors for ${texts.length} texts`)
    this.#promptTokens += promptTokens
    trace?.used({ promptTokens })
    return vectors
  }

  #assertFits(task: ProgramTask, chars: number): void {
    const { promptChars } = this.#init
    if (chars <= promptChars) return
    throw new DriadError(
      'too_large',
      `The prompt of task "${task.id}" would have more than ${promptChars} characters`,
    )
  }
}

function lengthOf(message: ChatMessage): number {
  return message.role === 'call'
    ? JSON.stringify(message.call).length + message.answer.length
    : message.content.length
}
