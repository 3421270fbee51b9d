import { describe, expect, it } from 'vitest'
import type { ReachabilityView } from '../../../src/protocol/network-views.ts'
import { driad, makeTestFolder, startNode, until } from '../../helpers/driad-process.ts'
import { makeHomes, type RouterKind, whyNoNamespaces } from '../../helpers/network-namespaces.ts'

const TASKS = 12

const why = whyNoNamespaces()
if (why !== undefined) console.warn(`Skipped: two homes behind routers, because ${why}`)

describe.skipIf(why !== undefined)('two homes behind routers, and a public helper', () => {
  it('find each other over the relay, and work directly where routers keep to one port', async () => {
    const { view, results, directBytes } = await work('one-port')
    expect(results).toEqual(Array(TASKS).fill('completed'))
    expect(view.level).toBe('hole-punching')
    // A task is a few hundred bytes, signed, each way; the answers are in it.
    expect(directBytes).toBeGreaterThan(TASKS * 500)
  })

  it('work over the relay where routers give each peer another port', async () => {
    const { results, directBytes } = await work('port-per-peer')
    expect(results).toEqual(Array(TASKS).fill('completed'))
    expect(directBytes).toBe(0)
  })
})

/** A node in one home, a requester in the other: what came of it. */
async function work(kind: RouterKind) {
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
  const status = async () => {
    const { stdout } = await driad(['network', 'status', '--json', '--data-dir', nodeDir])
    return JSON.parse(stdout) as ReachabilityView
  }
  await until(async () => (await status()).relays.length > 0, 'a place on the relay')
  const published = await driad(
    [
      'publish',
      '--json',
      '--no-mdns',
      ...['--prompt', 'Once upon a time', '--models', 'demo', '--max-tokens', '8', '--count', String(TASKS)],
      ...[
        '--listen',
        '/ip4/0.0.0.0/tcp/0',
        '--bootstrap',
        bootstrap,
        '--data-dir',
        folder.dataDir('requester'),
      ],
    ],
    { within: other.within },
  )
  const results = published.json<{ status: string }>().map((task) => task.status)
  const view = await status()
  await Promise.all([node.stop(), helper.stop()])
  return { view, results, directBytes: homes.directBytes(), published, node, helper }
}
