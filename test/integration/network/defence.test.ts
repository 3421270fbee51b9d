import type { MessageStream, Stream } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { RESULT_PROTOCOL } from '../../../src/node/network/contract.ts'
import { encodeLength } from '../../../src/node/network/frame-decoder.ts'
import { LibP2PFramedStream } from '../../../src/node/network/framed-stream.ts'
import { defaultPeerBudgets } from '../../../src/node/network/peer-budgets.ts'
import { PeerRules } from '../../../src/node/network/peer-rules.ts'
import { offerTopic } from '../../../src/node/network/shards.ts'
import { Signed } from '../../../src/protocol/wire/messages.pb.ts'
import { signMessage } from '../../../src/protocol/wire/signing.ts'
import { until } from '../../helpers/driad-process.ts'
import { startFlood } from '../../helpers/flood.ts'
import { aNetworkName, anOffer, connected, startHost, type TestHost } from '../../helpers/network-hosts.ts'
import { type RawPeer, startRawPeer } from '../../helpers/raw-peer.ts'

const ECHO = '/driad/echo/1'
const MIB = 1024 * 1024
const { signal } = new AbortController()

let network: string
let rules: PeerRules
const open: AsyncDisposable[] = []

beforeEach(() => {
  network = aNetworkName()
  rules = new PeerRules()
})
afterEach(async () => {
  for (const resource of open.splice(0).toReversed()) await resource[Symbol.asyncDispose]()
})

async function victim(init: Parameters<typeof startHost>[1] = {}): Promise<TestHost> {
  const host = await startHost(network, { rules, ...init })
  open.push(host)
  return host
}

async function raw(of: TestHost, listen: readonly string[] = []): Promise<RawPeer> {
  const peer = await startRawPeer(network, addressOf(of), { listen })
  open.push(peer)
  return peer
}

function addressOf(host: TestHost): string {
  return host.host.addresses()[0] ?? ''
}

function wireName(protocol: string): string {
  return protocol.replace('/driad/', `/driad/${network}/`)
}

function misdeedsOf(host: TestHost, peer: RawPeer): unknown[] {
  const peerId = peer.libp2p.peerId.toString()
  return host.lines
    .filter((line) => line.message === 'A peer misbehaved' && line.fields?.['peerId'] === peerId)
    .map((line) => line.fields?.['misdeed'])
}

function usageOf(host: TestHost, peer: RawPeer) {
  const peerId = peer.libp2p.peerId.toString()
  return host.host.budgets.use().find((use) => use.peerId === peerId)
}

