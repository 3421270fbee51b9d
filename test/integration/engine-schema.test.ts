import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createLlamaEngine, type LlamaEngine } from '../../src/inference-child/llama-engine.ts'
import { demoModelPath } from '../helpers/models.ts'

let engine: LlamaEngine

beforeAll(async () => {
  engine = createLlamaEngine({ log: () => {} })
  await engine.load({ name: 'demo', path: demoModelPath, slots: 4, gpu: 'off' })
})
afterAll(() => engine.dispose())

const write = (schema: unknown, extra: { prompt?: string; seed?: number; maxTokens?: number } = {}) =>
  engine.generate({
    model: 'demo',
    messages: [{ role: 'user', content: extra.prompt ?? 'Write a JSON persona of a sailor.' }],
    maxTokens: extra.maxTokens ?? 400,
    // Hot enough that what the grammar allows comes out, likely or not.
    ...(extra.seed === undefined ? { temperature: 0 } : { temperature: 2, seed: extra.seed }),
    schema,
  })

const address = {
  type: 'object',
  properties: {
    street: { type: 'string', maxLength: 20 },
    zip: { anyOf: [{ type: 'string', minLength: 5, maxLength: 5 }, { type: 'null' }], default: null },
  },
  required: ['street'],
}

/** As pydantic, zod and schemars write them, and some that nobody would. */
const schemas: Record<string, object> = {
  'a persona': {
    type: 'object',
    properties: {
      name: { type: 'string', maxLength: 30 },
      age: { type: 'integer', minimum: 18, maximum: 65 },
      email: { type: 'string', format: 'email' },
    },
    required: ['name', 'age'],
    additionalProperties: false,
  },
  'nested definitions': {
    $defs: { address },
    type: 'object',
    properties: {
      home: { $ref: '#/$defs/address' },
      others: { type: 'array', items: { $ref: '#/$defs/address' }, minItems: 1, maxItems: 3 },
      score: { type: 'number', minimum: 0, maximum: 1 },
    },
    required: ['home', 'others', 'score'],
  },
  'an enum of everything': {
    enum: ['red', 'green', 'greenish', 1, 12, -0.5, null, true, { a: [1] }, 'a "b" \\ \n\u0001'],
  },
  'a tree': {
    $ref: '#/$defs/node',
    $defs: {
      node: {
        type: 'object',
        properties: {
          value: { type: 'integer' },
          children: { type: 'array', items: { $ref: '#/$defs/node' }, maxItems: 2 },
        },
        required: ['value', 'children'],
        additionalProperties: false,
      },
    },
  },
  'a tuple': {
    type: 'array',
    prefixItems: [{ type: 'integer' }, { type: 'boolean' }, { const: 'x' }],
    minItems: 2,
    items: false,
  },
  'a map': {
    type: 'object',
    additionalProperties: { type: 'number', exclusiveMinimum: 0, maximum: 10 },
    minProperties: 1,
    maxProperties: 3,
  },
  'all optional': {
    type: 'object',
    properties: {
      a: { type: 'boolean' },
      b: { type: 'null' },
      c: { const: 1 },
      d: { type: 'string', maxLength: 3 },
    },
    additionalProperties: false,
  },
  'alternatives that exclude each other': {
    oneOf: [
      {
        type: 'object',
        properties: { kind: { const: 'cat' }, lives: { type: 'integer', minimum: -9, maximum: -1 } },
        required: ['kind', 'lives'],
      },
      {
        type: 'object',
        properties: { kind: { const: 'dog' }, good: { type: 'boolean' } },
        required: ['kind', 'good'],
      },
      { type: 'null' },
    ],
  },
  'a number': { type: 'number', minimum: -3, exclusiveMaximum: 250 },
  'an integer': { type: 'integer', exclusiveMinimum: -1005, exclusiveMaximum: 98 },
  'several types': { type: ['string', 'integer', 'null'], maxLength: 8, minimum: 3 },
  'all of two': {
    allOf: [
      { type: 'object', properties: { a: { type: 'integer' } }, required: ['a'] },
      { $ref: '#/definitions/b' },
    ],
    definitions: {
      b: { type: 'object', properties: { b: { type: 'string', maxLength: 5 } }, required: ['b'] },
    },
  },
  'odd keys': {
    type: 'object',
    properties: { 'a"b\\c\n': { type: 'boolean' }, 'é😀': { enum: ['ü', '\u007f'] } },
    required: ['a"b\\c\n', 'é😀'],
  },
  anything: {},
}

describe('output under a JSON Schema', () => {
  const ajv = new Ajv2020({ strict: false, formats: { email: /^[^@\s]+@[^@\s]+\.[^@\s]+$/ } })
  for (const [what, schema] of Object.entries(schemas)) {
    it(`is valid: ${what}`, async () => {
      const validate = ajv.compile(schema)
      const runs = await Promise.all(Array.from({ length: 8 }, (_, seed) => write(schema, { seed })))
      for (const { text } of runs)
        expect(validate(JSON.parse(text)), `${text}: ${ajv.errorsText(validate.errors)}`).toBe(true)
    })
  }

  it('has only days that exist', async () => {
    const schema = {
      type: 'object',
      properties: Object.fromEntries(
        ['date', 'time', 'date-time', 'uuid', 'ipv4', 'uri'].map((format) => [
          format,
          { type: 'string', format },
        ]),
      ),
      required: ['date', 'time', 'date-time', 'uuid', 'ipv4', 'uri'],
    }
    const texts = await Promise.all([1, 2, 3, 4].map((seed) => write(schema, { seed, maxTokens: 900 })))
    for (const { text } of texts) {
      const value = JSON.parse(text) as Record<string, string>
      const day = new Date(`${value['date']}T00:00:00Z`)
      expect(day.toISOString().slice(0, 10)).toBe(value['date'])
      expect(Number.isNaN(Date.parse(value['date-time'] ?? ''))).toBe(false)
      expect(value['uuid']).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i)
      expect(value['ipv4']?.split('.').every((octet) => Number(octet) <= 255)).toBe(true)
      expect(URL.canParse(value['uri'] ?? '')).toBe(true)
    }
  })

  it('is what the model would have said anyway, where that fits, and ends there', async () => {
    const result = await write(
      {
        type: 'object',
        properties: { name: { type: 'string' }, city: { type: 'string' } },
        required: ['name', 'city'],
        additionalProperties: false,
      },
      { prompt: 'Extract the name and the city as JSON: Clara lives in Vienna.' },
    )
    expect(result).toMatchObject({ text: '{"name": "Clara", "city": "Vienna"}', stopReason: 'stop' })
    expect(result.completionTokens).toBeLessThan(20)
  })

  it('is an error where the limit of tokens leaves no room for it', async () => {
    const schema = { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] }
    await expect(write(schema, { maxTokens: 3 })).rejects.toMatchObject({
      code: 'context_exceeded',
      message: expect.stringMatching(/cannot be complete within 3 tokens/),
    })
    // A number that is cut off would be another number.
    await expect(
      write({ type: 'integer', minimum: 1_000_000, maximum: 1_999_999 }, { maxTokens: 1 }),
    ).rejects.toMatchObject({ code: 'context_exceeded' })
  })

  it('is refused where it cannot be guaranteed, with the reason', async () => {
    await expect(write({ type: 'string', pattern: '^a+$' })).rejects.toMatchObject({
      code: 'bad_workflow',
      issues: [{ path: 'schema.pattern', expected: expect.any(String) }],
    })
  })
})
