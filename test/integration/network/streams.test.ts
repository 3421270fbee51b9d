import type { Stream } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type FramedStream, RESULT_PROTOCOL, WORK_PROTOCOL } from '../../../src/node/network/contract.ts'
import { encodeLength } from '../../../src/node/network/frame-decoder.ts'
import { fetchDescription, serveDescription } from '../../../src/node/network/info-service.ts'
import { messageStream } from '../../../src/node/network/message-stream.ts'
import { DriadError } from '../../../src/protocol/errors.ts'
import { checkFromNode, checkFromRequester } from '../../../src/protocol/wire/checks.ts'
import { frameLimitBytes } from '../../../src/protocol/wire/limits.ts'
import { FromNode, FromRequester, type NodeDescription } from '../../../src/protocol/wire/messages.pb.ts'
import { signMessage } from '../../../src/protocol/wire/signing.ts'
import { until } from '../../helpers/driad-process.ts'
import { aNetworkName, connected, startHost, type TestHost } from '../../helpers/network-hosts.ts'
import { type RawPeer, startRawPeer } from '../../helpers/raw-peer.ts'

const ECHO = '/driad/echo/1'
const { signal } = new AbortController()
const network = aNetworkName()
let server: TestHost
let client: TestHost
let target: { peerId: string; addresses: readonly string[] }
const undo: (() => Promise<void>)[] = []

beforeAll(async () => {
  server = await startHost(network)
  client = await startHost(network, { knows: [server] })
  target = { peerId: server.host.peerId, addresses: server.host.addresses() }
  await until(() => connected(server, client), 'a connection')
})
afterEach(async () => {
  for (const remove of undo.splice(0)) await remove()
})
afterAll(async () => {
  await Promise.all([server.host.stop(), client.host.stop()])
})

async function handle(protocol: string, handler: (stream: FramedStream) => Promise<void>): Promise<void> {
  undo.push(await server.host.handle(protocol, handler))
}

async function echo(stream: FramedStream): Promise<void> {
  for await (const frame of stream.frames()) await stream.send(frame)
}

async function nextOf(frames: AsyncIterator<Uint8Array>): Promise<Uint8Array> {
  const { value, done } = await frames.next()
  if (done === true) throw new Error('The stream ended')
  return value
}

