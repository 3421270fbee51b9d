import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createLlamaEngine, type LlamaEngine } from '../../src/inference-child/llama-engine.ts'
import type { GenerateResult } from '../../src/node/inference/contract.ts'
import { runWorkflow } from '../../src/node/workflow/run-workflow.ts'
import { parseWorkflow } from '../../src/protocol/workflow/parse.ts'
import { demoModelPath } from '../helpers/models.ts'

/** Schemas as requesters' tools write them; most leave the model room to go on for ever. */
const schemas: Record<string, object> = {
  'pydantic: a model with definitions': {
    $defs: {
      Address: {
        properties: {
          street: { title: 'Street', type: 'string' },
          zip: { anyOf: [{ type: 'string' }, { type: 'null' }], default: null, title: 'Zip' },
        },
        required: ['street'],
        title: 'Address',
        type: 'object',
      },
      Colour: { enum: ['red', 'green', 'blue'], title: 'Colour', type: 'string' },
    },
    description: 'A person.',
    properties: {
      name: { description: 'Full name', title: 'Name', type: 'string' },
      age: { default: 30, maximum: 120, minimum: 0, title: 'Age', type: 'integer' },
      colour: { $ref: '#/$defs/Colour' },
      addresses: { items: { $ref: '#/$defs/Address' }, title: 'Addresses', type: 'array' },
    },
    required: ['name', 'age', 'colour', 'addresses'],
    title: 'Person',
    type: 'object',
  },
  'pydantic: lists without a bound': {
    properties: { questions: { items: { type: 'string' }, title: 'Questions', type: 'array' } },
    required: ['questions'],
    title: 'Questions',
    type: 'object',
  },
  'zod: an object': z.toJSONSchema(
    z.object({
      title: z.string().min(3).max(40),
      tags: z.array(z.string()).min(2).max(5),
      rating: z.number().min(0).max(5),
      kind: z.union([z.literal('a'), z.literal('b')]),
      parent: z.object({ id: z.uuid(), at: z.iso.date() }).nullable(),
      note: z.string().optional(),
    }),
    // A pattern beside a format says the same again, which no grammar guarantees.
    { override: ({ jsonSchema }) => delete jsonSchema.pattern },
  ),
  'many texts': {
    type: 'object',
    properties: Object.fromEntries(
      Array.from({ length: 12 }, (_, at) => [`field_${at}`, { type: 'string' }]),
    ),
    required: Array.from({ length: 12 }, (_, at) => `field_${at}`),
    additionalProperties: false,
  },
  'optional ones': {
    type: 'object',
    properties: { a: { type: 'string' }, b: { type: 'array', items: {} }, c: { type: 'number' } },
  },
  formats: {
    type: 'object',
    properties: Object.fromEntries(
      ['date', 'time', 'date-time', 'uuid', 'email', 'ipv4', 'uri'].map((format) => [
        format,
        { type: 'string', format },
      ]),
    ),
    required: ['date', 'uuid', 'email', 'ipv4'],
  },
  numbers: {
    type: 'array',
    prefixItems: [
      { type: 'integer', minimum: 1000, maximum: 1999 },
      { type: 'number', exclusiveMinimum: 0, maximum: 1 },
      { type: 'number' },
      { type: 'integer', exclusiveMaximum: -5 },
    ],
    minItems: 4,
  },
  'a tree': {
    $ref: '#/$defs/node',
    $defs: {
      node: {
        type: 'object',
        properties: {
          value: { type: 'string', minLength: 1 },
          children: { type: 'array', items: { $ref: '#/$defs/node' } },
        },
        required: ['value', 'children'],
      },
    },
  },
  'one of several': {
    oneOf: [
      {
        type: 'object',
        properties: { kind: { const: 'text' }, text: { type: 'string' } },
        required: ['kind', 'text'],
      },
      {
        type: 'object',
        properties: { kind: { const: 'list' }, of: { type: 'array', items: { type: 'string' } } },
        required: ['kind', 'of'],
      },
      { type: 'array', items: { type: 'boolean' }, minItems: 3 },
    ],
  },
  'long lists': { type: 'array', minItems: 12, items: { type: ['string', 'null'], maxLength: 9 } },
  'a map': { type: 'object', additionalProperties: { type: 'string' }, minProperties: 1 },
  anything: { type: 'object' },
}

