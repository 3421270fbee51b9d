import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { createEphemeralIdentity } from '../../src/node/identity/identity.ts'
import {
  defaultNetworkLimits,
  type HostLibp2p,
  libp2pOptions,
} from '../../src/node/network/libp2p-options.ts'
import { recordingLogger } from './recording-logger.ts'

export interface RawPeer extends AsyncDisposable {
  readonly libp2p: HostLibp2p
}

interface RawPeerInit {
  /** Takes this protocol for identify and never answers on it, instead of identifying itself. */
  readonly identify?: string
  readonly listen?: readonly string[]
}

/** A peer that speaks the network's protocols but keeps to none of the rules: libp2p, without anything of ours above it. */
export async function startRawPeer(
  networkName: string,
  dial: string,
  init: RawPeerInit = {},
): Promise<RawPeer> {
  const { identify, listen = [] } = init
  const { privateKey } = await createEphemeralIdentity()
  const libp2p = await createLibp2p(
    libp2pOptions({
      privateKey,
      networkName,
      agent: 'raw',
      listen: listen.map((address) => multiaddr(address)),
      mdns: false,
      dht: false,
      local: true,
      relay: false,
      announce: [],
      upnp: undefined,
      networkKey: undefined,
      shared: undefined,
      onReplaced: () => undefined,
      logger: recordingLogger().logger,
      limits: defaultNetworkLimits,
      gater: { denyDialMultiaddr: () => false },
      scoreOf: () => 0,
      isOurTopic: () => true,
    }),
  )
  try {
    if (identify !== undefined) await libp2p.handle(identify, () => {})
    const connection = await libp2p.dial(multiaddr(dial))
    if (identify === undefined) await libp2p.services.identify.identify(connection)
  } catch (error) {
    await libp2p.stop()
    throw error
  }
  return {
    libp2p,
    [Symbol.asyncDispose]: async () => {
      await libp2p.stop()
    },
  }
}
