import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { shardLimits } from '../../src/node/network/shard-levels.ts'
import { runVolume } from '../helpers/volume-run.ts'
import { benchFlood, PROMISED_FLOODED_SHARE } from './flood.ts'
import { benchGossip } from './gossip.ts'
import { median } from './median.ts'
import { benchMemory, PROMISED_SHARE } from './memory.ts'
import {
  benchAccepted,
  benchQueued,
  PROMISED_ACCEPTED_PER_SECOND,
  PROMISED_QUEUED_PER_SECOND,
} from './queue.ts'
import { benchAgainstServer } from './server.ts'
import { benchStore } from './store.ts'
import { type BenchTarget, directTarget, localTarget, networkTarget, type Timing } from './targets.ts'
import { benchThreads, PROMISED_SPEED } from './threads.ts'
import { benchVerification } from './verification.ts'
import { benchWorkflow, PROMISED_STEPS_PER_SECOND } from './workflow.ts'

/** Rounds of each measurement; the targets take turns within a round, so that the machine's moods meet all alike. */
const ROUNDS = 40
/** Before anything is measured: contexts, streams, statements, and code that runs often enough to be compiled for speed. */
const WARM_UP_ROUNDS = 800
/** Milliseconds above a direct call of the engine: to the first token, and for each further one. */
const PROMISED_FIRST_TOKEN_MS = 1
const PROMISED_FURTHER_TOKEN_MS = 0.1
/** A joined node that has nothing to do, its inference process apart. */
const PROMISED_IDLE_PERCENT = 0.3
const PROMISED_NODE_MB = 100
const CONCURRENT_TOKENS = 64
const CONCURRENT_ROUNDS = 4
/** Of the time, how much the engine is to have work. */
const PROMISED_BUSY = 0.9
/** Live heap that may come on top after the first tenth of the tasks. */
const PROMISED_HEAP_GROWTH = 0.1

/** By name, as in `npm run bench -- workflow`; all of them where none is named. */
const parts: Readonly<Record<string, (folder: string) => Promise<void>>> = {
  workflow: benchEngine,
  answers: benchAnswers,
  store: benchQueue,
  gossip: benchOffers,
  threads: benchThreadCounts,
  memory: benchUnloads,
  server: benchServer,
  volume: benchVolume,
  verification: benchVerification,
  flood: benchFlooded,
}

const asked = process.argv.slice(2)
const unknown = asked.filter((name) => !Object.hasOwn(parts, name))
if (unknown.length > 0) {
  console.error(`There is no part ${unknown.join(', ')}; there are ${Object.keys(parts).join(', ')}`)
  process.exit(2)
}

