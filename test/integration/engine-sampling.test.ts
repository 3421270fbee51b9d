import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createLlamaEngine, type LlamaEngine } from '../../src/inference-child/llama-engine.ts'
import type { GenerateRequest } from '../../src/node/inference/contract.ts'
import { demoModelPath } from '../helpers/models.ts'

const STORY = 'Write a short story about a dragon.'
const WHO = 'I am the built-in demo model of this node. I am tiny and was made for testing.'

let engine: LlamaEngine

beforeAll(async () => {
  engine = createLlamaEngine({ log: () => {} })
  await engine.load({ name: 'demo', path: demoModelPath, slots: 2, gpu: 'off' })
})
afterAll(() => engine.dispose())

const ask = (content: string, extra: Partial<GenerateRequest> = {}) =>
  engine.generate({
    model: 'demo',
    messages: [{ role: 'user', content }],
    maxTokens: 60,
    temperature: 0,
    ...extra,
  })

/** How many of the three-word pieces of a text came before in it. */
function repetition(text: string): number {
  const words = text.toLowerCase().split(/\W+/)
  const pieces = words.slice(2).map((_, at) => words.slice(at, at + 3).join(' '))
  return pieces.length - new Set(pieces).size
}

describe('stop texts', () => {
  it('end an answer before the first of them, wherever tokens end', async () => {
    const result = await ask('Who are you?', { stop: ['made for', 'tiny and'] })
    expect(result).toMatchObject({ text: WHO.slice(0, WHO.indexOf('tiny and')), stopReason: 'stop' })
    expect((await ask('Who are you?', { stop: ['no such text'] })).text).toBe(WHO)
  })

  it('mean nothing in the JSON that a schema asks for', async () => {
    const schema = { type: 'object', properties: { a: { enum: ['stop here'] } }, required: ['a'] }
    const { text } = await ask('Who are you?', { schema, stop: ['stop'] })
    expect(JSON.parse(text)).toEqual({ a: 'stop here' })
  })
})

describe('log-probabilities', () => {
  it('come with each token and the likeliest others, and are a distribution', async () => {
    const { completionTokens, text, logProbabilities } = await ask('Who are you?', { logProbabilities: 20 })
    expect(text).toBe(WHO)
    expect(logProbabilities).toHaveLength(completionTokens)
    expect(
      logProbabilities
        ?.map((token) => token.text)
        .join('')
        .trim(),
    ).toBe(WHO)
    for (const { token, logProbability, alternatives } of logProbabilities ?? []) {
      expect(alternatives).toHaveLength(20)
      // Greedily, the likeliest one came.
      expect(alternatives[0]).toMatchObject({ token, logProbability })
      const sum = alternatives.reduce((total, one) => total + Math.exp(one.logProbability), 0)
      expect(sum).toBeLessThanOrEqual(1.0001)
      expect(sum).toBeGreaterThan(0.5)
      const order = alternatives.map((one) => one.logProbability)
      expect(order).toEqual(order.toSorted((a, b) => b - a))
    }
  })

  it('are those of the model, whatever narrows the choice', async () => {
    const plain = await ask(STORY, { maxTokens: 1, logProbabilities: 0 })
    const narrowed = await ask(STORY, { maxTokens: 1, temperature: 0.1, topK: 1, logProbabilities: 0 })
    expect(narrowed.logProbabilities?.[0]?.alternatives).toEqual([])
    expect(narrowed.logProbabilities?.[0]?.logProbability).toBeCloseTo(
      plain.logProbabilities?.[0]?.logProbability ?? 0,
      2,
    )
  })

  it('cost nothing and are not there unless asked for', async () => {
    expect(await ask('Who are you?')).not.toHaveProperty('logProbabilities')
  })
})

describe('the choice of tokens', () => {
  it('is greedy with one candidate, at any temperature', async () => {
    const { text } = await ask(STORY)
    expect((await ask(STORY, { temperature: 2, topK: 1, seed: 1 })).text).toBe(text)
    expect((await ask(STORY, { temperature: 2, topP: 0, topK: 0, minP: 0, seed: 2 })).text).toBe(text)
    expect((await ask(STORY, { temperature: 2, minP: 1, topP: 1, topK: 0, seed: 3 })).text).toBe(text)
    expect((await ask(STORY, { temperature: 2, topK: 0, topP: 1, minP: 0, seed: 3 })).text).not.toBe(text)
  })

  it('keeps to what biases allow, and to what they insist on', async () => {
    const { logProbabilities = [] } = await ask('Who are you?', { maxTokens: 1, logProbabilities: 2 })
    const [first, second] = logProbabilities[0]?.alternatives ?? []
    const without = await ask('Who are you?', {
      maxTokens: 1,
      logProbabilities: 0,
      logitBias: [{ token: first?.token ?? 0, bias: -100 }],
    })
    expect(without.logProbabilities?.[0]?.token).toBe(second?.token)
    const insisted = await ask('Who are you?', {
      maxTokens: 3,
      logProbabilities: 0,
      logitBias: [{ token: second?.token ?? 0, bias: 100 }],
    })
    expect(insisted.logProbabilities?.map(({ token }) => token)).toEqual(Array(3).fill(second?.token))
  })

  it('repeats less with penalties', async () => {
    const long = { maxTokens: 200, logitBias: [] }
    const { text } = await ask(STORY, long)
    for (const penalties of [{ repeatPenalty: 1.5 }, { frequencyPenalty: 1 }, { presencePenalty: 2 }]) {
      const other = await ask(STORY, { ...long, ...penalties })
      expect(other.text).not.toBe(text)
      expect(repetition(other.text)).toBeLessThanOrEqual(repetition(text))
    }
  })

  it('holds JSON to its schema with penalties, near its end too', async () => {
    const schema = { type: 'array', items: { type: 'string', maxLength: 40 }, minItems: 1, maxItems: 3 }
    for (const maxTokens of [24, 60]) {
      const { text } = await ask(STORY, { schema, maxTokens, repeatPenalty: 1.3, frequencyPenalty: 0.5 })
      expect(Array.isArray(JSON.parse(text))).toBe(true)
    }
  })

  it.each([
    ['topP', { topP: 1.5 }],
    ['topK', { topK: -1 }],
    ['minP', { minP: Number.NaN }],
    ['repeatPenalty', { repeatPenalty: 0 }],
    ['presencePenalty', { presencePenalty: 3 }],
    ['stop', { stop: Array(17).fill('x') }],
    ['stop.0', { stop: [''] }],
    ['logProbabilities', { logProbabilities: 21 }],
    ['logitBias.0.bias', { logitBias: [{ token: 1, bias: 1000 }] }],
  ] as const)('refuses a %s that makes no sense', async (field, wrong) => {
    const failure = await ask(STORY, wrong as Partial<GenerateRequest>).catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'bad_workflow' })
    expect(String(failure)).toContain(field)
  })

  it('refuses a bias of a token that there is not', async () => {
    await expect(ask(STORY, { logitBias: [{ token: 9_999_999, bias: 1 }] })).rejects.toMatchObject({
      code: 'bad_workflow',
    })
  })
})
