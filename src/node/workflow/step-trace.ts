import type { CallReport, MemoryChange, StepEnded } from '../../protocol/workflow/step-report.ts'
import type { ChatMessage, GenerateResult } from '../inference/contract.ts'
import type { WorkflowEvent } from './contract.ts'
import type { ProgramTask } from './program.ts'

type StepEnd = Pick<StepEnded, 'branch' | 'next'> & { output?: string; error?: string }

/** Gathers what one step does and tells it: that it begins, and, once, how it ended. */
export class StepTrace {
  readonly #onEvent: (event: WorkflowEvent) => void
  readonly #taskId: string
  readonly #index: number
  readonly #startedAt = performance.now()
  readonly #changes: MemoryChange[] = []
  #inputs: Record<string, string> = {}
  #messages: { role: string; content: string }[] | undefined
  #calls: CallReport[] | undefined
  #usage: { promptTokens: number; completionTokens: number } | undefined

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
    this.#messages = messages.map((message) =>
      message.role === 'call'
        ? { role: 'call', content: `${JSON.stringify(message.call)}\n${message.answer}` }
        : message,
    )
  }

  called(call: CallReport): void {
    this.#calls ??= []
    this.#calls.push(call)
  }

  used(tokens: Pick<GenerateResult, 'promptTokens'> & { completionTokens?: number }): void {
    this.#usage = {
      promptTokens: tokens.promptTokens + (this.#usage?.promptTokens ?? 0),
      completionTokens: (tokens.completionTokens ?? 0) + (this.#usage?.completionTokens ?? 0),
    }
  }

  changed(change: MemoryChange): void {
    this.#changes.push(change)
  }

  end(end: StepEnd): void {
    this.#onEvent({
      type: 'step_ended',
      index: this.#index,
      taskId: this.#taskId,
      durationMs: performance.now() - this.#startedAt,
      inputs: this.#inputs,
      ...(this.#messages && { messages: this.#messages }),
      ...(this.#calls && { calls: this.#calls }),
      ...this.#usage,
      changes: this.#changes,
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
