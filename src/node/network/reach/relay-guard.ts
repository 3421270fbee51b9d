import { setTimeout as sleep } from 'node:timers/promises'
import type { CircuitRelayService } from '@libp2p/circuit-relay-v2'
import type { Connection, PeerId } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'
import { isPrivateAddress } from '../addresses.ts'
import { RELAY_RESERVATIONS_PER_ADDRESS } from './limits.ts'

/** A peer may ask before we know that it is of our network; its answer to identify is on the way then. */
const MEMBER_WAIT_MS = 5_000
const LOOK_MS = 50
const MAX_WAITING = 64

export interface RelayGuardComponents {
  /** Undefined where this node is no relay. */
  readonly relay: CircuitRelayService | undefined
  readonly connectionsTo: (peer: PeerId) => readonly Connection[]
  readonly isMember: (peer: PeerId) => boolean
  readonly signal: AbortSignal
}

/** Gives places on this relay to members of the network only, to so many behind one address, while they are connected. */
export class RelayGuard {
  readonly #components: RelayGuardComponents
  #waiting = 0

  constructor(components: RelayGuardComponents) {
    this.#components = components
  }

  async mayReserve(peer: PeerId): Promise<boolean> {
    if (!(await this.#becomesMember(peer))) return false
    return this.#neighboursOf(peer) < RELAY_RESERVATIONS_PER_ADDRESS
  }

  async #becomesMember(peer: PeerId): Promise<boolean> {
    const { isMember, signal } = this.#components
    if (isMember(peer)) return true
    if (this.#waiting >= MAX_WAITING) return false
    this.#waiting += 1
    try {
      const until = performance.now() + MEMBER_WAIT_MS
      while (!signal.aborted && performance.now() < until && this.#hostOf(peer) !== undefined) {
        await sleep(LOOK_MS)
        if (isMember(peer)) return true
      }
      return false
    } finally {
      this.#waiting -= 1
    }
  }

  /** libp2p keeps the places of those who left until they lapse. */
  left(peer: PeerId): void {
    this.#components.relay?.reservations.delete(peer)
  }

  #neighboursOf(peer: PeerId): number {
    const host = this.#hostOf(peer)
    let count = 0
    for (const [other, { addr }] of this.#components.relay?.reservations.entries() ?? []) {
      if (!other.equals(peer) && hostIn(addr) === host && !isPrivateAddress(addr)) count += 1
    }
    return count
  }

  #hostOf(peer: PeerId): string | undefined {
    const connection = this.#components.connectionsTo(peer).find(({ status }) => status === 'open')
    return connection && hostIn(connection.remoteAddr)
  }
}

function hostIn(address: Multiaddr): string | undefined {
  return address.getComponents()[0]?.value
}
