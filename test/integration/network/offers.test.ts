import { multiaddr } from '@multiformats/multiaddr'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { encodeLength } from '../../../src/node/network/frame-decoder.ts'
import { offerTopic } from '../../../src/node/network/shards.ts'
import { OFFER_MESSAGE_BYTES } from '../../../src/protocol/wire/limits.ts'
import { Signed, TaskOffer } from '../../../src/protocol/wire/messages.pb.ts'
import { signMessage } from '../../../src/protocol/wire/signing.ts'
import { until } from '../../helpers/driad-process.ts'
import { aNetworkName, anOffer, connected, startHost, type TestHost } from '../../helpers/network-hosts.ts'
import { type RawPeer, startRawPeer } from '../../helpers/raw-peer.ts'

const { signal } = new AbortController()

describe('offers between two hosts', () => {
  const network = aNetworkName()
  let node: TestHost
  let requester: TestHost

  beforeAll(async () => {
    node = await startHost(network)
    node.host.listenForOffers(['demo', 'story'])
    requester = await startHost(network, { knows: [node] })
    await until(() => connected(node, requester), 'a connection')
  })
  afterAll(async () => {
    await Promise.all([node.host.stop(), requester.host.stop()])
  })

  it('arrive at once, verified, one time, however many of their models the node serves', async () => {
    const offer = anOffer(requester.identity, { models: ['demo', 'story', 'unknown'] })
    const signed = signMessage('offer', offer, requester.identity)
    const startedAtMs = Date.now()
    await until(
      async () => (await requester.host.publishOffer(signed, offer.models, { signal })) > 0,
      'a peer that listens to the topic',
    )
    await until(() => node.offers.length > 0, 'an offer')
    expect(Date.now() - startedAtMs).toBeLessThan(3_000)

    const last = anOffer(requester.identity)
    await requester.host.publishOffer(signMessage('offer', last, requester.identity), last.models, { signal })
    await until(() => node.offers.some((told) => told.offer.offerId === last.offerId), 'the last offer')
    expect(node.offers.map((told) => told.offer)).toEqual([offer, last])
    expect(Buffer.from(node.offers[0]?.requester ?? [])).toEqual(Buffer.from(requester.identity.publicKey))
  })

  it('are told again only with a higher revision, and withdrawn by one', async () => {
    const before = node.offers.length
    const offer = anOffer(requester.identity, { revision: 5 })
    const publish = (revision: number, taskCount: number) =>
      requester.host.publishOffer(
        signMessage('offer', { ...offer, revision, taskCount }, requester.identity),
        offer.models,
        { signal },
      )
    await publish(5, 3)
    await publish(4, 9)
    await publish(5, 8)
    await publish(6, 0)
    await until(() => node.offers.at(-1)?.offer.revision === 6, 'the withdrawal')
    expect(node.offers.slice(before).map((told) => told.offer.taskCount)).toEqual([3, 0])
  })

  it('cannot be revised by anybody else', async () => {
    const other = await startHost(network, { knows: [node] })
    await until(() => connected(node, other), 'a connection')
    const offer = anOffer(requester.identity)
    const forged = signMessage('offer', { ...offer, revision: 1_000, taskCount: 0 }, other.identity)
    await until(async () => (await other.host.publishOffer(forged, ['demo'], { signal })) > 0, 'a listener')
    await requester.host.publishOffer(signMessage('offer', offer, requester.identity), ['demo'], { signal })
    const key = Buffer.from(requester.identity.publicKey)
    await until(
      () =>
        node.offers.some(
          (told) => told.offer.offerId === offer.offerId && Buffer.from(told.requester).equals(key),
        ),
      'the true offer',
    )
    await other.host.stop()
  })

  it('are listened to only for the models that are served now', async () => {
    const gone = anOffer(requester.identity, { models: ['story'] })
    const kept = anOffer(requester.identity)
    node.host.listenForOffers(['demo'])
    await until(
      async () =>
        (await requester.host.publishOffer(signMessage('offer', gone, requester.identity), ['story'], {
          signal,
        })) === 0,
      'the end of the subscription',
    )
    await requester.host.publishOffer(signMessage('offer', kept, requester.identity), ['demo'], { signal })
    await until(() => node.offers.some((told) => told.offer.offerId === kept.offerId), 'the kept offer')
  })
})

