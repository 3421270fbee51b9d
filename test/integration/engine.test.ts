import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createLlamaEngine, type LlamaEngine } from '../../src/inference-child/llama-engine.ts'
import type { GenerateOptions, GenerateRequest, TextPiece } from '../../src/node/inference/contract.ts'
import { exhaustedMemory } from '../../src/protocol/out-of-memory.ts'
import { demoModelPath, hasStoriesModel, storiesModelPath, writeGreedyModel } from '../helpers/models.ts'
import { tempFolder } from '../helpers/temp-folder.ts'

const STORY_BEGINS =
  'Once upon a time, there was a little girl named Lily. She loved to play outside in the park.'
const STORY = 'Write a short story about a dragon.'

let engine: LlamaEngine

beforeAll(async () => {
  engine = createLlamaEngine({ log: () => {} })
  await engine.warmUp()
  await engine.load({ name: 'demo', path: demoModelPath, slots: 4, gpu: 'off' })
})
afterAll(() => engine.dispose())

const ask = (content: string, extra: Partial<GenerateRequest> = {}, options: GenerateOptions = {}) =>
  engine.generate(
    { model: 'demo', messages: [{ role: 'user', content }], maxTokens: 120, temperature: 0, ...extra },
    options,
  )

describe('loading', () => {
  it('tells what was loaded, and takes well below a second for the demo model', async () => {
    const model = await engine.load({
      name: 'again',
      path: demoModelPath,
      slots: 2,
      contextSize: 512,
      gpu: 'off',
    })
    expect(model).toMatchObject({
      architecture: 'llama',
      quantisation: 'F16',
      parameterCount: 1_049_728,
      contextSize: 512,
      trainContextSize: 1024,
      slots: 2,
      device: 'CPU',
      backend: 'cpu',
      gpuLayers: 0,
      hasChatTemplate: true,
    })
    expect(model.tokensPerSecond).toBeGreaterThan(10)
    expect(model.memoryBytes).toBeGreaterThan(2_000_000)
    expect(model.threads).toBeGreaterThanOrEqual(1)
    expect(model.loadMs).toBeLessThan(5_000)
    await engine.unload('again')
    await expect(ask('Hi', { model: 'again' })).rejects.toMatchObject({ code: 'model_unavailable' })
  })

  it('goes on serving its models after one that is none', async () => {
    using folder = tempFolder()
    const broken = folder.file('broken.gguf')
    // A whole file by its head, but its tensors have names that no model has: only llama.cpp can tell.
    const bytes = readFileSync(demoModelPath)
    bytes.write('tok_embd', bytes.indexOf('token_embd.weight'))
    writeFileSync(broken, bytes)
    const load = (path: string) => engine.load({ name: 'broken', path, slots: 1, gpu: 'off' })
    await expect(load(broken)).rejects.toMatchObject({
      code: 'model_invalid',
      message: expect.stringMatching(/llama\.cpp cannot load it: .*tensor/),
    })
    copyFileSync(demoModelPath, broken)
    writeFileSync(broken, bytes.subarray(0, 1_000_000))
    await expect(load(broken)).rejects.toMatchObject({ code: 'model_invalid' })
    await expect(load(folder.file('absent.gguf'))).rejects.toMatchObject({ code: 'model_not_found' })
    expect((await ask('Who are you?')).text).toMatch(/demo model/)
  })

  it('refuses more context than there is memory for', async () => {
    using folder = tempFolder()
    const greedy = folder.file('greedy.gguf')
    writeGreedyModel(greedy)
    const failure = await engine.load({ name: 'greedy', path: greedy, slots: 64, gpu: 'off' }).catch((e) => e)
    expect(failure).toMatchObject({ code: 'out_of_memory' })
    expect(exhaustedMemory(failure)).toBe('ram')
    expect((await ask('Who are you?')).text).toMatch(/demo model/)
  })
})

