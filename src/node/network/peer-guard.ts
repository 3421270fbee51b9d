import type { Connection, ConnectionGater } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'
import { isPrivateAddress } from './addresses.ts'
import type { Misbehaviour } from './misbehaviour.ts'
import { ipOf, type PeerRules } from './peer-rules.ts'

/** Connections from one public address. Homes and offices share one; a flood from one computer ends here. */
const CONNECTIONS_PER_IP = 32

export interface PeerGuardComponents {
  readonly rules: PeerRules
  readonly misbehaviour: Pick<Misbehaviour, 'isQuarantined'>
  readonly connections: () => readonly Connection[]
}

/** Decides who may be connected: by the operator's rules, by what a peer did, and by how many connections it has. */
export class PeerGuard {
  readonly #components: PeerGuardComponents
  readonly #connectionsPerPeer: number

  constructor(components: PeerGuardComponents, { connectionsPerPeer }: { connectionsPerPeer: number }) {
    this.#components = components
    this.#connectionsPerPeer = connectionsPerPeer
  }

  /** As libp2p asks: before a dial, when a connection arrives, and when its handshake told who it is. */
  gater(): ConnectionGater {
    return {
      denyDialPeer: (peer) => this.isDenied(peer.toString(), undefined),
      // The default refuses private addresses in browsers; nodes on a local network are welcome here.
      denyDialMultiaddr: (address) => this.isDenied(undefined, address),
      denyInboundConnection: ({ remoteAddr }) =>
        this.isDenied(undefined, remoteAddr) || this.#isCrowded(remoteAddr),
      denyInboundEncryptedConnection: (peer, { remoteAddr }) =>
        this.isDenied(peer.toString(), remoteAddr) || this.#hasEnough(peer.toString(), remoteAddr),
      denyOutboundEncryptedConnection: (peer, { remoteAddr }) => this.isDenied(peer.toString(), remoteAddr),
    }
  }

  isDenied(peerId: string | undefined, address: Multiaddr | undefined): boolean {
    const { rules, misbehaviour } = this.#components
    const rule = rules.of(peerId, address)
    if (rule !== undefined) return rule === 'denied'
    return peerId !== undefined && misbehaviour.isQuarantined(peerId)
  }

  #isCrowded(address: Multiaddr): boolean {
    const { rules, connections } = this.#components
    const ip = ipOf(address)
    if (ip === undefined || isPrivateAddress(address) || rules.of(undefined, address) === 'allowed') return false
    let count = 0
    for (const { remoteAddr } of connections()) if (ipOf(remoteAddr) === ip) count++
    return count >= CONNECTIONS_PER_IP
  }

  #hasEnough(peerId: string, address: Multiaddr): boolean {
    const { rules, connections } = this.#components
    if (rules.of(peerId, address) === 'allowed') return false
    let count = 0
    for (const { remotePeer } of connections()) if (remotePeer.toString() === peerId) count++
    return count >= this.#connectionsPerPeer
  }
}