const temperatures = [0, 0.3, 0.7, 1, 1.5]
/** The first leaves most of them hardly any room beyond the shortest JSON that they allow. */
const limits = [160, 220, 400]

const ajv = new Ajv2020({
  strict: false,
  formats: {
    date: isDate,
    time: (text) => isDateTime(`2001-01-01T${text}`),
    'date-time': isDateTime,
    uuid: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i,
    email: /^[^@\s]+@[a-z0-9]+(\.[a-z0-9]+)+$/,
    ipv4: (text) => /^\d+(\.\d+){3}$/.test(text) && text.split('.').every((octet) => Number(octet) <= 255),
    uri: (text) => URL.canParse(text),
  },
})

function isDate(text: string): boolean {
  return new Date(`${text}T00:00:00Z`).toISOString().slice(0, 10) === text
}

function isDateTime(text: string): boolean {
  return /^\d{4}-\d\d-\d\dT/.test(text) && !Number.isNaN(Date.parse(text))
}

let engine: LlamaEngine
beforeAll(async () => {
  engine = createLlamaEngine({ log: () => {} })
  await engine.load({ name: 'demo', path: demoModelPath, slots: 8, gpu: 'off' })
})
afterAll(() => engine.dispose())

interface Generated {
  readonly text: string
  readonly last: GenerateResult
}

/** One task of a workflow with that schema, run as a node runs it. */
async function generated(
  schema: unknown,
  { maxTokens, temperature, seed }: { maxTokens: number; temperature: number; seed: number },
): Promise<Generated> {
  let last: GenerateResult | undefined
  const { result } = await runWorkflow({
    workflow: parseWorkflow({
      config: { max_steps: 5, max_time: 60, max_tokens: maxTokens },
      tasks: [
        {
          id: 'a',
          operator: 'generation',
          prompt: 'Write a JSON persona of a sailor.',
          schema,
          outputs: [{ type: 'write', key: 'out', value: '__result' }],
        },
      ],
      steps: [{ source: 'a', target: '_end' }],
      return_value: { input: { type: 'read', key: 'out' } },
    }),
    sampling: { temperature, seed },
    signal: new AbortController().signal,
    generate: async (request, options) =>
      (last = await engine.generate({ ...request, model: 'demo' }, options)),
  })
  return { text: result, last: last as GenerateResult }
}

describe('every answer under a JSON Schema is valid', () => {
  let all = 0
  let cut = 0
  for (const [at, [what, schema]] of Object.entries(schemas).entries()) {
    it(what, async () => {
      const validate = ajv.compile(schema)
      const json = JSON.stringify(schema)
      const forms = [schema, json, Buffer.from(json).toString('base64')]
      const runs = limits.flatMap((maxTokens) =>
        temperatures.map((temperature, seed) => ({ maxTokens, temperature, seed: seed + at * 100 })),
      )
      await Promise.all(
        [...runs, ...runs.slice(1, 4).map((run) => ({ ...run, seed: run.seed + 50 }))].map(
          async (run, index) => {
            const { text, last } = await generated(forms[index % forms.length], run)
            const valid = validate(JSON.parse(text))
            expect(valid, `${JSON.stringify(run)} ${text}: ${ajv.errorsText(validate.errors)}`).toBe(true)
            expect(last.completionTokens).toBeLessThanOrEqual(run.maxTokens)
            all++
            if (last.stopReason === 'length') cut++
          },
        ),
      )
    })
  }

  it('where only words, and no letter over and over, are few enough tokens', async () => {
    const schema = { type: 'object', properties: { a: { type: 'string', minLength: 400 } }, required: ['a'] }
    const { text, last } = await generated(schema, { maxTokens: 300, temperature: 0.7, seed: 1 })
    expect(JSON.parse(text)).toEqual({ a: expect.stringMatching(/^[\s\S]{400,}$/) })
    expect(last.completionTokens).toBeLessThan(300)
  })

  it('in more than two hundred of them, many of which the limit would have cut off', () => {
    expect(all).toBeGreaterThanOrEqual(200)
    expect(cut).toBeGreaterThan(20)
    console.log(`${all} answers, ${cut} of them ended by the limit`)
  })
})
