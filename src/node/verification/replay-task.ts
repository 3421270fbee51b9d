import { isJson } from '../../protocol/workflow/json-text.ts'
import type { Workflow } from '../../protocol/workflow/schema.ts'
import type { GenerateRequest, GenerateResult, InferenceEngine } from '../inference/contract.ts'
import type { WorkflowRun } from '../workflow/contract.ts'
import { runWorkflow } from '../workflow/run-workflow.ts'
import { answeredRequest } from './answered-request.ts'
import type { Verdict } from './contract.ts'
import { judgeScore } from './judge-score.ts'
import { verificationThresholds } from './thresholds.ts'

export interface ReplayedTask extends Pick<WorkflowRun, 'workflow' | 'input' | 'sampling'> {
  /** As the engine knows it. */
  readonly model: string
  /** What the node says the task came to. */
  readonly result: string
  readonly promptTokens: number
  readonly completionTokens: number
  /** Tokens that the model sees at once, here and on the node: answers end there. */
  readonly contextSize: { readonly ours: number; readonly theirs: number }
}

type Request = Omit<GenerateRequest, 'model'>

/** Whether a workflow comes to the same result wherever it is computed: tools and searches by meaning may not. */
export function isRepeatable({ config, tasks, steps, returnValue }: Workflow): boolean {
  if (config.tools.length > 0 || config.customTools.length > 0) return false
  const values = [
    ...tasks.flatMap(({ inputs }) => inputs.map(({ value }) => value)),
    ...steps.flatMap(({ condition }) => (condition === undefined ? [] : [condition.input])),
    ...returnValue.inputs,
  ]
  if (values.some(({ type }) => type === 'search')) return false
  if (steps.some(({ condition }) => condition?.expression === 'HaveSimilar')) return false
  return tasks.every(
    ({ operator }) => !['function_calling', 'function_calling_raw', 'search'].includes(operator),
  )
}

/**
 * Checks a result on an engine that has the same weights. The answer of a single generation is replayed token by token;
 * a workflow of more, or one that changes the answer, is executed again, since what came in between is not known.
 */
export async function replayTask(
  engine: Pick<InferenceEngine, 'generate' | 'score'>,
  task: ReplayedTask,
  { signal }: { signal: AbortSignal },
): Promise<Verdict> {
  const replayed = await replaySingle(engine, task, { signal })
  return replayed ?? (await executeAgain(engine, task, { signal }))
}

/** Undefined where the result is not the answer of one generation as it is. */
async function replaySingle(
  engine: Pick<InferenceEngine, 'score'>,
  { model, promptTokens, completionTokens, contextSize, ...run }: ReplayedTask,
  { signal }: { signal: AbortSignal },
): Promise<Verdict | undefined> {
  const request = await answeredRequest(run, { signal })
  if (request === undefined) return undefined
  if (promptTokens + completionTokens >= contextSize.ours)
    return unclear('it is longer than what the model sees at once here')
  const maxTokens = Math.min(request.maxTokens, Math.max(1, contextSize.theirs - promptTokens))
  const scored = await engine.score(
    { ...request, model, maxTokens, text: run.result, compact: isJson(run.result) },
    { signal },
  )
  return judgeScore(scored, { request, claimed: { promptTokens, completionTokens } })
}

/** Equal results agree. Others are wrong only if no rounding can have made them, which is known of the likeliest tokens. */
async function executeAgain(
  engine: Pick<InferenceEngine, 'generate'>,
  { model, result, promptTokens, completionTokens, contextSize, ...run }: ReplayedTask,
  { signal }: { signal: AbortSignal },
): Promise<Verdict> {
  let nearest = Number.POSITIVE_INFINITY
  const generate = async (request: Request): Promise<GenerateResult> => {
    const penalised = request.repeatPenalty ?? request.presencePenalty ?? request.frequencyPenalty
    if (request.temperature !== 0 || request.schema !== undefined || penalised !== undefined) nearest = 0
    const answer = await engine.generate({ ...request, model, logProbabilities: 2 }, { signal })
    for (const { logProbability, token, alternatives } of answer.logProbabilities ?? []) {
      const other = alternatives.find((alternative) => alternative.token !== token)
      if (other !== undefined) nearest = Math.min(nearest, logProbability - other.logProbability)
    }
    return answer
  }
  const outcome = await runWorkflow({ ...run, generate, signal })
  const overCounted =
    promptTokens + completionTokens >
    (outcome.promptTokens + outcome.completionTokens) * (1 + verificationThresholds.countedShare) +
      verificationThresholds.countedTokens
  if (outcome.result === result) {
    return overCounted
      ? {
          kind: 'refuted',
          reason: `it counts more tokens than the ${outcome.completionTokens} that it took here`,
        }
      : { kind: 'agreed', reason: 'the workflow came to the same result here' }
  }
  if (nearest > verificationThresholds.tieNats && contextSize.ours === contextSize.theirs)
    return refuted('the workflow comes to another result, and none of its tokens was a close choice')
  return unclear('the workflow came to another result here, and a close choice may have made it')
}

function refuted(reason: string): Verdict {
  return { kind: 'refuted', reason }
}

function unclear(reason: string): Verdict {
  return { kind: 'unclear', reason }
}
