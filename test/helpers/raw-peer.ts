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

/** A peer that speaks the network's protocols but keeps to none of the rules: libp2p, without anything of ours above it. */
export async function startRawPeer(
  networkName: string,
  dial: string,
  /** Takes this protocol for identify and never answers on it, instead of identifying itself. */
  silent?: { readonly identify: string },
): Promise<RawPeer> {
  const { privateKey } = await createEphemeralIdentity()
  const libp2p = await createLibp2p(
    libp2pOptions({
      privateKey,
      networkName,
      agent: 'raw',
      listen: [],
      mdns: false,
      dht: false,
      local: true,
      relay: false,
      announce: [],
      upnp: undefined,
      networkKey: undefined,
      shared: undefined,
      mayReserve: async () => true,
      onReplaced: () => undefined,
      logger: recordingLogger().logger,
      limits: defaultNetworkLimits,
      isDenied: () => false,
      scoreOf: () => 0,
      isOurTopic: () => true,
    }),
  )
  if (silent !== undefined) await libp2p.handle(silent.identify, () => {})
  const connection = await libp2p.dial(multiaddr(dial))
  if (silent === undefined) await libp2p.services.identify.identify(connection)
  return {
    libp2p,
    [Symbol.asyncDispose]: async () => {
      await libp2p.stop()
    },
  }
}
