import Ajv2020 from 'ajv/dist/2020.js'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { mismatch } from '../../../../src/protocol/workflow/match-schema.ts'

const schemas = [
  {
    type: 'object',
    properties: { a: { type: 'integer' }, b: { type: ['string', 'null'] } },
    required: ['a'],
  },
  {
    type: 'object',
    additionalProperties: { type: 'number', minimum: 0, exclusiveMaximum: 10 },
    maxProperties: 2,
  },
  { type: 'object', properties: { a: true }, additionalProperties: false, minProperties: 1 },
  {
    type: 'array',
    items: { $ref: '#/$defs/item' },
    minItems: 1,
    $defs: { item: { enum: [1, 'a', null, { b: [1] }] } },
  },
  { type: 'array', prefixItems: [{ type: 'string' }, { type: 'number' }], items: false },
  { type: 'array', uniqueItems: true, contains: { type: 'number' }, maxContains: 2 },
  { anyOf: [{ type: 'string', minLength: 2, maxLength: 3 }, { const: 5 }, { type: 'boolean' }] },
  { oneOf: [{ type: 'number' }, { type: 'integer' }, { type: 'string' }] },
  { allOf: [{ type: 'number' }, { multipleOf: 0.5 }], not: { maximum: 0 } },
  // As text, because an object with a `then` looks like a promise.
  JSON.parse('{"if":{"type":"string"},"then":{"minLength":1},"else":{"type":["number","object"]}}'),
  { type: 'object', propertyNames: { maxLength: 1 } },
  { anyOf: [{ type: 'null' }, { type: 'array', items: { $ref: '#' } }] },
]

const value = fc.letrec((again) => ({
  leaf: fc.constantFrom<unknown>(0, 1, 2.5, 5, -1, 10, 'a', 'abc', 'abcd', '', true, false, null),
  any: fc.oneof(
    { maxDepth: 3 },
    again('leaf'),
    fc.array(again('any'), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom('a', 'b', 'cc'), again('any'), { maxKeys: 3, noNullPrototype: true }),
  ),
})).any

it.each(schemas.map((schema) => [JSON.stringify(schema), schema] as const))(
  'judges as a full validator does: %s',
  (_text, schema) => {
    const validate = new Ajv2020({ strict: false }).compile(schema)
    fc.assert(
      fc.property(value, (given) => {
        expect(mismatch(schema, given) === undefined, JSON.stringify(given)).toBe(validate(given))
      }),
      { numRuns: 400 },
    )
  },
)

it('says what is wrong and where', () => {
  const schema = {
    type: 'object',
    properties: { list: { type: 'array', items: { type: 'object', required: ['n'] } } },
  }
  expect(mismatch(schema, { list: [{ n: 1 }, {}] })).toBe('list[1] lacks "n"')
  expect(mismatch(schema, [])).toBe('the value is not of type object')
})
