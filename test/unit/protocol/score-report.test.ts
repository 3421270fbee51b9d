import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseScoreReport, type ScoreReport, scoreReportText } from '../../../src/protocol/score-report.ts'

const logarithm = fc.double({ min: -2e6, max: 0, noNaN: true })
const token = fc.record({ chosen: fc.boolean(), logProbability: logarithm, best: logarithm })
const reports: fc.Arbitrary<ScoreReport> = fc
  .record({
    promptTokens: fc.nat(),
    completionTokens: fc.nat(),
    extent: fc.constantFrom('whole' as const, 'longer' as const, 'partly' as const),
    tokens: fc.array(token),
    end: fc.option(token, { nil: undefined }),
  })
  .map(({ end, ...report }) => ({ ...report, ...(end !== undefined && { end }) }))

describe('the report of a score', () => {
  it('is read as it was written, to three digits', () => {
    fc.assert(
      fc.property(reports, (report) => {
        const read = parseScoreReport(scoreReportText(report))
        expect(read).toMatchObject({ extent: report.extent, promptTokens: report.promptTokens })
        expect(read?.tokens).toHaveLength(report.tokens.length)
        for (const [at, { chosen, logProbability }] of report.tokens.entries()) {
          expect(read?.tokens[at]?.chosen).toBe(chosen)
          expect(read?.tokens[at]?.logProbability).toBeCloseTo(Math.max(-1e6, logProbability), 2)
        }
        expect(read?.end === undefined).toBe(report.end === undefined)
      }),
    )
  })

  it('is nothing else: not a story, not a number that is none, not a likelihood above one', () => {
    const good = { promptTokens: 1, completionTokens: 1, extent: 'whole', tokens: [[1, -1, -1]] }
    expect(parseScoreReport(JSON.stringify(good))).toBeDefined()
    for (const wrong of [
      'Once upon a time',
      '',
      JSON.stringify({ ...good, tokens: [[2, -1, -1]] }),
      JSON.stringify({ ...good, tokens: [[1, 4, 4]] }),
      JSON.stringify({ ...good, tokens: [[1, null, -1]] }),
      JSON.stringify({ ...good, promptTokens: -1 }),
      JSON.stringify({ ...good, extent: 'all' }),
      JSON.stringify({ ...good, tokens: undefined }),
    ])
      expect(parseScoreReport(wrong)).toBeUndefined()
  })
})
