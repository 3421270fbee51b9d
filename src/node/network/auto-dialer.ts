import type { PeerId } from '@libp2p/interface'
import { BoundedMap } from './bounded-map.ts'

const DIAL_TIMEOUT_MS = 10_000
const PARALLEL_DIALS = 4
const WAITING_PEERS = 64
/** A peer that could not be reached is left alone for this long. */
const RETRY_AFTER_MS = 60_000
const REMEMBERED_FAILURES = 1024

export interface AutoDialerComponents {
  readonly dial: (peer: PeerId, signal: AbortSignal) => Promise<void>
  readonly isConnected: (peer: PeerId) => boolean
  readonly connectionCount: () => number
}

/**
 * Connects to peers that mDNS or the DHT discovered, until there are enough of them. libp2p only tells of discovered
 * peers; and two nodes that know each other only through a third have no gossip link for a topic that the third
 * does not listen to.
 */
export class AutoDialer {
  readonly #components: AutoDialerComponents
  readonly #wanted: number
  readonly #stopping = new AbortController()
  readonly #failedAtMs = new BoundedMap<string, number>(REMEMBERED_FAILURES)
  readonly #waiting = new Map<string, PeerId>()
  readonly #dialling = new Map<string, Promise<void>>()

  /** Dials while there are fewer than `wanted` connections. */
  constructor(components: AutoDialerComponents, wanted: number) {
    this.#components = components
    this.#wanted = wanted
  }

  discovered(peer: PeerId): void {
    const id = peer.toString()
    if (this.#stopping.signal.aborted || this.#waiting.size >= WAITING_PEERS || this.#dialling.has(id)) return
    if (Date.now() - (this.#failedAtMs.get(id) ?? 0) < RETRY_AFTER_MS) return
    this.#waiting.set(id, peer)
    this.#next()
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    this.#waiting.clear()
    await Promise.all(this.#dialling.values())
  }

  #next(): void {
    for (const [id, peer] of this.#waiting) {
      if (this.#dialling.size >= PARALLEL_DIALS) return
      this.#waiting.delete(id)
      if (this.#components.isConnected(peer) || this.#components.connectionCount() >= this.#wanted) continue
      this.#dialling.set(id, this.#dial(id, peer))
    }
  }

  async #dial(id: string, peer: PeerId): Promise<void> {
    try {
      const signal = AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(DIAL_TIMEOUT_MS)])
      await this.#components.dial(peer, signal)
    } catch {
      // Peers come and go; it is tried again when it is next discovered.
      this.#failedAtMs.set(id, Date.now())
    } finally {
      this.#dialling.delete(id)
      this.#next()
    }
  }
}