describe('budgets of a peer', () => {
  it('slow a sender down, then cut it off, then keep it out, while another is served', async () => {
    const bytes = { perSecond: MIB, burst: 2 * MIB }
    const { host, ...server } = await victim({ budgets: { ...defaultPeerBudgets, bytes, maxHeldMs: 400 } })
    const all: TestHost = { host, ...server }
    await host.handle(ECHO, async (stream) => {
      for await (const frame of stream.frames()) await stream.send(frame.subarray(0, 8))
    })
    const honest = await startHost(network, { knows: [all] })
    open.push(honest)
    await until(() => connected(all, honest), 'a connection')
    const flooder = await raw(all)
    const startedAt = performance.now()
    const frame = Buffer.concat([encodeLength(60_000), new Uint8Array(60_000)])

    const flood = (async () => {
      let cuts = 0
      for (;;) {
        const stream = await flooder.libp2p
          .dialProtocol(multiaddr(addressOf(all)), wireName(ECHO), { signal: AbortSignal.timeout(5_000) })
          .catch(() => undefined)
        if (stream === undefined) return cuts
        await sendUntilCut(stream, frame)
        cuts++
      }
    })()
    const answered = (async () => {
      const target = { peerId: host.peerId, addresses: host.addresses() }
      const stream = await honest.host.openStream(ECHO, target, { signal })
      const frames = stream.frames()[Symbol.asyncIterator]()
      let count = 0
      while (!misdeedsOf(all, flooder).includes('over_budget') || count < 50) {
        await stream.send(new Uint8Array(8))
        await frames.next()
        count++
      }
      await stream.close()
      return count
    })()

    expect(await answered).toBeGreaterThanOrEqual(50)
    expect(await flood).toBeGreaterThanOrEqual(4)
    const seconds = (performance.now() - startedAt) / 1000
    // What was on its way when it was held back comes on top: a window for each connection.
    const mostBytes = bytes.burst + bytes.perSecond * seconds + 8 * MIB
    expect(usageOf(all, flooder)?.receivedBytes).toBeLessThan(mostBytes)
    expect(usageOf(all, flooder)?.receivedBytes).toBeGreaterThan(bytes.burst)
    expect(host.peers().map(({ peerId }) => peerId)).toEqual([honest.host.peerId])
    expect(misdeedsOf(all, flooder)).toEqual(['over_budget'])
  })

  it('bound what is kept of frames that are never finished', async () => {
    const budgets = { ...defaultPeerBudgets, bufferedBytes: 4 * MIB }
    const server = await victim({ budgets })
    await server.host.handle('/driad/work/1', (stream) => stream.ended)
    const peer = await raw(server)
    const part = Buffer.concat([encodeLength(3 * MIB), new Uint8Array(2 * MIB)])
    let most = 0
    let refused = 0
    for (let turn = 0; turn < 6; turn++) {
      const stream = await peer.libp2p.dialProtocol(multiaddr(addressOf(server)), wireName('/driad/work/1'))
      stream.addEventListener('close', () => refused++)
      stream.send(part)
      const before = usageOf(server, peer)?.receivedBytes ?? 0
      await until(
        () => (usageOf(server, peer)?.receivedBytes ?? 0) >= before + 2 * MIB || refused > 0,
        'the bytes, or the end of a stream',
      )
      most = Math.max(most, server.host.budgets.bufferedBytes)
    }
    await until(() => refused >= 4, 'streams to be reset')
    expect(most).toBeGreaterThan(MIB)
    expect(server.host.budgets.bufferedBytes).toBeLessThanOrEqual(budgets.bufferedBytes)
    expect(misdeedsOf(server, peer)).toContain('over_budget')
    await peer[Symbol.asyncDispose]()
    await until(() => server.host.budgets.bufferedBytes === 0, 'all of it to be given back')
  })

  it('cut a connection whose peer sends pings and does not read the answers', async () => {
    const server = await victim({ budgets: { ...defaultPeerBudgets, unreadBytes: 64 * 1024 } })
    const peer = await raw(server)
    const [connection] = peer.libp2p.getConnections()
    // The muxer and the encrypted connection under it, which libp2p's interface does not show.
    const { muxer } = connection as unknown as {
      muxer: { maConn: MessageStream }
    }
    muxer.maConn.pause()
    // Yamux: version 0, type 2 (ping), flag 1 (question), stream 0, and a number.
    const pings = Buffer.concat(
      Array.from({ length: 4_000 }, () => Uint8Array.of(0, 2, 0, 1, 0, 0, 0, 0, 0, 0, 0, 7)),
    )
    await until(() => {
      if (muxer.maConn.status === 'open' && !muxer.maConn.writableNeedsDrain) muxer.maConn.send(pings)
      return server.host.connections().length === 0
    }, 'the end of the connection')
    expect(misdeedsOf(server, peer)).toEqual(['over_budget'])
  })

  it('keep out a peer that opens streams faster than any correct one, of a protocol that nobody speaks', async () => {
    const server = await victim({ budgets: { ...defaultPeerBudgets, streams: { perSecond: 20, burst: 40 } } })
    const peer = await raw(server)
    const [connection] = peer.libp2p.getConnections()
    let opened = 0
    await until(async () => {
      for (let count = 0; count < 20; count++) {
        opened++
        void connection?.newStream('/nonsense/1').catch(() => undefined)
      }
      return server.host.connections().length === 0
    }, 'the end of the connection')
    expect(misdeedsOf(server, peer)).toEqual(['stream_flood'])
    // 100 at half a point each, after those that were paid for.
    expect(opened).toBeGreaterThan(100)
    await expect(
      peer.libp2p.dialProtocol(multiaddr(addressOf(server)), wireName(ECHO), {
        signal: AbortSignal.timeout(5_000),
      }),
    ).rejects.toThrow()
  })

  it('count gossip that was seen before, which no validator sees', async () => {
    const cpuMs = { perSecond: 50, burst: 100 }
    const server = await victim({ budgets: { ...defaultPeerBudgets, cpuMs, maxHeldMs: 600 } })
    server.host.listenForOffers(['demo'])
    const peer = await raw(server)
    const stream = await peer.libp2p.dialProtocol(multiaddr(addressOf(server)), '/meshsub/1.1.0')
    const offer = Signed.encode(signMessage('offer', anOffer(server.identity), server.identity))
    const topic = Buffer.from(offerTopic(network, 'demo'))
    const rpc = field(2, Buffer.concat([field(2, offer), field(4, topic)]))
    const frame = Buffer.concat([encodeLength(rpc.byteLength), rpc])
    await sendUntilCut(stream, frame)
    expect(server.offers).toHaveLength(1)
    expect(misdeedsOf(server, peer)).toEqual(['over_budget'])
    expect(usageOf(server, peer)?.receivedMessages).toBeGreaterThan(500)
  })
})

