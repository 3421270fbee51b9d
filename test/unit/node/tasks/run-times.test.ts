import { describe, expect, it } from 'vitest'
import { RunTimes } from '../../../../src/node/tasks/run-times.ts'

/** After so many runs of a duration, for a model with four slots. */
function taught(runs: number, ms: number): RunTimes {
  const times = new RunTimes()
  for (let run = 0; run < runs; run++) times.ran('demo', ms)
  return times
}

describe('RunTimes', () => {
  it('concludes nothing from a few tasks, nor for another model', () => {
    expect(taught(15, 1).soonDone('demo', 4)).toBe(0)
    expect(taught(15, 1).handedAhead('demo', 4)).toBe(0)
    expect(taught(100, 1).handedAhead('other', 4)).toBe(0)
  })

  it('has a task more for each slot at hand where tasks are short, and none where they are long', () => {
    expect(taught(16, 1).handedAhead('demo', 4)).toBe(4)
    expect(taught(16, 100).handedAhead('demo', 4)).toBe(2)
    expect(taught(16, 1_000).handedAhead('demo', 4)).toBe(0)
  })

  it('asks for at most eight tasks a slot ahead of time', () => {
    expect(taught(16, 1).soonDone('demo', 4)).toBe(32)
    expect(taught(16, 100).soonDone('demo', 4)).toBe(8)
    expect(taught(16, 1_000).soonDone('demo', 4)).toBe(0)
  })
})