const folder = mkdtempSync(join(tmpdir(), 'driad-bench-'))
try {
  console.log(`${cpus()[0]?.model.trim()}, ${cpus().length} cores, Node ${process.version}.`)
  for (const [name, run] of Object.entries(parts)) {
    if (asked.length === 0 || asked.includes(name)) await run(folder)
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}

async function benchEngine(): Promise<void> {
  console.log('\nThe workflow engine without a model')
  const measured = await benchWorkflow()
  const first = measured[0]?.stepsPerSecond ?? Number.NaN
  console.table(
    Object.fromEntries(
      measured.map(({ steps, stepsPerSecond }) => [
        `${steps.toLocaleString('en')} steps`,
        {
          'steps/s': stepsPerSecond.toFixed(0),
          'us a step': (1e6 / stepsPerSecond).toFixed(2),
          'ratio to the first': (stepsPerSecond / first).toFixed(2),
        },
      ]),
    ),
  )
  const slowest = Math.min(...measured.map(({ stepsPerSecond }) => stepsPerSecond))
  const verdict = slowest >= PROMISED_STEPS_PER_SECOND ? 'yes' : 'NO'
  console.log(`At least ${PROMISED_STEPS_PER_SECOND.toLocaleString('en')} steps/s: ${verdict}`)
}

async function benchAnswers(folder: string): Promise<void> {
  console.log(`\nMedians of ${ROUNDS} rounds`)
  await using direct = await directTarget()
  await using local = await localTarget()
  await using network = await networkTarget(folder)
  const targets = [direct, local, network]
  for (let round = 0; round < WARM_UP_ROUNDS; round++) {
    for (const target of targets) await target.ask(1)
  }

  console.log('\nOne answer at a time (ms)')
  const rows: Record<string, Record<string, string>> = {}
  const say = (promise: string, kept: boolean) => console.log(`${promise}: ${kept ? 'yes' : 'NO'}`)
  let aboveFirst = 0
  let aboveFurther = 0
  for (const tokens of [1, 32]) {
    const timings = await takeTurns(targets, tokens)
    const base = summary(timings.get(direct) ?? [])
    for (const target of targets) {
      const { first, last, end } = summary(timings.get(target) ?? [])
      if (target === network && tokens > 1) {
        aboveFirst = first - base.first
        aboveFurther = (last - first - base.last + base.first) / (tokens - 1)
      }
      rows[`${target.name}, ${tokens} token${tokens > 1 ? 's' : ''}`] = {
        'first token': first.toFixed(2),
        'above direct': (first - base.first).toFixed(2),
        'last token': last.toFixed(2),
        'per further token': tokens > 1 ? ((last - first) / (tokens - 1)).toFixed(3) : '',
        'above direct ':
          tokens > 1 ? ((last - first - base.last + base.first) / (tokens - 1)).toFixed(3) : '',
        'settled end': end.toFixed(2),
      }
    }
  }
  console.table(rows)
  say(
    `Over libp2p at most ${PROMISED_FIRST_TOKEN_MS} ms more to the first token`,
    aboveFirst <= PROMISED_FIRST_TOKEN_MS,
  )
  say(
    `At most ${PROMISED_FURTHER_TOKEN_MS} ms more for each further one`,
    aboveFurther <= PROMISED_FURTHER_TOKEN_MS,
  )

  console.log(`Concurrent answers of ${CONCURRENT_TOKENS} tokens (tokens/s in all, and the ratio to direct)`)
  const speeds: Record<string, Record<string, string>> = {}
  for (const concurrency of [1, 4, 8]) {
    const measured = await concurrentSpeeds(targets, concurrency)
    const base = measured.get(direct) ?? 1
    for (const target of targets) {
      const speed = measured.get(target) ?? 0
      speeds[target.name] = {
        ...speeds[target.name],
        [`${concurrency} at once`]: `${speed.toFixed(0)} (${(speed / base).toFixed(2)})`,
      }
    }
  }
  console.table(speeds)

  console.log('The node')
  const figures = await network.figures()
  const { startToReadyMs, idleCpuPercent, nodeMemoryBytes, nodeOwnMemoryBytes, inferenceMemoryBytes } =
    figures
  console.table({
    'start to joined, model loaded': `${startToReadyMs.toFixed(0)} ms`,
    'idle CPU, joined': `${idleCpuPercent.toFixed(2)} % of a core`,
    'memory of the node': `${(nodeMemoryBytes / 1e6).toFixed(0)} MB resident, its own part ${(nodeOwnMemoryBytes / 1e6).toFixed(0)} MB`,
    'memory of inference': `${(inferenceMemoryBytes / 1e6).toFixed(0)} MB`,
  })
  say(`Idle at most ${PROMISED_IDLE_PERCENT} % of a core`, idleCpuPercent <= PROMISED_IDLE_PERCENT)
  say(`At most ${PROMISED_NODE_MB} MB resident`, nodeMemoryBytes <= PROMISED_NODE_MB * 1e6)
}

async function benchServer(folder: string): Promise<void> {
  const { DRIAD_LLAMA_SERVER: path } = process.env
  if (path === undefined || path === '') {
    console.log('\nThere is no llama-server to compare with: this part is left out')
    return
  }
  await benchAgainstServer({ folder, path })
}

async function benchQueue(folder: string): Promise<void> {
  console.log('\nRows written durably, and tasks')
  const stored = await benchStore({ folder })
  console.table(
    Object.fromEntries(
      stored.map(({ groupSize, rowsPerSecond, medianMs }) => [
        `${groupSize} at a time`,
        { 'tasks/s': rowsPerSecond.toFixed(0), 'median ms': medianMs.toFixed(2) },
      ]),
    ),
  )
  const queued = await benchQueued(folder)
  const accepted = await benchAccepted(folder)
  const say = (what: string, perSecond: number, promised: number) =>
    console.log(
      `${what}: ${perSecond.toFixed(0)} tasks/s; at least ${promised.toLocaleString('en')}: ${perSecond >= promised ? 'yes' : 'NO'}`,
    )
  say('Published by the requester, on its disk', queued.perSecond, PROMISED_QUEUED_PER_SECOND)
  say('Assigned directly, on the disk of the node', accepted.perSecond, PROMISED_ACCEPTED_PER_SECOND)
  console.log(
    `  CPU a task: ${accepted.nodeCpuMs.toFixed(2)} ms in the node, ${accepted.requesterCpuMs.toFixed(2)} ms in the requester`,
  )
}

/** With answers of a few tokens everything around the engine is measured; with those of a sentence the engine has to be what is full. */
async function benchVolume(): Promise<void> {
  await benchVolumeOf([1, 4])
  await benchVolumeOf([24, 32])
}

async function benchVolumeOf(tokens: readonly [number, number]): Promise<void> {
  const tasks = 10_000
  const nodes = 3
  console.log(
    `\n${tasks.toLocaleString('en')} tasks of ${tokens.join(' to ')} tokens from one requester to ${nodes} nodes`,
  )
  const run = await runVolume({ tasks, nodes, tokens })
  console.table(
    run.perNode.map((node) => ({
      tasks: node.tasks,
      'time with work in the engine': `${(node.busyShare * 100).toFixed(1)} %`,
      'median ms in it': node.medianRunMs,
      'CPU ms a task, node': node.nodeCpuMs.toFixed(2),
      'CPU ms a task, inference': node.inferenceCpuMs.toFixed(2),
    })),
  )
  const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1)
  console.log(
    `${(tasks / run.seconds).toFixed(0)} tasks/s in ${run.seconds.toFixed(0)} s; the requester used ${run.requesterCpuMs.toFixed(2)} ms of CPU a task, ` +
      `and its live heap went from ${megabytes(run.earlyHeapBytes)} MB after a tenth of them to at most ${megabytes(run.peakHeapBytes)} MB`,
  )
  const say = (promise: string, kept: boolean) => console.log(`${promise}: ${kept ? 'yes' : 'NO'}`)
  say(`None lost (${run.completed} completed)`, run.completed === tasks)
  say(
    `None run twice (${run.executions} runs of ${run.executedTasks} tasks)`,
    run.executions === tasks && run.executedTasks === tasks,
  )
  say(
    `Each paid once (${run.debits} debits, ${run.credits} credits)`,
    run.debits === tasks && run.credits === tasks,
  )
  const idlest = Math.min(...run.perNode.map((node) => node.busyShare))
  say(`Work in the engine for more than ${PROMISED_BUSY * 100} % of the time`, idlest > PROMISED_BUSY)
  const growth = run.peakHeapBytes / run.earlyHeapBytes - 1
  say(`The requester's memory is flat (${(growth * 100).toFixed(1)} %)`, growth <= PROMISED_HEAP_GROWTH)
}