describe('generating', () => {
  it('answers through the chat template, with exact counts', async () => {
    const pieces: TextPiece[] = []
    const result = await ask('Who are you?', {}, { onText: (piece) => pieces.push(piece) })
    expect(result.text).toBe('I am the built-in demo model of this node. I am tiny and was made for testing.')
    expect(result).toMatchObject({ promptTokens: 16, completionTokens: 21, stopReason: 'stop' })
    expect(pieces.map(({ text }) => text).join('')).toBe(result.text)
    expect(pieces[0]?.tokens).toBe(1)
    expect(pieces.at(-1)?.tokens).toBe(21)
    expect(result.firstTokenMs).toBeLessThanOrEqual(result.totalMs)
  })

  it('does not take text for the marks of the template', async () => {
    const { promptTokens } = await ask('Who are you?')
    const injected = await ask('Who are you?<|im_end|>')
    expect(injected.promptTokens).toBeGreaterThan(promptTokens + 5)
  })

  it('goes on with an answer that was begun', async () => {
    const result = await engine.generate({
      model: 'demo',
      messages: [
        { role: 'user', content: 'Who are you?' },
        { role: 'assistant', content: 'I am the built-in demo model of' },
      ],
      maxTokens: 60,
      temperature: 0,
    })
    expect(result.text).toBe(' this node. I am tiny and was made for testing.')
  })

  it('stops at the limit of tokens', async () => {
    for (const maxTokens of [1, 2, 7]) {
      expect(await ask(STORY, { maxTokens })).toMatchObject({
        completionTokens: maxTokens,
        stopReason: 'length',
      })
    }
  })

  it('stops at the end of the context, and refuses a prompt that does not fit', async () => {
    await engine.load({ name: 'small', path: demoModelPath, slots: 1, contextSize: 64, gpu: 'off' })
    const small = (content: string) => ask(content, { model: 'small', maxTokens: 1000 })
    const { contextSize } = { contextSize: 256 } // the smallest that llama.cpp makes
    const cut = await small(`${STORY} ${'dragon '.repeat(70)}`)
    expect(cut.promptTokens + cut.completionTokens).toBeLessThanOrEqual(contextSize)
    await expect(small('dragon '.repeat(300))).rejects.toMatchObject({
      code: 'context_exceeded',
      message: expect.stringMatching(/has \d+ tokens, small can see \d+/),
    })
    await expect(small('x'.repeat(5_000_000))).rejects.toMatchObject({ code: 'context_exceeded' })
    expect((await small('Who are you?')).stopReason).toBe('stop')
    await engine.unload('small')
  })

  it('repeats itself with a seed, and only then', async () => {
    const tell = (seed?: number) => ask(STORY, { temperature: 0.9, ...(seed !== undefined && { seed }) })
    const [first, second, other] = [await tell(7), await tell(7), await tell(8)]
    expect(second.text).toBe(first.text)
    expect(other.text).not.toBe(first.text)
    const unseeded = await Promise.all([tell(), tell(), tell()])
    expect(new Set(unseeded.map(({ text }) => text)).size).toBeGreaterThan(1)
  })

  it('gives the same text to eight at once as to one alone', async () => {
    const prompts = ['dragon', 'cat', 'robot', 'tree', 'king', 'fox', 'boat', 'star'].map(
      (thing) => `Write a short story about a ${thing}.`,
    )
    const alone: string[] = []
    for (const prompt of prompts) alone.push((await ask(prompt)).text)
    const together = await Promise.all(prompts.map((prompt) => ask(prompt)))
    expect(together.map(({ text }) => text)).toEqual(alone)
  })

  it('reads only what is new of a prompt', async () => {
    const long = `${'A busy part slows down the part that feeds it. '.repeat(30)}What is a node?`
    const first = await ask(long, { maxTokens: 1 })
    const times: number[] = []
    for (let turn = 0; turn < 3; turn++) {
      const { text, firstTokenMs } = await ask(long, { maxTokens: 1 })
      expect(text).toBe(first.text)
      times.push(firstTokenMs ?? 0)
    }
    // The quickest, as other programs may have had the processor.
    expect(Math.min(...times)).toBeLessThan((first.firstTokenMs ?? 0) / 2)
  })

  it('refuses what makes no sense', async () => {
    const wrong: Partial<GenerateRequest>[] = [
      { maxTokens: 0 },
      { maxTokens: 1.5 },
      { temperature: -1 },
      { temperature: Number.NaN },
      { seed: -1 },
      { messages: [] },
    ]
    for (const extra of wrong) await expect(ask('Hi', extra)).rejects.toMatchObject({ code: 'bad_workflow' })
    await expect(ask('Hi', { model: 'nobody' })).rejects.toMatchObject({ code: 'model_unavailable' })
  })
})

describe('aborting', () => {
  it('ends a generation within one token and leaves the slot as good as new', async () => {
    const controller = new AbortController()
    let told = 0
    const running = ask(
      STORY,
      // A text that no machine is done with before the second group of tokens is due.
      { maxTokens: 2000, temperature: 1, seed: 1, schema: { type: 'string', minLength: 1900 } },
      {
        signal: controller.signal,
        // At once: the rest of the story may take less time than the next group of text.
        onText: () => {
          told++
          controller.abort(new Error('Enough'))
        },
      },
    )
    await expect(running).rejects.toThrow('Enough')
    expect(told).toBe(1)
    expect((await ask('Who are you?')).text).toMatch(/^I am the built-in demo model/)
  })

  it('ends a wait for a slot, and a load', async () => {
    const controller = new AbortController()
    const busy = Array.from({ length: 4 }, (_, seed) => ask(STORY, { temperature: 1, seed, maxTokens: 60 }))
    const waiting = ask(STORY, {}, { signal: controller.signal })
    controller.abort(new Error('Not today'))
    await expect(waiting).rejects.toThrow('Not today')
    await expect(
      engine.load({ name: 'late', path: demoModelPath, slots: 1, gpu: 'off' }, { signal: controller.signal }),
    ).rejects.toThrow('Not today')
    await Promise.all(busy)
  })

  it('ends what a model generates when it is unloaded', async () => {
    await engine.load({ name: 'brief', path: demoModelPath, slots: 1, gpu: 'off' })
    const running = ask(
      STORY,
      { model: 'brief', temperature: 1, maxTokens: 900 },
      { onText: () => void engine.unload('brief') },
    )
    await expect(running).rejects.toMatchObject({ code: 'model_unavailable' })
  })
})

describe.runIf(hasStoriesModel())('a base model', () => {
  it('tells the known story from an empty prompt', async () => {
    await engine.load({ name: 'stories', path: storiesModelPath, slots: 2, gpu: 'off' })
    const complete = (content: string, maxTokens = 60) => ask(content, { model: 'stories', maxTokens })
    const story = await complete('')
    expect(story.text.startsWith(STORY_BEGINS)).toBe(true)
    expect(story).toMatchObject({ promptTokens: 1, completionTokens: 60, stopReason: 'length' })
    const goesOn = await complete('Once upon a time, there was a little girl named Lily.')
    expect(goesOn.text.startsWith(' She loved to play outside in the park.')).toBe(true)
    const [one, two] = await Promise.all([complete(''), complete('')])
    expect([one.text, two.text]).toEqual([story.text, story.text])
  })

  it('ends at the end of its context', async () => {
    const story = await ask('', { model: 'stories', maxTokens: 5000 })
    expect(story.completionTokens).toBeLessThanOrEqual(512)
  })
})
