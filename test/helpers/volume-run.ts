import { join } from 'node:path'
import Libsql from 'libsql'
import { openRequester } from '../../src/node/requester/open-requester.ts'
import { openSettings } from '../../src/node/settings/settings.ts'
import { openStore } from '../../src/node/store/open-store.ts'
import { simpleWorkflow } from '../../src/protocol/workflow/simple.ts'
import { cpuMs } from './cpu-time.ts'
import { descendantPidsOf, type NodeProcess } from './driad-process.ts'
import { liveHeapBytes } from './heap.ts'
import { makeTestNetwork } from './test-network.ts'

export interface VolumeRunInit {
  readonly tasks: number
  readonly nodes: number
  /** Fewest and most tokens of an answer. */
  readonly tokens: readonly [number, number]
  /** Generations side by side in each node; the program's own default where absent. */
  readonly slots?: number
  /** Tasks of the requester that are under way at a time. */
  readonly concurrency?: number
}

export interface VolumeRun {
  readonly seconds: number
  readonly completed: number
  /** Rows of tasks over all nodes, and different tasks among them: more rows are tasks that ran more than once. */
  readonly executions: number
  readonly executedTasks: number
  readonly debits: number
  readonly credits: number
  readonly perNode: readonly {
    readonly tasks: number
    /** Time with at least one task in the engine, of the time from its first to its last. */
    readonly busyShare: number
    readonly medianRunMs: number
    /** CPU time of the node's process and of its inference process, for each of its tasks. */
    readonly nodeCpuMs: number
    readonly inferenceCpuMs: number
  }[]
  /** Live heap of the requester's process after a tenth of the tasks, and the most after that. */
  readonly earlyHeapBytes: number
  readonly peakHeapBytes: number
  /** CPU time of the requester's process for each task. */
  readonly requesterCpuMs: number
}

/** Short answers from the tiny model, by real nodes in processes of their own, over loopback. */
export async function runVolume(init: VolumeRunInit): Promise<VolumeRun> {
  const { tasks, nodes: nodeCount, slots, concurrency = 256 } = init
  const [fewest, most] = init.tokens
  await using network = makeTestNetwork()
  const names = Array.from({ length: nodeCount }, (_, index) => `n${index}`)
  if (slots !== undefined) for (const name of names) await setSlots(network.folder.dataDir(name), slots)
  const nodes = await Promise.all(names.map((name) => network.node(name, '--log-level', 'error')))
  const opened = await openRequester({
    dataDir: network.folder.dataDir('requester'),
    network: network.name,
    bootstrap: nodes.flatMap((node) => node.addresses),
    listen: ['/ip4/127.0.0.1/tcp/0'],
    mdns: false,
  })
  const requests = function* () {
    for (let index = 0; index < tasks; index++) {
      yield {
        workflow: simpleWorkflow({ prompt: 'Hey there!', maxTokens: fewest + (index % (most - fewest + 1)) }),
        models: ['demo'],
        sampling: { temperature: 0 },
        deadlineMs: Date.now() + 3_600_000,
      }
    }
  }
  let completed = 0
  let earlyHeapBytes = 0
  let peakHeapBytes = 0
  const every = Math.max(1, Math.floor(tasks / 10))
  let ended = 0
  const cpuBefore = nodes.map(cpuOf)
  const ownBefore = process.cpuUsage()
  const startedAt = performance.now()
  let pausedMs = 0
  let pausedCpuMs = 0
  for await (const { task, refused } of opened.requester.stream(requests(), { concurrency })) {
    if (refused !== undefined) throw refused
    if (task.status === 'completed') completed++
    if (++ended % every !== 0) continue
    const from = performance.now()
    const cpuFrom = process.cpuUsage()
    // What the nodes say of every task would be what is measured.
    for (const node of nodes) node.forgetEvents()
    const bytes = liveHeapBytes()
    pausedMs += performance.now() - from
    const looking = process.cpuUsage(cpuFrom)
    pausedCpuMs += (looking.user + looking.system) / 1000
    if (ended === every) earlyHeapBytes = bytes
    else peakHeapBytes = Math.max(peakHeapBytes, bytes)
  }
  const seconds = (performance.now() - startedAt - pausedMs) / 1000
  const own = process.cpuUsage(ownBefore)
  const cpuAfter = nodes.map(cpuOf)
  // Receipts arrive, and the nodes write their credits.
  await opened.close()
  const debits = (await network.ledgerOf('requester')).entries.length
  await Promise.all(nodes.map((node) => node.stop()))
  const executed = new Set<string>()
  let executions = 0
  let credits = 0
  const perNode = names.map((name, index) => {
    const facts = nodeFacts(join(network.folder.dataDir(name), 'driad.sqlite'))
    for (const id of facts.taskIds) executed.add(id)
    executions += facts.taskIds.length
    credits += facts.credits
    const spent = spentMs(cpuBefore[index] ?? new Map(), cpuAfter[index] ?? new Map())
    return {
      tasks: facts.taskIds.length,
      busyShare: facts.busyShare,
      medianRunMs: facts.medianRunMs,
      nodeCpuMs: spent.node / facts.taskIds.length,
      inferenceCpuMs: spent.inference / facts.taskIds.length,
    }
  })
  return {
    seconds,
    completed,
    executions,
    executedTasks: executed.size,
    debits,
    credits,
    perNode,
    earlyHeapBytes,
    peakHeapBytes,
    // Collecting garbage to look at the heap is not the requester's work.
    requesterCpuMs: ((own.user + own.system) / 1000 - pausedCpuMs) / tasks,
  }
}

