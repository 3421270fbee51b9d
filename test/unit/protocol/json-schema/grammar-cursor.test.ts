import { Ajv2020 } from 'ajv/dist/2020.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { GrammarCursor } from '../../../../src/protocol/json-schema/grammar-cursor.ts'
import { literalsGrammar } from '../../../../src/protocol/json-schema/literal-grammar.ts'
import { readGrammar } from '../../../../src/protocol/json-schema/read-grammar.ts'
import { schemaToGrammar } from '../../../../src/protocol/json-schema/schema-grammar.ts'

const cursorOf = (schema: unknown) => GrammarCursor.at(readGrammar(schemaToGrammar(schema)))

const person = {
  type: 'object',
  properties: {
    name: { type: 'string', minLength: 2 },
    age: { type: 'integer', minimum: 18, maximum: 65 },
    mood: { enum: ['good', 'goodish', null] },
    born: { type: 'string', format: 'date' },
    notes: { type: 'array', items: { type: ['string', 'number'] }, minItems: 1 },
    more: {},
  },
  required: ['name', 'age', 'mood', 'born', 'notes'],
  additionalProperties: false,
}

const people = fc.record(
  {
    name: fc.string({ unit: 'grapheme', minLength: 2 }),
    age: fc.integer({ min: 18, max: 65 }),
    mood: fc.constantFrom('good', 'goodish', null),
    born: fc.constantFrom('2001-12-31', '1999-02-28'),
    notes: fc.array(fc.oneof(fc.string(), fc.integer()), { minLength: 1 }),
    more: fc
      .jsonValue({ maxDepth: 2 })
      .filter((value) => !/\d{16}|e[+-]\d{3}|\.\d{16}|-0\.0/i.test(JSON.stringify(value))),
  },
  { requiredKeys: ['name', 'age', 'mood', 'born', 'notes'], noNullPrototype: true },
)

describe('GrammarCursor', () => {
  it('completes every beginning of a valid text to a valid one, and knows a whole one', () => {
    const validate = new Ajv2020({ formats: { date: true }, allowUnionTypes: true }).compile(person)
    const start = cursorOf(person)
    fc.assert(
      fc.property(people, (value) => {
        const text = JSON.stringify(value)
        let cursor = start
        let before = ''
        for (const char of text) {
          const { end } = cursor
          const completed = JSON.parse(before + end)
          expect(validate(completed), before + end).toBe(true)
          expect(end).not.toBe('')
          cursor = cursor.after(char)
          before += char
        }
        expect(cursor.end).toBe('')
      }),
      { numRuns: 50 },
    )
  })

  it('takes a text in pieces as it takes it whole, and none that the grammar does not allow', () => {
    const start = cursorOf(person)
    const text = '{"name": "Ann", "age": 2'
    expect(start.after('{"na').after('me": "Ann", "age": 2').end).toBe(start.after(text).end)
    expect(start.after(text).end).toMatch(/^0,"mood":null,"born":"\d{4}-\d\d-\d\d","notes":\[.*\]\}$/)
    for (const wrong of ['[', '{"age"', '{"name": "A"', '{"name": "Ann", "age": 17', ' ', `${text}0}`])
      expect(start.after(wrong).end, wrong).toBeUndefined()
  })

  it('ends recursion, nesting and alternatives at the soonest', () => {
    expect(cursorOf({}).after('[[{"a": [1, {').end).toBe('}]}]]')
    const tree = {
      $ref: '#/$defs/n',
      $defs: {
        n: {
          type: 'object',
          properties: { v: { type: 'integer' }, c: { type: 'array', items: { $ref: '#/$defs/n' } } },
          required: ['v', 'c'],
        },
      },
    }
    expect(cursorOf(tree).after('{"v":1,"c":[{').end).toMatch(/^"v":\d,"c":\[\]\}\]\}$/)
    expect(cursorOf({ type: 'array', minItems: 3, items: { type: 'boolean' } }).after('[true,').end).toBe(
      'true,true]',
    )
  })

  it('reads names with any signs in them', () => {
    const names = ['a', 'ab', 'a"]\\\n', 'é😀', '[x-y]']
    const start = GrammarCursor.at(readGrammar(`root ::= ${literalsGrammar(names)}`))
    for (const name of names) expect(start.after(name).end, name).toBe('')
    expect(start.after('é').end).toBe('😀')
    expect(start.after('b').end).toBeUndefined()
  })

  it('gives up where the shortest text is longer than any generation, at once', () => {
    let schema: unknown = { type: 'string', minLength: 2000 }
    for (let level = 0; level < 5; level++) schema = { type: 'array', minItems: 2000, items: schema }
    expect(cursorOf(schema).end).toBeUndefined()
    expect(cursorOf({ anyOf: [schema, { type: 'null' }] }).end).toBe('null')
  })

  it('follows a long text in time that grows with its length only', () => {
    const timed = (items: number) => {
      const text = `[${Array.from({ length: items }, () => '{"a": "word word", "b": [1, 2.5]}').join(', ')}`
      const startedAt = performance.now()
      expect(cursorOf({}).after(text).end).toBe(']')
      return (performance.now() - startedAt) / text.length
    }
    timed(200)
    // Generous: at the square of the length it would be sixteen times as long.
    expect(timed(3200)).toBeLessThan(6 * timed(200))
  })
})
