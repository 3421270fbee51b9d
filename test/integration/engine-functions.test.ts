import { Ajv } from 'ajv'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createLlamaEngine, type LlamaEngine } from '../../src/inference-child/llama-engine.ts'
import type { ChatMessage, GenerateResult } from '../../src/node/inference/contract.ts'
import { toolDefinitions } from '../../src/node/tools/definitions.ts'
import type { FunctionDefinition } from '../../src/protocol/tools.ts'
import { demoModelPath, hasStoriesModel, storiesModelPath } from '../helpers/models.ts'

let engine: LlamaEngine

beforeAll(async () => {
  engine = createLlamaEngine({ log: () => undefined })
  await engine.load({ name: 'demo', path: demoModelPath, slots: 4, gpu: 'off' })
})

afterAll(() => engine.dispose())

const weather: FunctionDefinition = {
  name: 'weather',
  description: 'Tells the weather of a city.',
  parameters: {
    type: 'object',
    properties: {
      city: { type: 'string', minLength: 1, maxLength: 12 },
      days: { type: 'integer', minimum: 1, maximum: 7 },
    },
    required: ['city'],
    additionalProperties: false,
  },
}
const odd: FunctionDefinition[] = [
  { name: 'a', description: '', parameters: {} },
  { name: 'ab', description: 'Says "no"\nand more', parameters: { type: 'object', properties: {} } },
  {
    name: 'ab.c-d:e_1',
    description: 'Nested',
    parameters: {
      type: 'object',
      properties: {
        list: { type: 'array', items: { enum: ['x', 'y'] }, minItems: 1, maxItems: 2 },
        inner: { type: 'object', properties: { on: { type: 'boolean' } }, required: ['on'] },
      },
      required: ['list', 'inner'],
    },
  },
]

function ask(
  model: string,
  definitions: readonly FunctionDefinition[],
  choice: 'required' | 'auto',
  options: { seed?: number; temperature?: number; maxTokens?: number; messages?: ChatMessage[] } = {},
): Promise<GenerateResult> {
  return engine.generate({
    model,
    messages: options.messages ?? [{ role: 'user', content: 'What is the weather?' }],
    maxTokens: options.maxTokens ?? 200,
    temperature: options.temperature ?? 1,
    seed: options.seed ?? 1,
    functions: { definitions, choice },
  })
}

describe('a required call', () => {
  it.each([
    ['one function', [weather]],
    ['several, with odd names and schemas', [weather, ...odd]],
  ])('is well-formed each time: %s', async (_name, definitions) => {
    const ajv = new Ajv({ strict: false })
    const results = await Promise.all(
      Array.from({ length: 24 }, (_, seed) =>
        ask('demo', definitions, 'required', { seed, temperature: 1.4 }),
      ),
    )
    for (const { text, call } of results) {
      expect(text).toBe('')
      const definition = definitions.find(({ name }) => name === call?.name)
      expect(definition, call?.name).toBeDefined()
      expect(ajv.validate(definition?.parameters ?? {}, call?.arguments), ajv.errorsText()).toBe(true)
    }
    if (definitions.length > 1) expect(new Set(results.map(({ call }) => call?.name)).size).toBeGreaterThan(1)
  })

  it('is told of in fewer words where a model cannot see them all: the built-in tools, and thirty more', async () => {
    const tools = Object.values(toolDefinitions)
    const many = Array.from({ length: 30 }, (_, index) => ({ ...weather, name: `weather_${index}` }))
    const counts: number[] = []
    for (const definitions of [tools, many]) {
      const { call, promptTokens } = await ask('demo', definitions, 'required')
      expect(definitions.map(({ name }) => name)).toContain(call?.name)
      counts.push(promptTokens)
    }
    // Names alone still tell of each.
    expect(Math.max(...counts)).toBeLessThan(1024)
    expect(counts[1]).toBeGreaterThan(120)
  })

  it.skipIf(!hasStoriesModel())('is made by a base model, too', async () => {
    await engine.load({ name: 'stories', path: storiesModelPath, slots: 1, gpu: 'off' })
    const short = [{ ...weather, description: '' }, ...odd.slice(0, 1)]
    const { call } = await ask('stories', short, 'required')
    expect(['weather', 'a']).toContain(call?.name)
  })

  it('repeats with its seed, and counts its tokens', async () => {
    const [first, again] = [
      await ask('demo', [weather], 'required', { seed: 7 }),
      await ask('demo', [weather], 'required', { seed: 7 }),
    ]
    expect(again.call).toEqual(first.call)
    expect(first.promptTokens).toBeGreaterThan(10)
    expect(first.completionTokens).toBeGreaterThan(3)
  })

  it('that is cut off is an error, and no half call', async () => {
    await expect(ask('demo', [weather], 'required', { maxTokens: 2 })).rejects.toMatchObject({
      code: 'context_exceeded',
    })
  })

  it('of a function that cannot be guaranteed is refused, by name, before a token is read', async () => {
    const broken = { ...weather, parameters: { type: 'object', properties: { a: { type: 'strange' } } } }
    await expect(ask('demo', [broken], 'required')).rejects.toMatchObject({
      code: 'bad_workflow',
      issues: [{ path: 'the parameters of weather.properties.a.type' }],
    })
  })

  it('ends within a token when it is aborted', async () => {
    const stop = new AbortController()
    const run = engine.generate(
      {
        model: 'demo',
        messages: [{ role: 'user', content: 'Hi' }],
        maxTokens: 400,
        functions: {
          choice: 'required',
          definitions: [
            {
              name: 'write',
              description: '',
              parameters: {
                type: 'object',
                properties: { a: { type: 'string', minLength: 300 } },
                required: ['a'],
              },
            },
          ],
        },
      },
      { signal: stop.signal },
    )
    const before = engine.progress
    while (engine.progress - before < 20) await new Promise((resolve) => setImmediate(resolve))
    stop.abort(new Error('stop'))
    const stoppedAt = engine.progress
    await expect(run).rejects.toThrow('stop')
    expect(engine.progress - stoppedAt).toBeLessThan(3)
  })
})

