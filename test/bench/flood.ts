import { type ChildProcess, fork, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import type { FloodCounts } from '../helpers/flood.ts'
import type { FromFlooder, ToFlooder } from './flooder.program.ts'
import { median } from './median.ts'
import { type BenchTarget, networkTarget } from './targets.ts'

/** An honest requester keeps this much of its throughput while its node is flooded. */
export const PROMISED_FLOODED_SHARE = 0.9

const ROUNDS = 6
const ANSWERS = 48
const AT_ONCE = 8
const TOKENS = 64

export interface FloodFigures {
  /** Tokens a second, by round. */
  readonly quiet: readonly number[]
  readonly flooded: readonly number[]
  readonly share: number
  readonly counts: readonly FloodCounts[]
  /** The node's resident memory after all rounds, and after the first quiet one. */
  readonly memoryBytes: { readonly before: number; readonly after: number }
}

/**
 * The same work for an honest requester, by turns left alone and while a newcomer floods its node in every way at once:
 * valid, invalid and repeated offers, streams, frames that never end, answers that are never read.
 */
export async function benchFlood(folder: string): Promise<FloodFigures> {
  await using target = await networkTarget(folder)
  const flooder = await startFlooder('bench', target.addresses[0] ?? '')
  const quiet: number[] = []
  const flooded: number[] = []
  const counts: FloodCounts[] = []
  try {
    await tokensPerSecond(target)
    const before = target.memoryBytes()
    for (let round = 0; round < ROUNDS; round++) {
      quiet.push(await tokensPerSecond(target))
      await flooder.say('begin', 'flooding')
      flooded.push(await tokensPerSecond(target))
      const { counts: sent } = await flooder.say('end', 'quiet')
      if (sent !== undefined) counts.push(sent)
    }
    const ratios = flooded.map((speed, round) => speed / (quiet[round] ?? speed))
    return { quiet, flooded, share: median(ratios), counts, memoryBytes: { before, after: target.memoryBytes() } }
  } finally {
    flooder.process.kill()
  }
}

async function tokensPerSecond(target: BenchTarget): Promise<number> {
  const startedAt = performance.now()
  let tokens = 0
  let left = ANSWERS
  const worker = async () => {
    while (left-- > 0) tokens += (await target.ask(TOKENS)).tokens
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  return (tokens / (performance.now() - startedAt)) * 1_000
}

async function startFlooder(network: string, address: string) {
  const program = join(import.meta.dirname, 'flooder.program.ts')
  const child: ChildProcess = fork(program, [network, address], {
    execArgv: ['--experimental-transform-types', '--disable-warning=ExperimentalWarning'],
  })
  // Its own computing is another computer's: where two cores serve all, it must not be taken for the node's burden.
  spawnSync('renice', ['-n', '19', '-p', String(child.pid)], { stdio: 'ignore' })
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
