import { describe, expect, it } from 'vitest'
import type { AskedRequest } from '../../../../src/node/verification/answered-request.ts'
import { judgeScore } from '../../../../src/node/verification/judge-score.ts'
import { verificationThresholds as limits } from '../../../../src/node/verification/thresholds.ts'
import type { ReportedToken, ScoreReport } from '../../../../src/protocol/score-report.ts'

const likeliest: AskedRequest = { messages: [], maxTokens: 100, temperature: 0 }
const drawn: AskedRequest = { messages: [], maxTokens: 100, temperature: 0.8, seed: 1 }
const chosen: ReportedToken = { chosen: true, logProbability: -0.5, best: -0.5 }
const strange = (gap: number): ReportedToken => ({ chosen: false, logProbability: -0.5 - gap, best: -0.5 })

function report(tokens: readonly ReportedToken[], fields: Partial<ScoreReport> = {}): ScoreReport {
  return { promptTokens: 10, completionTokens: tokens.length, extent: 'whole', tokens, ...fields }
}

function verdict(request: AskedRequest, scored: ScoreReport, claimed = {}): string {
  const { promptTokens, completionTokens } = scored
  return judgeScore(scored, { request, claimed: { promptTokens, completionTokens, ...claimed } }).kind
}

const answer = (length: number, ...others: ReportedToken[]) => [
  ...Array.from({ length: length - others.length }, () => chosen),
  ...others,
]

describe('an answer of the likeliest tokens', () => {
  it('agrees where all are, or where another one was as likely but for rounding', () => {
    expect(verdict(likeliest, report(answer(40)))).toBe('agreed')
    const close = Array.from({ length: 20 }, () => strange(limits.tieNats * 0.9))
    expect(verdict(likeliest, report(answer(40, ...close)))).toBe('agreed')
  })

  it('is refuted where tokens are clearly others', () => {
    const far = Array.from({ length: 10 }, () => strange(limits.tieNats * 2))
    expect(verdict(likeliest, report(answer(40, ...far)))).toBe('refuted')
  })

  it('is refuted where it was cut off, by a token or by a text', () => {
    expect(verdict(likeliest, report(answer(40), { end: strange(4) }))).toBe('refuted')
    expect(verdict(likeliest, report(answer(40), { end: chosen }))).toBe('agreed')
    expect(verdict(likeliest, report(answer(40), { extent: 'longer' }))).toBe('refuted')
  })
})

describe('an answer with a seed', () => {
  it('agrees where few tokens are others than the seed gives, and is refuted where many are', () => {
    expect(verdict(drawn, report(answer(100, strange(0.4), strange(0.2))))).toBe('agreed')
    expect(verdict(drawn, report(answer(100, ...Array.from({ length: 30 }, () => strange(0.4)))))).toBe(
      'refuted',
    )
  })

  it('is refuted by one token that could not have been drawn at all', () => {
    expect(verdict(drawn, report(answer(100, strange(9))))).toBe('refuted')
    // With penalties, what is likely is not what may come.
    expect(verdict({ ...drawn, repeatPenalty: 1.3 }, report(answer(100, strange(9))))).toBe('agreed')
  })

  it('is refuted where it ends and the model would clearly have gone on', () => {
    expect(verdict(drawn, report(answer(100), { end: strange(limits.cutOffNats + 1) }))).toBe('refuted')
    expect(verdict(drawn, report(answer(100), { end: strange(limits.cutOffNats / 2) }))).toBe('agreed')
  })
})

describe('any answer', () => {
  it.each([
    ['prompt', { promptTokens: 40 }],
    ['completion', { completionTokens: 60 }],
  ])('is refuted where more %s tokens are counted than there are', (_, claimed) => {
    expect(verdict(likeliest, report(answer(40)), claimed)).toBe('refuted')
    expect(verdict(drawn, report(answer(40)), claimed)).toBe('refuted')
    expect(verdict(likeliest, report(answer(40)), { promptTokens: 9, completionTokens: 41 })).toBe('agreed')
  })

  it('that the model cannot have written is refuted, unless a schema may be why', () => {
    const scored = report(answer(5), { extent: 'partly' })
    expect(verdict(likeliest, scored)).toBe('refuted')
    expect(verdict({ ...likeliest, schema: {} }, scored)).toBe('unclear')
  })
})
