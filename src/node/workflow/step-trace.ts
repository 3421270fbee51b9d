import type { ChatMessage, GenerateResult } from '../inference/contract.ts'
import type { WorkflowEvent, WorkflowStepEnded } from './contract.ts'
import type { ProgramTask } from './program.ts'

/** Gathers what one step does and tells it: that it begins, and, once, how it ended. */
export class StepTrace {
  readonly #onEvent: (event: WorkflowEvent) => void
  readonly #taskId: string
  readonly #index: number
  readonly #startedAt = performance.now()
  #inputs: WorkflowStepEnded['inputs'] = {}
  #messages: readonly ChatMessage[] | undefined
  #usage: { readonly promptTokens: number; readonly completionTokens: number } | undefined

  constructor(onEvent: (event: WorkflowEvent) => void, task: ProgramTask, index: number) {
    this.#onEvent = onEvent
    this.#taskId = task.id
    this.#index = index
    onEvent({ type: 'step', index, taskId: task.id, operator: task.operator })
  }

  read(task: ProgramTask, inputs: readonly string[]): void {
    this.#inputs = Object.fromEntries(task.inputs.map((input, at) => [input.name, inputs[at] as string]))
  }

  prompted(messages: readonly ChatMessage[]): void {
    this.#messages = messages
  }

  generated({ promptTokens, completionTokens }: GenerateResult): void {
    this.#usage = {
      promptTokens: promptTokens + (this.#usage?.promptTokens ?? 0),
      completionTokens: completionTokens + (this.#usage?.completionTokens ?? 0),
    }
  }

  end(end: Pick<WorkflowStepEnded, 'output' | 'error' | 'branch' | 'next'>): void {
    this.#onEvent({
      type: 'step_ended',
      index: this.#index,
      taskId: this.#taskId,
      durationMs: performance.now() - this.#startedAt,
      inputs: this.#inputs,
      ...(this.#messages && { messages: this.#messages }),
      ...this.#usage,
      ...end,
    })
  }

  /** The run ends with this step. */
  fail(error: unknown, had: { readonly output?: string } = {}): void {
    this.end({
      ...had,
      error: error instanceof Error ? error.message : String(error),
      branch: 'failed',
      next: '',
    })
  }
}