describe('framed streams', () => {
  it('carry frames of every size up to the limit, unchanged and in order', async () => {
    await handle(ECHO, echo)
    const stream = await client.host.openStream(ECHO, target, { signal })
    const frames = stream.frames()[Symbol.asyncIterator]()
    for (const size of [0, 1, 127, 128, 16_383, 16_384, frameLimitBytes.other.opener]) {
      const frame = Buffer.alloc(size, size % 251)
      await stream.send(frame)
      expect(Buffer.from(await nextOf(frames)).equals(frame)).toBe(true)
    }
    await stream.close()
    expect(await frames.next()).toMatchObject({ done: true })
    await stream.ended
  })

  it('carry large frames through a window that is smaller', async () => {
    await handle(WORK_PROTOCOL, async (stream) => {
      for await (const frame of stream.frames()) await stream.send(frame)
    })
    const stream = await client.host.openStream(WORK_PROTOCOL, target, { signal })
    const frames = stream.frames()[Symbol.asyncIterator]()
    const frame = Buffer.alloc(3 * 1024 * 1024, 'driad')
    await stream.send(frame)
    expect(Buffer.from(await nextOf(frames)).equals(frame)).toBe(true)
    await stream.close()
  })

  it('refuse to send what the peer would refuse', async () => {
    await handle(ECHO, echo)
    const stream = await client.host.openStream(ECHO, target, { signal })
    await expect(stream.send(new Uint8Array(frameLimitBytes.other.opener + 1))).rejects.toMatchObject({
      code: 'too_large',
    })
    await stream.close()
  })

  it('slow down a sender whose frames nobody takes, and lose none', async () => {
    const begin = Promise.withResolvers<void>()
    const received = Promise.withResolvers<number>()
    await handle(ECHO, async (stream) => {
      await begin.promise
      let count = 0
      for await (const frame of stream.frames()) count += Math.sign(frame.byteLength)
      received.resolve(count)
    })
    const stream = await client.host.openStream(ECHO, target, { signal })
    const total = 400
    let sent = 0
    const sending = (async () => {
      for (; sent < total; sent++) await stream.send(new Uint8Array(60_000))
      await stream.close()
    })()
    // It stops: the same count over and over, while 24 MB are there to be sent.
    let last = -1
    let still = 0
    await until(() => {
      still = sent === last ? still + 1 : 0
      last = sent
      return sent > 0 && still > 30
    }, 'the sender to be slowed down')
    expect(sent * 60_000).toBeLessThan(8 * 1024 * 1024)
    begin.resolve()
    await sending
    expect(await received.promise).toBe(total)
  })

  it('end for the opener when the handler fails, with a typed error', async () => {
    await handle(ECHO, () => Promise.reject(new DriadError('internal', 'A bug')))
    const stream = await client.host.openStream(ECHO, target, { signal })
    await expect(nextOf(stream.frames()[Symbol.asyncIterator]())).rejects.toMatchObject({
      code: 'network_unreachable',
    })
    await stream.ended
    await expect(stream.send(new Uint8Array(1))).rejects.toMatchObject({ code: 'network_unreachable' })
  })

  it('give what arrived before the end, then the end', async () => {
    await handle(ECHO, async (stream) => {
      for (let index = 0; index < 5; index++) await stream.send(Uint8Array.of(index))
    })
    const stream = await client.host.openStream(ECHO, target, { signal })
    const seen: number[] = []
    for await (const frame of stream.frames()) seen.push(frame[0] ?? -1)
    expect(seen).toEqual([0, 1, 2, 3, 4])
    await stream.close()
    await stream.ended
  })

  it('rethrow the reason of the caller who gives up', async () => {
    const reason = new Error('No longer wanted')
    await expect(client.host.openStream(ECHO, target, { signal: AbortSignal.abort(reason) })).rejects.toBe(
      reason,
    )
    const controller = new AbortController()
    await handle(ECHO, (stream) => stream.ended)
    const stream = await client.host.openStream(ECHO, target, { signal })
    const sending = (async () => {
      while (true) await stream.send(new Uint8Array(60_000), { signal: controller.signal })
    })()
    setImmediate(() => controller.abort(reason))
    await expect(sending).rejects.toBe(reason)
    stream.abort(reason)
    await stream.ended
  })

  it('say of a peer that cannot be reached that it cannot', async () => {
    const nobody = {
      peerId: '12D3KooWRwpd1BZtaCt4Lfz3nKqMHB4rzaTZ98wxoYsBgwsjJXRP',
      addresses: ['/ip4/127.0.0.1/tcp/1'],
    }
    for (const wrong of [nobody, { ...nobody, addresses: [] }, { ...nobody, peerId: 'nobody' }]) {
      await expect(client.host.openStream(ECHO, wrong, { signal })).rejects.toMatchObject({
        code: 'network_unreachable',
      })
    }
    await expect(client.host.openStream('/driad/unknown/1', target, { signal })).rejects.toMatchObject({
      code: 'network_unreachable',
    })
    const self = { peerId: client.host.peerId, addresses: client.host.addresses() }
    await expect(client.host.openStream(ECHO, self, { signal })).rejects.toMatchObject({
      code: 'network_unreachable',
    })
  })

  it('answer in well under 10 ms on an open stream', async () => {
    await handle(ECHO, echo)
    const times: number[] = []
    const opened: number[] = []
    const stream = await client.host.openStream(ECHO, target, { signal })
    const frames = stream.frames()[Symbol.asyncIterator]()
    for (let index = 0; index < 500; index++) {
      const startedMs = performance.now()
      await stream.send(new Uint8Array(200))
      await nextOf(frames)
      times.push(performance.now() - startedMs)
    }
    await stream.close()
    for (let index = 0; index < 200; index++) {
      const startedMs = performance.now()
      const each = await client.host.openStream(ECHO, target, { signal })
      await each.send(new Uint8Array(200))
      await nextOf(each.frames()[Symbol.asyncIterator]())
      opened.push(performance.now() - startedMs)
      await each.close()
      await each.ended
    }
    console.info(
      `echo of 200 bytes: ${median(times)} ms on an open stream, ${median(opened)} ms with a new one`,
    )
    expect(Number(median(times))).toBeLessThan(10)
  })
})

