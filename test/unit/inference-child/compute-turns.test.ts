import { setImmediate as turnOfTheLoop } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ComputeTurns } from '../../../src/inference-child/decoder/compute-turns.ts'

/** Two callers who compute for so long as often as they get their turn, in made-up time that passes by turns and rests alone. */
async function race(turns: ComputeTurns, forMs: number, turnMs: readonly [number, number]) {
  const counts: [number, number] = [0, 0]
  let computedMs = 0
  const startedMs = performance.now()
  const run = async (who: 0 | 1) => {
    while (performance.now() - startedMs < forMs) {
      const end = await turns.take()
      vi.advanceTimersByTime(turnMs[who])
      computedMs += turnMs[who]
      counts[who]++
      end()
      await turnOfTheLoop()
    }
  }
  const over = Promise.all([run(0), run(1)]).then(() => true)
  while (!(await Promise.race([over, turnOfTheLoop(false)])))
    if (vi.getTimerCount() > 0) vi.advanceTimersToNextTimer()
  // The rest for the last turn.
  if (vi.getTimerCount() > 0) vi.advanceTimersToNextTimer()
  return { counts, share: computedMs / (performance.now() - startedMs) }
}

describe('turns with a limit', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it.each([0.1, 0.25, 0.5, 0.9])(
    'keep to the share of the time, short turns and long ones: %s',
    async (share) => {
      const turns = new ComputeTurns()
      turns.limit(share)
      for (const turnMs of [
        [1, 1],
        [2, 30],
        [500, 3],
      ] as const) {
        const raced = await race(turns, 20_000, turnMs)
        expect(raced.share / share).toBeGreaterThan(0.97)
        expect(raced.share / share).toBeLessThan(1.03)
      }
    },
  )

  it('have no rests without one', async () => {
    expect((await race(new ComputeTurns(), 1_000, [2, 30])).share).toBe(1)
  })

  it('stay fair: who waits has the next turn', async () => {
    const turns = new ComputeTurns()
    turns.limit(0.5)
    const { counts } = await race(turns, 4_000, [2, 30])
    expect(Math.abs(counts[0] - counts[1])).toBeLessThanOrEqual(1)
  })

  it('rest ten seconds at most, and end a rest at once when the limit is lifted', async () => {
    const turns = new ComputeTurns()
    turns.limit(0.1)
    const endLong = await turns.take()
    vi.advanceTimersByTime(60_000)
    endLong()
    vi.advanceTimersByTime(9_999)
    expect(turns.taken).toBe(true)
    vi.advanceTimersByTime(1)
    expect(turns.taken).toBe(false)

    const end = await turns.take()
    vi.advanceTimersByTime(50)
    end()
    expect(turns.taken).toBe(true)
    const next = turns.take()
    turns.limit(1)
    ;(await next)()
    expect(turns.taken).toBe(false)
    expect(vi.getTimerCount()).toBe(0)
  })
})
