import { v7 as uuidv7 } from 'uuid'
import { createEphemeralIdentity, createEphemeralKey } from '../../src/node/identity/identity.ts'
import { createLogger } from '../../src/node/logs/create-logger.ts'
import type { NetworkHost } from '../../src/node/network/contract.ts'
import { createNetworkHost } from '../../src/node/network/create-host.ts'
import { signMessage } from '../../src/protocol/wire/signing.ts'

export interface GossipBench {
  readonly hosts: number
  readonly deliveries: number
  /** CPU of all hosts together, less what they use when nothing is published, for each offer that came to a node. */
  readonly cpuMsPerDelivery: number
}

/** More than a mesh has neighbours, so that each host is sent an offer several times, as in a large network. */
const HOSTS = 10
const OFFERS = 400
/** Slow enough that nothing piles up, and below what one requester may publish. */
const SPACING_MS = 50
const NETWORK = 'bench-gossip'
const UINT32 = 2 ** 32 - 1

/** What an offer costs those who hear it: real hosts on loopback, all of them listening, all connected to each other. */
export async function benchGossip(): Promise<GossipBench> {
  const logs = createLogger({ level: 'error' })
  const hosts: NetworkHost[] = []
  try {
    for (let index = 0; index < HOSTS; index++) {
      const host = await createNetworkHost({
        privateKey: await createEphemeralKey(),
        networkName: NETWORK,
        listen: ['/ip4/127.0.0.1/tcp/0'],
        bootstrap: hosts.map((known) => known.addresses()[0] ?? ''),
        mdns: false,
        dht: false,
        logger: logs.logger,
      })
      await host.start()
      host.listenForOffers(['demo'])
      hosts.push(host)
    }
    const [publisher] = hosts
    if (publisher === undefined) throw new Error('There is no host')
    await until(() => hosts.every((host) => host.offerShard(['demo']).listeners === HOSTS - 1))
    let delivered = 0
    for (const host of hosts) host.onOffer(() => delivered++)
    const identity = await createEphemeralIdentity()
    const publish = async (count: number) => {
      for (let index = 0; index < count; index++) {
        const nowMs = Date.now()
        const offer = {
          offerId: uuidv7(),
          revision: 0,
          contact: publisher.peerId,
          addresses: [...publisher.addresses()],
          models: ['demo'],
          taskCount: 1,
          issuedAtMs: nowMs,
          expiresAtMs: nowMs + 60_000,
          maxPromptMicroPer1k: 1_000n,
          maxCompletionMicroPer1k: 1_000n,
          threshold: UINT32,
          modelDigest: new Uint8Array(0),
          tools: [],
          shard: 0,
          audience: HOSTS,
        }
        const signal = AbortSignal.timeout(5_000)
        await publisher.publishOffer(signMessage('offer', offer, identity), offer.models, { signal })
        await pause(SPACING_MS)
      }
    }
    await publish(OFFERS / 4) // warms up
    await until(() => delivered >= (OFFERS / 4) * (HOSTS - 1))
    const idle = await cpuOf(() => pause(OFFERS * SPACING_MS))
    delivered = 0
    const busy = await cpuOf(() => publish(OFFERS))
    await until(() => delivered >= OFFERS * (HOSTS - 1))
    // As long as the idle time was; publishing itself takes a little on top.
    const idleMs = (idle.cpuMs / idle.wallMs) * busy.wallMs
    return {
      hosts: HOSTS,
      deliveries: delivered,
      cpuMsPerDelivery: Math.max(0, busy.cpuMs - idleMs) / delivered,
    }
  } finally {
    await Promise.all(hosts.map((host) => host.stop()))
    await logs.close()
  }
}

async function cpuOf(work: () => Promise<void>): Promise<{ cpuMs: number; wallMs: number }> {
  const startedAt = performance.now()
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return { cpuMs: (user + system) / 1000, wallMs: performance.now() - startedAt }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 120_000
  while (!condition()) {
    if (performance.now() > deadline) throw new Error('The hosts did not come together')
    await pause(20)
  }
}