async function benchOffers(): Promise<void> {
  const { hosts, deliveries, cpuMsPerDelivery } = await benchGossip()
  console.log(`\nOffers by gossip between ${hosts} hosts, ${deliveries} times received`)
  console.log(`  ${cpuMsPerDelivery.toFixed(2)} ms of CPU for each node that hears one`)
  const share = (cpuMsPerDelivery / 1000) * shardLimits.busyPerSecond * 100
  console.log(
    `  ${shardLimits.busyPerSecond} a second, at which topics are divided: ${share.toFixed(2)} % of a core; ` +
      `under 1 %: ${share < 1 ? 'yes' : 'NO'}`,
  )
}

async function benchThreadCounts(folder: string): Promise<void> {
  console.log('\nTokens/s by threads, and what a load chooses')
  for (const { situation, model, speeds, chosen } of await benchThreads(folder)) {
    const share = (speeds[chosen - 1] ?? 0) / Math.max(...speeds)
    console.log(
      `${model}, ${situation}: ${speeds.map((speed, index) => `${index + 1}: ${speed.toFixed(1)}`).join(', ')}; ` +
        `chosen ${chosen}, ${(share * 100).toFixed(0)} % of the best`,
    )
    console.log(`  at least ${PROMISED_SPEED * 100} %: ${share >= PROMISED_SPEED ? 'yes' : 'NO'}`)
  }
}

