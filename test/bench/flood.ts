import { type ChildProcess, fork } from 'node:child_process'
import { setPriority } from 'node:os'
import { join } from 'node:path'
import type { FloodCounts } from '../helpers/flood.ts'
import type { FromFlooder, ToFlooder } from './flooder.program.ts'
import { median } from './median.ts'
import { type NetworkTarget, networkTarget } from './targets.ts'

/** An honest requester keeps this much of its throughput while its node is flooded. */
export const PROMISED_FLOODED_SHARE = 0.9

const ROUNDS = 3
const ROUND_MS = 10_000
const AT_ONCE = 8
const TOKENS = 64

export interface FloodRound {
  readonly tokensPerSecond: number
  /** Of the node's process, in percent of a core. Unlike the throughput, it does not depend on what else the computer does. */
  readonly cpuPercent: number
}

export interface FloodFigures {
  readonly quiet: readonly FloodRound[]
  readonly flooded: readonly FloodRound[]
  readonly share: number
  readonly counts: readonly FloodCounts[]
  /** The node's resident memory before the first flood, and after each. */
  readonly memoryBytes: readonly number[]
}

/**
 * The same work for an honest requester, by turns left alone and while a newcomer floods its node in every way at once:
 * valid, invalid and repeated offers, streams, frames that never end, answers that are never read.
 */
export async function benchFlood(folder: string): Promise<FloodFigures> {
  await using target = await networkTarget(folder)
  const flooder = await startFlooder('bench', target.addresses[0] ?? '')
  const quiet: FloodRound[] = []
  const flooded: FloodRound[] = []
  const counts: FloodCounts[] = []
  try {
    await oneRound(target)
    const memoryBytes = [target.memoryBytes()]
    for (let round = 0; round < ROUNDS; round++) {
      quiet.push(await oneRound(target))
      await flooder.say('begin', 'flooding')
      flooded.push(await oneRound(target))
      const { counts: sent } = await flooder.say('end', 'quiet')
      if (sent !== undefined) counts.push(sent)
      memoryBytes.push(target.memoryBytes())
    }
    const ratios = flooded.map(
      (round, index) => round.tokensPerSecond / (quiet[index] ?? round).tokensPerSecond,
    )
    return { quiet, flooded, share: median(ratios), counts, memoryBytes }
  } finally {
    flooder.process.kill()
  }
}

async function oneRound(target: NetworkTarget): Promise<FloodRound> {
  const cpuBefore = target.cpuMs()
  const startedAt = performance.now()
  let tokens = 0
  const worker = async () => {
    while (performance.now() - startedAt < ROUND_MS) tokens += (await target.ask(TOKENS)).tokens
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  const tookMs = performance.now() - startedAt
  return {
    tokensPerSecond: (tokens / tookMs) * 1_000,
    cpuPercent: ((target.cpuMs() - cpuBefore) / tookMs) * 100,
  }
}

async function startFlooder(network: string, address: string) {
  const program = join(import.meta.dirname, 'flooder.program.ts')
  const child: ChildProcess = fork(program, [network, address], {
    execArgv: ['--experimental-transform-types', '--disable-warning=ExperimentalWarning'],
  })
  // Its own computing is another computer's: where two cores serve all, it must not be taken for the node's burden.
  if (child.pid !== undefined) setPriority(child.pid, 19)
  const until = (state: FromFlooder['state']) =>
    new Promise<FromFlooder>((resolve, reject) => {
      const onMessage = (message: unknown) => {
        if ((message as FromFlooder).state !== state) return
        child.off('message', onMessage)
        resolve(message as FromFlooder)
      }
      child.on('message', onMessage)
      child.once('exit', (code) => reject(new Error(`The flooder ended with ${code}`)))
    })
  child.setMaxListeners(0)
  await until('ready')
  return {
    process: child,
    say: (message: ToFlooder, answer: FromFlooder['state']) => {
      const answered = until(answer)
      child.send(message)
      return answered
    },
  }
}
