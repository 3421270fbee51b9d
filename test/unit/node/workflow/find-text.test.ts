import fc from 'fast-check'
import { expect, it } from 'vitest'
import { hasText, placesOf, replaceText } from '../../../../src/node/workflow/find-text.ts'

const letters = (minLength: number, maxLength: number) =>
  fc.string({ unit: fc.constantFrom('a', 'b'), minLength, maxLength })

it('finds what the built-in search finds, short or long', () => {
  fc.assert(
    fc.property(
      letters(0, 40),
      fc.nat(60),
      fc.nat(40),
      fc.array(fc.boolean(), { maxLength: 8 }),
      (piece, times, length, where) => {
        const part = piece.repeat(times).slice(0, length) + piece
        const text = where.map((here) => (here ? part : piece)).join('ab') + piece.repeat(times)
        expect([...placesOf(text, part)]).toEqual(
          [...text.matchAll(new RegExp(part, 'g'))].map(({ index }) => index),
        )
        expect(hasText(text, part)).toBe(text.includes(part))
        expect(replaceText(text, part, '$&$1')).toBe(text.replaceAll(part, () => '$&$1'))
      },
    ),
    { numRuns: 500 },
  )
})

it('takes time that grows with the lengths, not with their product', () => {
  const timed = (chars: number) => {
    const half = 'a'.repeat(chars / 100)
    const text = 'a'.repeat(chars)
    const startedAt = performance.now()
    expect(hasText(text, `${half}b${half}`)).toBe(false)
    return performance.now() - startedAt
  }
  timed(400_000)
  // The built-in search takes 256 times as long for a text and a part that are 16 times as long.
  expect(timed(6_400_000)).toBeLessThan(80 * Math.max(1, timed(400_000)))
})
