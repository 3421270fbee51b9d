import type { Signed } from '../../protocol/wire/messages.pb.ts'
import type { Identity } from '../identity/contract.ts'
import { createEphemeralKey } from '../identity/identity.ts'
import type { Logger } from '../logs/contract.ts'
import type { PeerTarget } from '../network/contract.ts'
import { createNetworkHost, type NetworkHostInit } from '../network/create-host.ts'
import { fetchDescription, serveDescription } from '../network/info-service.ts'
import { readNetworkKey } from '../network/network-key.ts'

const LOOPBACK = '/ip4/127.0.0.1/tcp/0'

export interface LoopbackInit {
  readonly identity: Identity
  readonly networkName: string
  /** File with the key of a private network; empty for none. */
  readonly networkKeyFile: string
  /** Where the node listens, while it is on the network. */
  readonly addresses: readonly string[]
  /** The signed description of this node. */
  readonly describe: () => Signed
  readonly logger: Logger
}

/**
 * Lets a stranger connect to this node and ask what it serves, over a real connection of this computer's: its sockets,
 * encryption, identity and protocol. While the node is off the network, it listens on loopback for that long.
 * Throws what keeps it from working.
 */
export async function askOverLoopback(
  { identity, networkName, networkKeyFile, addresses, describe, logger }: LoopbackInit,
  { signal }: { signal: AbortSignal },
): Promise<{ readonly models: number; readonly tookMs: number }> {
  const common: Omit<NetworkHostInit, 'privateKey' | 'listen'> = {
    networkName,
    bootstrap: [],
    mdns: false,
    dht: false,
    ...(networkKeyFile !== '' && { networkKey: readNetworkKey(networkKeyFile) }),
    logger,
  }
  const cleanUps: (() => Promise<void>)[] = []
  const open = async (init: Pick<NetworkHostInit, 'privateKey' | 'listen'>) => {
    const host = await createNetworkHost({ ...common, ...init })
    cleanUps.push(() => host.stop())
    await host.start()
    return host
  }
  try {
    let target: PeerTarget = { peerId: identity.peerId, addresses }
    if (addresses.length === 0) {
      const node = await open({ privateKey: identity.privateKey, listen: [LOOPBACK] })
      cleanUps.push(await serveDescription(node, describe))
      target = { peerId: identity.peerId, addresses: node.addresses() }
    }
    signal.throwIfAborted()
    const stranger = await open({ privateKey: await createEphemeralKey(), listen: [] })
    const startedAt = performance.now()
    const { models } = await fetchDescription(stranger, target, { signal })
    return { models: models.length, tookMs: Math.round(performance.now() - startedAt) }
  } finally {
    for (const cleanUp of cleanUps.toReversed()) await cleanUp()
  }
}