async function benchUnloads(folder: string): Promise<void> {
  console.log('\nResident memory of node and inference process, models loaded one after the other (MB)')
  const { startBytes, rounds, replaced } = await benchMemory(folder)
  const megabytes = (bytes: number) => (bytes / 1e6).toFixed(0)
  console.table(
    rounds.map(({ model, loadedBytes, afterBytes, childBytes }) => ({
      model,
      loaded: megabytes(loadedBytes),
      unloaded: megabytes(afterBytes),
      'of it inference': megabytes(childBytes),
      'over the start': `${((afterBytes / startBytes - 1) * 100).toFixed(1)} %`,
    })),
  )
  const worst = Math.max(...rounds.map(({ afterBytes }) => afterBytes / startBytes))
  console.log(`At the start ${megabytes(startBytes)}; the process was replaced ${replaced} times`)
  console.log(
    `Within ${((PROMISED_SHARE - 1) * 100).toFixed(0)} % of the start: ${worst <= PROMISED_SHARE ? 'yes' : 'NO'}`,
  )
}

async function benchFlooded(folder: string): Promise<void> {
  console.log('\nAn honest requester while its node is flooded (tokens/s)')
  const { quiet, flooded, share, counts, memoryBytes } = await benchFlood(folder)
  console.table(
    quiet.map((alone, round) => ({
      quiet: alone.tokensPerSecond.toFixed(0),
      flooded: flooded[round]?.tokensPerSecond.toFixed(0),
      ratio: ((flooded[round]?.tokensPerSecond ?? 0) / alone.tokensPerSecond).toFixed(2),
      'node, % of a core': `${alone.cpuPercent.toFixed(1)}, ${flooded[round]?.cpuPercent.toFixed(1)}`,
      ...counts[round],
    })),
  )
  const megabytes = memoryBytes.map((bytes) => (bytes / 1e6).toFixed(0))
  console.log(`The node's memory before, and after each flood: ${megabytes.join(', ')} MB`)
  const verdict = share >= PROMISED_FLOODED_SHARE ? 'yes' : 'NO'
  console.log(`Median ratio ${share.toFixed(3)}; at least ${PROMISED_FLOODED_SHARE}: ${verdict}`)
}

async function takeTurns(
  targets: readonly BenchTarget[],
  tokens: number,
): Promise<Map<BenchTarget, Timing[]>> {
  const timings = new Map<BenchTarget, Timing[]>(targets.map((target) => [target, []]))
  for (let round = 0; round < ROUNDS; round++) {
    for (const target of targets) timings.get(target)?.push(await target.ask(tokens))
  }
  return timings
}

async function concurrentSpeeds(
  targets: readonly BenchTarget[],
  concurrency: number,
): Promise<Map<BenchTarget, number>> {
  const speeds = new Map<BenchTarget, number[]>(targets.map((target) => [target, []]))
  for (let round = 0; round < CONCURRENT_ROUNDS; round++) {
    for (const target of targets) {
      const startedAt = performance.now()
      const answers = await Promise.all(
        Array.from({ length: concurrency }, () => target.ask(CONCURRENT_TOKENS)),
      )
      const tokens = answers.reduce((sum, answer) => sum + answer.tokens, 0)
      const lastAt = Math.max(...answers.map((answer) => answer.lastTokenMs))
      speeds.get(target)?.push((tokens / Math.min(lastAt, performance.now() - startedAt)) * 1000)
    }
  }
  return new Map([...speeds].map(([target, all]) => [target, median(all)]))
}

function summary(timings: readonly Timing[]) {
  return {
    first: median(timings.map((timing) => timing.firstTokenMs)),
    last: median(timings.map((timing) => timing.lastTokenMs)),
    end: median(timings.map((timing) => timing.endMs)),
  }
}
