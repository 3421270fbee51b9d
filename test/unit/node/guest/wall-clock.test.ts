import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isOpen, nextChangeMs, type WallClock } from '../../../../src/node/guest/wall-clock.ts'
import { parseWeekHours, type WeekHours } from '../../../../src/protocol/guest/week-hours.ts'

/** What clocks show in a time zone, by the data that JavaScript has of them all. */
function clockIn(timeZone: string): WallClock {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    weekday: 'short',
    hour: '2-digit',
    hourCycle: 'h23',
  })
  const days = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']
  return (atMs) => {
    const parts = format.formatToParts(atMs)
    const part = (type: string) => parts.find((each) => each.type === type)?.value ?? ''
    return { day: days.indexOf(part('weekday')), hour: Number(part('hour')) }
  }
}

const berlin = clockIn('Europe/Berlin')
const hours = (text: string): WeekHours => parseWeekHours(text) ?? []
const utc = (text: string) => Date.parse(`${text}Z`)
const HOUR_MS = 3_600_000

describe('a schedule', () => {
  it('begins and ends at full hours of the clock on the wall', () => {
    const evenings = hours('mon-fri 18-22')
    const change = (at: string) => new Date(nextChangeMs(evenings, utc(at), berlin) ?? 0).toISOString()
    expect(isOpen(evenings, utc('2026-11-27T17:00'), berlin)).toBe(true)
    expect(change('2026-11-27T16:59:59.999')).toBe('2026-11-27T17:00:00.000Z')
    expect(change('2026-11-27T17:00')).toBe('2026-11-27T21:00:00.000Z')
    // Over the weekend.
    expect(change('2026-11-27T21:00')).toBe('2026-11-30T17:00:00.000Z')
  })

  it('keeps to the wall where clocks are set forward and back', () => {
    // 29 March 2026: 2 o'clock is 3 o'clock, so the hour from 2 to 3 does not come.
    expect(isOpen(hours('sun 2-3'), utc('2026-03-29T01:30'), berlin)).toBe(false)
    expect(nextChangeMs(hours('sun 2-3'), utc('2026-03-28T12:00'), berlin)).toBe(utc('2026-04-05T00:00'))
    expect(nextChangeMs(hours('sun 0-3'), utc('2026-03-28T23:00'), berlin)).toBe(utc('2026-03-29T01:00'))
    // 25 October 2026: the hour from 2 to 3 comes twice.
    const night = hours('sun 2-3')
    const begins = nextChangeMs(night, utc('2026-10-24T12:00'), berlin) ?? 0
    expect((nextChangeMs(night, begins, berlin) ?? 0) - begins).toBe(2 * HOUR_MS)
  })

  it('never changes where it is always or never open', () => {
    expect(nextChangeMs(hours('never'), utc('2026-11-27T12:00'), berlin)).toBeUndefined()
    expect(nextChangeMs(hours('mon-sun 0-24'), utc('2026-10-24T12:00'), berlin)).toBeUndefined()
  })

  it.each(['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'UTC'])(
    'says the same until its next change, and something else then: %s',
    (timeZone) => {
      const clock = clockIn(timeZone)
      const week = fc.array(fc.array(fc.boolean(), { minLength: 24, maxLength: 24 }), {
        minLength: 7,
        maxLength: 7,
      })
      const time = fc.integer({ min: utc('2026-01-01T00:00'), max: utc('2027-12-31T00:00') })
      const part = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
      fc.assert(
        fc.property(week, time, part, (open, atMs, share) => {
          const changeMs = nextChangeMs(open, atMs, clock)
          const now = isOpen(open, atMs, clock)
          if (changeMs === undefined) return open.flat().every((hour) => hour === open[0]?.[0])
          const between = atMs + Math.floor((changeMs - atMs) * share)
          return isOpen(open, between, clock) === now && isOpen(open, changeMs, clock) !== now
        }),
        { numRuns: 60 },
      )
    },
  )
})
