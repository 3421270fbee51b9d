import type { AnswerEvidence } from './contract.ts'
import { verificationThresholds as answerLimits, evidenceThresholds as limits } from './thresholds.ts'

/** What a node's checked answers of one model come to, as numbers that fade. */
export interface Evidence {
  readonly atMs: number
  /** Nats that speak for a cheat and against an honest node. Never below 0: good work cannot be saved up for bad. */
  readonly score: number
  /** Since the score was last 0: answers, their tokens, and those of them that are others than computed here. */
  readonly answers: number
  readonly places: number
  readonly strange: number
}

/** A rare honest deviation is not to be added to another one of last year. */
const HALF_LIFE_MS = 30 * 86_400_000

export function noEvidence(atMs: number): Evidence {
  return { atMs, score: 0, answers: 0, places: 0, strange: 0 }
}

/** The same at a later time. A clock that went back fades nothing. */
export function fadedEvidence(evidence: Evidence, nowMs: number): Evidence {
  const left = 0.5 ** (Math.max(0, nowMs - evidence.atMs) / HALF_LIFE_MS)
  const { score, answers, places, strange } = evidence
  return {
    atMs: nowMs,
    score: score * left,
    answers: answers * left,
    places: places * left,
    strange: strange * left,
  }
}

/**
 * A cumulative sum (Page's test): each answer adds the logarithm of how much likelier it is of a cheat than of an honest
 * node, other tokens being as rare as lightning for both (Poisson).
 */
export function evidenceAfter(before: Evidence, answer: AnswerEvidence, nowMs: number): Evidence {
  const { atMs, score, answers, places, strange } = fadedEvidence(before, nowMs)
  const sum = score + natsOf(answer)
  if (sum <= 0) return noEvidence(atMs)
  return {
    atMs,
    score: sum,
    answers: answers + 1,
    places: places + answer.places,
    strange: strange + answer.strange,
  }
}

/** Nats that one answer adds, or takes away. */
export function natsOf({ drawn, places, open, strange }: AnswerEvidence): number {
  const { honest, cheat } = drawn ? limits.drawn : limits.likeliest
  // After a wrong turn many tokens are others, and they count for one: more than these refute an answer by themselves.
  const counted = Math.min(strange, answerLimits.strangeTokens + places * answerLimits.strangeShare)
  return counted * Math.log(cheat / honest) - open * (cheat - honest)
}

/** In words, to be put after a colon, for a node that is caught by it. */
export function evidenceReason({ answers, places, strange }: Evidence): string {
  const [of, others] = [Math.round(answers), Math.round(strange)]
  return `in its last ${of} checked answers ${others} of ${Math.round(places)} tokens are others than this model gives, this answer included; rounding alone makes far fewer`
}
