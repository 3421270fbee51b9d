import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  fadedRecord,
  newPeerRecord,
  type PeerEvent,
  recordAfter,
  speedRatioOf,
  standingOf,
} from '../../../../src/node/reputation/peer-record.ts'

const DAY_MS = 86_400_000
const START = 1_700_000_000_000

function recordOf(events: readonly PeerEvent[], atMs = START) {
  return events.reduce((record, event) => recordAfter(record, event, atMs), newPeerRecord('node', atMs))
}

const times = (count: number, event: PeerEvent): PeerEvent[] => Array.from({ length: count }, () => event)
const score = (events: readonly PeerEvent[]) => standingOf(recordOf(events)).score
const stranger = score([])

describe('the standing of a node', () => {
  it('rises with results and checks that find them right', () => {
    const worked = score(times(20, { type: 'succeeded' }))
    const proven = score([...times(20, { type: 'succeeded' }), ...times(5, { type: 'agreed' })])
    expect(worked).toBeGreaterThan(stranger)
    expect(proven).toBeGreaterThan(worked)
    expect(proven).toBeLessThanOrEqual(1)
  })

  it('falls with failures, and far with one result that was found wrong', () => {
    expect(score(times(5, { type: 'failed' }))).toBeLessThan(stranger)
    const good = [...times(200, { type: 'succeeded' } as const), ...times(20, { type: 'agreed' } as const)]
    expect(score([...good, { type: 'refuted' }])).toBeLessThan(stranger / 2)
    expect(score([...good, { type: 'refuted' }])).toBeLessThan(
      score([...good, ...times(20, { type: 'failed' })]),
    )
  })

  it('is trusted only after some checks, and not for long after one that found a result wrong', () => {
    const worked = times(100, { type: 'succeeded' })
    expect(standingOf(recordOf(worked)).trusted).toBe(false)
    const proven = [...worked, ...times(8, { type: 'agreed' } as const)]
    expect(standingOf(recordOf(proven)).trusted).toBe(true)
    const caught = recordOf([...proven, { type: 'refuted' }])
    expect(standingOf(caught).trusted).toBe(false)
    // Its good results fade sooner than that.
    expect(standingOf(fadedRecord(caught, START + 60 * DAY_MS)).trusted).toBe(false)
  })

  it('fades: what was long ago counts little, for and against', () => {
    const bad = recordOf(times(10, { type: 'failed' }))
    const good = recordOf([...times(50, { type: 'succeeded' }), ...times(10, { type: 'agreed' })])
    for (const record of [bad, good]) {
      const distances = [0, 30, 180, 1000].map((days) =>
        Math.abs(standingOf(fadedRecord(record, START + days * DAY_MS)).score - stranger),
      )
      expect(distances).toEqual([...distances].sort((a, b) => b - a))
      expect(distances.at(-1)).toBeLessThan(0.01)
    }
    expect(standingOf(fadedRecord(good, START + 365 * DAY_MS)).trusted).toBe(false)
  })

  it('fades alike in one step and in many, and not at all for a clock that went back', () => {
    const record = recordOf([
      ...times(7, { type: 'succeeded', speedRatio: 0.5, delayMs: 20 }),
      { type: 'refuted' },
    ])
    let stepped = record
    for (let day = 1; day <= 10; day++) stepped = fadedRecord(stepped, START + day * DAY_MS)
    const once = fadedRecord(record, START + 10 * DAY_MS)
    expect(stepped.succeeded).toBeCloseTo(once.succeeded, 9)
    expect(stepped.refuted).toBeCloseTo(once.refuted, 9)
    expect(fadedRecord(record, START - DAY_MS)).toBe(record)
  })

  it('falls for a node that is far slower than it says, once that is more than chance', () => {
    const slow = (count: number) => score(times(count, { type: 'succeeded', speedRatio: 0.1 }))
    const quick = (count: number) => score(times(count, { type: 'succeeded', speedRatio: 0.9 }))
    expect(quick(1) - slow(1)).toBeLessThan((quick(20) - slow(20)) / 2)
    expect(slow(20)).toBeLessThan(quick(20) * 0.7)
    expect(speedRatioOf(recordOf(times(3, { type: 'succeeded', speedRatio: 0.25 })))).toBeCloseTo(0.25, 9)
  })

  it('is between 0 and 1 whatever happened', () => {
    const event = fc.oneof(
      fc.record({
        type: fc.constant('succeeded' as const),
        speedRatio: fc.double({ min: 0, max: 1e9, noNaN: true }),
        delayMs: fc.nat(),
      }),
      fc.constantFrom<PeerEvent>({ type: 'failed' }, { type: 'agreed' }, { type: 'refuted' }),
    )
    const timed = fc.array(fc.tuple(event, fc.integer({ min: -DAY_MS, max: 400 * DAY_MS })))
    fc.assert(
      fc.property(timed, (events) => {
        let record = newPeerRecord('node', START)
        for (const [happened, atMs] of events) record = recordAfter(record, happened, START + atMs)
        const standing = standingOf(record)
        expect(standing.score).toBeGreaterThanOrEqual(0)
        expect(standing.score).toBeLessThanOrEqual(1)
      }),
    )
  })
})
