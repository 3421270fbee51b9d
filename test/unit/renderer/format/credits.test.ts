import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  exactCredits,
  parseCredits,
  shortCredits,
  sumMicro,
} from '../../../../src/renderer/format/credits.ts'

describe('exactCredits', () => {
  it.each([
    ['0', '0.00'],
    ['29700', '0.0297'],
    ['18000000', '18.00'],
    ['1284500000', '1,284.50'],
    ['1', '0.000001'],
    ['-1500000', '−1.50'],
  ])('%s micro is %s', (micro, text) => {
    expect(exactCredits(micro)).toBe(text)
  })

  it('keeps every digit of amounts that a float cannot hold', () => {
    expect(exactCredits('9007199254740993000001')).toBe('9,007,199,254,740,993.000001')
  })
})

describe('shortCredits', () => {
  it.each([
    ['0', '0.00'],
    ['18421733', '18.4'],
    ['1411000', '1.41'],
    ['412907211', '413'],
    ['999600000', '1k'],
    ['1284000000', '1.28k'],
    ['12849999999', '12.8k'],
    ['2500000000000', '2.5M'],
    ['297', '0.000297'],
    ['252000', '0.252'],
    ['9996000', '10.0'],
  ])('%s micro is %s', (micro, text) => {
    expect(shortCredits(micro)).toBe(text)
  })

  it('never shows more than three significant digits', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 10n ** 17n }), (micro) => {
        const digits = shortCredits(micro)
          .replace(/[^0-9]/g, '')
          .replace(/^0+/, '')
        expect(digits.replace(/0+$/, '').length).toBeLessThanOrEqual(3)
      }),
    )
  })
})

describe('parseCredits', () => {
  it.each([
    ['0.04', 40_000n],
    [' 1,5 ', 1_500_000n],
    ['12', 12_000_000n],
    ['0.000001', 1n],
  ])('reads %s', (text, micro) => {
    expect(parseCredits(text)).toBe(micro)
  })

  it.each(['', 'x', '-1', '1.2.3', '0.0000001', '1e3'])('refuses %j', (text) => {
    expect(parseCredits(text)).toBeUndefined()
  })

  it('reads back what exactCredits wrote', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 17n }), (micro) => {
        expect(parseCredits(exactCredits(micro).replaceAll(',', ''))).toBe(micro)
      }),
    )
  })
})

it('sums without losing a micro-credit', () => {
  expect(sumMicro(['9007199254740993', '1', 1n])).toBe(9_007_199_254_740_995n)
})
