import type { SamplingOptions } from '../../protocol/task.ts'
import type { Workflow } from '../../protocol/workflow/schema.ts'
import type { GenerateRequest, GenerateResult, TextPiece } from '../inference/contract.ts'

/** What the engine needs of a model: one generation. The task runner binds the model's name and its retry after a crash. */
export type Generate = (
  request: Omit<GenerateRequest, 'model'>,
  options: { signal: AbortSignal; onText?: (piece: TextPiece) => void },
) => Promise<GenerateResult>

export interface WorkflowRun {
  readonly workflow: Workflow
  /** The run's input, `__input`. */
  readonly input?: string
  readonly sampling: SamplingOptions
  readonly generate: Generate
  /** Caller's cancellation and deadline. The engine adds `max_time` itself. */
  readonly signal: AbortSignal
  readonly onEvent?: (event: WorkflowEvent) => void
}

/** The trace of a run, while it runs. */
export type WorkflowEvent =
  | { readonly type: 'step'; readonly index: number; readonly taskId: string; readonly operator: string }
  | { readonly type: 'text'; readonly taskId: string; readonly piece: TextPiece }
  | {
      readonly type: 'step_ended'
      readonly index: number
      readonly taskId: string
      readonly durationMs: number
      readonly output?: string
      readonly error?: string
      readonly next: string
    }

export interface WorkflowOutcome {
  /** As text; JSON text where the return value is a list or `to_json`. */
  readonly result: string
  readonly promptTokens: number
  readonly completionTokens: number
  /** Milliseconds from the run's start to its first token. */
  readonly firstTokenMs?: number
  readonly steps: number
}
