import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatWeekHours, parseWeekHours } from '../../../../src/protocol/guest/week-hours.ts'

const on = (text: string) =>
  parseWeekHours(text)?.map((hours) => hours.flatMap((open, hour) => (open ? [hour] : [])))

const anyWeek = fc.array(fc.array(fc.boolean(), { minLength: 24, maxLength: 24 }), {
  minLength: 7,
  maxLength: 7,
})

describe('the hours of a week', () => {
  it('are read with ranges of days and of hours, over midnight and over the end of the week', () => {
    expect(on('mon 9-11')).toEqual([[9, 10], [], [], [], [], [], []])
    expect(on('sun 23-2')).toEqual([[0, 1], [], [], [], [], [], [23]])
    expect(on('Sat-Mon 0-1,12-13')).toEqual([[0, 12], [], [], [], [], [0, 12], [0, 12]])
    expect(on('tue 0-24; thu,fri 7-8')?.map((hours) => hours.length)).toEqual([0, 24, 0, 1, 1, 0, 0])
    expect(on('never')?.flat()).toEqual([])
  })

  it.each([
    '',
    'mon',
    'mon 9',
    'mon 9-9',
    'mon 24-25',
    'mon 5-25',
    'moon 1-2',
    'mon 1-2 3-4',
    'mon 1-2;',
    'mon- 1-2',
    'mon 1.5-2',
    `mon ${'1-2,'.repeat(200)}1-2`,
  ])('are refused where they cannot be read: %j', (text) => {
    expect(parseWeekHours(text)).toBeUndefined()
  })

  it('are written so that they are read back the same', () => {
    fc.assert(
      fc.property(anyWeek, (week) => {
        expect(parseWeekHours(formatWeekHours(week))).toEqual(week)
      }),
    )
    expect(formatWeekHours(parseWeekHours('fri-mon 22-6; wed 3-4') ?? [])).toBe(
      'mon,sat-sun 0-6,22-24; tue 0-6; wed 3-4; fri 22-24',
    )
  })
})
