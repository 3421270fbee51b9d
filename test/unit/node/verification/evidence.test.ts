import { describe, expect, it } from 'vitest'
import type { AnswerEvidence } from '../../../../src/node/verification/contract.ts'
import {
  type Evidence,
  evidenceAfter,
  evidenceReason,
  fadedEvidence,
  natsOf,
  noEvidence,
} from '../../../../src/node/verification/evidence.ts'
import { evidenceThresholds as limits } from '../../../../src/node/verification/thresholds.ts'

const DAY_MS = 86_400_000

function answer(strange: number, fields: Partial<AnswerEvidence> = {}): AnswerEvidence {
  return { drawn: true, places: 40, open: 4, strange, logChance: 0, ...fields }
}

function sumOf(answers: readonly AnswerEvidence[], before: Evidence = noEvidence(0)): Evidence {
  return answers.reduce((evidence, one) => evidenceAfter(evidence, one, 0), before)
}

/** Answers of which so many of 100 units that were open came out otherwise, evenly spread. */
function series(rate: number, length: number, fields: Partial<AnswerEvidence> = {}): AnswerEvidence[] {
  const open = fields.open ?? 4
  return Array.from({ length }, (_, at) =>
    answer(Math.floor((at + 1) * open * rate) - Math.floor(at * open * rate), fields),
  )
}

describe('what checks come to together', () => {
  it.each([
    ['with a seed', true, limits.drawn],
    ['of the likeliest tokens', false, limits.likeliest],
  ] as const)(
    'stays low at the rate of an honest node and rises at that of a cheat, %s',
    (_, drawn, rates) => {
      for (let length = 1; length <= 400; length++)
        expect(sumOf(series(rates.honest, length, { drawn })).score).toBeLessThan(limits.suspectedNats)
      expect(sumOf(series(rates.cheat, 400, { drawn })).score).toBeGreaterThan(limits.refutedNats)
    },
  )

  it('cannot be saved up: a thousand right answers leave no room for wrong ones', () => {
    const honest = sumOf(series(0, 1_000))
    expect(honest).toMatchObject({ score: 0, answers: 0, places: 0 })
    const bad = series(0.6, 20)
    expect(sumOf(bad, honest).score).toBe(sumOf(bad).score)
  })

  it('is not moved by one answer alone, however many of its tokens are others', () => {
    const most = natsOf(answer(40))
    expect(most).toBeLessThan(limits.suspectedNats + Math.log(limits.drawn.cheat / limits.drawn.honest))
    expect(natsOf(answer(6))).toBe(most)
  })

  it('weighs another token by how much there was to decide', () => {
    expect(natsOf(answer(1, { open: 1 }))).toBeGreaterThan(natsOf(answer(1, { open: 20 })))
    expect(natsOf(answer(0, { open: 20 }))).toBeLessThan(0)
  })

  it('fades, and not when the clock goes back', () => {
    const evidence = sumOf(series(0.5, 12))
    const later = fadedEvidence(evidence, 30 * DAY_MS)
    expect(later.score).toBeCloseTo(evidence.score / 2)
    expect(later.strange).toBeCloseTo(evidence.strange / 2)
    expect(fadedEvidence(evidence, -DAY_MS).score).toBe(evidence.score)
  })

  it('is told in words, with its numbers', () => {
    const evidence = { atMs: 0, score: 11, answers: 31.2, places: 1_204.4, strange: 24.8 }
    expect(evidenceReason(evidence)).toMatch(/last 31 checked answers 25 of 1204 tokens/)
  })
})
