import { describe, expect, it } from 'vitest'
import type { ReachabilityView } from '../../../src/protocol/network-views.ts'
import { driad, makeTestFolder, type NodeProcess, startNode, until } from '../../helpers/driad-process.ts'
import { makeHomes, type RouterKind, whyNoNamespaces } from '../../helpers/network-namespaces.ts'

const TASKS = 100

const why = whyNoNamespaces()
if (why !== undefined) console.warn(`Skipped: two homes behind routers, because ${why}`)

describe.skipIf(why !== undefined)(
  'two homes behind routers, and a public helper',
  { timeout: 180_000 },
  () => {
    it('find each other over the relay, then work directly, and need the helper no more', async () => {
      const { results, view, directBytes } = await work('one-port', async ({ node, helper, status }) => {
        await node.waitFor(({ event, state }) => event === 'task' && state === 'acknowledged')
        // One to the helper, one to the requester.
        await until(async () => {
          const { connections } = await status()
          return connections.direct >= 2 && connections.relayed === 0
        }, 'nothing to go over the relay')
        await helper.stop('SIGKILL')
        const done = node.events.filter(({ event, state }) => event === 'task' && state === 'acknowledged')
        expect(done.length, 'there is work left').toBeLessThan(TASKS)
      })
      expect(results).toEqual(Array(TASKS).fill('completed'))
      expect(view.level).toBe('hole-punching')
      // A task is a few hundred bytes, signed, each way; the answers are in it.
      expect(directBytes).toBeGreaterThan(TASKS * 500)
    })

    it('are public where the router forwards the port: a peer tries', async () => {
      using folder = makeTestFolder()
      using homes = makeHomes('one-port')
      const { server, one } = homes
      one.forwardPort(4005)
      const start = (name: string, within: readonly string[], ...args: string[]) =>
        startNode(['--bootstrap-only', '--data-dir', folder.dataDir(name), ...args], {}, within)
      const helper = await start('helper', server.within, '--listen', '/ip4/0.0.0.0/tcp/4001')
      const bootstrap = `/ip4/${server.address}/tcp/4001/p2p/${helper.peerId}`
      const node = await start(
        'node',
        one.within,
        '--listen',
        '/ip4/0.0.0.0/tcp/4005',
        '--bootstrap',
        bootstrap,
      )
      await until(async () => (await statusOf(folder.dataDir('node'))).level === 'public', 'to be public')
      const { addresses } = await statusOf(folder.dataDir('node'))
      expect(addresses[0]).toBe(`/ip4/${one.address}/tcp/4005/p2p/${node.peerId}`)
      await Promise.all([node.stop(), helper.stop()])
    })

    it('work over the relay where routers give each peer another port', async () => {
      const { results, directBytes } = await work('port-per-peer')
      expect(results).toEqual(Array(TASKS).fill('completed'))
      expect(directBytes).toBe(0)
    })
  },
)

interface AtWork {
  readonly node: NodeProcess
  readonly helper: NodeProcess
  /** How the node is reached. */
  status(): Promise<ReachabilityView>
}

/** A node in one home, a requester in the other: what came of it. */
async function work(kind: RouterKind, meanwhile: (atWork: AtWork) => Promise<void> = async () => {}) {
  using folder = makeTestFolder()
  using homes = makeHomes(kind)
  const { server, one, other } = homes
  const helper = await startNode(
    ['--bootstrap-only', '--listen', '/ip4/0.0.0.0/tcp/4001', '--data-dir', folder.dataDir('helper')],
    {},
    server.within,
  )
  const bootstrap = `/ip4/${server.address}/tcp/4001/p2p/${helper.peerId}`
  const nodeDir = folder.dataDir('node')
  const node = await startNode(
    ['--listen', '/ip4/0.0.0.0/tcp/0', '--bootstrap', bootstrap, '--data-dir', nodeDir],
    {},
    one.within,
  )
  const status = () => statusOf(nodeDir)
  await until(async () => (await status()).relays.length > 0, 'a place on the relay')
  const view = await status()
  const publishing = driad(
    [
      ...['publish', '--json', '--no-mdns', '--prompt', 'Once upon a time', '--models', 'demo'],
      ...['--max-tokens', '200', '--count', String(TASKS), '--listen', '/ip4/0.0.0.0/tcp/0'],
      ...['--bootstrap', bootstrap, '--data-dir', folder.dataDir('requester')],
    ],
    { within: other.within },
  )
  await meanwhile({ node, helper, status })
  const results = (await publishing).json<{ status: string }>().map((task) => task.status)
  await Promise.all([node.stop(), helper.stop()])
  return { view, results, directBytes: homes.directBytes() }
}

async function statusOf(dataDir: string): Promise<ReachabilityView> {
  const { stdout } = await driad(['network', 'status', '--json', '--data-dir', dataDir])
  return JSON.parse(stdout) as ReachabilityView
}