describe('a free answer', () => {
  it('is a text or a well-formed call, and follows the calls before it', async () => {
    const messages: ChatMessage[] = [
      { role: 'user', content: 'What is the weather?' },
      { role: 'call', call: { name: 'weather', arguments: { city: 'Rome' } }, answer: 'sunny, 20 degrees' },
    ]
    const results = await Promise.all(
      Array.from({ length: 12 }, (_, seed) =>
        ask('demo', [weather], 'auto', { seed, messages, maxTokens: 60 }),
      ),
    )
    for (const { call, text, promptTokens } of results) {
      expect(promptTokens).toBeGreaterThan(20)
      if (call === undefined) expect(text).not.toContain('||call')
      else expect(call.name).toBe('weather')
    }
  })
})

it('has a schema or functions, not both', async () => {
  const both = engine.generate({
    model: 'demo',
    messages: [{ role: 'user', content: 'x' }],
    maxTokens: 5,
    schema: { type: 'string' },
    functions: { definitions: [weather], choice: 'auto' },
  })
  await expect(both).rejects.toMatchObject({ code: 'bad_workflow' })
})

describe('vectors', () => {
  const cosine = (a: Float32Array, b: Float32Array) =>
    a.reduce((sum, value, at) => sum + value * (b[at] ?? 0), 0)

  it('have length 1 and are the same for the same text', async () => {
    const texts = ['The cat sleeps.', 'The stock market fell.', 'The cat sleeps.', '', 'x'.repeat(20_000)]
    const { vectors, promptTokens } = await engine.embed({ model: 'demo', texts })
    expect(vectors).toHaveLength(5)
    const [cat, stock, again, empty, long] = vectors as [
      Float32Array,
      Float32Array,
      Float32Array,
      Float32Array,
      Float32Array,
    ]
    expect(cosine(cat, again)).toBeCloseTo(1, 5)
    expect(cosine(long, long)).toBeCloseTo(1, 5)
    expect(cosine(cat, stock)).toBeLessThan(0.9)
    expect(cosine(empty, empty)).toBe(0)
    expect(new Set(vectors.map(({ length }) => length)).size).toBe(1)
    expect(promptTokens).toBeGreaterThan(10)
  })

  it('find the text that speaks of the same more often than chance would', async () => {
    const documents = [
      'The Eiffel Tower is in Paris, the capital of France.',
      'Photosynthesis turns light into chemical energy in plants.',
      'The stock market fell by three percent on Monday.',
      'A sourdough bread needs flour, water, salt and time.',
      'The new stadium has room for sixty thousand people.',
      'Penguins live in the southern hemisphere.',
    ]
    const queries = [
      'capital of France',
      'stock prices fell',
      'flour and water',
      'penguins',
      'stadium',
      'photosynthesis',
    ]
    const answers = [0, 2, 3, 5, 4, 1]
    const { vectors } = await engine.embed({ model: 'demo', texts: [...documents, ...queries] })
    let found = 0
    for (const [at] of queries.entries()) {
      const query = vectors[documents.length + at] as Float32Array
      const ranked = documents
        .map((_, index) => ({ index, like: cosine(vectors[index] as Float32Array, query) }))
        .sort((a, b) => b.like - a.like)
      if (ranked.slice(0, 2).some(({ index }) => index === answers[at])) found++
    }
    expect(found).toBeGreaterThanOrEqual(3)
  })

  it('are made beside a generation, and refuse too many texts', async () => {
    const [{ vectors }, { text }] = await Promise.all([
      engine.embed({ model: 'demo', texts: ['one', 'two'] }),
      engine.generate({ model: 'demo', messages: [{ role: 'user', content: 'Hi' }], maxTokens: 5 }),
    ])
    expect(vectors).toHaveLength(2)
    expect(text).not.toBe('')
    await expect(engine.embed({ model: 'demo', texts: Array(300).fill('x') })).rejects.toMatchObject({
      code: 'too_large',
    })
    await expect(engine.embed({ model: 'nobody', texts: ['x'] })).rejects.toMatchObject({
      code: 'model_unavailable',
    })
  })

  it('stop between two texts when they are aborted', async () => {
    const stop = new AbortController()
    const run = engine.embed({ model: 'demo', texts: Array(200).fill('a text of some words') }, stop)
    stop.abort(new Error('stop'))
    await expect(run).rejects.toThrow('stop')
  })
})
