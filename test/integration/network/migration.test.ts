import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { describe, expect, it } from 'vitest'
import type { Identity } from '../../../src/node/identity/contract.ts'
import { createEphemeralIdentity } from '../../../src/node/identity/identity.ts'
import { WORK_PROTOCOL } from '../../../src/node/network/contract.ts'
import { LibP2PHost } from '../../../src/node/network/host.ts'
import {
  defaultNetworkLimits,
  type HostLibp2p,
  libp2pOptions,
} from '../../../src/node/network/libp2p-options.ts'
import { Misbehaviour } from '../../../src/node/network/misbehaviour.ts'
import { defaultPeerBudgets, PeerBudgets } from '../../../src/node/network/peer-budgets.ts'
import { PeerRules } from '../../../src/node/network/peer-rules.ts'
import { isRelayed } from '../../../src/node/network/reach/relayed-connections.ts'
import { signMessage } from '../../../src/protocol/wire/signing.ts'
import { until } from '../../helpers/driad-process.ts'
import { aNetworkName, anOffer, startHost } from '../../helpers/network-hosts.ts'
import { recordingLogger } from '../../helpers/recording-logger.ts'

const { signal } = new AbortController()

describe('a direct connection that comes beside one over a relay', () => {
  it('takes over new streams and gossip, and lets what is open end', async () => {
    const network = aNetworkName()
    await using relay = await startHost(network, { relay: true })
    const bootstrap = relay.host.addresses()[0] ?? ''
    await using one = await openHost(network, bootstrap)
    await using other = await openHost(network, bootstrap)
    await until(() => other.host.addresses().some(isCircuit), 'a place on the relay')
    const addresses = other.host.addresses()

    await one.libp2p.dial(multiaddr(addresses.find(isCircuit)))
    other.host.listenForOffers(['demo'])
    await until(() => one.host.isServed('demo'), 'a subscription over the relay')
    await other.host.handle(WORK_PROTOCOL, async (stream) => {
      for await (const frame of stream.frames()) await stream.send(frame)
    })
    // Each tells the other of its place on the relay once more; that is not to help with what follows.
    await until(async () => (await knows(one, other)) && (await knows(other, one)), 'the news of addresses')

    const target = { peerId: other.host.peerId, addresses: [] }
    const before = await one.host.openStream(WORK_PROTOCOL, target, { signal })
    expect(isCircuit(before.remoteAddress)).toBe(true)
    const answers = before.frames()[Symbol.asyncIterator]()
    const echo = async (byte: number) => {
      await before.send(new Uint8Array([byte]))
      return (await answers.next()).value
    }
    expect(await echo(1)).toEqual(new Uint8Array([1]))

    await one.libp2p.dial(multiaddr(addresses.find((address) => !isCircuit(address))), { force: true })
    const relayedOf = ({ libp2p }: OpenHost, peer: OpenHost) =>
      libp2p.getConnections(peer.libp2p.peerId).filter(isRelayed)
    const [relayed] = relayedOf(one, other)
    if (relayed === undefined) throw new Error('There is no connection over the relay')
    one.host.replaced(relayed)

    const after = await one.host.openStream(WORK_PROTOCOL, target, { signal })
    expect(isCircuit(after.remoteAddress)).toBe(false)
    await after.close()
    // The stream that was open there goes on, and with it the connection.
    expect(await echo(2)).toEqual(new Uint8Array([2]))
    expect(relayed.status).toBe('open')
    await before.close()
    await until(() => relayedOf(one, other).length === 0, 'the end of the relayed connection')
    await until(() => relayedOf(other, one).length === 0, 'its end on the other side')

    // Gossip had its streams there.
    const offer = anOffer(one.identity)
    const signed = signMessage('offer', offer, one.identity)
    const heard: string[] = []
    other.host.onOffer((each) => heard.push(each.offer.offerId))
    await until(async () => {
      await one.host.publishOffer(signed, ['demo'], { signal })
      return heard.includes(offer.offerId)
    }, 'an offer over the direct connection')
  })
})

interface OpenHost extends AsyncDisposable {
  readonly host: LibP2PHost
  readonly libp2p: HostLibp2p
  readonly identity: Identity
}

/** A host whose libp2p the test can reach. */
async function openHost(networkName: string, bootstrap: string): Promise<OpenHost> {
  const identity = await createEphemeralIdentity()
  const { logger } = recordingLogger()
  const misbehaviour = new Misbehaviour({ logger, onQuarantine: () => undefined })
  let host: LibP2PHost | undefined
  const limits = { ...defaultNetworkLimits, wantedConnections: 0 }
  const libp2p = await createLibp2p({
    ...libp2pOptions({
      privateKey: identity.privateKey,
      networkName,
      agent: 'driad/test',
      listen: [multiaddr('/ip4/127.0.0.1/tcp/0')],
      mdns: false,
      dht: false,
      local: true,
      relay: false,
      announce: [],
      upnp: undefined,
      networkKey: undefined,
      shared: undefined,
      onReplaced: (relayed) => host?.replaced(relayed),
      limits,
      gater: { denyDialMultiaddr: () => false },
      scoreOf: () => 0,
      isOurTopic: (topic) => host?.offers.isOurTopic(topic) === true,
      logger,
    }),
    start: false,
  })
  host = new LibP2PHost(
    {
      libp2p,
      misbehaviour,
      budgets: new PeerBudgets({ misbehaviour, isExempt: () => false }, defaultPeerBudgets),
      rules: new PeerRules(),
      logger,
    },
    { networkName, bootstrap: [multiaddr(bootstrap)], local: true, networkKey: undefined, limits },
  )
  await host.start()
  return { host, libp2p, identity, [Symbol.asyncDispose]: () => (host as LibP2PHost).stop() }
}

async function knows({ libp2p }: OpenHost, peer: OpenHost): Promise<boolean> {
  const { addresses } = await libp2p.peerStore.get(peer.libp2p.peerId)
  return addresses.some(({ isCertified, multiaddr: address }) => isCertified && isCircuit(address.toString()))
}

function isCircuit(address: string): boolean {
  return address.includes('/p2p-circuit')
}
