import { describe, expect, it } from 'vitest'
import { afterEvent, runFigures, startedRun } from '../../../../../src/renderer/features/test/test-run.ts'

const run = startedRun({ where: 'here', model: 'demo', prompt: 'Hey' }, 1_000)

describe('the figures of a run', () => {
  it('are measured by the window while it goes on', () => {
    const figures = runFigures({ ...run, firstTextAtMs: 1_040, lastTextAtMs: 1_140, tokens: 11 })
    expect(figures).toMatchObject({ firstMs: 40, tokens: 11, speed: 100, totalMs: undefined })
  })

  it('are those of who executed it once it has ended', () => {
    const ended = afterEvent(
      { ...run, firstTextAtMs: 1_500, tokens: 3 },
      {
        type: 'ended',
        ok: true,
        result: 'Hey you',
        stats: { promptTokens: 5, completionTokens: 21, firstTokenMs: 30, totalMs: 230 },
      },
    )
    expect(runFigures(ended)).toEqual({
      firstMs: 30,
      speed: 100,
      tokens: 21,
      promptTokens: 5,
      totalMs: 230,
    })
  })

  it('are none before anything came', () => {
    expect(Object.values(runFigures(run)).filter((figure) => figure !== undefined)).toEqual([])
  })
})
