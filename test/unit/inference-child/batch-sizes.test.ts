import { describe, expect, it } from 'vitest'
import { BatchSizes } from '../../../src/inference-child/decoder/batch-sizes.ts'

/** Runs rounds that take `msOf(size)`, and tells which sizes were chosen in the last half. */
function settled(waiting: number, msOf: (size: number, round: number) => number, rounds = 400): number[] {
  const sizes = new BatchSizes()
  const chosen: number[] = []
  for (let round = 0; round < rounds; round++) {
    const size = sizes.choose(waiting)
    expect(size).toBeGreaterThanOrEqual(1)
    expect(size).toBeLessThanOrEqual(waiting)
    sizes.learn(size, msOf(size, round))
    if (round > rounds / 2) chosen.push(size)
  }
  return chosen
}

const share = (chosen: readonly number[], size: number) =>
  chosen.filter((one) => one === size).length / chosen.length

describe('BatchSizes', () => {
  it('takes all at once where that is fastest, as on a GPU', () => {
    expect(
      share(
        settled(8, (size) => 10 + size),
        8,
      ),
    ).toBeGreaterThan(0.95)
  })

  it('takes one at a time where four together are slower than four in turn', () => {
    const ms = (size: number) => (size === 1 ? 6 : size < 8 ? 10 * size : 5 * size)
    expect(share(settled(4, ms), 1)).toBeGreaterThan(0.95)
    expect(share(settled(8, ms), 8)).toBeGreaterThan(0.95)
  })

  it('is not misled by a time that something else disturbs', () => {
    const chosen = settled(8, (size, round) => (10 + size) * (round % 50 < 10 ? 20 : 1))
    expect(share(chosen, 8)).toBeGreaterThan(0.95)
  })

  it('takes all rather than fewer for a difference that may be noise', () => {
    expect(
      share(
        settled(4, (size) => 10 * size * (size === 4 ? 1.02 : 1)),
        4,
      ),
    ).toBeGreaterThan(0.95)
  })

  it('notices that another size has become the fastest', () => {
    const chosen = settled(4, (size, round) => (round < 500 ? 10 + size : size === 1 ? 1 : 10 * size), 40_000)
    expect(share(chosen, 1)).toBeGreaterThan(0.9)
  })

  it('has nothing to choose for one', () => {
    expect(new BatchSizes().choose(1)).toBe(1)
  })
})
