import { describe, expect, it } from 'vitest'
import { ComputeTurns } from '../../../src/inference-child/decoder/compute-turns.ts'

/** Computes for so many milliseconds, as llama.cpp would on this thread. */
function compute(forMs: number): void {
  for (const endMs = performance.now() + forMs; performance.now() < endMs; );
}

/** Two callers who compute as often as they get their turn; returns their turns and the share of the time that was computed. */
async function race(turns: ComputeTurns, forMs: number, turnMs: readonly [number, number]) {
  const counts = [0, 0]
  let computedMs = 0
  const startedMs = performance.now()
  const run = async (who: 0 | 1) => {
    while (performance.now() - startedMs < forMs) {
      const end = await turns.take()
      const turnStartedMs = performance.now()
      compute(turnMs[who])
      computedMs += performance.now() - turnStartedMs
      counts[who] = (counts[who] ?? 0) + 1
      end()
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  await Promise.all([run(0), run(1)])
  return { counts, share: computedMs / (performance.now() - startedMs) }
}

describe('turns with a limit', () => {
  // A rest may be longer than due where others use the processor; the share may then be less, never clearly more.
  it.each([0.25, 0.5])('keep to the share of the time, short turns and long ones: %s', async (share) => {
    const turns = new ComputeTurns()
    turns.limit(share)
    for (const turnMs of [
      [1, 1],
      [2, 30],
    ] as const) {
      const raced = await race(turns, 600, turnMs)
      expect(raced.share).toBeLessThan(share * 1.15)
      expect(raced.share).toBeGreaterThan(share * 0.5)
    }
  })

  it('stay fair: who waits has the next turn', async () => {
    const turns = new ComputeTurns()
    turns.limit(0.5)
    const { counts } = await race(turns, 400, [2, 2])
    expect(Math.abs((counts[0] ?? 0) - (counts[1] ?? 0))).toBeLessThanOrEqual(1)
  })

  it('end a rest at once when the limit is lifted', async () => {
    const turns = new ComputeTurns()
    turns.limit(0.01)
    const end = await turns.take()
    compute(20)
    end()
    expect(turns.taken).toBe(true)
    const next = turns.take()
    const liftedMs = performance.now()
    turns.limit(1)
    ;(await next)()
    // The rest would have been two seconds.
    expect(performance.now() - liftedMs).toBeLessThan(1_000)
    expect(turns.taken).toBe(false)
  })
})
