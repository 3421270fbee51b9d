// A requester of the chaos run: `<data folder> <network> <bootstrap, by commas> <port> <seed>`. Takes up what an earlier
// process left, publishes tasks until it is told on stdin to `drain`, says each second how many have not ended, and ends at `quit`.
import { createInterface } from 'node:readline'
import { createLogger } from '../../src/node/logs/create-logger.ts'
import { openRequester } from '../../src/node/requester/open-requester.ts'
import { chainedGenerations } from '../helpers/chained-generations.ts'
import { Random } from './random.ts'

const [dataDir = '', network = '', bootstrap = '', port = '', seed = ''] = process.argv.slice(2)
const random = new Random(Number(seed))
/** Tasks that have not ended, beyond which nothing is published. */
const MAX_OPEN = 10
const PAUSE_MS = 400

const logs = createLogger({ level: 'warn', destinations: { stderr: 'pretty' } })
const opened = await openRequester({
  dataDir,
  network,
  bootstrap: bootstrap.split(','),
  listen: [`/ip4/127.0.0.1/tcp/${port}`],
  mdns: false,
  dht: true,
  recover: true,
  logger: logs.logger,
})
const { requester, store } = opened
let draining = false
let quitting = false

createInterface({ input: process.stdin }).on('line', (line) => {
  if (line === 'drain') draining = true
  else if (line === 'publish') void publish(60_000)
  else if (line === 'quit') quitting = true
})
console.log('ready')

let told = 0
while (!quitting) {
  const open = count('ended_at_ms IS NULL')
  if (!draining && open < MAX_OPEN) {
    const taskId = await publish(random.between(8_000, 60_000))
    if (taskId !== undefined && random.chance(0.05)) {
      setTimeout(() => void requester.cancel(taskId).catch(say), random.between(50, 3_000)).unref()
    }
  }
  if (Date.now() - told > 1_000) {
    told = Date.now()
    const state = draining ? 'drains' : 'publishes'
    console.log(
      `${state} open ${count('ended_at_ms IS NULL')} unacknowledged ${count("receipt_state = 'waiting'")}`,
    )
  }
  await new Promise((resolve) => setTimeout(resolve, random.between(PAUSE_MS / 2, PAUSE_MS * 2)))
}
await opened.close()
await logs.close()
console.log('closed')
process.exit(0)

async function publish(timeoutMs: number): Promise<string | undefined> {
  try {
    return await requester.publish({
      workflow: chainedGenerations({
        steps: random.between(1, 3),
        maxTokens: random.between(4, 40),
        prompt: () => `What is ${random.between(1, 1_000)} good for?`,
      }),
      models: ['demo'],
      deadlineMs: Date.now() + timeoutMs,
      stream: random.chance(0.5),
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
