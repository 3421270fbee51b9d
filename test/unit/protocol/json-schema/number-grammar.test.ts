import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { integerGrammar, realGrammar } from '../../../../src/protocol/json-schema/number-grammar.ts'

/** The grammars of numbers are regular, so they can be read as regular expressions. */
function regexOf(grammar: string): RegExp {
  const source = grammar
    .replaceAll(/"([^"]*)"/g, (_, text: string) => (text === '' ? '' : `(?:${text.replaceAll('.', '\\.')})`))
    .replaceAll(' ', '')
  return new RegExp(`^(?:${source})$`)
}

const whole = fc.bigInt({ min: -(10n ** 12n), max: 10n ** 12n })
const near = fc.bigInt({ min: -1200n, max: 1200n })
const bound = (value: bigint, open = false) => ({ value, open })

describe('integerGrammar', () => {
  it('matches exactly the integers within its bounds', () => {
    fc.assert(
      fc.property(fc.oneof(near, whole), fc.oneof(near, whole), fc.oneof(near, whole), (a, b, value) => {
        const [min, max] = a < b ? [a, b] : [b, a]
        const regex = regexOf(
          integerGrammar({ kind: 'number', integer: true, min: bound(min), max: bound(max) }),
        )
        for (const candidate of [value, min, max, min - 1n, max + 1n]) {
          expect(regex.test(String(candidate)), `${candidate} in ${min}..${max}`).toBe(
            candidate >= min && candidate <= max,
          )
        }
      }),
      { numRuns: 200 },
    )
  })

  it('has no leading zeros, and no minus before nothing', () => {
    const regex = regexOf(
      integerGrammar({ kind: 'number', integer: true, min: bound(-5n), max: bound(120n) }),
    )
    for (const text of ['007', '00', '-0', '-', '', '+1', '1.0', '1e1']) expect(regex.test(text)).toBe(false)
  })
})

describe('realGrammar', () => {
  it('matches only numbers within its bounds', () => {
    fc.assert(
      fc.property(
        near,
        near,
        fc.boolean(),
        fc.boolean(),
        fc.integer({ min: -1_300_000_000, max: 1_300_000_000 }),
        (a, b, openMin, openMax, millionths) => {
          const [min, max] = a < b ? [a, b] : [b, a]
          if (min === max) return
          const regex = regexOf(
            realGrammar({
              kind: 'number',
              integer: false,
              min: bound(min, openMin),
              max: bound(max, openMax),
            }),
          )
          for (const text of [
            String(millionths / 1e6),
            String(min),
            String(max),
            `${max}.000001`,
            `${min}.5`,
          ]) {
            if (!regex.test(text)) continue
            const value = Number(text)
            expect(openMin ? value > Number(min) : value >= Number(min), `${text} from ${min}`).toBe(true)
            expect(openMax ? value < Number(max) : value <= Number(max), `${text} to ${max}`).toBe(true)
          }
        },
      ),
      { numRuns: 200 },
    )
  })

  it('reaches its closed bounds and what lies between', () => {
    const regex = regexOf(realGrammar({ kind: 'number', integer: false, min: bound(0n), max: bound(1n) }))
    for (const text of ['0', '0.5', '0.999999', '1', '1.0']) expect(regex.test(text), text).toBe(true)
    for (const text of ['1.1', '-0.5', '2', '01']) expect(regex.test(text), text).toBe(false)
  })

  it('leaves out open bounds', () => {
    const regex = regexOf(
      realGrammar({ kind: 'number', integer: false, min: bound(0n, true), max: undefined }),
    )
    for (const text of ['0', '0.0', '0.000000']) expect(regex.test(text), text).toBe(false)
    for (const text of ['0.000001', '3', '12345.5']) expect(regex.test(text), text).toBe(true)
  })
})
