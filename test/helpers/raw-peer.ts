import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { createEphemeralIdentity } from '../../src/node/identity/identity.ts'
import {
  defaultNetworkLimits,
  type HostLibp2p,
  libp2pOptions,
} from '../../src/node/network/libp2p-options.ts'

export interface RawPeer extends AsyncDisposable {
  readonly libp2p: HostLibp2p
}

/** A peer that speaks the network's protocols but keeps to none of the rules: libp2p, without anything of ours above it. */
export async function startRawPeer(
  networkName: string,
  dial: string,
  { listen = [] }: { readonly listen?: readonly string[] } = {},
): Promise<RawPeer> {
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
      limits: defaultNetworkLimits,
      gater: { denyDialMultiaddr: () => false },
      scoreOf: () => 0,
      isOurTopic: () => true,
    }),
  )
  try {
    const connection = await libp2p.dial(multiaddr(dial))
    await libp2p.services.identify.identify(connection)
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
