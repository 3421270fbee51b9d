import { type ChildProcess, spawn } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createLlamaEngine } from '../../src/inference-child/llama-engine.ts'
import { madeShapes } from '../helpers/gguf-architectures.ts'
import { makeGguf } from '../helpers/make-gguf.ts'

/** Of the best count's speed, how much the chosen one must reach. */
export const PROMISED_SPEED = 0.95
/** Looks at each count; they take turns, so that the machine's moods meet all alike. */
const ROUNDS = 5
const TOKENS = 96
/** The look at what other processes use needs some seconds to have seen them. */
const NOTICED_MS = 5_000

export interface ThreadsMeasured {
  readonly situation: string
  readonly model: string
  /** Tokens per second with 1, 2, 3... threads. */
  readonly speeds: readonly number[]
  readonly chosen: number
}

/** The speed with each number of threads, and the number that a load chooses, idle and beside a process that keeps a core busy. */
export async function benchThreads(folder: string): Promise<ThreadsMeasured[]> {
  const measured: ThreadsMeasured[] = []
  for (const shape of ['30m', '135m'] as const) {
    const path = join(folder, `${shape}.gguf`)
    await makeGguf(path, { shape: madeShapes[shape], type: 'q8_0' })
    measured.push(await measure('idle', shape, path))
    const burner = burn()
    try {
      measured.push(await measure('one core busy', shape, path))
    } finally {
      burner.kill('SIGKILL')
    }
  }
  return measured
}

async function measure(situation: string, model: string, path: string): Promise<ThreadsMeasured> {
  const base = { path, slots: 1, contextSize: 512, gpu: 'off' } as const
  await using engine = createLlamaEngine({ log: () => undefined })
  await engine.warmUp()
  await sleep(NOTICED_MS)
  const { threads: chosen } = await engine.load({ ...base, name: 'chosen' })
  await engine.unload('chosen')
  const counts = Array.from({ length: availableParallelism() }, (_, index) => index + 1)
  for (const threads of counts) await engine.load({ ...base, name: `with-${threads}`, threads })
  const times = new Map<number, number[]>(counts.map((threads) => [threads, []]))
  for (let round = 0; round < ROUNDS; round++) {
    for (const threads of counts) {
      const {
        totalMs,
        firstTokenMs = 0,
        completionTokens,
      } = await engine.generate({
        model: `with-${threads}`,
        messages: [{ role: 'user', content: 'Hello' }],
        // With too many threads a token may take a second.
        maxTokens: threads > 1 ? 8 : TOKENS,
        temperature: 0,
      })
      times.get(threads)?.push(((completionTokens - 1) * 1000) / Math.max(0.001, totalMs - firstTokenMs))
    }
  }
  return { situation, model, chosen, speeds: counts.map((threads) => median(times.get(threads) ?? [])) }
}

/** A process that never rests. */
function burn(): ChildProcess {
  return spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' })
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}
