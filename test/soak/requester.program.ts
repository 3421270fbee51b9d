// A requester of the soak: its one argument is a `RequesterPlan` as JSON. Takes up what an earlier process left, publishes tasks at
// random moments until it is told on stdin to `drain`, says each second what is open, and ends at `quit`.
import { createInterface } from 'node:readline'
import { createLogger } from '../../src/node/logs/create-logger.ts'
import { openRequester } from '../../src/node/requester/open-requester.ts'
import { Random } from '../chaos/random.ts'
import { chainedGenerations } from '../helpers/chained-generations.ts'

export interface RequesterPlan {
  readonly dataDir: string
  readonly network: string
  readonly bootstrap: readonly string[]
  readonly seed: number
  readonly tasksPerSecond: number
  readonly models: readonly string[]
}

/** Tasks that have not ended, beyond which nothing is published. */
const MAX_OPEN = 60
const TASK_MS = 5 * 60_000

const kinds = [
  { weight: 80, steps: [1, 1], maxTokens: [4, 32] },
  { weight: 15, steps: [2, 4], maxTokens: [8, 48] },
  { weight: 5, steps: [1, 2], maxTokens: [200, 600] },
] as const

const plan = JSON.parse(process.argv[2] ?? '{}') as RequesterPlan
const random = new Random(plan.seed)
const logs = createLogger({ level: 'warn', destinations: { stderr: 'pretty' } })
const opened = await openRequester({
  dataDir: plan.dataDir,
  network: plan.network,
  bootstrap: plan.bootstrap,
  listen: ['/ip4/127.0.0.1/tcp/0'],
  mdns: false,
  dht: true,
  recover: true,
  logger: logs.logger,
})
const { requester, store } = opened
let draining = false
let quitting = false
let isOrphan = false

createInterface({ input: process.stdin })
  .on('line', (line) => {
    if (line === 'drain') draining = true
    else if (line === 'publish') void publish()
    else if (line === 'quit') quitting = true
  })
  .on('close', () => {
    isOrphan = true // who started us is gone
  })
console.log('ready')

let told = 0
// One that was asked for a task at the last moment sees it end.
while (!isOrphan && !(quitting && count('ended_at_ms IS NULL') === 0)) {
  const open = count('ended_at_ms IS NULL')
  if (!draining && open < MAX_OPEN) {
    const taskId = await publish()
    if (taskId !== undefined && random.chance(0.04)) {
      setTimeout(() => void requester.cancel(taskId).catch(say), random.between(20, 1_500)).unref()
    }
  }
  if (performance.now() - told > 1_000) {
    told = performance.now()
    console.log(`open ${open} unacknowledged ${count("receipt_state = 'waiting'")}`)
  }
  const pauseMs = draining
    ? 250
    : Math.min(5_000, (-Math.log(1 - random.next()) / plan.tasksPerSecond) * 1_000)
  await new Promise((resolve) => setTimeout(resolve, pauseMs))
}
await opened.close()
await logs.close()
console.log('closed')
process.exit(0)

async function publish(): Promise<string | undefined> {
  const { steps, maxTokens } = random.weighted(kinds)
  try {
    return await requester.publish({
      workflow: chainedGenerations({
        steps: random.between(steps[0], steps[1]),
        maxTokens: random.between(maxTokens[0], maxTokens[1]),
        prompt: () => `Write a story about ${random.between(1, 1_000)} dragons.`,
      }),
      models: [random.pick(plan.models)],
      deadlineMs: Date.now() + TASK_MS,
      stream: random.chance(0.5),
      cancelOnDisconnect: random.chance(0.1),
    })
  } catch (error) {
    say(error)
    return undefined
  }
}

function count(condition: string): number {
  return store.get<{ n: number }>(`SELECT count(*) AS n FROM requests WHERE ${condition}`)?.n ?? 0
}

function say(error: unknown): void {
  console.error(error instanceof Error ? error.message : String(error))
}
