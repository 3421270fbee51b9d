import type { Connection, ConnectionGater, PeerId } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'
import { isPrivateAddress } from './addresses.ts'
import { BoundedMap } from './bounded-map.ts'
import type { Misbehaviour } from './misbehaviour.ts'
import { ipOf, type PeerRules } from './peer-rules.ts'
import { TokenBucket } from './token-bucket.ts'

/** Connections from one public address. Homes and offices share one; a flood from one computer ends here. */
const CONNECTIONS_PER_IP = 32

/**
 * Peers of one address that may be put in quarantine: four at once, and one more every ten minutes. A new identity
 * costs nothing, a new address does: who goes on under new names is refused before the handshake, which is the dear part.
 */
const QUARANTINES_PER_IP = { burst: 4, perSecond: 1 / 600 }
const REMEMBERED_IPS = 1024

export interface PeerGuardComponents {
  readonly rules: PeerRules
  readonly misbehaviour: Pick<Misbehaviour, 'isQuarantined'>
  readonly connections: () => readonly Connection[]
}

export interface RelayRules {
  /** Whether a peer gets a place on this relay. */
  readonly mayReserve: (peer: PeerId) => Promise<boolean>
}

export interface PeerGuardInit {
  readonly connectionsPerPeer: number
  /**
   * Of strangers. libp2p counts only those that are complete when one arrives, and closes none that is in use, so that many at
   * once get past its own bound; here they come one by one.
   */
  readonly maxConnections: number
}

/** Decides who may be connected: by the operator's rules, by what a peer did, and by how many connections it has. */
export class PeerGuard {
  readonly #components: PeerGuardComponents
  readonly #init: PeerGuardInit
  readonly #quarantines = new BoundedMap<string, TokenBucket>(REMEMBERED_IPS)

  constructor(components: PeerGuardComponents, init: PeerGuardInit) {
    this.#components = components
    this.#init = init
  }

  /** As libp2p asks: before a dial, when a connection arrives, and when its handshake told who it is. */
  gater({ mayReserve }: RelayRules = { mayReserve: async () => false }): ConnectionGater {
    return {
      denyDialPeer: (peer) => this.isDenied(peer.toString(), undefined),
      // The default refuses private addresses in browsers; nodes on a local network are welcome here.
      denyDialMultiaddr: (address) => this.isDenied(undefined, address),
      denyInboundConnection: ({ remoteAddr }) =>
        this.isDenied(undefined, remoteAddr) || this.#isTroubled(remoteAddr) || this.#isCrowded(remoteAddr),
      denyInboundEncryptedConnection: (peer, { remoteAddr }) =>
        this.isDenied(peer.toString(), remoteAddr) || this.#hasEnough(peer.toString(), remoteAddr),
      denyOutboundEncryptedConnection: (peer, { remoteAddr }) => this.isDenied(peer.toString(), remoteAddr),
      denyInboundRelayReservation: async (peer) =>
        this.isDenied(peer.toString(), undefined) || !(await mayReserve(peer)),
      denyOutboundRelayedConnection: (from, to) =>
        this.isDenied(from.toString(), undefined) || this.isDenied(to.toString(), undefined),
    }
  }

  isDenied(peerId: string | undefined, address: Multiaddr | undefined): boolean {
    const { rules, misbehaviour } = this.#components
    const rule = rules.of(peerId, address)
    if (rule !== undefined) return rule === 'denied'
    return peerId !== undefined && misbehaviour.isQuarantined(peerId)
  }

  /** A peer was put in quarantine that was connected from this address. */
  quarantined(address: Multiaddr): void {
    const network = networkOf(address)
    if (network === undefined) return
    const nowMs = performance.now()
    const bucket = this.#quarantines.get(network) ?? new TokenBucket(QUARANTINES_PER_IP, nowMs)
    bucket.take(nowMs)
    this.#quarantines.set(network, bucket)
  }

  #isTroubled(address: Multiaddr): boolean {
    const network = networkOf(address)
    if (network === undefined || this.#components.rules.of(undefined, address) === 'allowed') return false
    return this.#quarantines.get(network)?.has(performance.now()) === false
  }

  #isCrowded(address: Multiaddr): boolean {
    const { rules, connections } = this.#components
    const ip = ipOf(address)
    if (ip === undefined || isPrivateAddress(address) || rules.of(undefined, address) === 'allowed')
      return false
    let count = 0
    for (const { remoteAddr } of connections()) if (ipOf(remoteAddr) === ip) count++
    return count >= CONNECTIONS_PER_IP
  }

  #hasEnough(peerId: string, address: Multiaddr): boolean {
    const { rules, connections } = this.#components
    if (rules.of(peerId, address) === 'allowed') return false
    const all = connections()
    if (all.length >= this.#init.maxConnections) return true
    let count = 0
    for (const { remotePeer } of all) if (remotePeer.toString() === peerId) count++
    return count >= this.#init.connectionsPerPeer
  }
}

/** What one customer has: an IPv4 address, or a /64 of IPv6. */
function networkOf(address: Multiaddr): string | undefined {
  const ip = ipOf(address)
  if (ip === undefined || !ip.includes(':')) return ip
  const [head = '', tail] = ip.split('::')
  const first = head === '' ? [] : head.split(':')
  const last = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? [] : Array<string>(Math.max(0, 8 - first.length - last.length)).fill('0')
  return [...first, ...zeros, ...last].slice(0, 4).join(':')
}
