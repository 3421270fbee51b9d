import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  compactJson,
  findJsonFault,
  memoryText,
  nestsDeeperThan,
} from '../../../../src/protocol/workflow/json-text.ts'

describe('compactJson', () => {
  it('gives what printing gives, for JSON that was printed with any indentation', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.integer({ min: 0, max: 4 }), (value, indent) => {
        expect(compactJson(JSON.stringify(value, null, indent))).toBe(JSON.stringify(value))
      }),
    )
  })

  it('keeps numbers, escapes, key order and white space in strings as they were written', () => {
    expect(compactJson('{ "b": 1.0, "2": "a \\u00e9  b", "1": 12345678901234567890 }')).toBe(
      '{"b":1.0,"2":"a \\u00e9  b","1":12345678901234567890}',
    )
  })
})

describe('memoryText', () => {
  it.each([
    [' {"a": 1} ', '{"a":1}'],
    ['[ 1 ]', '[1]'],
    ['\n7 ', '7'],
    [' true', 'true'],
    [' "a b" ', '"a b"'],
    [' truely', ' truely'],
    ['007', '007'],
    [' - ', ' - '],
    ['{"a": }', '{"a": }'],
    ['', ''],
    ['  ', '  '],
    ['1 2', '1 2'],
  ])('%j is kept as %j', (text, kept) => expect(memoryText(text)).toBe(kept))

  it('changes nothing when it is applied again', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(memoryText(memoryText(text))).toBe(memoryText(text))
      }),
    )
  })
})

describe('findJsonFault', () => {
  it('agrees with the parser on what is JSON', () => {
    const bitten = fc.tuple(fc.json(), fc.nat(), fc.string({ maxLength: 2 })).map(([json, at, bite]) => {
      const index = at % (json.length + 1)
      return json.slice(0, index) + bite + json.slice(index + 1)
    })
    fc.assert(
      fc.property(fc.oneof(fc.json(), bitten, fc.string()), (text) => {
        let parses = true
        try {
          JSON.parse(text)
        } catch {
          parses = false
        }
        expect(findJsonFault(text) === undefined).toBe(parses)
      }),
      { numRuns: 2000 },
    )
  })

  it.each([
    ['', 1, 1, 'a JSON value'],
    ['{"a": 1', 1, 8, '"," or "}"'],
    ['{\n  "a" 1}', 2, 7, '":"'],
    ['[1,\n2,\n]', 3, 1, 'a JSON value'],
    ["{'a': 1}", 1, 2, 'a key in double quotes or "}"'],
    ['"a\nb"', 1, 3, 'no raw line break or control character in a string'],
    ['1 2', 1, 3, 'nothing after the JSON value'],
    ['[01]', 1, 2, 'a JSON value or "]"'],
  ])('places the fault of %j', (text, line, column, expected) => {
    expect(findJsonFault(text)).toMatchObject({ line, column, expected })
  })
})

it('nestsDeeperThan counts levels, and not brackets in strings', () => {
  expect(nestsDeeperThan('[{"a":[1]}]', 3)).toBe(false)
  expect(nestsDeeperThan('[{"a":[1]}]', 2)).toBe(true)
  expect(nestsDeeperThan('"[[[[\\"[["', 0)).toBe(false)
})
