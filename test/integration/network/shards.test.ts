import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { LibP2PHost } from '../../../src/node/network/host.ts'
import { offerTopic, shardIndex, shardPoint } from '../../../src/node/network/shards.ts'
import { Signed } from '../../../src/protocol/wire/messages.pb.ts'
import { signMessage } from '../../../src/protocol/wire/signing.ts'
import { until } from '../../helpers/driad-process.ts'
import { aNetworkName, anOffer, connected, startHost, type TestHost } from '../../helpers/network-hosts.ts'
import { startRawPeer } from '../../helpers/raw-peer.ts'

const { signal } = new AbortController()
const BURST = 120

/** The exchange inside of the host, whose next look at its load need not be waited for. */
const exchangeOf = ({ host }: TestHost) => (host as LibP2PHost).offers
const halfOf = ({ identity }: TestHost) => shardIndex(shardPoint(identity.publicKey), 1)

describe('the topic of a model that has become busy', () => {
  const network = aNetworkName()
  let nodes: TestHost[]
  let requester: TestHost

  beforeAll(async () => {
    requester = await startHost(network)
    nodes = await Promise.all(Array.from({ length: 4 }, () => startHost(network, { knows: [requester] })))
    for (const { host } of nodes) host.listenForOffers(['demo'])
    await until(() => nodes.every((node) => connected(node, requester)), 'the connections')
    await until(() => requester.host.offerShard(['demo']).listeners === nodes.length, 'the subscriptions')
    // A subscription can be known before there is a stream to send on.
    await until(async () => (await publish(0)).sent === nodes.length, 'ways to all nodes')
    for (const node of nodes) exchangeOf(node).evaluateShards()
    const burst = new Set<string>()
    while (burst.size < BURST) burst.add((await publish(0)).offerId)
    const heard = ({ offers }: TestHost) => offers.filter(({ offer }) => burst.has(offer.offerId)).length
    await until(() => nodes.every((node) => heard(node) === BURST), 'the offers')
    for (const node of nodes) exchangeOf(node).evaluateShards()
    await until(() => requester.host.offerShard(['demo']).share === 1 / 2, 'word of the division')
  })
  afterAll(async () => {
    await Promise.all([...nodes, requester].map(({ host }) => host.stop()))
  })

  /** Returns its id, and how many peers it went to. */
  async function publish(shard: number) {
    const offer = anOffer(requester.identity, { shard })
    const signed = signMessage('offer', offer, requester.identity)
    return {
      offerId: offer.offerId,
      sent: await requester.host.publishOffer(signed, offer.models, { signal, shard }),
    }
  }

  it('is divided, and an offer then comes to the nodes of its half and to no others', async () => {
    const ids: string[] = []
    for (const half of [0, 1]) {
      const { offerId, sent } = await publish(half * 2 ** 31)
      ids.push(offerId)
      expect(sent).toBe(nodes.filter((node) => halfOf(node) === half).length)
    }
    const told = ({ offers }: TestHost) =>
      ids.filter((id) => offers.some(({ offer }) => offer.offerId === id))
    await until(() => nodes.every((node) => told(node).length > 0), 'the offers')
    expect(nodes.map(told)).toEqual(nodes.map((node) => [ids[halfOf(node)]]))
  })

  it('is chosen so that somebody who is connected hears it', async () => {
    for (let index = 0; index < 8; index++) {
      const { point } = requester.host.offerShard(['demo'])
      expect((await publish(point)).sent).toBeGreaterThan(0)
    }
  })

  it('is still heard whole, by those who do not know of the division yet', async () => {
    await using stranger = await startRawPeer(network, nodes[0]?.host.addresses()[0] ?? '')
    const { gossip } = stranger.libp2p.services
    const topic = offerTopic(network, 'demo')
    await until(() => gossip.getSubscribers(topic).length > 0, 'a subscription')
    const offer = anOffer(requester.identity)
    await gossip.publish(topic, Signed.encode(signMessage('offer', offer, requester.identity)))
    await until(
      () => nodes[0]?.offers.some((told) => told.offer.offerId === offer.offerId) === true,
      'an offer to all',
    )
  })

  it('takes no offer that belongs to another shard', async () => {
    const [node] = nodes
    if (node === undefined) throw new Error('There is no node')
    await using attacker = await startRawPeer(network, node.host.addresses()[0] ?? '')
    const { gossip } = attacker.libp2p.services
    const topic = offerTopic(network, 'demo', 1, halfOf(node))
    await until(() => gossip.getSubscribers(topic).length > 0, 'a subscription')
    const wrong = anOffer(requester.identity, { shard: (1 - halfOf(node)) * 2 ** 31 })
    const right = anOffer(requester.identity, { shard: halfOf(node) * 2 ** 31 })
    for (const offer of [wrong, right])
      await gossip.publish(topic, Signed.encode(signMessage('offer', offer, requester.identity)))
    const hasTold = (offerId: string) => node.offers.some((told) => told.offer.offerId === offerId)
    await until(() => hasTold(right.offerId), 'the right one')
    expect(hasTold(wrong.offerId)).toBe(false)
    const peerId = attacker.libp2p.peerId.toString()
    expect(node.lines.some(({ level, fields }) => level === 'warn' && fields?.['peerId'] === peerId)).toBe(
      true,
    )
  })
})
