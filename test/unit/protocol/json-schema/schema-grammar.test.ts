import { describe, expect, it } from 'vitest'
import { schemaToGrammar } from '../../../../src/protocol/json-schema/schema-grammar.ts'
import { schemaLimits } from '../../../../src/protocol/json-schema/schema-limits.ts'

/** What texts come out of a grammar, and that they are valid, is tested with the real llama.cpp (engine-schema.test.ts). */
describe('schemaToGrammar', () => {
  it('keeps the order of properties and demands the required ones', () => {
    const grammar = schemaToGrammar({
      type: 'object',
      properties: { b: { type: 'integer' }, a: { type: 'string' } },
      required: ['b', 'a'],
    })
    expect(grammar).toMatch(/^r0 ::= "," ws "\\"a\\"" ":" ws string$/m)
    expect(grammar).toMatch(/^r1 ::= "{" ws \("\\"b\\"" ":" ws integer r0\) ws "}"$/m)
  })

  it('takes a shorter length for one that llama.cpp cannot count to', () => {
    expect(schemaToGrammar({ type: 'string', maxLength: 1e9 })).toContain(`{0,${schemaLimits.repetition}}`)
  })

  it('writes shared definitions once', () => {
    const person = { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] }
    const list = (length: number) => ({
      type: 'array',
      prefixItems: Array.from({ length }, () => ({ $ref: '#/$defs/person' })),
      minItems: length,
      $defs: { person },
    })
    expect(schemaToGrammar(list(20)).match(/\\"name\\"/g)).toHaveLength(1)
  })

  const refused: Record<string, [schema: unknown, path: string]> = {
    'a text': ['{"type":"string"}', 'schema'],
    'a number': [5, 'schema'],
    null: [null, 'schema'],
    'an unknown type': [{ type: 'text' }, 'schema.type'],
    'a pattern': [{ properties: { a: { type: 'string', pattern: '^x' } } }, 'schema.properties.a.pattern'],
    'a negation': [{ not: { type: 'null' } }, 'schema.not'],
    'a condition': [{ if: {} }, 'schema.if'],
    'unique items': [{ type: 'array', uniqueItems: true }, 'schema.uniqueItems'],
    'steps of 5': [{ type: 'integer', multipleOf: 5 }, 'schema.multipleOf'],
    'half a bound': [{ type: 'number', minimum: 0.5 }, 'schema.minimum'],
    'a bound that is a text': [{ type: 'integer', maximum: '9' }, 'schema.maximum'],
    'a negative length': [{ type: 'string', minLength: -1 }, 'schema.minLength'],
    'a string of 5,000 at least': [{ type: 'string', minLength: 5000 }, 'schema.minLength'],
    'a reference to elsewhere': [{ $ref: 'https://example.com/schema.json' }, 'schema.$ref'],
    'a reference to nothing': [{ $ref: '#/$defs/none' }, 'schema.$ref'],
    'a reference into a prototype': [{ $ref: '#/constructor/name' }, 'schema.$ref'],
    'alternatives of oneOf that overlap': [
      { oneOf: [{ type: 'integer' }, { type: 'number' }] },
      'schema.oneOf',
    ],
    'an empty anyOf': [{ anyOf: [] }, 'schema.anyOf'],
    'contradicting parts': [
      {
        allOf: [
          { type: 'object', properties: { a: { type: 'string' } } },
          { type: 'object', properties: { a: { type: 'null' } } },
        ],
      },
      'schema.allOf',
    ],
    'a required key that is not allowed': [
      { type: 'object', properties: {}, required: ['a'], additionalProperties: false },
      'schema.required',
    ],
    'no value at all': [{ type: 'object', properties: { a: false }, required: ['a'] }, 'schema'],
    'a value that must contain itself': [
      { type: 'object', properties: { next: { $ref: '#' } }, required: ['next'] },
      'schema',
    ],
    'two schemas that are each other': [
      { $ref: '#/$defs/a', $defs: { a: { $ref: '#/$defs/b' }, b: { $ref: '#/$defs/a' } } },
      'schema',
    ],
  }
  for (const [what, [schema, path]] of Object.entries(refused)) {
    it(`refuses ${what}, and says where`, () => {
      expect(thrownBy(() => schemaToGrammar(schema))).toMatchObject({
        code: 'bad_workflow',
        issues: [expect.objectContaining({ path })],
      })
    })
  }

  it('names what was found', () => {
    expect(thrownBy(() => schemaToGrammar({ type: 'text' }, 'tasks[0].schema'))).toMatchObject({
      message: expect.stringMatching(/^tasks\[0\]\.schema\.type: expected one of .*, found "text"$/),
    })
  })
})

describe('schemas made to hurt', () => {
  const deep = (levels: number) => {
    let schema: unknown = {}
    for (let level = 0; level < levels; level++) schema = { type: 'array', items: schema }
    return schema
  }
  const numbered = <T>(count: number, make: (index: number) => T) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`d${index}`, make(index)]))
  const circle: Record<string, unknown> = {}
  circle.properties = { again: circle }

  const bombs: Record<string, unknown> = {
    'too long': { enum: Array.from({ length: 3000 }, (_, index) => `${index}`.padEnd(40, 'x')) },
    'too deep': deep(100),
    'deeper than a call stack': deep(3000),
    'no JSON': circle,
    'doubled forty times over by references': {
      $ref: '#/$defs/d0',
      $defs: {
        ...numbered(40, (index) => ({
          type: 'object',
          properties: { a: { $ref: `#/$defs/d${index + 1}` }, b: { $ref: `#/$defs/d${index + 1}` } },
          required: ['a', 'b'],
        })),
        d40: { type: 'null' },
      },
    },
    'ambiguous at each of ten levels': {
      $ref: '#/$defs/d0',
      $defs: {
        ...numbered(10, (index) => ({
          anyOf: ['x', 'y'].map((key) => ({
            type: 'object',
            properties: { a: { $ref: `#/$defs/d${index + 1}` }, [key]: {} },
            required: ['a', key],
          })),
        })),
        d10: { type: 'null' },
      },
    },
    'long strings by the thousand': {
      type: 'object',
      properties: numbered(100, (index) => ({ type: 'string', maxLength: 1000 + index })),
    },
  }
  for (const [what, schema] of Object.entries(bombs)) {
    it(`refuses one that is ${what}, at once`, () => {
      const startedMs = performance.now()
      expect(thrownBy(() => schemaToGrammar(schema))).toMatchObject({ code: 'bad_workflow' })
      expect(performance.now() - startedMs).toBeLessThan(1000)
    })
  }

  it('unrolls what is ambiguous in itself less deeply', () => {
    const tree = (ambiguous: boolean) => ({
      $ref: '#/$defs/node',
      $defs: {
        node: {
          anyOf: [
            { type: 'null' },
            ...(ambiguous ? ['x', 'y', 'z', 'w', 'v'] : ['x']).map((key) => ({
              type: 'object',
              properties: { next: { $ref: '#/$defs/node' }, [key]: { type: 'boolean' } },
              required: ['next', key],
            })),
          ],
        },
      },
    })
    const levels = (schema: unknown) => schemaToGrammar(schema).match(/\\"x\\"/g)?.length ?? 0
    expect(levels(tree(false))).toBe(7)
    expect(levels(tree(true))).toBe(2)
  })
})

function thrownBy(call: () => unknown): unknown {
  try {
    call()
  } catch (error) {
    return error
  }
  throw new Error('It did not throw')
}
