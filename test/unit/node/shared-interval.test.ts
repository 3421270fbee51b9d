import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { sharedInterval } from '../../../src/node/shared-interval.ts'

beforeEach(() => {
  vi.useFakeTimers()
})

afterEach(() => {
  vi.useRealTimers()
})

describe('an interval that shares its moments', () => {
  it('wakes the process once for all that is due at full multiples of a time', () => {
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
    expect(vi.getTimerCount()).toBe(1)
    for (const stop of stops) stop()
    expect(vi.getTimerCount()).toBe(0)

    const of = (name: string) => moments.filter(([each]) => each === name).map(([, atMs]) => atMs)
    expect(of('half').length).toBeGreaterThanOrEqual(16)
    expect(of('one')).toHaveLength(8)
    expect(of('two')).toHaveLength(4)
    for (const atMs of [...of('one'), ...of('two')]) expect(of('half')).toContain(atMs)
  })

  it('goes on, and lets others go on, after work that failed', async () => {
    const thrown: unknown[] = []
    const isolated = vi.spyOn(globalThis, 'queueMicrotask').mockImplementation((act) => {
      try {
        act()
      } catch (error) {
        thrown.push(error)
      }
    })
    let calls = 0
    const stops = [
      sharedInterval(100, () => {
        throw new Error('not this time')
      }),
      sharedInterval(100, () => {
        calls++
      }),
    ]
    vi.advanceTimersByTime(250)
    for (const stop of stops) stop()
    isolated.mockRestore()
    expect(calls).toBe(2)
    expect(thrown).toHaveLength(2)
  })

  it('can be stopped by its own work, or by that of another', () => {
    let calls = 0
    const stops: (() => void)[] = []
    for (let each = 0; each < 2; each++) {
      stops.push(
        sharedInterval(100, () => {
          calls++
          for (const stop of stops) stop()
        }),
      )
    }
    vi.advanceTimersByTime(1_000)
    expect(calls).toBe(1)
  })
})
