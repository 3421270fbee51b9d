import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { watchClock } from '../../../../../src/node/inference/devices/watch-clock.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

it('tells a sleep from a late timer, once for each', () => {
  let jumps = 0
  const stop = watchClock(() => jumps++, { lookMs: 10_000, jumpMs: 30_000 })
  vi.advanceTimersByTime(60_000)
  expect(jumps).toBe(0)
  vi.setSystemTime(Date.now() + 20_000)
  vi.advanceTimersByTime(10_000)
  expect(jumps).toBe(0)
  vi.setSystemTime(Date.now() + 3_600_000)
  vi.advanceTimersByTime(30_000)
  expect(jumps).toBe(1)
  stop()
  vi.setSystemTime(Date.now() + 3_600_000)
  vi.advanceTimersByTime(30_000)
  expect(jumps).toBe(1)
})
