import type { LlamaModel, Token } from 'node-llama-cpp'
import type { BenchmarkFigures } from '../node/inference/contract.ts'
import { DriadError } from '../protocol/errors.ts'
import type { Decoder } from './decoder/decoder.ts'
import type { KeptSequence } from './decoder/kept-sequence.ts'
import { TokenSampler } from './decoder/token-sampler.ts'
import { firstToken, type Measured, perSecond } from './measure-speed.ts'

/** Each part ends with the first of its tokens and its time; a slow model needs its own time for a single step. */
const PROMPT = { first: 32, most: 512, maxMs: 700 } as const
const WRITING = { tokens: 128, maxMs: 600 } as const
const ASKED_TOKENS = 16

interface BenchmarkInit {
  /** Tokens per sequence. */
  readonly contextSize: number
  readonly signal: AbortSignal
  readonly onProgress: () => void
}

/**
 * What a model comes to: reading, writing alone and on all sequences at once. Two to three seconds, more for a model that
 * needs longer for a few steps. Nothing else may use the sequences meanwhile; they are empty afterwards.
 */
export async function benchmarkModel(
  { model, decoder, sequences }: { model: LlamaModel; decoder: Decoder; sequences: readonly KeptSequence[] },
  { contextSize, signal, onProgress }: BenchmarkInit,
): Promise<BenchmarkFigures> {
  const [first] = sequences
  if (first === undefined) throw new DriadError('internal', 'The context has no sequence')
  const parts: Parts = { model, decoder, contextSize, signal, onProgress }
  try {
    const promptTokensPerSecond = await reading(parts, first)
    const { firstTokenMs, tokensPerSecond } = await writing(parts, [first])
    const all = sequences.length === 1 ? tokensPerSecond : (await writing(parts, sequences)).tokensPerSecond
    return {
      promptTokensPerSecond,
      tokensPerSecond,
      allSlotsTokensPerSecond: all,
      firstTokenMs,
    }
  } finally {
    for (const sequence of sequences) await decoder.keep(sequence, [])
  }
}

interface Parts extends BenchmarkInit {
  readonly model: LlamaModel
  readonly decoder: Decoder
}

async function reading(
  { model, decoder, contextSize, signal, onProgress }: Parts,
  sequence: KeptSequence,
): Promise<number> {
  const read = async (count: number): Promise<Measured> => {
    signal.throwIfAborted()
    await decoder.keep(sequence, [])
    const startedMs = performance.now()
    await decoder.read(sequence, someTokens(model, count))
    onProgress()
    return { tokens: count, ms: performance.now() - startedMs }
  }
  const room = Math.min(PROMPT.most, contextSize - 2)
  // Buffers are allocated and weights paged in for the first batch, so it only tells how many tokens to take.
  const small = Math.min(PROMPT.first, room)
  await read(small)
  const guess = perSecond(await read(small))
  const count = Math.max(small, Math.min(room, Math.floor((guess * PROMPT.maxMs) / 1000)))
  return perSecond(await read(count))
}

async function writing(
  { model, decoder, contextSize, signal, onProgress }: Parts,
  sequences: readonly KeptSequence[],
): Promise<{ firstTokenMs: number; tokensPerSecond: number }> {
  for (const sequence of sequences) await decoder.keep(sequence, [])
  const samplers = sequences.map(() => new TokenSampler(model, { temperature: 0 }))
  const startedMs = performance.now()
  const firstMs: number[] = []
  let counted = 0
  let fromMs = 0
  let endedMs = 0
  const most = Math.min(WRITING.tokens, contextSize - ASKED_TOKENS - 2)
  try {
    await Promise.all(
      sequences.map(async (sequence, index) => {
        const sampler = samplers[index]
        if (sampler === undefined) return
        let own = 0
        await decoder.generate(sequence, someTokens(model, ASKED_TOKENS), sampler, {
          take: () => {
            signal.throwIfAborted()
            onProgress()
            const nowMs = performance.now()
            if (own++ === 0) firstMs.push(nowMs - startedMs)
            // Counted from when all of them write, so that no prompt is in it.
            if (firstMs.length === sequences.length) {
              if (fromMs === 0) fromMs = nowMs
              else {
                counted++
                endedMs = nowMs
              }
            }
            return own < most && (fromMs === 0 || nowMs - fromMs < WRITING.maxMs)
          },
        })
      }),
    )
  } finally {
    for (const sampler of samplers) sampler.dispose()
  }
  return {
    firstTokenMs: firstMs[0] ?? 0,
    tokensPerSecond: perSecond({ tokens: counted, ms: endedMs - fromMs }),
  }
}

/** Tokens of no meaning: what they say does not matter to the time they take. */
function someTokens(model: LlamaModel, count: number): Token[] {
  const [word = firstToken(model)] = model.tokenize('a')
  return Array.from({ length: count }, (_, index) => (index === 0 ? firstToken(model) : word))
}