/** CPU time so far of the node's process and of those below it, by pid; the inference process is the last in the line. */
function cpuOf(node: NodeProcess): ReadonlyMap<number, number> {
  const pid = node.child.pid ?? 0
  return new Map([pid, ...descendantPidsOf(pid)].map((each) => [each, cpuMs(each)]))
}

function spentMs(before: ReadonlyMap<number, number>, after: ReadonlyMap<number, number>) {
  const spent = [...after].map(([pid, ms]) => ms - (before.get(pid) ?? 0))
  // A process that only looked at the devices may have been there at the beginning, and is gone by now.
  const inference = spent.length > 1 ? (spent.pop() ?? 0) : 0
  return { node: spent.reduce((sum, ms) => sum + ms, 0), inference }
}

/** As an operator would in the Settings view. */
async function setSlots(dataDir: string, slots: number): Promise<void> {
  const store = openStore({ path: join(dataDir, 'driad.sqlite') })
  await openSettings({ store }).set({ slots })
  await store.close()
}

function nodeFacts(path: string) {
  const db = new Libsql(path, { readonly: true } as Libsql.Options)
  try {
    const runs = db
      .prepare(
        `SELECT t.task_id AS id, t.total_ms AS ms,
           (SELECT min(at_ms) FROM node_task_transitions s WHERE s.task_id = t.task_id AND s.state = 'executing') AS at
         FROM node_tasks t ORDER BY at`,
      )
      .all() as { id: string; ms: number; at: number }[]
    const { credits } = db
      .prepare("SELECT count(*) AS credits FROM ledger WHERE direction = 'credit'")
      .get() as {
      credits: number
    }
    let busyMs = 0
    let until = Number.NEGATIVE_INFINITY
    for (const { at, ms } of runs) {
      busyMs += Math.max(0, at + ms - Math.max(at, until))
      until = Math.max(until, at + ms)
    }
    const wallMs = until - (runs[0]?.at ?? until)
    const durations = runs.map(({ ms }) => ms).sort((one, other) => one - other)
    return {
      taskIds: runs.map(({ id }) => id),
      credits,
      busyShare: wallMs === 0 ? 1 : busyMs / wallMs,
      medianRunMs: durations[durations.length >> 1] ?? 0,
    }
  } finally {
    db.close()
  }
}
