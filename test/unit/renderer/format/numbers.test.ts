import { describe, expect, it } from 'vitest'
import { bytes, count, parameters, percent, rate, short } from '../../../../src/renderer/format/numbers.ts'

describe('short', () => {
  it.each([
    [0, '0'],
    [142, '142'],
    [0.4213, '0.421'],
    [999.7, '1k'],
    [1_284, '1.28k'],
    [3_532_118, '3.53M'],
    [Number.NaN, '–'],
  ])('%d is %s', (value, text) => {
    expect(short(value)).toBe(text)
  })
})

describe('rate', () => {
  it.each([
    [0, '0'],
    [0.01, '<0.1'],
    [4.26, '4.3'],
    [18.44, '18.4'],
    [1_748, '1.75k'],
  ])('%d is %s', (value, text) => {
    expect(rate(value)).toBe(text)
  })
})

describe('bytes', () => {
  it.each([
    [512, '512 B'],
    [4_730_000, '4.73 MB'],
    [999_999_999, '1 GB'],
    [33_500_000_000, '33.5 GB'],
  ])('%d is %s', (size, text) => {
    expect(bytes(size)).toBe(text)
  })
})

describe('percent', () => {
  it('is not 100 while one is missing', () => {
    expect(percent(99_999, 100_000)).toBe('99.9 %')
    expect(percent(1_284, 1_286)).toBe('99.8 %')
    expect(percent(5, 5)).toBe('100 %')
    expect(percent(0, 0)).toBe('–')
  })
})

it('names counts and sizes as people say them', () => {
  expect(count(12_842)).toBe('12,842')
  expect(parameters(1_540_000_000)).toBe('1.54B')
  expect(parameters(260_000)).toBe('260K')
})