describe('bad offers, with three hosts in a line', () => {
  const network = aNetworkName()
  const topic = offerTopic(network, 'demo')
  let end: TestHost
  let middle: TestHost
  let attacker: RawPeer

  beforeAll(async () => {
    middle = await startHost(network)
    middle.host.listenForOffers(['demo'])
    end = await startHost(network, { knows: [middle] })
    end.host.listenForOffers(['demo'])
    await until(() => connected(middle, end), 'a connection')
  })
  afterAll(async () => {
    await Promise.all([end.host.stop(), middle.host.stop()])
  })

  const hour = 3_600_000
  const byKind: Record<string, (signer: TestHost) => Uint8Array> = {
    'random bytes': () => Uint8Array.from({ length: 300 }, (_, index) => (index * 37) % 256),
    'a signed payload that is no offer': ({ identity }) => signedPayload(identity, Buffer.from('hello')),
    'a field out of range': ({ identity }) =>
      signedPayload(identity, TaskOffer.encode(anOffer(identity, { taskCount: 5_000_000 }))),
    'no signature': ({ identity }) =>
      Signed.encode({
        payload: TaskOffer.encode(anOffer(identity)),
        publicKey: new Uint8Array(identity.publicKey),
        signature: new Uint8Array(0),
      }),
    'the signature of another': ({ identity }) => {
      const signed = signMessage('offer', anOffer(identity), identity)
      return Signed.encode({ ...signed, payload: TaskOffer.encode(anOffer(identity)) })
    },
    'another model than its topic': ({ identity }) =>
      Signed.encode(signMessage('offer', anOffer(identity, { models: ['story'] }), identity)),
    'too many bytes': () => new Uint8Array(OFFER_MESSAGE_BYTES + 1),
    'an expiry in the past': ({ identity }) => {
      const nowMs = Date.now()
      const past = anOffer(identity, { issuedAtMs: nowMs - hour, expiresAtMs: nowMs - 120_000 })
      return Signed.encode(signMessage('offer', past, identity))
    },
    'an issue in the future': ({ identity }) => {
      const nowMs = Date.now()
      const future = anOffer(identity, { issuedAtMs: nowMs + hour, expiresAtMs: nowMs + 2 * hour })
      return Signed.encode(signMessage('offer', future, identity))
    },
  }

  it.each(Object.keys(byKind))('drops and does not forward one with %s', async (kind) => {
    attacker = await startRawPeer(network, middle.host.addresses()[0] ?? '')
    const { gossip } = attacker.libp2p.services
    await until(() => gossip.getSubscribers(topic).length > 0, 'a subscription')
    const before = [middle.offers.length, end.offers.length]

    await gossip.publish(topic, byKind[kind]?.(end) ?? new Uint8Array(0))
    const good = anOffer(end.identity)
    await gossip.publish(topic, Signed.encode(signMessage('offer', good, end.identity)))

    // Messages keep their order, so once the good one is there the bad one would be too.
    await until(
      () => end.offers.at(-1)?.offer.offerId === good.offerId,
      'the good offer at the end of the line',
    )
    expect([middle.offers.length, end.offers.length]).toEqual(before.map((count) => count + 1))
    expect(end.lines.filter((line) => line.level === 'warn')).toEqual([])

    const blamed = !kind.startsWith('an ')
    const peerId = attacker.libp2p.peerId.toString()
    expect(middle.lines.some((line) => line.level === 'warn' && line.fields?.peerId === peerId)).toBe(blamed)
    await attacker[Symbol.asyncDispose]()
  })

  it('refuses a peer that goes on sending them', async () => {
    const address = middle.host.addresses()[0] ?? ''
    attacker = await startRawPeer(network, address)
    const { libp2p } = attacker
    const { gossip } = libp2p.services
    await until(() => gossip.getSubscribers(topic).length > 0, 'a subscription')
    let sent = 0
    await until(async () => {
      if (libp2p.getConnections().length === 0) return true
      await gossip.publish(topic, Buffer.from(`nonsense ${++sent}`))
      return false
    }, 'the end of the connection')
    // A dial may succeed for an instant: the other side knows who it is only after the handshake.
    await libp2p.dial(multiaddr(address)).catch(() => {})
    await until(() => libp2p.getConnections().length === 0, 'the refusal')
    expect(middle.host.peers().map((peer) => peer.peerId)).not.toContain(libp2p.peerId.toString())
    await attacker[Symbol.asyncDispose]()
  })

  function signedPayload(identity: TestHost['identity'], payload: Uint8Array): Uint8Array {
    const signature = identity.sign(Buffer.concat([Buffer.from('driad/1/offer\n'), payload]))
    return Signed.encode({
      payload: new Uint8Array(payload),
      publicKey: new Uint8Array(identity.publicKey),
      signature: new Uint8Array(signature),
    })
  }
})

describe('another network', () => {
  it('is not connected to, not heard and not spoken to', async () => {
    await using ours = await startHost(aNetworkName())
    ours.host.listenForOffers(['demo'])
    await ours.host.handle('/driad/echo/1', async () => {})
    await using foreign = await startHost(aNetworkName(), { knows: [ours] })

    await until(() => foreign.lines.some((line) => line.message === 'Closed a connection'), 'the refusal')
    expect(foreign.host.peers()).toEqual([])
    expect(ours.host.peers()).toEqual([])
    const target = { peerId: ours.host.peerId, addresses: ours.host.addresses() }
    await expect(foreign.host.openStream('/driad/echo/1', target, { signal })).rejects.toMatchObject({
      code: 'network_unreachable',
    })
    const offer = anOffer(foreign.identity)
    const signed = signMessage('offer', offer, foreign.identity)
    expect(await foreign.host.publishOffer(signed, offer.models, { signal })).toBe(0)
    expect(ours.offers).toEqual([])
  })

  it('is not heard even from a peer that gossips on both', async () => {
    const network = aNetworkName()
    await using ours = await startHost(network)
    ours.host.listenForOffers(['demo'])
    await using peer = await startRawPeer(network, ours.host.addresses()[0] ?? '')
    const topic = offerTopic(network, 'demo')
    // Written by hand, because gossipsub sends a peer only what it subscribed to.
    const stream = await peer.libp2p.dialProtocol(multiaddr(ours.host.addresses()[0] ?? ''), '/meshsub/1.1.0')
    const send = (onTopic: string, offer: TaskOffer) => {
      const data = Signed.encode(signMessage('offer', offer, ours.identity))
      const message = Buffer.concat([field(2, data), field(4, Buffer.from(onTopic))])
      const rpc = field(2, message)
      stream.send(Buffer.concat([encodeLength(rpc.byteLength), rpc]))
    }
    send(offerTopic('elsewhere', 'demo'), anOffer(ours.identity))
    const good = anOffer(ours.identity)
    send(topic, good)
    await until(() => ours.offers.length > 0, 'the good offer')
    expect(ours.offers.map((told) => told.offer.offerId)).toEqual([good.offerId])
  })
})

/** A length-delimited field of protobuf. */
function field(number: number, bytes: Uint8Array): Uint8Array {
  return Buffer.concat([Uint8Array.of((number << 3) | 2), encodeLength(bytes.byteLength), bytes])
}
