import { setImmediate as nextTurn } from 'node:timers/promises'
import { threadCpuMs } from '../../src/node/network/thread-cpu.ts'
import { corpusOf } from './corpus.ts'
import { Coverage } from './coverage.ts'
import { mutate } from './mutate.ts'
import { Random } from './random.ts'
import type { FuzzTarget } from './target.ts'

const BATCH = 64
const DEFAULT_MAX_BYTES = 16 * 1024
/** An input that takes longer is told of: an attacker would send many. */
const SLOW_MS = 250

export interface Finding {
  readonly kind: 'bug' | 'slow'
  readonly input: Uint8Array
  readonly error: string
}

export interface FuzzResult {
  readonly runs: number
  readonly blocks: number
  readonly findings: readonly Finding[]
  /** Inputs that reached something that none before did. */
  readonly interesting: readonly Uint8Array[]
}

export interface FuzzInit {
  readonly seed: number
  /** Ends after so many inputs, or after so long. */
  readonly runs?: number
  readonly seconds?: number
  /** Told of each input before it is tried. */
  readonly onInput?: (input: Uint8Array) => void
}

/** Mutates what reached new code, as long as it is told to. Stops at the first ten bugs. */
export async function fuzz(target: FuzzTarget, init: FuzzInit): Promise<FuzzResult> {
  await using coverage = await Coverage.start()
  const random = new Random(init.seed)
  const words = target.words ?? []
  const maxBytes = target.maxBytes ?? DEFAULT_MAX_BYTES
  const pool: Uint8Array[] = [...(await target.seeds()), ...corpusOf(target).map(({ bytes }) => bytes)]
  const interesting: Uint8Array[] = []
  const findings: Finding[] = []
  const untilMs = init.seconds === undefined ? undefined : performance.now() + init.seconds * 1_000
  let runs = 0
  const attempt = (input: Uint8Array, into: Finding[]) => {
    init.onInput?.(input)
    return tried(target, input, into)
  }
  for (const input of pool) await attempt(input, findings)
  coverage.add(await coverage.news())

  while (findings.length < 10) {
    if (init.runs !== undefined && runs >= init.runs) break
    if (untilMs !== undefined && performance.now() >= untilMs) break
    const batch = Array.from({ length: BATCH }, () =>
      mutate(random.of(pool), pool, { random, words, maxBytes }),
    )
    for (const input of batch) await attempt(input, findings)
    runs += batch.length
    if ((await coverage.news()).length > 0) {
      // Somebody in this batch: ask each by itself.
      for (const input of batch) {
        await attempt(input, [])
        const news = await coverage.news()
        if (news.length === 0) continue
        coverage.add(news)
        pool.push(input)
        interesting.push(input)
      }
    }
    await nextTurn()
  }
  return { runs, blocks: coverage.blocks, findings, interesting }
}

async function tried(target: FuzzTarget, input: Uint8Array, findings: Finding[]): Promise<void> {
  const startedMs = threadCpuMs()
  try {
    await target.run(input)
  } catch (error) {
    findings.push({
      kind: 'bug',
      input,
      error: error instanceof Error ? (error.stack ?? error.message) : String(error),
    })
    return
  }
  const tookMs = threadCpuMs() - startedMs
  if (tookMs > SLOW_MS) findings.push({ kind: 'slow', input, error: `It took ${tookMs.toFixed(0)} ms` })
}

/** The same input, made smaller as long as `matters` says that nothing is lost by it. */
export async function minimise(
  input: Uint8Array,
  matters: (smaller: Uint8Array) => Promise<boolean>,
): Promise<Uint8Array> {
  let best = input
  for (let size = Math.ceil(best.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < best.length; ) {
      const smaller = Buffer.concat([best.subarray(0, at), best.subarray(at + size)])
      if (await matters(new Uint8Array(smaller))) best = new Uint8Array(smaller)
      else at += size
    }
  }
  return best
}
