import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LlamaModel, Token } from 'node-llama-cpp'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { nativeContext, newNativeCheckpoint } from '../../src/inference-child/decoder/bindings.ts'
import { ComputeTurns } from '../../src/inference-child/decoder/compute-turns.ts'
import { Decoder } from '../../src/inference-child/decoder/decoder.ts'
import { Draft } from '../../src/inference-child/decoder/draft.ts'
import { type SampledToken, TokenSampler } from '../../src/inference-child/decoder/token-sampler.ts'
import { type Backend, loadBackend } from '../../src/inference-child/llama-backend.ts'
import { madeShapes } from '../helpers/gguf-architectures.ts'
import { makeGguf } from '../helpers/make-gguf.ts'
import { demoModelPath } from '../helpers/models.ts'

const SLOTS = 4
const CONTEXT_TOKENS = 1024
const folder = mkdtempSync(join(tmpdir(), 'driad-decoder-'))
const turns = new ComputeTurns()
let backend: Backend

beforeAll(async () => {
  backend = await loadBackend('off', { log: () => undefined, turns })
})

afterAll(async () => {
  await backend.llama.dispose()
  rmSync(folder, { recursive: true, force: true })
})

async function opened(path: string, { checkpointed }: { checkpointed: boolean }) {
  const model = await backend.llama.loadModel({ modelPath: path })
  const context = await model.createContext({
    contextSize: CONTEXT_TOKENS,
    sequences: SLOTS,
    batchSize: 256,
    threads: 1,
  })
  const decoder = new Decoder({ context, turns }, { checkpointed })
  const close = async () => {
    await decoder.dispose()
    // A context that was only forgotten would keep its model from being disposed of.
    await context.dispose()
    await model.dispose()
  }
  return { model, context, decoder, close, [Symbol.asyncDispose]: close }
}

interface Answer {
  /** Tokens of the prompt that the sequence held already. */
  readonly held: number
  readonly tokens: readonly Token[]
  /** What might have come first. */
  readonly chances: ReadonlyMap<Token, number>
}

/** Greedily, on one sequence. */
async function answer(
  decoder: Decoder,
  model: LlamaModel,
  { slot, prompt, tokens }: { slot: number; prompt: readonly Token[]; tokens: number },
): Promise<Answer> {
  const sequence = decoder.sequences[slot]
  if (sequence === undefined) throw new Error(`There is no slot ${slot}`)
  const answered: Token[] = []
  let chances: ReadonlyMap<Token, number> | undefined
  const sampler = new TokenSampler(model, { temperature: 0 }, 20)
  const end = prompt.length - 1
  try {
    const parting = await decoder.keep(sequence, prompt.slice(0, -1))
    const held = sequence.tokens.length
    for (const stop of parting === undefined ? [end] : [parting, end]) {
      await decoder.read(sequence, prompt.slice(sequence.tokens.length, stop))
      await decoder.checkpoint(sequence)
    }
    await decoder.generate(sequence, prompt.slice(-1), sampler, {
      take: (sampled) => {
        chances ??= new Map(sampled.chances?.map(({ token, logProbability }) => [token, logProbability]))
        answered.push(sampled.token)
        return answered.length < tokens
      },
    })
    return { held, tokens: answered, chances: chances ?? new Map() }
  } finally {
    sampler.dispose()
  }
}

/** Rounding differs a little with how a prompt was cut into batches, and random weights have no clear favourites. */
function expectAlike(one: Answer, other: Answer): void {
  const [likeliest] = one.chances.keys()
  expect(likeliest).toBeDefined()
  const elsewhere = other.chances.get(likeliest as Token)
  expect(elsewhere).toBeDefined()
  expect(Math.abs((elsewhere ?? 0) - (one.chances.get(likeliest as Token) ?? 0))).toBeLessThan(0.15)
}

