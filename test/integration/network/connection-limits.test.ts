import { connect, type Socket } from 'node:net'
import { multiaddr } from '@multiformats/multiaddr'
import { afterEach, describe, expect, it } from 'vitest'
import { INFO_PROTOCOL } from '../../../src/node/network/contract.ts'
import { serveDescription } from '../../../src/node/network/info-service.ts'
import type { defaultNetworkLimits } from '../../../src/node/network/libp2p-options.ts'
import { signMessage } from '../../../src/protocol/wire/signing.ts'
import { until } from '../../helpers/driad-process.ts'
import { aNetworkName, startHost, type TestHost } from '../../helpers/network-hosts.ts'
import { startRawPeer } from '../../helpers/raw-peer.ts'

const open: AsyncDisposable[] = []
const sockets: Socket[] = []
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  for (const resource of open.splice(0).toReversed()) await resource[Symbol.asyncDispose]()
})

async function hostWith(
  limits: Partial<typeof defaultNetworkLimits>,
): Promise<TestHost & { network: string }> {
  const network = aNetworkName()
  const host = await startHost(network, { limits })
  open.push(host)
  return { ...host, network }
}

function addressOf({ host }: TestHost): string {
  return host.addresses()[0] ?? ''
}

/** Plain sockets that say nothing of libp2p. */
function silentSockets(host: TestHost, count: number): { readonly closed: () => number } {
  const port = Number(/\/tcp\/(\d+)/.exec(addressOf(host))?.[1])
  let closed = 0
  for (let index = 0; index < count; index++) {
    const socket = connect({ host: '127.0.0.1', port })
    sockets.push(socket)
    socket.on('error', () => {})
    socket.on('close', () => closed++)
  }
  return { closed: () => closed }
}

describe('limits of connections', () => {
  it('refuse what is more than all together may be', async () => {
    const server = await hostWith({ maxConnections: 3, inboundConnectionsPerSecond: 100 })
    const peers = await Promise.allSettled(
      Array.from({ length: 6 }, () => startRawPeer(server.network, addressOf(server))),
    )
    for (const peer of peers) if (peer.status === 'fulfilled') open.push(peer.value)
    await until(() => server.host.connections().length <= 3, 'no more than three connections')
    expect(peers.some(({ status }) => status === 'rejected')).toBe(true)
    expect(server.host.connections().length).toBeGreaterThan(0)
  })

  it('refuse one address that connects too often', async () => {
    const server = await hostWith({ inboundConnectionsPerSecond: 2, handshakeTimeoutMs: 60_000 })
    const { closed } = silentSockets(server, 12)
    // Those of one second are let in, and then perhaps those of the next.
    await until(() => closed() >= 8, 'most to be refused')
  })

  it('refuse more connections that have not said who they are, and end those that do not say it in time', async () => {
    const server = await hostWith({
      maxPendingInbound: 4,
      inboundConnectionsPerSecond: 1_000,
      handshakeTimeoutMs: 60_000,
    })
    const { closed } = silentSockets(server, 20)
    await until(() => closed() >= 16, 'all but four to be refused')
    expect(closed()).toBe(16)

    const hasty = await hostWith({ maxPendingInbound: 4, handshakeTimeoutMs: 200 })
    const slow = silentSockets(hasty, 4)
    await until(() => slow.closed() === 4, 'the end of all of them')
    const late = await startRawPeer(hasty.network, addressOf(hasty))
    open.push(late)
    expect(hasty.host.connections()).toHaveLength(1)
  })

  it('bound the streams of a connection, whatever they are for', async () => {
    const server = await hostWith({ maxStreamsPerConnection: 20, handshakeTimeoutMs: 60_000 })
    const peer = await startRawPeer(server.network, addressOf(server))
    open.push(peer)
    const [connection] = peer.libp2p.getConnections()
    // Streams that never say what protocol they are for.
    const { muxer } = connection as unknown as {
      muxer: { createStream(options: object): Promise<{ status: string }> }
    }
    const streams = await Promise.all(
      Array.from({ length: 60 }, () => muxer.createStream({ protocol: undefined })),
    )
    await until(() => streams.filter(({ status }) => status !== 'open').length >= 40, 'streams to be refused')
    const held = server.host.connections()[0]?.streams.filter(({ direction }) => direction === 'inbound')
    expect(held?.length).toBeLessThanOrEqual(20)
  })

  it('end a stream that does not say in time what it is for', async () => {
    const server = await hostWith({ handshakeTimeoutMs: 200 })
    const peer = await startRawPeer(server.network, addressOf(server))
    open.push(peer)
    const [connection] = peer.libp2p.getConnections()
    const { muxer } = connection as unknown as {
      muxer: { createStream(options: object): Promise<{ status: string }> }
    }
    const stream = await muxer.createStream({ protocol: undefined })
    await until(() => stream.status !== 'open', 'the end of the stream')
  })

  it('bound the connections of one peer', async () => {
    const server = await hostWith({})
    const peer = await startRawPeer(server.network, addressOf(server))
    open.push(peer)
    await Promise.allSettled(
      Array.from({ length: 8 }, () => peer.libp2p.dial(multiaddr(addressOf(server)), { force: true })),
    )
    await until(() => peer.libp2p.getConnections().length <= 5, 'the refusal')
    expect(server.host.connections().length).toBeLessThanOrEqual(5)
  })
})

describe('a description', () => {
  it('is signed once for many who ask, and not given to one who asks without end', async () => {
    const server = await hostWith({})
    let signed = 0
    const remove = await serveDescription(server.host, () => {
      signed++
      const description = {
        ...{ agent: 'driad/test', network: server.network, models: [], slots: 1, running: 0 },
        ...{ payoutAddress: '', issuedAtMs: Date.now(), tools: [] },
      }
      return signMessage('node-description', description, server.identity)
    })
    const asking = await startHost(server.network, { knows: [server] })
    open.push(asking)
    const target = { peerId: server.host.peerId, addresses: server.host.addresses() }
    const { signal } = new AbortController()
    let answered = 0
    let refused = 0
    await until(async () => {
      const stream = await asking.host.openStream(INFO_PROTOCOL, target, { signal })
      try {
        await stream.send(new Uint8Array(0))
        for await (const frame of stream.frames()) answered += Math.sign(frame.byteLength)
        await stream.close()
      } catch {
        refused++
      }
      return refused > 0
    }, 'a refusal')
    expect(answered).toBeGreaterThanOrEqual(20)
    expect(signed).toBeLessThan(answered)
    await remove()
  })
})
