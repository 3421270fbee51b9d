import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createLlamaEngine, type LlamaEngine } from '../../src/inference-child/llama-engine.ts'
import type { GenerateRequest, ScoreResult } from '../../src/node/inference/contract.ts'
import { judgeScore } from '../../src/node/verification/judge-score.ts'
import { madeShapes } from '../helpers/gguf-architectures.ts'
import { makeGguf } from '../helpers/make-gguf.ts'
import { demoModelPath } from '../helpers/models.ts'
import { tempFolder } from '../helpers/temp-folder.ts'

const STORY = 'Write a short story about a dragon.'
const schema = {
  type: 'object',
  properties: { name: { type: 'string', maxLength: 20 }, age: { type: 'integer', minimum: 1, maximum: 99 } },
  required: ['name', 'age'],
}

type Sampling = Omit<GenerateRequest, 'model' | 'messages'>

const samplings: readonly (readonly [string, Sampling])[] = [
  ['the likeliest tokens', { maxTokens: 80, temperature: 0 }],
  ['a seed', { maxTokens: 80, temperature: 0.9, seed: 7 }],
  ['an end of its own', { maxTokens: 400, temperature: 0.9, seed: 11 }],
  ['penalties', { maxTokens: 60, temperature: 0.8, seed: 3, repeatPenalty: 1.3, presencePenalty: 0.4 }],
  ['a stop text', { maxTokens: 80, temperature: 0.9, seed: 7, stop: [' the', '.'] }],
  ['a schema', { maxTokens: 60, temperature: 0.9, seed: 5, schema }],
  ['a schema and little room', { maxTokens: 24, temperature: 0.9, seed: 5, schema }],
]