/** As far apart as two prompts can be, for a model with a vocabulary of thousands. */
function randomPrompt(seed: number, length: number): Token[] {
  return Array.from({ length }, (_, at) => (300 + ((seed * 7919 + at * 104_729) % 1000)) as Token)
}

describe('the native objects', () => {
  it('have what the decoder calls', async () => {
    const { model, context, close } = await opened(demoModelPath, { checkpointed: false })
    const native = nativeContext(context)
    for (const method of [
      'initBatch',
      'addToBatch',
      'decodeBatch',
      'sampleToken',
      'removeTokenCellsFromSequence',
      'disposeSequence',
      'getSequenceKvCacheMinPosition',
      'copySequenceStateFromOtherSequence',
      'restoreCheckpoint',
      'setThreads',
    ] as const) {
      expect(native[method], method).toBeTypeOf('function')
    }
    const checkpoint = newNativeCheckpoint(model)
    expect(checkpoint.init).toBeTypeOf('function')
    checkpoint.dispose()
    await close()
  })
})

describe.each([
  ['keys and values', '30m', false],
  ['experts', 'experts', false],
  ['a window', 'window', true],
  ['a recurrent state', 'recurrent', true],
  ['both', 'hybrid', true],
] as const)('a model that remembers by %s', (_, shape, checkpointed) => {
  let model: LlamaModel
  let decoder: Decoder
  let close: () => Promise<void>
  const common = randomPrompt(1, 700)
  const first = [...common, ...randomPrompt(2, 40)]
  const second = [...common, ...randomPrompt(3, 40)]

  beforeAll(async () => {
    const path = join(folder, `${shape}.gguf`)
    await makeGguf(path, { shape: madeShapes[shape], type: 'q8_0' })
    ;({ model, decoder, close } = await opened(path, { checkpointed }))
  })

  afterAll(() => close())

  it('answers alike whatever a sequence held before, and reads only what is new', async () => {
    const fresh = await answer(decoder, model, { slot: 0, prompt: second, tokens: 8 })
    expect(fresh.held).toBe(0)
    // Where prompts part is learned from the first two that do.
    await answer(decoder, model, { slot: 0, prompt: first, tokens: 8 })
    await answer(decoder, model, { slot: 0, prompt: second, tokens: 8 })
    await answer(decoder, model, { slot: 0, prompt: first, tokens: 8 })
    const again = await answer(decoder, model, { slot: 0, prompt: second, tokens: 8 })
    expect(again.held).toBe(common.length)
    expectAlike(again, fresh)
    const going = [...second, ...again.tokens, ...randomPrompt(4, 10)]
    const on = await answer(decoder, model, { slot: 0, prompt: going, tokens: 8 })
    // The last token was computed before it was known to be the last.
    expect(on.held).toBe(second.length + again.tokens.length)
    const elsewhere = await answer(decoder, model, { slot: 1, prompt: going, tokens: 8 })
    expectAlike(elsewhere, on)
    // Another sequence's memory serves as well, where it can be cut.
    expect(elsewhere.held).toBe(checkpointed ? 0 : going.length - 1)
  })

  it('answers several at once as each alone', async () => {
    const prompts = Array.from({ length: SLOTS }, (_, at) => randomPrompt(10 + at, 30 + 50 * at))
    const alone: Answer[] = []
    for (const prompt of prompts) alone.push(await answer(decoder, model, { slot: 2, prompt, tokens: 12 }))
    const together = await Promise.all(
      prompts.map((prompt, slot) => answer(decoder, model, { slot, prompt, tokens: 12 })),
    )
    for (const [at, one] of alone.entries()) expectAlike(one, together[at] as Answer)
  })
})

