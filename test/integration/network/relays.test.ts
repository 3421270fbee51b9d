import { describe, expect, it } from 'vitest'
import { createEphemeralIdentity } from '../../../src/node/identity/identity.ts'
import { WORK_PROTOCOL } from '../../../src/node/network/contract.ts'
import { signMessage } from '../../../src/protocol/wire/signing.ts'
import { until } from '../../helpers/driad-process.ts'
import { aNetworkName, anOffer, connected, startHost, type TestHost } from '../../helpers/network-hosts.ts'
import { type RawPeer, startRawPeer } from '../../helpers/raw-peer.ts'

const { signal } = new AbortController()
/** Nobody is dialled merely because it was discovered. */
const shy = { limits: { wantedConnections: 0 } }

describe('a node that nobody can dial', () => {
  it('takes a place on a relay, and carries streams and offers over it', async () => {
    const network = aNetworkName()
    await using relay = await startHost(network, { relay: true })
    await using hidden = await startHost(network, { ...shy, listen: [], knows: [relay] })
    await until(() => hidden.host.reachability().relays.length > 0, 'a place on the relay')
    expect(hidden.host.reachability()).toMatchObject({ level: 'relayed', relays: [relay.host.peerId] })
    expect(relay.host.reachability().serving).toEqual({ reservations: 1 })

    await using asking = await startHost(network, { ...shy, knows: [hidden] })
    await until(() => connected(asking, hidden), 'a connection')
    expect(asking.host.peers().find(({ peerId }) => peerId === hidden.host.peerId)?.address).toContain(
      '/p2p-circuit',
    )
    expect(asking.host.reachability().connections).toMatchObject({ relayed: 1 })

    // Streams, as large as those of work.
    const sent = new Uint8Array(2 * 1024 * 1024).fill(7)
    await asking.host.handle(WORK_PROTOCOL, async (stream) => {
      for await (const frame of stream.frames()) await stream.send(frame)
    })
    const target = { peerId: asking.host.peerId, addresses: [...asking.host.addresses()] }
    const stream = await hidden.host.openStream(WORK_PROTOCOL, target, { signal })
    await stream.send(sent)
    const { value } = await stream.frames()[Symbol.asyncIterator]().next()
    expect(value).toEqual(sent)
    await stream.close()

    // Gossip.
    hidden.host.listenForOffers(['demo'])
    await until(() => asking.host.isServed('demo'), 'a subscription')
    const offer = anOffer(asking.identity)
    await asking.host.publishOffer(signMessage('offer', offer, asking.identity), ['demo'], { signal })
    await until(() => hidden.offers.length > 0, 'the offer')
    expect(hidden.offers[0]?.offer.offerId).toBe(offer.offerId)
  })

  it('takes its place again when the relay was away', async () => {
    const network = aNetworkName()
    const { privateKey } = await createEphemeralIdentity()
    const first = await startHost(network, { relay: true, privateKey })
    const [address = ''] = first.host.addresses()
    await using hidden = await startHost(network, { listen: [], knows: [first] })
    await until(() => hidden.host.reachability().relays.length > 0, 'a place on the relay')
    await first.host.stop()
    await until(() => hidden.host.reachability().relays.length === 0, 'the end of the place')
    await using _again = await startHost(network, {
      relay: true,
      privateKey,
      listen: [address.replace(/\/p2p\/.*/, '')],
    })
    await until(() => hidden.host.reachability().relays.length > 0, 'a place again')
    await until(() => hidden.host.addresses().some((each) => each.includes('/p2p-circuit/')), 'its address')
  })

  it('is found in the DHT by the models that it serves', async () => {
    const network = aNetworkName()
    await using relay = await startHost(network, { ...shy, relay: true, dht: true })
    await using hidden = await startHost(network, { ...shy, listen: [], dht: true, knows: [relay] })
    hidden.host.announceModels(['demo'])
    await until(() => hidden.host.reachability().relays.length > 0, 'a place on the relay')
    await using asking = await startHost(network, { ...shy, dht: true, knows: [relay] })
    await until(() => connected(asking, relay), 'a connection to the relay')
    await until(
      async () => (await asking.host.connectToProviders(['demo'], { signal })) > 0,
      'a connection to the provider',
    )
    await until(() => connected(asking, hidden), 'both to know it')
  })

  it('is found by those who ask its peers', async () => {
    const network = aNetworkName()
    await using relay = await startHost(network, { ...shy, relay: true })
    await using hidden = await startHost(network, { ...shy, listen: [], knows: [relay] })
    await until(() => hidden.host.reachability().relays.length > 0, 'a place on the relay')
    await using asking = await startHost(network, { listen: [], knows: [relay] })
    await until(() => connected(asking, hidden), 'a connection')
    expect(relayedTo(asking, hidden)).toBe(true)
  })
})

describe('a relay', () => {
  /** A request for a place: HopMessage { type: RESERVE }, length-prefixed. */
  const RESERVE = new Uint8Array([2, 8, 0])
  const reserve = async ({ libp2p }: RawPeer) => {
    const [connection] = libp2p.getConnections()
    const stream = await connection?.newStream('/libp2p/circuit/relay/0.2.0/hop')
    stream?.send(RESERVE)
    return stream
  }

  it('gives places to members, until they leave', async () => {
    const network = aNetworkName()
    await using relay = await startHost(network, { relay: true })
    const places = () => relay.host.reachability().serving?.reservations
    const member = await startRawPeer(network, relay.host.addresses()[0] ?? '')
    await reserve(member)
    await until(() => places() === 1, 'a place')
    await member[Symbol.asyncDispose]()
    await until(() => places() === 0, 'the end of the place')
  })

  it('gives none to who does not say who it is', async () => {
    const network = aNetworkName()
    await using relay = await startHost(network, { relay: true })
    await using silent = await startRawPeer(aNetworkName(), relay.host.addresses()[0] ?? '', {
      identify: `/driad/${network}/id/1.0.0`,
    })
    const stream = await reserve(silent)
    const answers: unknown[] = []
    stream?.addEventListener('message', ({ data }) => answers.push(data.subarray()))
    await until(() => answers.length > 0, 'an answer')
    expect(relay.host.reachability().serving).toEqual({ reservations: 0 })
  })
})

function relayedTo(one: TestHost, other: TestHost): boolean {
  return one.host
    .peers()
    .some(({ peerId, address }) => peerId === other.host.peerId && address.includes('/p2p-circuit'))
}