describe('a peer that breaks the rules of frames', () => {
  /** A stream of a raw peer, and the peer, which is stopped at the test's end. */
  async function rawStream(protocol: string): Promise<RawPeer & { readonly stream: Stream }> {
    const address = server.host.addresses()[0] ?? ''
    const peer = await startRawPeer(network, address)
    const name = protocol.replace('/driad/', `/driad/${network}/`)
    return { ...peer, stream: await peer.libp2p.dialProtocol(multiaddr(address), name) }
  }

  it.each([
    ['a frame above the limit', 'too_large', [encodeLength(10 * 1024 * 1024), new Uint8Array(1000)]],
    ['a length without end', 'bad_message', [new Uint8Array(100).fill(0x80)]],
  ])('loses its stream, and only that, by %s', async (_, code, bytes) => {
    const failures: unknown[] = []
    await handle(RESULT_PROTOCOL, async (stream) => {
      try {
        await echo(stream)
      } catch (error) {
        failures.push(error)
        throw error
      }
    })
    await using peer = await rawStream(RESULT_PROTOCOL)
    const { stream } = peer
    const good = await peer.libp2p.dialProtocol(
      multiaddr(server.host.addresses()[0] ?? ''),
      RESULT_PROTOCOL.replace('/driad/', `/driad/${network}/`),
    )
    const closed = new Promise<void>((resolve) => stream.addEventListener('close', () => resolve()))
    stream.send(Buffer.concat(bytes))
    await closed
    expect(failures).toMatchObject([{ code }])
    const answered = new Promise<void>((resolve) => good.addEventListener('message', () => resolve()))
    good.send(Uint8Array.of(1, 42))
    await answered
    const peerId = peer.libp2p.peerId.toString()
    expect(
      server.lines.some((line) => line.fields?.peerId === peerId && line.fields.misdeed === 'bad_stream'),
    ).toBe(true)
  })

  it('cannot pass the beginning of a frame for a whole one', async () => {
    const failure = Promise.withResolvers<unknown>()
    await handle(RESULT_PROTOCOL, async (stream) => {
      try {
        await echo(stream)
      } catch (error) {
        failure.resolve(error)
      }
    })
    await using peer = await rawStream(RESULT_PROTOCOL)
    const { stream } = peer
    stream.send(Buffer.concat([encodeLength(100), new Uint8Array(50)]))
    await stream.close()
    expect(await failure.promise).toMatchObject({ code: 'bad_message' })
  })

  it('is not blamed for a connection that breaks in the middle of a frame', async () => {
    const failure = Promise.withResolvers<unknown>()
    await handle(RESULT_PROTOCOL, async (stream) => {
      try {
        await echo(stream)
      } catch (error) {
        failure.resolve(error)
        throw error
      }
    })
    await using peer = await rawStream(RESULT_PROTOCOL)
    const { stream } = peer
    const echoed = new Promise<void>((resolve) => stream.addEventListener('message', () => resolve()))
    stream.send(Buffer.concat([Uint8Array.of(1, 42), encodeLength(100), new Uint8Array(50)]))
    await echoed
    for (const connection of peer.libp2p.getConnections()) connection.abort(new Error('The cable was pulled'))
    expect(await failure.promise).toMatchObject({ code: 'network_unreachable' })
    const peerId = peer.libp2p.peerId.toString()
    expect(server.lines.filter((line) => line.level === 'warn' && line.fields?.peerId === peerId)).toEqual([])
  })

  it('gets no further with messages that are none', async () => {
    const failure = Promise.withResolvers<unknown>()
    await handle(WORK_PROTOCOL, async (framed) => {
      const stream = messageStream(framed, { send: FromRequester, receive: FromNode, check: checkFromNode })
      try {
        await stream.messages()[Symbol.asyncIterator]().next()
      } catch (error) {
        failure.resolve(error)
        throw error
      }
    })
    const framed = await client.host.openStream(WORK_PROTOCOL, target, { signal })
    await framed.send(Uint8Array.of(0x0a, 0x01, 0xff))
    expect(await failure.promise).toMatchObject({ code: 'bad_message' })
    await framed.ended
  })

  it('cannot open more streams than its share', async () => {
    await handle(WORK_PROTOCOL, (stream) => stream.ended)
    await using peer = await rawStream(WORK_PROTOCOL)
    const address = multiaddr(server.host.addresses()[0] ?? '')
    const name = WORK_PROTOCOL.replace('/driad/', `/driad/${network}/`)
    const streams: Stream[] = []
    await until(async () => {
      const stream = await peer.libp2p.dialProtocol(address, name).catch(() => undefined)
      if (stream !== undefined) streams.push(stream)
      return streams.some((one) => one.status !== 'open')
    }, 'a stream to be refused')
    expect(streams.filter((one) => one.status === 'open').length).toBeLessThanOrEqual(8)
  })
})

