import { describe, expect, it } from 'vitest'
import { price } from '../../../src/cli/options.ts'

describe('a price as a flag', () => {
  it.each([
    ['0.01,0.04', 10_000n, 40_000n],
    ['2', 2_000_000n, 2_000_000n],
    ['0.000001, 999999999', 1n, 999_999_999_000_000n],
    ['0,0', 0n, 0n],
  ])('%s is taken', (text, promptMicroPer1k, completionMicroPer1k) => {
    expect(price(text)).toEqual({ promptMicroPer1k, completionMicroPer1k })
  })

  it.each(['', ',', '1,', '1,2,3', '-1', '0.0000001', '1e3', '1.', 'free', '9999999999'])(
    '%j is not',
    (text) => {
      expect(() => price(text)).toThrow('like 0.01,0.04')
    },
  )
})
