import { v7 as uuidv7 } from 'uuid'
import type { Identity } from '../../src/node/identity/contract.ts'
import { createEphemeralIdentity } from '../../src/node/identity/identity.ts'
import type { VerifiedOffer } from '../../src/node/network/contract.ts'
import { createNetworkHost, type NetworkHostInit } from '../../src/node/network/create-host.ts'
import type { LibP2PHost } from '../../src/node/network/host.ts'
import type { TaskOffer } from '../../src/protocol/wire/messages.pb.ts'
import { type RecordedLine, recordingLogger } from './recording-logger.ts'

export interface TestHost extends AsyncDisposable {
  readonly host: LibP2PHost
  readonly identity: Identity
  readonly lines: readonly RecordedLine[]
  /** Every offer that was told, in order. */
  readonly offers: readonly VerifiedOffer[]
}

let networks = 0

/** A network name that no other test uses. */
export function aNetworkName(): string {
  return `test-${process.pid}-${++networks}`
}

/** A started host on loopback, by default without mDNS and DHT, so that it knows only whom it is told. */
export async function startHost(
  networkName: string,
  init: Partial<NetworkHostInit> & { readonly knows?: readonly TestHost[] } = {},
): Promise<TestHost> {
  const { knows = [], ...overrides } = init
  const identity = await createEphemeralIdentity()
  const { logger, lines } = recordingLogger()
  const host = await createNetworkHost({
    privateKey: identity.privateKey,
    networkName,
    listen: ['/ip4/127.0.0.1/tcp/0'],
    bootstrap: knows.map((known) => known.host.addresses()[0] ?? ''),
    mdns: false,
    dht: false,
    agent: 'driad/test',
    logger,
    ...overrides,
  })
  const offers: VerifiedOffer[] = []
  host.onOffer((offer) => offers.push(offer))
  await host.start()
  return { host, identity, lines, offers, [Symbol.asyncDispose]: () => host.stop() }
}

export function connected(one: TestHost, other: TestHost): boolean {
  return (
    one.host.peers().some((peer) => peer.peerId === other.host.peerId) &&
    other.host.peers().some((peer) => peer.peerId === one.host.peerId)
  )
}

/** An offer by that identity, for `demo`, to be claimed at that host. */
export function anOffer(by: Identity, overrides: Partial<TaskOffer> = {}): TaskOffer {
  const nowMs = Date.now()
  return {
    offerId: uuidv7(),
    revision: 1,
    contact: by.peerId,
    addresses: [],
    models: ['demo'],
    taskCount: 1,
    issuedAtMs: nowMs,
    expiresAtMs: nowMs + 60_000,
    maxPromptMicroPer1k: 1_000n,
    maxCompletionMicroPer1k: 1_000n,
    threshold: 2 ** 32 - 1,
    shard: 0,
    audience: 0,
    modelDigest: new Uint8Array(0),
    tools: [],
    ...overrides,
  }
}
