import type { TokenCounts } from '../../protocol/money.ts'
import type { ReportedToken, ScoreReport } from '../../protocol/score-report.ts'
import type { AskedRequest } from './answered-request.ts'
import type { AnswerEvidence, Verdict } from './contract.ts'
import { verificationThresholds as limits } from './thresholds.ts'

export interface JudgedAnswer {
  /** What was asked. */
  readonly request: AskedRequest
  /** What the node counts. */
  readonly claimed: TokenCounts
}

/** What an answer that was replayed shows of who gave it. */
export function judgeScore(scored: ScoreReport, { request, claimed }: JudgedAnswer): Verdict {
  return (
    countsFault(scored, claimed) ??
    (request.temperature === 0 && !isSteered(request)
      ? likeliestFault(scored)
      : drawnFault(scored, request)) ??
    extentFault(scored, request) ?? {
      kind: 'agreed',
      reason: `all that can be told of ${tokens(scored)} is right`,
      ...(!isSteered(request) && { evidence: evidenceOf(scored, request) }),
    }
  )
}

function evidenceOf({ tokens, end }: ScoreReport, { temperature }: AskedRequest): AnswerEvidence {
  const places = end === undefined ? tokens : [...tokens, end]
  const drawn = temperature !== 0
  // Whatever is left out before the draw, the likeliest token is not: no token's share of the rest is larger than this.
  const gaps = tokens.reduce((sum, token) => sum + gap(token), 0)
  return {
    drawn,
    places: places.length,
    open: places.reduce((sum, { best }) => sum + 1 - Math.min(1, Math.exp(best)), 0),
    strange: places.filter(({ chosen }) => !chosen).length,
    logChance: drawn && temperature !== undefined ? -gaps / temperature : 0,
  }
}

function countsFault(
  { promptTokens, completionTokens }: ScoreReport,
  claimed: TokenCounts,
): Verdict | undefined {
  const over = (said: number, counted: number) =>
    said - counted > limits.countedTokens + counted * limits.countedShare
  if (over(claimed.promptTokens, promptTokens)) {
    return refuted(`it counts ${claimed.promptTokens} prompt tokens; there are ${promptTokens}`)
  }
  if (over(claimed.completionTokens, completionTokens)) {
    return refuted(
      `it counts ${claimed.completionTokens} completion tokens; its text has ${completionTokens}`,
    )
  }
  return undefined
}

function likeliestFault(scored: ScoreReport): Verdict | undefined {
  const { end } = scored
  const far = scored.tokens.filter((token) => gap(token) > limits.tieNats)
  const farthest = far.reduce((most, token) => Math.max(most, gap(token)), 0)
  if (far.length > limits.farTokens + scored.tokens.length * limits.farShare) {
    return refuted(
      `${far.length} of ${tokens(scored)} are not the likeliest ones, by up to ${farthest.toFixed(2)} nats`,
    )
  }
  if (end !== undefined && gap(end) > limits.tieNats) return cutOff(end)
  return undefined
}

/** Something else than probabilities decided, too. */
function isSteered({
  schema,
  repeatPenalty = 1,
  presencePenalty = 0,
  frequencyPenalty = 0,
}: AskedRequest): boolean {
  return schema !== undefined || repeatPenalty !== 1 || presencePenalty !== 0 || frequencyPenalty !== 0
}

function drawnFault(scored: ScoreReport, request: AskedRequest): Verdict | undefined {
  const strange = scored.tokens.filter(({ chosen }) => !chosen)
  if (strange.length > limits.strangeTokens + scored.tokens.length * limits.strangeShare) {
    return refuted(`${strange.length} of ${tokens(scored)} are others than this seed gives`)
  }
  if (!isSteered(request) && request.minP === undefined) {
    const unlikely = strange.filter((token) => gap(token) > limits.undrawableNats)
    if (unlikely.length > 0)
      return refuted(`${unlikely.length} of ${tokens(scored)} are too unlikely to have been drawn`)
  }
  const { end } = scored
  if (end !== undefined && !end.chosen && gap(end) > limits.cutOffNats) return cutOff(end)
  return undefined
}

function extentFault({ extent }: ScoreReport, { schema }: AskedRequest): Verdict | undefined {
  if (extent === 'whole') return undefined
  if (extent === 'longer') return refuted('the answer was cut off: the model goes on after it')
  return schema !== undefined
    ? { kind: 'unclear', reason: 'the answer parts from the one that is computed here, within its schema' }
    : refuted('it is no text that the model can write here')
}

function gap({ best, logProbability }: ReportedToken): number {
  return best - logProbability
}

function cutOff(end: ReportedToken): Verdict {
  return refuted(
    `the answer was cut off: to end there is less likely than to go on, by ${gap(end).toFixed(2)} nats`,
  )
}

function refuted(reason: string): Verdict {
  return { kind: 'refuted', reason }
}

function tokens({ tokens }: ScoreReport): string {
  return `${tokens.length} token${tokens.length === 1 ? '' : 's'}`
}
