import { describe, expect, it } from 'vitest'
import {
  afterEvent,
  pastRun,
  runFigures,
  startedRun,
} from '../../../../../src/renderer/features/test/test-run.ts'

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

  it('of a network run are what was waited here, with the speed of who executed it', () => {
    const started = startedRun({ where: 'network', model: 'demo', prompt: 'Hey' }, 1_000)
    const stats = { promptTokens: 5, completionTokens: 21, firstTokenMs: 30, totalMs: 230 }
    const ended = {
      ...started,
      phase: 'ended' as const,
      firstTextAtMs: 1_400,
      endedAtMs: 1_900,
      end: { type: 'ended' as const, ok: true, stats },
    }
    expect(runFigures(ended)).toEqual({
      firstMs: 400,
      speed: 100,
      tokens: 21,
      promptTokens: 5,
      totalMs: 900,
    })
  })

  it('of a past network run are those of the node, and say so', () => {
    const past = pastRun({
      id: 'one',
      atMs: 1_000,
      where: 'network',
      model: 'demo',
      title: 'Hey',
      outcome: 'done',
      input: { where: 'network', model: 'demo', prompt: 'Hey' },
      stats: { promptTokens: 5, completionTokens: 21, firstTokenMs: 30, totalMs: 230 },
      steps: [],
    })
    expect(runFigures(past)).toMatchObject({ atNode: true, firstMs: 30, totalMs: 230, speed: 100 })
  })

  it('are none before anything came', () => {
    expect(Object.values(runFigures(run)).filter((figure) => figure !== undefined)).toEqual([])
  })
})

describe('the states of a run', () => {
  it('have one that is told twice in a row once, and one that comes back again', () => {
    const told = (['published', 'published', 'accepted', 'published'] as const).reduce(
      (sofar, state) => afterEvent(sofar, { type: 'state', state, taskId: 'one' }),
      run,
    )
    expect(told.trace.map(({ state }) => state)).toEqual(['published', 'accepted', 'published'])
  })
})