describe('deadlines of streams', () => {
  const account = { message: () => {}, worked: () => {}, buffered: () => true, misbehaved: () => {} }
  const init = { sendLimitBytes: 4 * MIB, receiveLimitBytes: MIB, account, windowBytes: MIB }

  /** Two raw peers, and the answering end of a stream between them. */
  async function pair(more: {
    firstFrameTimeoutMs?: number
    stallTimeoutMs?: number
    frameTimeoutMs?: number
  }) {
    const server = await victim()
    const answerer = await raw(server, ['/ip4/127.0.0.1/tcp/0'])
    const opener = await raw(server)
    const answering = Promise.withResolvers<LibP2PFramedStream>()
    await answerer.libp2p.handle('/slow/1', (stream, connection) => {
      answering.resolve(new LibP2PFramedStream(stream, connection, { ...init, ...more }))
    })
    const stream = await opener.libp2p.dialProtocol(answerer.libp2p.getMultiaddrs(), '/slow/1')
    return { stream, framed: await answering.promise }
  }

  it('end one on which nothing is said', async () => {
    const { framed } = await pair({ firstFrameTimeoutMs: 100 })
    await framed.ended
    expect(framed.failure).toMatchObject({ code: 'network_unreachable' })
  })

  it('end one whose frame stops in the middle', async () => {
    const { stream, framed } = await pair({ firstFrameTimeoutMs: 60_000, stallTimeoutMs: 100 })
    stream.send(Uint8Array.of(50, 1, 2, 3))
    await framed.ended
    expect(framed.failure).toMatchObject({ message: expect.stringContaining('no whole frame') })
  })

  it('end one whose frame drips in steadily and never comes to its end', async () => {
    const { stream, framed } = await pair({ stallTimeoutMs: 60, frameTimeoutMs: 300 })
    stream.send(encodeLength(100_000))
    let drops = 0
    const dripping = setInterval(() => {
      if (stream.status !== 'open') return
      stream.send(Uint8Array.of(1))
      drops++
    }, 10)
    await framed.ended
    clearInterval(dripping)
    expect(framed.failure).toMatchObject({ message: expect.stringContaining('no whole frame') })
    // It was not the stall that ended it.
    expect(drops).toBeGreaterThan(6)
  })

  it('end one whose reader does not read, with all that waits bounded', async () => {
    const { stream, framed } = await pair({ stallTimeoutMs: 200 })
    stream.pause()
    let most = 0
    const frame = new Uint8Array(256 * 1024)
    // Many at once: those who wait for room must not all go on when there is some.
    const senders = Array.from({ length: 16 }, async () => {
      while (true) {
        await framed.send(frame)
        most = Math.max(most, framed.unsentBytes)
      }
    })
    const results = await Promise.allSettled(senders)
    expect(results.every(({ status }) => status === 'rejected')).toBe(true)
    expect(framed.failure).toMatchObject({ message: expect.stringContaining('accepted') })
    expect(most).toBeLessThanOrEqual(2 * frame.byteLength)
  })
})

