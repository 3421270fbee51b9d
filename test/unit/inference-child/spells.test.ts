import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Spells } from '../../../src/inference-child/decoder/spells.ts'

interface Work {
  readonly id: number
}

const works = (count: number): Work[] => Array.from({ length: count }, (_, id) => ({ id }))

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] })
})

afterEach(() => {
  vi.useRealTimers()
})

/** Plays rounds that take `msOf(size)` each, and counts those that each work was part of in the last half. */
function played(waiting: readonly Work[], msOf: (size: number) => number, rounds: number) {
  const spells = new Spells<Work>()
  const taken = new Map(waiting.map((work) => [work, 0]))
  const sizes: number[] = []
  for (let round = 0; round < rounds; round++) {
    const chosen = spells.next(waiting)
    vi.advanceTimersByTime(msOf(chosen.length))
    spells.took(chosen.length, msOf(chosen.length))
    if (round < rounds / 2) continue
    sizes.push(chosen.length)
    for (const work of chosen) taken.set(work, (taken.get(work) ?? 0) + 1)
  }
  return { spells, sizes, taken: [...taken.values()] }
}

describe('Spells', () => {
  it('computes all together where that is fastest', () => {
    const { taken } = played(works(4), (size) => 10 + size, 400)
    expect(Math.min(...taken)).toBe(Math.max(...taken))
    expect(Math.min(...taken)).toBeGreaterThan(190)
  })

  it('gives all the same share where one at a time is fastest', () => {
    const { sizes, taken } = played(works(4), (size) => (size === 1 ? 2 : 10 * size), 4000)
    expect(sizes.filter((size) => size === 1).length).toBeGreaterThan(sizes.length * 0.95)
    expect(Math.min(...taken)).toBeGreaterThan(Math.max(...taken) * 0.9)
  })

  it('lets whoever has just come in without waiting for the end of a spell', () => {
    const all = works(3)
    const spells = new Spells<Work>()
    expect(spells.next(all.slice(0, 2))).toEqual(all.slice(0, 2))
    expect(spells.next(all)).toEqual(all)
  })

  it('goes on without whoever has ended', () => {
    const all = works(3)
    const spells = new Spells<Work>()
    spells.next(all)
    expect(spells.next(all.slice(1))).toEqual(all.slice(1))
  })
})
