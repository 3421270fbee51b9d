import { mkdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { openStore } from '../../src/node/store/open-store.ts'
import { type AuditResult, audit } from './audit.ts'
import { Faults } from './faults.ts'
import { FaultyProxy } from './faulty-proxy.ts'
import { Member } from './member.ts'
import { Random } from './random.ts'
import { SmallDisk } from './small-disk.ts'

export interface ChaosInit {
  /** Data folders and logs of the members; kept for who looks for a cause. */
  readonly folder: string
  readonly seed: number
  readonly faultsMs: number
  readonly nodes: number
  readonly requesters: number
  readonly say: (line: string) => void
}

export interface ChaosReport extends AuditResult {
  readonly seed: number
  readonly faults: Readonly<Record<string, number>>
  readonly lives: Readonly<Record<string, number>>
  readonly bytes: number
  /** Results that nodes left with other nodes. */
  readonly lettersLeft: number
  readonly diskFilled: boolean
  /** From the end of the faults until nothing was open any more. */
  readonly settledMs: number
}

/** Longest from the end of the faults until everything has come to rest. */
const SETTLE_TIMEOUT_MS = 180_000
const ASK_AGAIN_MS = 5_000

/** Runs a network of real processes, does harm to it, lets it come to rest, and compares the books. */
export async function runChaos(init: ChaosInit): Promise<ChaosReport> {
  const { folder, seed, say } = init
  const random = new Random(seed)
  await using stack = new AsyncDisposableStack()
  const network = `chaos-${process.pid}-${seed}`
  const logFolder = join(folder, 'logs')
  mkdirSync(logFolder, { recursive: true })
  const names = [
    ...Array.from({ length: init.nodes }, (_, at) => ({ kind: 'node' as const, name: `node-${at}` })),
    ...Array.from({ length: init.requesters }, (_, at) => ({
      kind: 'requester' as const,
      name: `requester-${at}`,
    })),
  ]
  const disk = SmallDisk.mount(join(folder, 'node-0'))
  if (disk !== undefined) stack.use(disk)

  const routes: Record<string, number> = {}
  const members: Member[] = []
  const ports = await freePorts(names.length)
  const bootstrap = ports.slice(0, init.nodes).map((port) => `/ip4/127.0.0.1/tcp/${port}`)
  for (const [at, { kind, name }] of names.entries()) {
    const port = ports[at] as number
    const proxy = stack.use(await FaultyProxy.start(port))
    routes[port] = proxy.port
    const dataDir = join(folder, name)
    members.push(
      stack.use(
        new Member({ kind, name, dataDir, network, port, proxy, logFolder, bootstrap, routes: () => routes }),
      ),
    )
  }
  say(`seed ${seed}: ${init.nodes} nodes, ${init.requesters} requesters, in ${folder}`)
  if (disk === undefined) say('no disk is filled: that needs root on Linux')
  await startAll(members)

  say(`harm for ${Math.round(init.faultsMs / 1000)} s`)
  const faults = new Faults({ members, disk, random, say })
  await faults.run(AbortSignal.timeout(init.faultsMs))

  say('everything is put right, and comes to rest')
  for (const { init: of } of members) {
    of.proxy.refuse(false)
    of.proxy.lose(false)
    of.proxy.delay(0)
  }
  disk?.free()
  const healedAt = performance.now()
  // Clocks are right again, too.
  await Promise.all(members.map((member) => member.quit()))
  await startAll(members)
  await comeToRest(members, say)
  const settledMs = Math.round(performance.now() - healedAt)
  for (const member of members.toReversed()) await member.quit()
  const lettersLeft = members.reduce((sum, member) => sum + lettersOf(member), 0)

  say('the books are compared')
  const result = await audit(members.map(({ init: { name, kind, dataDir } }) => ({ name, kind, dataDir })))
  return {
    ...result,
    seed,
    faults: Object.fromEntries(faults.counts),
    lives: Object.fromEntries(members.map(({ init: { name }, lives }) => [name, lives])),
    bytes: members.reduce((sum, { init: { proxy } }) => sum + proxy.bytes, 0),
    lettersLeft,
    diskFilled: (faults.counts.get('fill a disk') ?? 0) > 0,
    settledMs,
  }
}

async function startAll(members: readonly Member[]): Promise<void> {
  for (const kind of ['node', 'requester']) {
    const of = members.filter((member) => member.init.kind === kind)
    const started = await Promise.all(of.map((member) => member.start()))
    const at = started.indexOf(false)
    if (at !== -1) throw new Error(`${of[at]?.init.name} does not start`)
  }
}

/** Until no task is open and no receipt due on either side. What is still due then is for the audit to say. */
async function comeToRest(members: readonly Member[], say: (line: string) => void): Promise<void> {
  const requesters = members.filter(({ init: { kind } }) => kind === 'requester')
  const nodes = members.filter(({ init: { kind } }) => kind === 'node')
  for (const requester of requesters) requester.say('drain')
  const until = performance.now() + SETTLE_TIMEOUT_MS
  let askedAt = 0
  while (performance.now() < until) {
    const open = requesters.reduce((sum, member) => sum + member.open + member.unacknowledged, 0)
    const due = (await Promise.all(nodes.map(dueAt))).reduce((sum, of) => sum + of, 0)
    if (open === 0 && due === 0) return
    if (performance.now() - askedAt > ASK_AGAIN_MS) {
      askedAt = performance.now()
      say(
        `still open: ${Number.isFinite(open) ? open : 'not known how many'} with requesters, ${due} with nodes`,
      )
      // A node that is owed something hears where its requester is from its next offer.
      if (open === 0) for (const requester of requesters) requester.say('publish')
    }
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
  say('it did not come to rest in time')
}

async function dueAt({ init: { dataDir } }: Member): Promise<number> {
  const store = openStore({ path: join(dataDir, 'driad.sqlite'), readOnly: true })
  const row = store.get<{ due: number }>(
    "SELECT count(*) AS due FROM node_tasks WHERE ended_at_ms IS NULL OR receipt_state = 'waiting'",
  )
  await store.close()
  return row?.due ?? 0
}

/** As its log says. */
function lettersOf({ init: { logFolder, name } }: Member): number {
  const log = readFileSync(join(logFolder, `${name}.log`), 'utf8')
  return [...log.matchAll(/Results were left with other nodes.*?letters\D+(\d+)/g)].reduce(
    (sum, match) => sum + Number(match[1]),
    0,
  )
}

/** Ports that nobody listens on at the moment. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer()
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      return server
    }),
  )
  const ports = servers.map((server) => {
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('No port')
    return address.port
  })
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}
