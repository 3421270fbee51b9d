import type { LlamaModel, Token } from 'node-llama-cpp'
import { DriadError } from '../protocol/errors.ts'
import type { Decoder } from './decoder/decoder.ts'
import { TokenSampler } from './decoder/token-sampler.ts'

/** A measurement ends with the first of these, but not before the least number of tokens. */
const MAX_TOKENS = 24
const MIN_TOKENS = 3
const MAX_MS = 150

export interface MeasureOptions {
  readonly signal?: AbortSignal | undefined
  readonly maxTokens?: number
  readonly maxMs?: number
  /** Tokens that are waited for even if they take longer than `maxMs`. */
  readonly minTokens?: number
}

/** Tokens that were written, and how long they took, the first one left out. */
export interface Measured {
  readonly tokens: number
  readonly ms: number
}

/** Tokens per second that one sequence writes. Leaves the first sequence empty. */
export async function measureSpeed(
  model: LlamaModel,
  decoder: Decoder,
  signal?: AbortSignal,
): Promise<number> {
  return perSecond(await measureTokens(model, decoder, { signal }))
}

/** Lets the first sequence write. Leaves it empty. */
export async function measureTokens(
  model: LlamaModel,
  decoder: Decoder,
  options: MeasureOptions = {},
): Promise<Measured> {
  const { signal, maxTokens = MAX_TOKENS, maxMs = MAX_MS, minTokens = MIN_TOKENS } = options
  const [sequence] = decoder.sequences
  if (sequence === undefined) throw new DriadError('internal', 'The context has no sequence')
  let count = 0
  let startedMs = 0
  let endedMs = 0
  const sampler = new TokenSampler(model, { temperature: 0 })
  try {
    await decoder.generate(sequence, [firstToken(model)], sampler, {
      take: () => {
        signal?.throwIfAborted()
        endedMs = performance.now()
        // The first token is not counted: buffers are allocated and weights paged in for it.
        if (startedMs === 0) startedMs = endedMs
        else count++
        return count < maxTokens && !(count >= minTokens && endedMs - startedMs >= maxMs)
      },
    })
  } finally {
    sampler.dispose()
    await decoder.keep(sequence, [])
  }
  return { tokens: count, ms: endedMs - startedMs }
}

/** What any text may begin with. */
export function firstToken(model: LlamaModel): Token {
  return model.tokens.bos ?? model.tokens.eos ?? (0 as Token)
}

export function perSecond({ tokens, ms }: Measured): number {
  return tokens === 0 ? 0 : (tokens * 1000) / Math.max(0.001, ms)
}