describe('scoring a text', () => {
  let engine: LlamaEngine
  const ask = (model: string, sampling: Sampling): GenerateRequest => ({
    model,
    messages: [{ role: 'user', content: STORY }],
    ...sampling,
  })
  const strangers = ({ tokens }: ScoreResult) => tokens.filter(({ chosen }) => !chosen).length

  beforeAll(async () => {
    engine = createLlamaEngine({ log: () => {} })
    await engine.load({ name: 'demo', path: demoModelPath, slots: 3, gpu: 'off' })
    using folder = tempFolder()
    const path = folder.file('window.gguf')
    await makeGguf(path, { shape: madeShapes.window, type: 'q8_0' })
    await engine.load({ name: 'window', path, slots: 2, contextSize: 1024, gpu: 'off' })
  })
  afterAll(() => engine.dispose())

  it.each(samplings)('finds every token of an answer with %s', async (_, sampling) => {
    const request = ask('demo', sampling)
    const { text, promptTokens, completionTokens } = await engine.generate(request)
    const scored = await engine.score({ ...request, text })
    expect(scored).toMatchObject({ promptTokens, completionTokens, extent: 'whole' })
    expect(scored.tokens.length).toBeGreaterThan(0)
    expect(strangers(scored)).toBe(0)
    for (const { logProbability, best } of scored.tokens) expect(logProbability).toBeLessThanOrEqual(best)
  })

  it('finds a token that writes nothing, which the text does not tell', async () => {
    const content = 'Write a short story about a queen and number 47.'
    const messages = [{ role: 'user' as const, content }]
    const request = { model: 'demo', messages, maxTokens: 96, temperature: 1, seed: 6_047 }
    const answer = await engine.generate({ ...request, logProbabilities: 0 })
    expect(answer.logProbabilities?.[0]?.text).toBe('<|im_start|>')
    expect(answer.text).not.toContain('<')
    const scored = await engine.score({ ...request, text: answer.text })
    expect(scored).toMatchObject({ extent: 'whole', completionTokens: answer.completionTokens })
    expect(strangers(scored)).toBe(0)
  })

  it('works for a model that cannot forget', async () => {
    const request = ask('window', { maxTokens: 40, temperature: 0.9, seed: 7 })
    const { text, completionTokens } = await engine.generate(request)
    const scored = await engine.score({ ...request, text })
    expect(scored).toMatchObject({ extent: 'whole', completionTokens })
    expect(strangers(scored)).toBe(0)
  })

  it('explains nearly all of what was rounded in another way, whichever tokens came of it', async () => {
    await engine.load({ name: 'rounded', path: demoModelPath, slots: 4, gpu: 'off', kvType: 'q8_0' })
    const animals = [
      'bear',
      'pilot',
      'gardener',
      'cat',
      'giant',
      'prince',
      'doctor',
      'wolf',
      'painter',
      'child',
    ]
    for (const [at, animal] of animals.entries()) {
      const sampling = { maxTokens: 96, temperature: 1, seed: 100 + at }
      const messages = [{ role: 'user' as const, content: `Once there was a ${animal} who dreamed of snow.` }]
      const { text } = await engine.generate({ model: 'rounded', messages, ...sampling })
      const scored = await engine.score({ model: 'demo', messages, ...sampling, text })
      const verdict = judgeScore(scored, {
        request: { messages, ...sampling },
        claimed: { promptTokens: scored.promptTokens, completionTokens: scored.completionTokens },
      })
      expect(`${animal}: ${verdict.kind}, ${verdict.reason}`).toContain(': agreed')
    }
  })

  it('tells the log-probabilities that the generation told', async () => {
    const request = ask('demo', { maxTokens: 40, temperature: 0.9, seed: 7 })
    const { text, logProbabilities = [] } = await engine.generate({ ...request, logProbabilities: 1 })
    const { tokens } = await engine.score({ ...request, text })
    for (const [at, told] of logProbabilities.entries())
      expect(tokens[at]?.logProbability).toBeCloseTo(told.logProbability, 1)
  })

  it.each([
    ['another seed', { seed: 8 }],
    ['no randomness', { temperature: 0 }],
  ])('finds that an answer was made with %s', async (_, other) => {
    const request = ask('demo', { maxTokens: 80, temperature: 0.9, seed: 7 })
    const { text } = await engine.generate({ ...request, ...other })
    const scored = await engine.score({ ...request, text })
    expect(strangers(scored)).toBeGreaterThan(2)
  })

  it.each([
    ['the likeliest tokens', { temperature: 0 }],
    ['a stop text', { temperature: 0, stop: ['\n\n\n'] }],
  ])('finds that the end of an answer with %s is missing', async (_, sampling) => {
    const request = ask('demo', { maxTokens: 80, ...sampling })
    const { text } = await engine.generate(request)
    const scored = await engine.score({ ...request, text: text.slice(0, text.length / 2) })
    expect(scored.extent === 'longer' || strangers(scored) > 0).toBe(true)
  })

  it('follows a text that no model would write, and tells how unlikely it is', async () => {
    const request = ask('demo', { maxTokens: 80, temperature: 0 })
    const { tokens } = await engine.score({ ...request, text: 'Zürich → 42 %% xqj ✓ zz' })
    const mean = tokens.reduce((sum, { logProbability }) => sum + logProbability, 0) / tokens.length
    expect(mean).toBeLessThan(-3)
  })

  it('refuses what could not be repeated, and texts beyond the context', async () => {
    const request = ask('demo', { maxTokens: 80, temperature: 0.9 })
    await expect(engine.score({ ...request, text: 'Once' })).rejects.toMatchObject({ code: 'bad_workflow' })
    const long = ask('demo', { maxTokens: 5000, temperature: 0 })
    const scored = await engine.score({ ...long, text: 'a '.repeat(5000) })
    expect(scored.extent).toBe('partly')
  })

  it('goes on beside generations, and changes nothing of them', async () => {
    const request = ask('demo', { maxTokens: 80, temperature: 0.9, seed: 7 })
    const { text } = await engine.generate(request)
    const [scored, again] = await Promise.all([
      engine.score({ ...request, text }),
      engine.generate(request),
      engine.generate({ ...request, seed: 8 }),
    ])
    expect(scored.extent).toBe('whole')
    expect(again.text).toBe(text)
  })
})
