import { describe, expect, it } from 'vitest'
import { pauseSentence, timeToCome } from '../../../src/locales/words/pause-words.ts'
import {
  nextTimeOfDay,
  parseLength,
  parseTimeOfDay,
  tomorrowMorning,
} from '../../../src/protocol/guest/pause-times.ts'

const friday = new Date(2026, 10, 27, 17, 30).getTime()
const hours = (count: number) => count * 3_600_000

describe('times of pauses', () => {
  it('are said as shortly as they are clear', () => {
    expect(timeToCome(friday + hours(0.5), friday)).toBe('18:00')
    expect(timeToCome(new Date(2026, 10, 28, 8).getTime(), friday)).toBe('08:00')
    expect(timeToCome(new Date(2026, 10, 30, 8).getTime(), friday)).toBe('Mon 08:00')
    expect(timeToCome(new Date(2026, 11, 24, 18).getTime(), friday)).toBe('24 Dec 18:00')
  })

  it('come next, today or tomorrow', () => {
    expect(nextTimeOfDay(friday, 18, 0)).toBe(new Date(2026, 10, 27, 18).getTime())
    expect(nextTimeOfDay(friday, 17, 30)).toBe(new Date(2026, 10, 28, 17, 30).getTime())
    expect(tomorrowMorning(friday)).toBe(new Date(2026, 10, 28, 8).getTime())
  })

  it('are read, and refused where they are none', () => {
    expect(parseTimeOfDay('8:05')).toEqual({ hour: 8, minute: 5 })
    for (const text of ['24:00', '8', '8:60', '-1:00', 'noon']) expect(parseTimeOfDay(text)).toBeUndefined()
    expect([parseLength('45m'), parseLength('1.5h'), parseLength('2d')]).toEqual([
      hours(0.75),
      hours(1.5),
      hours(48),
    ])
    for (const text of ['0m', '1', 'h', '-1h', '367d', '1w']) expect(parseLength(text)).toBeUndefined()
  })
})

it('says all reasons of a pause, the first one first', () => {
  const untilMs = friday + hours(0.5)
  expect(pauseSentence({ reasons: [{ code: 'schedule' }], untilMs }, friday)).toBe(
    'Paused until 18:00: your schedule',
  )
  expect(
    pauseSentence({ reasons: [{ code: 'program', name: 'blender' }, { code: 'on_battery' }] }, friday),
  ).toBe('Paused: blender is running and it runs on battery')
})