describe('message streams', () => {
  it('carry checked messages in both directions', async () => {
    await handle(WORK_PROTOCOL, async (framed) => {
      const stream = messageStream(framed, { send: FromRequester, receive: FromNode, check: checkFromNode })
      for await (const message of stream.messages()) {
        await stream.send({ denied: { offerId: message.claim?.offerId ?? '', reason: 'enough' } })
      }
    })
    const framed = await client.host.openStream(WORK_PROTOCOL, target, { signal })
    const stream = messageStream(framed, {
      send: FromNode,
      receive: FromRequester,
      check: checkFromRequester,
    })
    const offerId = '0197b7a0-0000-7000-8000-000000000000'
    const model = {
      name: 'demo',
      digest: new Uint8Array(32),
      contextSize: 512,
      slots: 4,
      tokensPerSecond: 12.5,
      promptMicroPer1k: 1n,
      completionMicroPer1k: 2n,
    }
    await stream.send({
      claim: { offerId, credits: 4, models: [model], running: 0, addresses: [], tools: [], mailboxes: [] },
    })
    for await (const message of stream.messages()) {
      expect(message).toEqual({ denied: { offerId, reason: 'enough' } })
      break
    }
    await stream.close()
    await stream.ended
  })
})

describe('a node’s description', () => {
  const description = (overrides: Partial<NodeDescription> = {}): NodeDescription => ({
    agent: 'driad/test',
    network,
    models: [],
    slots: 4,
    running: 1,
    payoutAddress: '',
    issuedAtMs: Date.now(),
    tools: [],
    ...overrides,
  })

  it('is fetched and verified', async () => {
    const given = description()
    undo.push(
      await serveDescription(server.host, () => signMessage('node-description', given, server.identity)),
    )
    expect(await fetchDescription(client.host, target, { signal })).toEqual(given)
  })

  it.each<[string, string, () => Partial<NodeDescription>, () => TestHost]>([
    ['signed by another', 'bad_signature', () => ({}), () => client],
    ['of another network', 'bad_message', () => ({ network: 'elsewhere' }), () => server],
    ['of another time', 'bad_message', () => ({ issuedAtMs: Date.now() - 3_600_000 }), () => server],
  ])('is refused when %s', async (_, code, overrides, signer) => {
    undo.push(
      await serveDescription(server.host, () =>
        signMessage('node-description', description(overrides()), signer().identity),
      ),
    )
    await expect(fetchDescription(client.host, target, { signal })).rejects.toMatchObject({ code })
  })

  it('is not waited for without end', async () => {
    await handle('/driad/info/1', (stream) => stream.ended)
    await expect(fetchDescription(client.host, target, { signal, timeoutMs: 100 })).rejects.toMatchObject({
      code: 'network_unreachable',
    })
  })
})

function median(values: number[]): string {
  return (values.sort((one, other) => one - other)[values.length >> 1] ?? 0).toFixed(2)
}
