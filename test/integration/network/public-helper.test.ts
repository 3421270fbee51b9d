import { describe, expect, it } from 'vitest'
import type { ReachabilityView } from '../../../src/protocol/network-views.ts'
import { descendantPidsOf, driad, makeTestFolder, startNode, until } from '../../helpers/driad-process.ts'

const listen = ['--listen', '/ip4/127.0.0.1/tcp/0']

describe('driad start --bootstrap-only', () => {
  it('lets others find each other, serves as a relay, and runs no inference', async () => {
    using folder = makeTestFolder()
    const dataDir = folder.dataDir('helper')
    const helper = await startNode(['--bootstrap-only', ...listen, '--data-dir', dataDir])
    expect(helper.models).toEqual([])
    expect(descendantPidsOf(helper.child.pid ?? 0)).toEqual([])

    const node = await startNode([
      ...listen,
      ...['--bootstrap', helper.addresses[0] ?? '', '--data-dir', folder.dataDir('node')],
    ])
    const status = async () => {
      const { stdout } = await driad(['network', 'status', '--json', '--data-dir', dataDir])
      return JSON.parse(stdout) as ReachabilityView
    }
    await until(async () => (await status()).serving?.reservations === 1, 'a place for the node on the relay')

    const published = await driad([
      ...['publish', '--json', '--no-mdns', '--prompt', 'Once', '--models', 'demo', '--max-tokens', '4'],
      ...listen,
      ...['--bootstrap', helper.addresses[0] ?? '', '--data-dir', folder.dataDir('requester')],
    ])
    expect(published.json()).toMatchObject([{ status: 'completed', node: node.peerId }])
    expect(await helper.stop()).toBe(0)
    expect(await node.stop()).toBe(0)
    const after = await driad(['network', 'status', '--data-dir', dataDir])
    expect(after.code).toBe(1)
    expect(after.stderr).toContain('Start it with: driad start')
  })

  it('takes no models along', async () => {
    const { code, stderr } = await driad(['start', '--bootstrap-only', '--model', 'x.gguf'])
    expect(code).toBe(2)
    expect(stderr).toContain('--bootstrap-only')
  })
})

describe('driad network key', () => {
  it('makes a key with which node and requester meet, and without which they do not', async () => {
    using folder = makeTestFolder()
    const key = folder.dataDir('network.key')
    const made = await driad(['network', 'key', key, '--json'])
    expect(made.json()).toEqual([{ path: key, fingerprint: expect.stringMatching(/^[0-9a-f]{8}$/) }])
    const again = await driad(['network', 'key', key])
    expect(again.code).toBe(2)
    expect(again.stderr).toContain('never overwritten')

    const node = await startNode([...listen, '--network-key', key, '--data-dir', folder.dataDir('node')])
    const publish = (more: string[]) =>
      driad([
        ...['publish', '--json', '--no-mdns', '--prompt', 'Once', '--models', 'demo', '--max-tokens', '4'],
        ...listen,
        ...['--bootstrap', node.addresses[0] ?? '', '--data-dir', folder.dataDir('requester'), ...more],
      ])
    const within = await publish(['--network-key', key])
    expect(within.json()).toMatchObject([{ status: 'completed', node: node.peerId }])
    const without = await publish(['--timeout-ms', '3000'])
    expect(without.code).toBe(1)
    expect(without.stderr).toContain('It may be on a private network, which takes its key (--network-key)')
    await node.stop()
  })
})
