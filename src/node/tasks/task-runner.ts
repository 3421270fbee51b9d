import { DriadError } from '../../protocol/errors.ts'
import type { SamplingOptions } from '../../protocol/sampling.ts'
import { scoreReportText } from '../../protocol/score-report.ts'
import { isJson } from '../../protocol/workflow/json-text.ts'
import type { Workflow } from '../../protocol/workflow/schema.ts'
import type { TextPace, TextPiece } from '../inference/contract.ts'
import type { Logger } from '../logs/contract.ts'
import type { ToolBox } from '../tools/contract.ts'
import { answeredRequest } from '../verification/answered-request.ts'
import type { WorkflowCheckpoint, WorkflowEvent, WorkflowOutcome, WorkflowRun } from '../workflow/contract.ts'
import { bindModel, type GenerationComponents } from './generation.ts'

export interface TaskRunnerComponents extends GenerationComponents {
  readonly runWorkflow: (run: WorkflowRun) => Promise<WorkflowOutcome>
  readonly toolBox: ToolBox
  readonly logger: Logger
}

export interface TaskRunnerInit {
  /** Milliseconds that a task waits for its model to come back. */
  readonly modelReturnMs: number
  /** Every completion token that this node generates, for the figures. */
  readonly onTokens: (added: number) => void
}

export interface RunSpec {
  readonly workflow: Workflow
  readonly model: string
  readonly input?: string
  readonly sampling: SamplingOptions
  /** How likely this result is is asked, instead of a result. */
  readonly scoreText?: string
}

export interface RunOptions {
  readonly signal: AbortSignal
  /** Text as it comes; `tokens` counts all completion tokens of the run so far. */
  readonly onText?: (piece: TextPiece) => void
  /** `live` where absent. With `calm` the last of the text is in the result alone. */
  readonly textPace?: TextPace
  readonly onEvent?: (event: WorkflowEvent) => void
  /** Keeps what the run reaches, so that it can be taken up. */
  readonly onCheckpoint?: WorkflowRun['onCheckpoint']
  readonly resume?: WorkflowCheckpoint
  /** The generation is started again, because the inference process crashed. */
  readonly onRetry?: (crash: DriadError) => void
}

/** How a run ended. A failure has the tokens that it cost all the same. */
export type RunResult = {
  readonly promptTokens: number
  readonly completionTokens: number
  /** Milliseconds from the start of the run. */
  readonly firstTokenMs?: number
  readonly totalMs: number
} & (
  | { readonly ok: true; readonly result: string; readonly steps: number }
  | { readonly ok: false; readonly error: DriadError }
)

/** Executes workflows on the node's models: a stranger's task and the operator's own test run alike. */
export class TaskRunner {
  readonly #components: TaskRunnerComponents
  readonly #init: TaskRunnerInit

  constructor(components: TaskRunnerComponents, init: TaskRunnerInit) {
    this.#components = components
    this.#init = init
  }

  /** Never rejects: cancellation and deadline are failures with the code of the signal's reason. */
  async run(spec: RunSpec, options: RunOptions): Promise<RunResult> {
    const startedAt = performance.now()
    let firstTokenMs: number | undefined
    let completionTokens = options.resume?.completionTokens ?? 0
    const { generate, embed, totals } = bindModel(this.#components, {
      model: spec.model,
      retries: 1,
      modelReturnMs: this.#init.modelReturnMs,
      onTokens: (added) => {
        firstTokenMs ??= Math.round(performance.now() - startedAt)
        completionTokens += added
        this.#init.onTokens(added)
      },
      ...(options.textPace === undefined ? {} : { textPace: options.textPace }),
      ...(options.onRetry === undefined ? {} : { onRetry: options.onRetry }),
    })
    const onEvent = (event: WorkflowEvent) => {
      if (event.type === 'text') options.onText?.({ text: event.piece.text, tokens: completionTokens })
      options.onEvent?.(event)
    }
    const measured = () => ({
      totalMs: Math.round(performance.now() - startedAt),
      ...(firstTokenMs === undefined ? {} : { firstTokenMs }),
    })
    try {
      options.signal.throwIfAborted()
      if (spec.scoreText !== undefined) {
        const scored = await scoreAnswer(this.#components.engine, spec, spec.scoreText, options.signal)
        return { ok: true, ...scored, ...measured() }
      }
      const outcome = await this.#components.runWorkflow({
        workflow: spec.workflow,
        sampling: spec.sampling,
        generate,
        embed,
        tools: this.#components.toolBox,
        signal: options.signal,
        ...(options.onEvent === undefined && options.onText === undefined ? {} : { onEvent }),
        ...(options.onCheckpoint === undefined ? {} : { onCheckpoint: options.onCheckpoint }),
        ...(options.resume === undefined ? {} : { resume: options.resume }),
        ...(spec.input === undefined ? {} : { input: spec.input }),
      })
      return {
        ok: true,
        result: outcome.result,
        steps: outcome.steps,
        promptTokens: outcome.promptTokens,
        completionTokens: outcome.completionTokens,
        ...measured(),
        // The engine's own word, wherever text is not told at once.
        ...(outcome.firstTokenMs === undefined ? {} : { firstTokenMs: Math.round(outcome.firstTokenMs) }),
      }
    } catch (cause) {
      const error = DriadError.from(options.signal.aborted ? options.signal.reason : cause)
      if (error.code === 'internal')
        this.#components.logger.error('A task failed unexpectedly', { error: error.cause })
      return { ok: false, error, ...totals, ...measured() }
    }
  }
}

/** Reading is all that it takes, so that is what is counted: the prompt, and the answer. */
async function scoreAnswer(
  engine: Pick<GenerationComponents['engine'], 'score'>,
  { workflow, sampling, model, input }: RunSpec,
  text: string,
  signal: AbortSignal,
) {
  const run = { workflow, sampling, result: text, ...(input === undefined ? {} : { input }) }
  const request = await answeredRequest(run, { signal })
  if (request === undefined)
    throw new DriadError('bad_workflow', 'Only the answer of a single generation can be looked at')
  const scored = await engine.score({ ...request, model, text, compact: isJson(text) }, { signal })
  return {
    result: scoreReportText(scored),
    steps: 1,
    promptTokens: scored.promptTokens + scored.tokens.length,
    completionTokens: 0,
  }
}