describe('rules of the operator', () => {
  it('hold at once: a denied peer loses its connection and gets no other, until it is forgotten', async () => {
    const server = await victim()
    const peer = await raw(server)
    const peerId = peer.libp2p.peerId.toString()
    rules.set([], [peerId])
    await until(() => server.host.connections().length === 0, 'the end of the connection')
    await peer.libp2p.dial(multiaddr(addressOf(server))).catch(() => {})
    await until(() => peer.libp2p.getConnections().length === 0, 'the refusal')
    await expect(server.host.openStream(ECHO, { peerId, addresses: [] }, { signal })).rejects.toMatchObject({
      code: 'network_unreachable',
    })
    rules.set([], [])
    await peer.libp2p.dial(multiaddr(addressOf(server)))
    await until(() => server.host.connections().length === 1, 'a connection')
  })

  it('hold for networks, before the handshake, and let one peer of a denied network in', async () => {
    const server = await victim()
    const peer = await raw(server)
    rules.set([peer.libp2p.peerId.toString()], [])
    await raw(server)
    rules.set([peer.libp2p.peerId.toString()], ['127.0.0.0/8'])
    await until(() => server.host.connections().length === 1, 'the others to go')
    expect(server.host.connections()[0]?.remotePeer.toString()).toBe(peer.libp2p.peerId.toString())
    await expect(startRawPeer(network, addressOf(server))).rejects.toThrow()
  })

  it('spare an allowed peer the quarantine', async () => {
    const server = await victim()
    await server.host.handle(RESULT_PROTOCOL, (stream) => stream.ended)
    const peer = await raw(server)
    rules.set([peer.libp2p.peerId.toString()], [])
    for (let turn = 0; turn < 12; turn++) {
      const stream = await peer.libp2p.dialProtocol(multiaddr(addressOf(server)), wireName(RESULT_PROTOCOL))
      const closed = new Promise<void>((resolve) => stream.addEventListener('close', () => resolve()))
      stream.send(new Uint8Array(100).fill(0x80))
      await closed
    }
    expect(misdeedsOf(server, peer)).toEqual(['bad_stream'])
    expect(server.host.connections()).toHaveLength(1)
  })
})

describe('gossip', () => {
  it('is not read from a neighbour after four invalid offers, though it is not yet kept out', async () => {
    const server = await victim()
    server.host.listenForOffers(['demo'])
    const topic = offerTopic(network, 'demo')
    const publish = async (peer: RawPeer, data: Uint8Array) => {
      const { gossip } = peer.libp2p.services
      await until(() => gossip.getSubscribers(topic).length > 0, 'a subscription')
      await gossip.publish(topic, data)
    }
    const signedOffer = () => Signed.encode(signMessage('offer', anOffer(server.identity), server.identity))
    const clumsy = await raw(server)
    await publish(clumsy, Buffer.from('one mistake'))
    await publish(clumsy, signedOffer())
    await until(() => server.offers.length === 1, 'the offer of a peer that made one mistake')

    const bad = await raw(server)
    for (let count = 0; count < 4; count++) await publish(bad, Buffer.from(`nonsense ${count}`))
    // Gossipsub looks at a score again after a second; then nothing of this peer is read any more.
    let told = server.offers.length
    await until(async () => {
      const before = server.offers.length
      await publish(bad, signedOffer())
      // The order of one connection is kept: once a ping was answered, the offer before it was told or dropped.
      await bad.libp2p.services.ping.ping(multiaddr(addressOf(server)))
      told = server.offers.length
      return told === before
    }, 'an offer of it to be dropped')
    const honest = await raw(server)
    await publish(honest, signedOffer())
    await until(() => server.offers.length === told + 1, 'the offer of another peer')
    expect(server.host.connections().map(({ remotePeer }) => remotePeer.toString())).toContain(
      bad.libp2p.peerId.toString(),
    )
  })
})

