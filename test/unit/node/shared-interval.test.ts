import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { sharedInterval } from '../../../src/node/shared-interval.ts'

beforeEach(() => {
  vi.useFakeTimers()
})

afterEach(() => {
  vi.useRealTimers()
})

describe('an interval that shares its moments', () => {
  it('has timers that were started at different moments work in the same ones', () => {
    const moments: [name: string, atMs: number][] = []
    const startedAt = performance.now()
    const note = (name: string) => () => {
      moments.push([name, performance.now() - startedAt])
    }
    const stops = [sharedInterval(500, note('half'))]
    vi.advanceTimersByTime(137)
    stops.push(sharedInterval(1_000, note('one')))
    vi.advanceTimersByTime(411)
    stops.push(sharedInterval(2_000, note('two')))
    vi.advanceTimersByTime(8_000)
    for (const stop of stops) stop()
    const seen = moments.length
    vi.advanceTimersByTime(4_000)
    expect(moments).toHaveLength(seen)

    const of = (name: string) => moments.filter(([each]) => each === name).map(([, atMs]) => atMs)
    expect(of('half').length).toBeGreaterThanOrEqual(16)
    expect(of('one')).toHaveLength(8)
    expect(of('two')).toHaveLength(4)
    for (const atMs of [...of('one'), ...of('two')]) expect(of('half')).toContain(atMs)
  })

  it('goes on after work that failed', () => {
    let calls = 0
    const stop = sharedInterval(100, () => {
      calls++
      if (calls === 1) throw new Error('not this time')
    })
    expect(() => vi.advanceTimersByTime(100)).toThrow('not this time')
    vi.advanceTimersByTime(100)
    stop()
    expect(calls).toBe(2)
  })

  it('can be stopped by its own work', () => {
    let calls = 0
    const stop = sharedInterval(100, () => {
      calls++
      stop()
    })
    vi.advanceTimersByTime(1_000)
    expect(calls).toBe(1)
  })
})
