import type { LlamaContextSequence, LlamaModel, Token } from 'node-llama-cpp'

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

/** Tokens per second that one sequence writes. Leaves the sequence empty. */
export async function measureSpeed(
  model: LlamaModel,
  sequence: LlamaContextSequence,
  signal?: AbortSignal,
): Promise<number> {
  return perSecond(await measureTokens(model, sequence, { signal }))
}

/** Lets a sequence write. Leaves it empty. */
export async function measureTokens(
  model: LlamaModel,
  sequence: LlamaContextSequence,
  options: MeasureOptions = {},
): Promise<Measured> {
  const { signal, maxTokens = MAX_TOKENS, maxMs = MAX_MS, minTokens = MIN_TOKENS } = options
  let count = 0
  let startedMs = 0
  let endedMs = 0
  const tokens = sequence.evaluate([firstToken(model)], { temperature: 0, yieldEogToken: true })
  while (!(await tokens.next()).done) {
    endedMs = performance.now()
    // The first token is not counted: buffers are allocated and weights paged in for it.
    if (startedMs === 0) startedMs = endedMs
    else count++
    if (signal?.aborted || count >= maxTokens) break
    if (count >= minTokens && endedMs - startedMs >= maxMs) break
    if (sequence.nextTokenIndex >= sequence.contextSize - 2) break
  }
  await tokens.return()
  signal?.throwIfAborted()
  await sequence.clearHistory()
  return { tokens: count, ms: endedMs - startedMs }
}

/** What any text may begin with. */
export function firstToken(model: LlamaModel): Token {
  return model.tokens.bos ?? model.tokens.eos ?? (0 as Token)
}

export function perSecond({ tokens, ms }: Measured): number {
  return tokens === 0 ? 0 : (tokens * 1000) / Math.max(0.001, ms)
}
