import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createLlamaEngine, type LlamaEngine } from '../../src/inference-child/llama-engine.ts'
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

describe('a model with a draft', () => {
  let engine: LlamaEngine

  beforeAll(async () => {
    engine = createLlamaEngine({ log: () => {} })
    await engine.load({ name: 'plain', path: demoModelPath, slots: 3, gpu: 'off' })
    await engine.load({
      name: 'drafted',
      path: demoModelPath,
      slots: 3,
      gpu: 'off',
      draftPath: demoModelPath,
    })
  })
  afterAll(() => engine.dispose())

  const ask = (model: string, content: string, extra: object = {}) =>
    engine.generate({
      model,
      messages: [{ role: 'user', content }],
      maxTokens: 100,
      temperature: 0,
      ...extra,
    })

  it('writes what it writes without one, with the same counts', async () => {
    for (const content of [STORY, 'Who are you?', 'What is back-pressure?']) {
      const { totalMs: _, firstTokenMs: __, ...drafted } = await ask('drafted', content)
      expect(await ask('plain', content)).toMatchObject(drafted)
    }
  })

  it('repeats itself with a seed, and is held to a schema', async () => {
    const sampled = { temperature: 0.9, seed: 7 }
    const { text } = await ask('drafted', STORY, sampled)
    expect((await ask('drafted', STORY, sampled)).text).toBe(text)
    expect((await ask('plain', STORY, sampled)).text).toBe(text)
    for (const maxTokens of [30, 100]) {
      const answer = JSON.parse((await ask('drafted', 'A person?', { schema, maxTokens })).text)
      expect(Object.keys(answer)).toEqual(['name', 'age'])
    }
  })

  it('serves several at once, stops at stop texts and can be aborted', async () => {
    const alone = await ask('plain', STORY)
    const together = await Promise.all(['a', 'b', 'c', 'd'].map(() => ask('drafted', STORY)))
    for (const { text } of together) expect(text).toBe(alone.text)
    const stop = alone.text.slice(40, 46)
    expect((await ask('drafted', STORY, { stop: [stop] })).text).toBe(
      alone.text.slice(0, alone.text.indexOf(stop)),
    )
    const abort = new AbortController()
    const aborted = engine.generate(
      { model: 'drafted', messages: [{ role: 'user', content: STORY }], maxTokens: 300, temperature: 0 },
      { signal: abort.signal, onText: () => abort.abort(new Error('enough')) },
    )
    await expect(aborted).rejects.toThrow('enough')
    expect((await ask('drafted', STORY)).text).toBe(alone.text)
  })
})

describe('what cannot be a draft', () => {
  it.each([
    ['of another vocabulary', 'experts', 'vocabulary'],
    ['that cannot forget', 'recurrent', 'forget'],
  ] as const)('a model %s is refused by name, and nothing stays behind', async (_, shape, reason) => {
    using folder = tempFolder()
    const path = folder.file(`${shape}.gguf`)
    await makeGguf(path, { shape: madeShapes[shape], type: 'q8_0' })
    const engine = createLlamaEngine({ log: () => {} })
    const load = engine.load({ name: 'm', path: demoModelPath, slots: 2, gpu: 'off', draftPath: path })
    const failure = await load.catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'model_invalid' })
    expect(String(failure)).toContain(path)
    expect(String(failure)).toContain(reason)
    await engine.load({ name: 'm', path: demoModelPath, slots: 2, gpu: 'off' })
    await engine.dispose()
  })

  it('a file that is not there is model_not_found', async () => {
    const engine = createLlamaEngine({ log: () => {} })
    const load = engine.load({
      name: 'm',
      path: demoModelPath,
      slots: 1,
      gpu: 'off',
      draftPath: '/no/such.gguf',
    })
    await expect(load).rejects.toMatchObject({ code: 'model_not_found' })
    await engine.dispose()
  })
})
