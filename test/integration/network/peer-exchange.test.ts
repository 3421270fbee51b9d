import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { PeerRecord, RecordEnvelope } from '@libp2p/peer-record'
import { multiaddr } from '@multiformats/multiaddr'
import { describe, expect, it } from 'vitest'
import { encodeLength } from '../../../src/node/network/frame-decoder.ts'
import { PeersAnswer } from '../../../src/protocol/wire/messages.pb.ts'
import { until } from '../../helpers/driad-process.ts'
import { aNetworkName, connected, startHost, type TestHost } from '../../helpers/network-hosts.ts'
import { startRawPeer } from '../../helpers/raw-peer.ts'

/** A peer that tells what it is given to tell, true or not. */
async function startTeller(networkName: string, host: TestHost, answer: () => PeersAnswer) {
  const peer = await startRawPeer(networkName, host.host.addresses()[0] ?? '')
  await peer.libp2p.handle(`/driad/${networkName}/peers/1`, (stream) => {
    const bytes = PeersAnswer.encode(answer())
    stream.send(new Uint8Array([...encodeLength(bytes.length), ...bytes]))
  })
  return peer
}

async function recordOf({ host, identity }: TestHost): Promise<Uint8Array<ArrayBuffer>> {
  const { privateKey } = identity
  const multiaddrs = host.addresses().map((address) => multiaddr(address.replace(/\/p2p\/.*/, '')))
  const record = new PeerRecord({ peerId: peerIdFromPrivateKey(privateKey), multiaddrs })
  return Uint8Array.from((await RecordEnvelope.seal(record, privateKey)).marshal())
}

describe('peers of peers', () => {
  it('are connected to by what they signed themselves', async () => {
    const network = aNetworkName()
    await using asking = await startHost(network)
    await using told = await startHost(network)
    const record = await recordOf(told)
    await using _ = await startTeller(network, asking, () => ({ nowMs: Date.now(), peerRecords: [record] }))
    await until(() => connected(asking, told), 'a connection to who was told of')
  })

  it('are not believed of without their signature', async () => {
    const network = aNetworkName()
    await using asking = await startHost(network)
    await using victim = await startHost(network)
    await using told = await startHost(network)
    const forged = await recordOf(victim)
    forged[forged.length - 1] = (forged.at(-1) ?? 0) ^ 1
    const record = await recordOf(told)
    // The good one comes last: once it was taken, the others were judged.
    const peerRecords = [forged, new Uint8Array([1, 2, 3]), record]
    await using _ = await startTeller(network, asking, () => ({ nowMs: Date.now(), peerRecords }))
    await until(() => connected(asking, told), 'a connection to who was told of')
    expect(connected(asking, victim)).toBe(false)
  })
})

describe('the clock', () => {
  it.each([
    ['behind', 90_000],
    ['ahead of', -90_000],
  ])('is said to be wrong when it is %s that of peers', async (words, offsetMs) => {
    const network = aNetworkName()
    await using host = await startHost(network)
    await using _ = await startTeller(network, host, () => ({
      nowMs: Date.now() + offsetMs,
      peerRecords: [],
    }))
    await until(() => host.host.reachability().clock !== undefined, 'a comparison of clocks')
    const { clock, advice } = host.host.reachability()
    expect(clock).toMatchObject({ peers: 1, wrong: true })
    expect(Math.sign(clock?.aheadMs ?? 0)).toBe(-Math.sign(offsetMs))
    expect(advice[0]).toEqual({ code: 'set_clock', aheadMs: clock?.aheadMs })
    expect(host.lines.filter(({ level }) => level === 'warn').map(({ message }) => message)).toEqual([
      expect.stringContaining(`90 s ${words} the clocks of other nodes`),
    ])
  })

  it('is right among hosts of one computer', async () => {
    const network = aNetworkName()
    await using one = await startHost(network)
    await using other = await startHost(network, { knows: [one] })
    await until(() => other.host.reachability().clock !== undefined, 'a comparison of clocks')
    const { clock, advice } = other.host.reachability()
    expect(clock?.wrong).toBe(false)
    expect(advice.map(({ code }) => code)).not.toContain('set_clock')
    expect(other.lines.filter(({ level }) => level === 'warn')).toEqual([])
  })
})
