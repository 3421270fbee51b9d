import { join } from 'node:path'
import { type OpenedRequester, openRequester } from '../../src/node/requester/open-requester.ts'
import { SLOTS_PER_NODE } from '../../src/protocol/wire/limits.ts'
import { simpleWorkflow } from '../../src/protocol/workflow/simple.ts'
import { cpuMs } from '../helpers/cpu-time.ts'
import { runTypeScript } from '../helpers/run-typescript.ts'

export const PROMISED_QUEUED_PER_SECOND = 10_000
export const PROMISED_ACCEPTED_PER_SECOND = 1_000

const NETWORK = 'bench-queue'
const WARM_UP = 1_000
const program = new URL('./accepting-node.program.ts', import.meta.url).pathname

/** Tasks that `publishMany` has on disk in a second, with no node to take them. */
export async function benchQueued(
  folder: string,
  { tasks = 20_000, rounds = 3 } = {},
): Promise<{ readonly perSecond: number }> {
  const opened = await open(join(folder, 'queued'))
  try {
    // Statements, and code that runs often enough to be compiled.
    await opened.requester.publishMany(requests(2_000))
    let best = 0
    for (let round = 0; round < rounds; round++) {
      const startedAt = performance.now()
      await opened.requester.publishMany(requests(tasks))
      best = Math.max(best, (tasks / (performance.now() - startedAt)) * 1000)
    }
    return { perSecond: best }
  } finally {
    await opened.close()
  }
}

export interface Accepted {
  readonly perSecond: number
  /** CPU time for each task: what is left of the speed's dependence on who else uses the computer. */
  readonly nodeCpuMs: number
  readonly requesterCpuMs: number
}

/** Tasks that a node in a process of its own accepts in a second, each assigned directly and on its disk. They never end. */
export async function benchAccepted(
  folder: string,
  { tasks = SLOTS_PER_NODE - WARM_UP } = {},
): Promise<Accepted> {
  const node = runTypeScript(program, [NETWORK, String(SLOTS_PER_NODE)])
  const { value } = await node.lines[Symbol.asyncIterator]().next()
  const opened = await open(join(folder, 'accepted'), JSON.parse(value ?? '[]') as string[])
  try {
    const accept = async (count: number) => {
      const { promise, resolve } = Promise.withResolvers<void>()
      let left = count
      const unwatch = opened.requester.onEvent((event) => {
        if (event.type === 'state' && event.state === 'accepted' && --left === 0) resolve()
      })
      await opened.requester.publishMany(requests(count))
      await promise
      unwatch()
    }
    // The stream is opened, and the code compiled.
    await accept(WARM_UP)
    const pid = node.child.pid ?? 0
    const nodeBefore = cpuMs(pid)
    const ownBefore = process.cpuUsage()
    const startedAt = performance.now()
    await accept(tasks)
    const own = process.cpuUsage(ownBefore)
    return {
      perSecond: (tasks / (performance.now() - startedAt)) * 1000,
      nodeCpuMs: (cpuMs(pid) - nodeBefore) / tasks,
      requesterCpuMs: (own.user + own.system) / 1000 / tasks,
    }
  } finally {
    await opened.close()
    node.child.kill('SIGKILL')
    await node.ended
  }
}

function open(dataDir: string, bootstrap: readonly string[] = []): Promise<OpenedRequester> {
  return openRequester({
    dataDir,
    network: NETWORK,
    bootstrap,
    listen: ['/ip4/127.0.0.1/tcp/0'],
    mdns: false,
    dht: false,
    limits: { stopWaitMs: 100 },
  })
}

/** Tasks as they come in numbers: the same workflow with another input each. */
function* requests(count: number) {
  const workflow = JSON.stringify(simpleWorkflow({ prompt: 'Tell of {{input}}.', maxTokens: 100 }))
  const deadlineMs = Date.now() + 3_600_000
  for (let index = 0; index < count; index++)
    yield { workflow, models: ['demo'], input: `thing number ${index}`, deadlineMs }
}