describe('a draft', () => {
  it.each([
    ['that guesses well', 'demo', (tokens: number) => tokens / 3],
    ['that guesses badly', '30m', (tokens: number) => tokens * 1.2],
  ] as const)('%s changes nothing of the text', async (_, draftShape, rounds) => {
    const path = join(folder, 'draft.gguf')
    if (draftShape !== 'demo') await makeGguf(path, { shape: madeShapes[draftShape], type: 'q8_0' })
    await using target = await opened(demoModelPath, { checkpointed: false })
    await using guesser = await opened(draftShape === 'demo' ? demoModelPath : path, { checkpointed: false })
    const draft = new Draft({ decoder: guesser.decoder, model: guesser.model })
    const native = nativeContext(target.context)
    const computed = vi.spyOn(native, 'decodeBatch')
    const write = async (slot: number, text: string, tokens: number, guessing: boolean) => {
      const sequence = target.decoder.sequences[slot]
      if (sequence === undefined) throw new Error(`There is no slot ${slot}`)
      const sampler = new TokenSampler(target.model, { temperature: 0 })
      const written: Token[] = []
      const prompt = target.model.tokenize(text)
      await target.decoder.keep(sequence, [])
      const onToken = ({ token }: SampledToken) => {
        written.push(token)
        return written.length < tokens
      }
      const reader = { take: onToken, isLast: () => written.length + 1 >= tokens }
      await target.decoder.generate(sequence, prompt, sampler, reader, guessing ? draft : undefined)
      sampler.dispose()
      expect(sequence.tokens).toEqual([...prompt, ...written.slice(0, -1)])
      return written
    }
    const texts = ['Once upon a time there was', 'The dragon', 'A poem about rain:']
    const alone: Token[][] = []
    for (const text of texts) alone.push(await write(0, text, 90, false))
    computed.mockClear()
    expect(await write(0, texts[0] ?? '', 90, true)).toEqual(alone[0])
    expect(computed.mock.calls.length).toBeLessThan(rounds(90))
    expect(await Promise.all(texts.map((text, slot) => write(slot, text, 90, true)))).toEqual(alone)
  })

  it('stops guessing where the context ends', async () => {
    await using target = await opened(demoModelPath, { checkpointed: false })
    await using guesser = await opened(demoModelPath, { checkpointed: false })
    const draft = new Draft({ decoder: guesser.decoder, model: guesser.model })
    const [sequence] = target.decoder.sequences
    if (sequence === undefined) throw new Error('No sequence')
    const prompt = target.model.tokenize('Once upon a time there was')
    const sampler = new TokenSampler(target.model, { temperature: 0 })
    let count = 0
    const room = CONTEXT_TOKENS - prompt.length
    await target.decoder.generate(sequence, prompt, sampler, { take: () => ++count < room }, draft)
    expect(count).toBe(room)
    sampler.dispose()
  })
})

describe('a decoder', () => {
  it('is as good as new after an answer that failed', async () => {
    const { model, decoder, close } = await opened(demoModelPath, { checkpointed: false })
    const prompt = model.tokenize('Once upon a time there was')
    const { tokens: before } = await answer(decoder, model, { slot: 0, prompt, tokens: 8 })
    const sampler = new TokenSampler(model, { temperature: 0 })
    const [sequence] = decoder.sequences
    if (sequence === undefined) throw new Error('No sequence')
    const failure = new Error('enough')
    let count = 0
    await expect(
      decoder.generate(sequence, prompt, sampler, {
        take: () => {
          if (++count === 3) throw failure
          return true
        },
      }),
    ).rejects.toBe(failure)
    sampler.dispose()
    expect((await answer(decoder, model, { slot: 0, prompt, tokens: 8 })).tokens).toEqual(before)
    await close()
  })

  it('refuses a batch that llama.cpp refuses, and goes on', async () => {
    const { model, decoder, close } = await opened(demoModelPath, { checkpointed: false })
    const [first, second] = decoder.sequences
    if (first === undefined || second === undefined) throw new Error('No sequence')
    const impossible = [(2 ** 30) as Token]
    await expect(decoder.read(first, impossible)).rejects.toThrow()
    const prompt = model.tokenize('Once upon a time there was')
    expect((await answer(decoder, model, { slot: 0, prompt, tokens: 4 })).tokens).toHaveLength(4)
    await close()
  })
})