describe('a flood of everything at once', () => {
  it('leaves an honest peer served and what is kept bounded, and its makers are kept out', async () => {
    const server = await victim({ listen: ['/ip4/127.0.0.1/tcp/0', '/ip6/::1/tcp/0'] })
    server.host.listenForOffers(['demo'])
    await server.host.handle(ECHO, async (stream) => {
      for await (const frame of stream.frames()) await stream.send(frame)
    })
    for (const protocol of ['/driad/work/1', RESULT_PROTOCOL, '/driad/info/1']) {
      await server.host.handle(protocol, async (stream) => {
        for await (const _ of stream.frames()) await stream.send(new Uint8Array(60_000))
      })
    }
    const ipv4 = server.host.addresses().filter((address) => address.startsWith('/ip4'))
    const honest = await startHost(network, { bootstrap: ipv4.slice(0, 1) })
    open.push(honest)
    await until(() => connected(server, honest), 'a connection')

    const address = server.host.addresses().find((text) => text.startsWith('/ip6')) ?? ''
    await using flood = startFlood({ networkName: network, address })
    const stream = await honest.host.openStream(
      ECHO,
      { peerId: server.host.peerId, addresses: ipv4 },
      { signal },
    )
    const frames = stream.frames()[Symbol.asyncIterator]()
    let most = 0
    let answers = 0
    const isOver = () =>
      server.lines.filter((line) => line.message.startsWith('Keeping a peer out')).length >= 4
    await until(
      async () => {
        await stream.send(new Uint8Array(200))
        await frames.next()
        answers++
        most = Math.max(most, server.host.budgets.bufferedBytes)
        return isOver()
      },
      'the makers of the flood to be kept out',
      60_000,
    )
    for (let turn = 0; turn < 50; turn++) {
      await stream.send(new Uint8Array(200))
      await frames.next()
    }
    await stream.close()

    const { counts } = flood
    // Who is slow to begin finds the door closed by those who were quick.
    expect(Object.values(counts).filter((count) => count > 0).length).toBeGreaterThanOrEqual(4)
    expect(answers).toBeGreaterThan(0)
    expect(most).toBeLessThan(64 * MIB)
    const out = server.lines.filter((line) => line.message.startsWith('Keeping a peer out'))
    expect(out.map((line) => line.fields?.['peerId'])).not.toContain(honest.host.peerId)
    // Under whatever new name: the address is refused now.
    await expect(startRawPeer(network, address)).rejects.toThrow()
    expect(honest.lines.filter((line) => line.level === 'warn')).toEqual([])
  })
})

/** As fast as the other side lets it. */
async function sendUntilCut(stream: Stream, bytes: Uint8Array): Promise<void> {
  while (stream.status === 'open' && stream.writeStatus === 'writable') {
    if (!stream.send(bytes)) await stream.onDrain({ signal: AbortSignal.timeout(5_000) }).catch(() => {})
    await new Promise((resolve) => setImmediate(resolve))
  }
}

function field(number: number, bytes: Uint8Array): Uint8Array {
  return Buffer.concat([Uint8Array.of((number << 3) | 2), encodeLength(bytes.byteLength), bytes])
}
