import { createSocket } from 'node:dgram'
import { networkInterfaces } from 'node:os'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { createEphemeralIdentity } from '../../../src/node/identity/identity.ts'
import { createNetworkHost } from '../../../src/node/network/create-host.ts'
import { until } from '../../helpers/driad-process.ts'
import { aNetworkName, connected, startHost } from '../../helpers/network-hosts.ts'
import { recordingLogger } from '../../helpers/recording-logger.ts'
import { runTypeScript } from '../../helpers/run-typescript.ts'

const { signal } = new AbortController()
const hasIPv6 = networkInterfaces()['lo']?.some(({ address }) => address === '::1') === true
if (!hasIPv6) console.warn('Skipped: IPv6, as this computer has none')

describe('bootstrap', () => {
  it('finds a peer that starts later, and again after it was away, on the same port', async () => {
    const network = aNetworkName()
    const { privateKey } = await createEphemeralIdentity()
    const first = await startHost(network, { privateKey })
    const [address = ''] = first.host.addresses()
    const listen = [address.replace(/\/p2p\/.*/, '')]
    await first.host.stop()

    await using node = await startHost(network, { bootstrap: [address] })
    await until(() => node.lines.some((line) => line.level === 'warn'), 'a warning')
    const second = await startHost(network, { privateKey, listen })
    await until(() => connected(node, second), 'the first connection')
    await second.host.stop()
    await until(() => node.host.peers().length === 0, 'the end of the connection')
    await using third = await startHost(network, { privateKey, listen })
    await until(() => connected(node, third), 'the second connection')
    expect(node.lines.filter((line) => line.level === 'error')).toEqual([])
  })

  it('works without the peer id, over WebSocket too', async () => {
    const network = aNetworkName()
    await using node = await startHost(network, { listen: ['/ip4/127.0.0.1/tcp/0/ws'] })
    const address = node.host.addresses()[0]?.replace(/\/p2p\/.*/, '') ?? ''
    await using other = await startHost(network, { listen: [], bootstrap: [address] })
    await until(() => connected(node, other), 'a connection')
    expect(other.host.peers()).toMatchObject([{ direction: 'outbound', agent: 'driad/test' }])
    expect(node.host.peers()).toMatchObject([{ direction: 'inbound', agent: 'driad/test' }])
  })
})

describe('IPv6', () => {
  it.skipIf(!hasIPv6)('connects as well as IPv4, and both can be listened on', async () => {
    const network = aNetworkName()
    await using node = await startHost(network, { listen: ['/ip4/127.0.0.1/tcp/0', '/ip6/::1/tcp/0'] })
    const addresses = node.host.addresses()
    expect(new Set(addresses.map((address) => address.split('/')[1]))).toEqual(new Set(['ip4', 'ip6']))
    await using other = await startHost(network, {
      listen: [],
      bootstrap: addresses.filter((address) => address.startsWith('/ip6/')),
    })
    await until(() => connected(node, other), 'a connection')
    expect(other.host.peers()[0]?.address).toContain('/ip6/::1/')
  })
})

describe('the DHT', () => {
  it('leads a requester to a node that it has no link to', async () => {
    const network = aNetworkName()
    // Nobody is dialled merely because it was discovered.
    const shy = { dht: true, limits: { wantedConnections: 0 } }
    await using middle = await startHost(network, shy)
    await using node = await startHost(network, { ...shy, knows: [middle] })
    await using requester = await startHost(network, { ...shy, knows: [middle] })
    await until(() => connected(middle, node) && connected(middle, requester), 'the connections')
    expect(connected(requester, node)).toBe(false)
    node.host.announceModels(['demo'])
    await until(
      async () => (await requester.host.connectToProviders(['demo'], { signal })) > 0,
      'a provider to be found',
    )
    expect(requester.host.peers().map((peer) => peer.peerId)).toContain(node.host.peerId)
    expect(await requester.host.connectToProviders(['unknown'], { signal })).toBe(0)
  })

  it('makes all peers of a small network known to each other', async () => {
    const network = aNetworkName()
    await using middle = await startHost(network, { dht: true })
    await using one = await startHost(network, { dht: true, knows: [middle] })
    await using other = await startHost(network, { dht: true, knows: [middle] })
    await until(() => connected(one, other), 'a connection of the two')
  })
})

describe('mDNS', () => {
  it('finds the nodes of the same network, and of no other', async (context) => {
    if (!(await multicastWorks())) {
      console.info('skipped: multicast does not work on this machine, so mDNS finds nobody')
      context.skip()
    }
    const network = aNetworkName()
    await using one = await startHost(network, { mdns: true })
    await using foreign = await startHost(aNetworkName(), { mdns: true })
    await using other = await startHost(network, { mdns: true })
    await until(() => connected(one, other), 'a connection of the two')
    expect(foreign.host.peers()).toEqual([])
  })
})

describe('starting and stopping', () => {
  const start = async (listen: string[]) => {
    const { privateKey } = await createEphemeralIdentity()
    const { logger } = recordingLogger()
    const common = { privateKey, networkName: aNetworkName(), bootstrap: [], mdns: false, dht: true, logger }
    const host = await createNetworkHost({ ...common, listen })
    await host.start()
    return host
  }

  it('names the address that another program has', async () => {
    const first = await start(['/ip4/127.0.0.1/tcp/0'])
    const address = first.addresses()[0]?.replace(/\/p2p\/.*/, '') ?? ''
    await expect(start([address])).rejects.toMatchObject({
      code: 'port_in_use',
      message: expect.stringContaining(address),
    })
    await first.stop()
  })

  it.each(['nonsense', '/ip4/203.0.113.7/tcp/0'])(
    'names the address %s that it cannot listen on',
    async (address) => {
      await expect(start([address])).rejects.toMatchObject({
        code: 'bad_setting',
        message: expect.stringContaining(address),
      })
    },
  )

  it('stops twice, and does not start again', async () => {
    const host = await start(['/ip4/127.0.0.1/tcp/0'])
    await Promise.all([host.stop(), host.stop()])
    await host.stop()
    await expect(host.start()).rejects.toMatchObject({ code: 'stopping' })
  })

  it('leaves nothing behind that keeps a process alive', async () => {
    const path = fileURLToPath(new URL('../../helpers/network-program.ts', import.meta.url))
    const program = runTypeScript(path, [aNetworkName()])
    const timer = setTimeout(() => program.child.kill('SIGKILL'), 20_000)
    const lines: string[] = []
    for await (const line of program.lines) lines.push(line)
    expect(await program.ended).toBe(0)
    clearTimeout(timer)
    expect(lines).toEqual(['stopped'])
  })
})

/** Sends itself a datagram by way of mDNS's group, on a port that nobody uses. */
async function multicastWorks(): Promise<boolean> {
  const socket = createSocket({ type: 'udp4', reuseAddr: true })
  try {
    return await new Promise<boolean>((resolve) => {
      const timer = setTimeout(() => resolve(false), 1_000)
      socket.once('error', () => resolve(false))
      socket.once('message', () => {
        clearTimeout(timer)
        resolve(true)
      })
      socket.bind(0, () => {
        try {
          socket.addMembership('224.0.0.251')
          socket.send('driad', socket.address().port, '224.0.0.251', (error) => {
            if (error) resolve(false)
          })
        } catch {
          resolve(false)
        }
      })
    })
  } finally {
    socket.close()
  }
}
