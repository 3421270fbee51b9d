import type { LlamaModel } from 'node-llama-cpp'
import type { ComputeTurns } from './decoder/compute-turns.ts'
import { Decoder } from './decoder/decoder.ts'
import { type Measured, measureTokens, perSecond } from './measure-speed.ts'

/** Enough for the measurement, and quick to allocate. */
const PROBE_CONTEXT_TOKENS = 256
const PROBE_BATCH_TOKENS = 8
/** One look at one count of threads. With too many of them, a single token may take a second. */
const LOOK = { maxTokens: 64, maxMs: 120, minTokens: 1 } as const
/** Counts that come to that share of the best are looked at once more: in between, the machine may have been busy. */
const WORTH_ANOTHER_LOOK = 0.7
/** Two counts in a row below that share of the best, and fewer threads are not tried. */
const FALLING = 0.85
/** Fewer threads are as good if they come to that share: what they leave free is the node's and the operator's. */
const AS_GOOD = 0.97

export interface ThreadSpeed {
  readonly threads: number
  readonly tokensPerSecond: number
}

/** The fewest threads that are about as fast as the best number of them. */
export function bestThreads(speeds: readonly ThreadSpeed[]): number {
  const best = Math.max(0, ...speeds.map(({ tokensPerSecond }) => tokensPerSecond))
  const good = speeds.filter(({ tokensPerSecond }) => tokensPerSecond >= best * AS_GOOD)
  return Math.min(...good.map(({ threads }) => threads))
}

/**
 * What is tried on that many cores, in order: all but one, all, then ever fewer. What does not fit beside the cores that
 * others use is left out: it is hopeless, and a single token may take a second.
 */
export function threadCounts(cores: number, othersCores: number): number[] {
  const counts = cores > 1 ? [cores - 1, cores] : [1]
  let last = Math.max(1, cores - 1)
  while (last > 1) {
    last = Math.max(1, Math.min(last - 1, Math.floor(last * 0.75)))
    counts.push(last)
  }
  return counts.filter((count) => count <= roomFor(cores, othersCores))
}

/** Threads that find a core each, beside others that keep some busy. */
export function roomFor(cores: number, othersCores: number): number {
  return Math.max(1, Math.round(cores - othersCores))
}

/**
 * Speeds with different numbers of threads. Threads wait for each other by spinning: one more than there are free cores,
 * and the speed falls to a hundredth; small models are slower with many. Only a measurement knows, and only of now.
 */
export async function measureThreads(
  { model, turns }: { readonly model: LlamaModel; readonly turns: ComputeTurns },
  counts: readonly number[],
  { signal }: { signal?: AbortSignal | undefined } = {},
): Promise<ThreadSpeed[]> {
  if (counts.length === 1) return counts.map((threads) => ({ threads, tokensPerSecond: 1 }))
  const context = await model.createContext({
    contextSize: PROBE_CONTEXT_TOKENS,
    batchSize: PROBE_BATCH_TOKENS,
    threads: Math.max(...counts),
    ...(signal !== undefined && { createSignal: signal }),
  })
  const decoder = new Decoder({ context, turns }, { checkpointed: false })
  try {
    return await climb(counts, async (threads) => {
      await decoder.setThreads(threads)
      return measureTokens(model, decoder, { ...LOOK, signal })
    })
  } finally {
    await decoder.dispose()
    await context.dispose()
  }
}

async function climb(
  counts: readonly number[],
  lookAt: (threads: number) => Promise<Measured>,
): Promise<ThreadSpeed[]> {
  const measured = new Map<number, Measured>()
  const speedOf = (threads: number) => perSecond(measured.get(threads) ?? { tokens: 0, ms: 0 })
  const best = () => Math.max(0, ...[...measured.keys()].map(speedOf))
  const look = async (threads: number): Promise<void> => {
    const { tokens, ms } = await lookAt(threads)
    const before = measured.get(threads) ?? { tokens: 0, ms: 0 }
    measured.set(threads, { tokens: before.tokens + tokens, ms: before.ms + ms })
  }
  let falling = 0
  for (const threads of counts) {
    await look(threads)
    falling = speedOf(threads) < best() * FALLING ? falling + 1 : 0
    if (falling >= 2 && threads < (counts[0] ?? 1)) break
  }
  const close = [...measured.keys()].filter((threads) => speedOf(threads) >= best() * WORTH_ANOTHER_LOOK)
  for (const threads of close.length > 1 ? close : []) await look(threads)
  return [...measured.keys()]
    .map((threads) => ({ threads, tokensPerSecond: speedOf(threads) }))
    .sort((a, b) => a.threads - b.threads)
}
