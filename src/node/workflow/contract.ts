import type { SamplingOptions } from '../../protocol/sampling.ts'
import type { WorkflowLimits } from '../../protocol/workflow/limits.ts'
import type { Workflow } from '../../protocol/workflow/schema.ts'
import type { StepReport } from '../../protocol/workflow/step-report.ts'
import type {
  EmbedRequest,
  EmbedResult,
  GenerateRequest,
  GenerateResult,
  TextPiece,
} from '../inference/contract.ts'
import type { ToolBox } from '../tools/contract.ts'

/** What the engine needs of a model: one generation. The task runner binds the model's name and its retry after a crash. */
export type Generate = (
  request: Omit<GenerateRequest, 'model'>,
  options: { signal: AbortSignal; onText?: (piece: TextPiece) => void },
) => Promise<GenerateResult>

/** Vectors of texts, for the run's file system. */
export type Embed = (
  request: Omit<EmbedRequest, 'model'>,
  options: { signal: AbortSignal },
) => Promise<EmbedResult>

export interface WorkflowRun {
  readonly workflow: Workflow
  /** The run's input, `__input`. */
  readonly input?: string
  readonly sampling: SamplingOptions
  readonly generate: Generate
  /** Without it, what searches by meaning fails with `model_unavailable`. */
  readonly embed?: Embed
  /** The tools that the operator turned on; none where absent. */
  readonly tools?: ToolBox
  /** Caller's cancellation and deadline. The engine adds `max_time` itself. */
  readonly signal: AbortSignal
  readonly onEvent?: (event: WorkflowEvent) => void
  /**
   * Called before each task with a way to take the run's state; what it returns, if anything, is awaited. A run that is
   * given that state again as `resume` goes on with that very task, and repeats none that had finished. `waited` is true
   * where the task before it used a model or a tool; others repeat exactly.
   */
  readonly onCheckpoint?: (
    take: () => WorkflowCheckpoint,
    last: { readonly waited: boolean },
  ) => void | Promise<void>
  readonly resume?: WorkflowCheckpoint
  /** Run-time limits other than the defaults: `memoryChars`, `promptChars`, `resultChars`. */
  readonly limits?: Partial<WorkflowLimits>
}

/** The trace of a run, while it runs. */
export type WorkflowEvent =
  | StepReport
  | { readonly type: 'text'; readonly taskId: string; readonly piece: TextPiece }

export interface WorkflowOutcome {
  /** As text. A list is each item followed by " \n", and JSON text with `to_json`. */
  readonly result: string
  readonly promptTokens: number
  readonly completionTokens: number
  /** Milliseconds from the run's start to its first token. */
  readonly firstTokenMs?: number
  /** Tasks executed. */
  readonly steps: number
}

/** All that a run has reached: plain data, for JSON or a structured clone. */
export interface WorkflowCheckpoint {
  /** Index of the step that comes next. */
  readonly step: number
  /** Tasks executed, and calls of tools. */
  readonly executed: number
  readonly calls: number
  readonly generations: number
  readonly promptTokens: number
  readonly completionTokens: number
  readonly firstTokenMs?: number
  /** Milliseconds of `max_time` that are used up. */
  readonly elapsedMs: number
  /** State of the generator that `sample` draws from. */
  readonly random: number
  readonly memory: MemorySnapshot
}

export interface MemorySnapshot {
  readonly cache: readonly (readonly [key: string, text: string])[]
  readonly stacks: readonly (readonly [key: string, items: readonly string[]])[]
  /** The chunks of the file system, each with its vector: float32 little-endian in base64. */
  readonly files: readonly (readonly [text: string, vector: string])[]
}
