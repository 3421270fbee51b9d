import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { literalsGrammar } from '../../../../src/protocol/json-schema/literal-grammar.ts'

/** A grammar of literals is regular, too: strings become escaped text, groups become groups. */
function regexOf(grammar: string): RegExp {
  const source = grammar.replaceAll(/"((?:[^"\\]|\\.)*)"|([()|?])| /gs, (_, text?: string, sign?: string) => {
    if (sign !== undefined) return sign === '(' ? '(?:' : sign
    const plain = (text ?? '').replaceAll(/\\(x[0-9a-f]{2}|.)/gs, (_escape, code: string) =>
      code.length === 3 ? String.fromCharCode(Number.parseInt(code.slice(1), 16)) : code,
    )
    return plain.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
  })
  return new RegExp(`^(?:${source})$`, 'su')
}

describe('literalsGrammar', () => {
  it('matches each of its texts and nothing else', () => {
    const text = fc.string({
      unit: fc.constantFrom('a', 'b', 'ü', '"', '\\', '\n', '😀'),
      minLength: 1,
      maxLength: 5,
    })
    fc.assert(
      fc.property(fc.uniqueArray(text, { minLength: 1, maxLength: 20 }), text, (texts, other) => {
        const regex = regexOf(literalsGrammar(texts))
        for (const each of texts) expect(regex.test(each), JSON.stringify(each)).toBe(true)
        expect(regex.test(other), JSON.stringify(other)).toBe(texts.includes(other))
        expect(regex.test('')).toBe(false)
      }),
      { numRuns: 300 },
    )
  })

  it('shares beginnings, so that each character leaves one reading', () => {
    expect(literalsGrammar(['"green"', '"grey"', '"greyish"', '"blue"'])).toBe(
      '"\\"" ("gre" ("en\\"" | "y" ("\\"" | "ish\\"")) | "blue\\"")',
    )
  })

  it('stays flat for hundreds of texts that begin with each other', () => {
    const texts = Array.from({ length: 350 }, (_, index) => 'a'.repeat(index + 1))
    expect(literalsGrammar(texts).match(/\(/g)?.length ?? 0).toBeLessThan(100)
  })
})
