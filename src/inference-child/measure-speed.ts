import type { LlamaContext, LlamaModel, Token } from 'node-llama-cpp'
import { DriadError } from '../protocol/errors.ts'
import type { ComputeTurns } from './decoder/compute-turns.ts'
import { Decoder } from './decoder/decoder.ts'
import { TokenSampler } from './decoder/token-sampler.ts'

/** A measurement ends with the first of these, but not before the least number of tokens. */
const MAX_TOKENS = 24
const MIN_TOKENS = 3
const MAX_MS = 150
/** Fewer threads are taken only if they are that much faster: below it, the difference may be noise. */
const CLEARLY_FASTER = 1.15
/** Enough for the measurement, and quick to allocate. */
const PROBE_CONTEXT_TOKENS = 256

/** Tokens per second that one sequence writes. Leaves the first sequence empty. */
export async function measureSpeed(
  model: LlamaModel,
  decoder: Decoder,
  signal?: AbortSignal,
): Promise<number> {
  const [sequence] = decoder.sequences
  if (sequence === undefined) throw new DriadError('internal', 'The context has no sequence')
  const start: Token = model.tokens.bos ?? model.tokens.eos ?? (0 as Token)
  let count = 0
  let startedMs = 0
  let endedMs = 0
  const sampler = new TokenSampler(model, { temperature: 0 })
  try {
    await decoder.generate(sequence, [start], sampler, () => {
      signal?.throwIfAborted()
      endedMs = performance.now()
      // The first token is not counted: buffers are allocated and weights paged in for it.
      if (startedMs === 0) startedMs = endedMs
      else count++
      return count < MAX_TOKENS && !(count >= MIN_TOKENS && endedMs - startedMs >= MAX_MS)
    })
  } finally {
    sampler.dispose()
    await decoder.keep(sequence, [])
  }
  return count === 0 ? 0 : (count * 1000) / Math.max(0.001, endedMs - startedMs)
}

/**
 * How many threads to use: `most`, or fewer where that is clearly faster. Threads wait for each other by spinning, so
 * with one more than there are free cores the speed falls to a hundredth, and small models are slower with more.
 */
export async function chooseThreads(
  parts: { readonly model: LlamaModel; readonly turns: ComputeTurns },
  most: number,
  signal?: AbortSignal,
): Promise<number> {
  if (most <= 1) return 1
  let chosen = most
  let best = await speedWith(parts, chosen, signal)
  for (let threads = most >> 1; threads >= 1; threads >>= 1) {
    const speed = await speedWith(parts, threads, signal)
    if (speed < best * CLEARLY_FASTER) break
    chosen = threads
    best = speed
  }
  return chosen
}

async function speedWith(
  { model, turns }: { readonly model: LlamaModel; readonly turns: ComputeTurns },
  threads: number,
  signal?: AbortSignal,
): Promise<number> {
  const context: LlamaContext = await model.createContext({
    contextSize: PROBE_CONTEXT_TOKENS,
    threads,
    ...(signal !== undefined && { createSignal: signal }),
  })
  try {
    const decoder = new Decoder({ context, turns }, { checkpointed: false })
    return await measureSpeed(model, decoder, signal)
  } finally {
    await context.dispose()
  }
}
