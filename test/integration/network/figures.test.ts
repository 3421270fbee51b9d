import { describe, expect, it } from 'vitest'
import { WORK_PROTOCOL } from '../../../src/node/network/contract.ts'
import { createNetworkKey } from '../../../src/node/network/network-key.ts'
import { PeerRules } from '../../../src/node/network/peer-rules.ts'
import { signMessage } from '../../../src/protocol/wire/signing.ts'
import { until } from '../../helpers/driad-process.ts'
import { aNetworkName, anOffer, connected, startHost, type TestHost } from '../../helpers/network-hosts.ts'
import { tempFolder } from '../../helpers/temp-folder.ts'

const MIB = 1024 * 1024
const { signal } = new AbortController()
/** Nobody is dialled merely because it was discovered. */
const shy = { limits: { wantedConnections: 0 } }

/** Sends so many bytes to a host, which takes them all; resolves when it has. */
async function sendBytes(from: TestHost, to: TestHost, sizeBytes: number): Promise<void> {
  let taken = 0
  await to.host.handle(WORK_PROTOCOL, async (stream) => {
    for await (const frame of stream.frames()) taken += frame.byteLength
  })
  const target = { peerId: to.host.peerId, addresses: [...to.host.addresses()] }
  const stream = await from.host.openStream(WORK_PROTOCOL, target, { signal })
  await stream.send(new Uint8Array(sizeBytes).fill(7))
  await until(() => taken === sizeBytes, 'all bytes')
  await stream.close()
}

describe('what a host shows of its network', () => {
  it('counts the same bytes at both ends, by peer and in all', async () => {
    const network = aNetworkName()
    await using one = await startHost(network)
    await using other = await startHost(network, { knows: [one] })
    await until(() => connected(one, other), 'a connection')
    await sendBytes(one, other, MIB)
    const sent = one.host.figures.trafficOf(other.host.peerId)
    const received = other.host.figures.trafficOf(one.host.peerId)
    expect(sent?.sentBytes).toBeGreaterThan(MIB)
    expect(sent?.sentBytes).toBeLessThan(1.1 * MIB)
    expect(received?.receivedBytes).toBeGreaterThan(MIB)
    expect(received?.receivedBytes).toBeLessThan(1.1 * MIB)
    expect(one.host.figures.traffic().sentBytes).toBe(one.host.figures.peers()[0]?.sentBytes)
    expect(received?.points.reduce((sum, point) => sum + point.receivedBytes, 0)).toBe(
      received?.receivedBytes,
    )
    expect(one.host.figures.trafficOf('12D3KooWAbqQtLTbBVxxnAqPqQCJgEpoLgxwgcDYkMdK98Kc1AQW')).toBeUndefined()
  })

  it.each(['open', 'private'])('counts what a relay carries once in all, on an %s network', async (kind) => {
    using folder = tempFolder()
    const key = kind === 'open' ? {} : { networkKey: createNetworkKey(folder.file('network.key')) }
    const network = aNetworkName()
    await using relay = await startHost(network, { ...key, relay: true })
    await using hidden = await startHost(network, { ...shy, ...key, listen: [], knows: [relay] })
    await until(() => hidden.host.reachability().relays.length > 0, 'a place on the relay')
    await using asking = await startHost(network, { ...shy, ...key, knows: [hidden] })
    await until(() => connected(asking, hidden), 'a connection')
    await sendBytes(hidden, asking, MIB)

    const [toHidden] = asking.host.figures.peers().filter(({ peerId }) => peerId === hidden.host.peerId)
    expect(toHidden).toMatchObject({ way: 'relayed', relay: relay.host.peerId })
    expect(toHidden?.receivedBytes).toBeGreaterThan(MIB)
    expect(asking.host.figures.trafficOf(relay.host.peerId)?.receivedBytes).toBeGreaterThan(MIB)
    expect(asking.host.figures.traffic().receivedBytes).toBeLessThan(1.2 * MIB)
    expect(hidden.host.figures.peer(relay.host.peerId)).toMatchObject({ way: 'direct', help: 'carries-us' })
    expect(relay.host.figures.peer(hidden.host.peerId)).toMatchObject({ help: 'carried' })
  })

  it('tells who a peer is, what it serves, and what the rules say of it', async () => {
    const network = aNetworkName()
    const rules = new PeerRules()
    await using one = await startHost(network, { rules })
    await using other = await startHost(network, { knows: [one] })
    await until(() => connected(one, other), 'a connection')
    other.host.listenForOffers(['demo', 'llama'])
    const { peerId } = other.host
    await until(() => one.host.figures.peer(peerId)?.models.length === 2, 'what it serves')
    const [address = ''] = other.host.addresses()
    expect(one.host.figures.peer(peerId)).toMatchObject({
      direction: 'inbound',
      agent: 'driad/test',
      way: 'direct',
      connections: 1,
      listens: [address],
      models: ['demo', 'llama'],
      verdict: 'neither',
      misdeedPoints: 0,
    })
    const protocols = one.host.figures.peer(peerId)?.streams.map(({ protocol }) => protocol)
    expect(protocols?.some((protocol) => protocol.startsWith('/meshsub/'))).toBe(true)
    rules.set(['127.0.0.0/8'], [])
    expect(one.host.figures.peers()[0]?.verdict).toBe('allowed')
  })

  it('counts offers that are valid and new, by model, while it listens', async () => {
    const network = aNetworkName()
    await using node = await startHost(network)
    await using asking = await startHost(network, { knows: [node] })
    node.host.listenForOffers(['demo', 'quiet'])
    await until(() => asking.host.isServed('demo'), 'a subscription')
    const publish = async (offer: ReturnType<typeof anOffer>) => {
      await asking.host.publishOffer(signMessage('offer', offer, asking.identity), ['demo'], { signal })
    }
    const offer = anOffer(asking.identity)
    await publish(offer)
    await publish({ ...offer, revision: 2 })
    await until(() => node.offers.length === 2, 'both offers')
    expect(node.host.figures.topics()).toEqual([
      {
        model: 'demo',
        parts: 1,
        part: 1,
        peers: 0,
        peersInPart: 0,
        offersHeard: 2,
        lastHeardAtMs: expect.any(Number),
      },
      { model: 'quiet', parts: 1, part: 1, peers: 0, peersInPart: 0, offersHeard: 0 },
    ])
    node.host.listenForOffers(['quiet'])
    node.host.listenForOffers(['quiet', 'demo'])
    expect(node.host.figures.topics().map(({ offersHeard }) => offersHeard)).toEqual([0, 0])
    asking.host.listenForOffers(['demo'])
    await until(
      () => node.host.figures.topics().some(({ model, peers }) => model === 'demo' && peers === 1),
      'a listener',
    )
  })
})
