import { describe, expect, it } from 'vitest'
import {
  ago,
  clockWithMs,
  dayLabel,
  duration,
  fullTime,
  uptime,
} from '../../../../src/renderer/format/time.ts'

const at = new Date(2026, 10, 22, 14, 5, 3, 7).getTime()

describe('duration', () => {
  it.each([
    [0.42, '0.4 ms'],
    [84, '84 ms'],
    [2_643, '2.6 s'],
    [12_400, '12 s'],
    [252_000, '4 min 12 s'],
    [11_100_000, '3 h 05 min'],
    [371_000_000, '4 d 07 h'],
    [-5, '0 ms'],
    [59_700, '1 min 00 s'],
  ])('%d ms is %s', (ms, text) => {
    expect(duration(ms)).toBe(text)
  })
})

describe('ago', () => {
  it.each([
    [0, 'now'],
    [-60_000, 'now'],
    [4_000, '4 s ago'],
    [18 * 60_000, '18 min ago'],
    [3 * 3_600_000, '3 h ago'],
    [5 * 86_400_000, '22 Nov 14:05'],
  ])('%d ms later it is %s', (age, text) => {
    expect(ago(at, at + age)).toBe(text)
  })
})

it('writes every digit where details are asked for', () => {
  expect(fullTime(at)).toBe('2026-11-22 14:05:03.007')
  expect(clockWithMs(at)).toBe('14:05:03.007')
})

it('counts an uptime in whole steps', () => {
  expect(uptime(12_900)).toBe('12 s')
  expect(uptime(61_000)).toBe('1 min')
  expect(uptime(371_000_000)).toBe('4 d 07 h')
})

it('labels the local day of the ledger, whatever the time zone', () => {
  expect(dayLabel('2026-11-02')).toBe('2 Nov')
  expect(dayLabel('nonsense')).toBe('nonsense')
})
