import { describe, expect, it } from 'vitest'
import { CpuWatch } from '../../../src/inference-child/cpu-watch.ts'
import { bestThreads, threadCounts } from '../../../src/inference-child/thread-choice.ts'
import { ThreadGovernor } from '../../../src/inference-child/thread-governor.ts'

describe('the numbers of threads that are tried', () => {
  it('are one and two on two cores, and ever fewer on many', () => {
    expect(threadCounts(1, 0)).toEqual([1])
    expect(threadCounts(2, 0)).toEqual([1, 2])
    expect(threadCounts(16, 0)).toEqual([15, 16, 11, 8, 6, 4, 3, 2, 1])
  })

  it('leave out those that find no core beside what others use', () => {
    expect(threadCounts(2, 1)).toEqual([1])
    expect(threadCounts(4, 1.9)).toEqual([2, 1])
    expect(threadCounts(2, 2)).toEqual([1])
  })
})

it('takes the fewest threads that are about as fast as the best', () => {
  const speeds = (...all: number[]) =>
    all.map((tokensPerSecond, index) => ({ threads: index + 1, tokensPerSecond }))
  expect(bestThreads(speeds(100, 180))).toBe(2)
  expect(bestThreads(speeds(100, 2))).toBe(1)
  expect(bestThreads(speeds(100, 198, 200, 201))).toBe(2)
})

it('counts what others use of the machine, without its own work', () => {
  const samples = [
    { atMs: 0, busyMs: 0, totalMs: 0, ownMs: 0 },
    { atMs: 1000, busyMs: 1500, totalMs: 2000, ownMs: 500 },
    { atMs: 1001, busyMs: 1502, totalMs: 2002, ownMs: 500 },
    { atMs: 2001, busyMs: 1502, totalMs: 4002, ownMs: 500 },
  ]
  const watch = new CpuWatch(() => samples.shift() ?? { atMs: 0, busyMs: 0, totalMs: 0, ownMs: 0 }, 2)
  expect(watch.sample()).toBeCloseTo(1)
  // Too short to say anything.
  expect(watch.sample()).toBeCloseTo(1)
  expect(watch.sample()).toBeCloseTo(0.6)
})

describe('the governor of threads', () => {
  const governed = (best: number[]) => {
    const set: number[] = []
    const measuredBeside: number[] = []
    const governor = new ThreadGovernor(
      {
        setThreads: (threads) => set.push(threads),
        measure: async (others) => {
          measuredBeside.push(others)
          return best.shift() ?? 1
        },
      },
      { cores: 2, threads: 2, othersCores: 0 },
    )
    const ticks = async (count: number, othersCores: number, idle = true) => {
      for (let tick = 0; tick < count; tick++) await governor.tick({ othersCores, idle })
    }
    return { governor, set, measuredBeside, ticks }
  }

  it('takes fewer at once where they no longer fit, measures when idle, and comes back', async () => {
    const { governor, set, measuredBeside, ticks } = governed([1, 2])
    await ticks(1, 1, false)
    expect(set).toEqual([])
    await ticks(1, 1, false)
    expect(set).toEqual([1])
    await ticks(60, 1, false)
    expect(measuredBeside).toEqual([])
    await ticks(1, 1)
    expect(measuredBeside).toEqual([1])
    await ticks(200, 0)
    expect(measuredBeside).toEqual([1, 0])
    expect(governor.threads).toBe(2)
  })

  it('measures ever less often where that changes nothing', async () => {
    const { measuredBeside, ticks } = governed(Array.from({ length: 100 }, () => 2))
    for (let minute = 0; minute < 60; minute++) {
      await ticks(30, 0)
      await ticks(30, 0.9)
    }
    expect(measuredBeside.length).toBeLessThan(15)
    expect(measuredBeside.length).toBeGreaterThan(1)
  })
})
