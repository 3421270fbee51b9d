import type { Connection, PeerId } from '@libp2p/interface'
import type { TransportManager } from '@libp2p/interface-internal'
import { multiaddr } from '@multiformats/multiaddr'
import type { Logger } from '../../logs/contract.ts'
import { isRelayed } from './relayed-connections.ts'

const WANTED_RELAYS = 2
/** Relays that we have listened on; libp2p keeps a listener for each. */
const MAX_RELAYS = 32
const CHECK_MS = 5_000
/** A relay that refused is asked again after this. */
const RETRY_AFTER_MS = 60_000

/** The part of libp2p's relay transport that is used here; its package exports the factory only. */
interface ReservationStore {
  addRelay(peer: PeerId, type: 'configured'): Promise<unknown>
  hasReservation(peer: PeerId): boolean
}

export interface RelayKeeperComponents {
  readonly transportManager: TransportManager
  /** False while others can reach this node without a relay. */
  readonly isNeeded: () => boolean
  readonly connectionsTo: (peer: PeerId) => readonly Connection[]
  readonly logger: Logger
}

/**
 * Keeps places on relays while this node cannot be reached otherwise. The relays are peers that we are connected to anyway
 * (bootstrap peers, those found in the DHT or told by others): no random walk looks for them.
 */
export class RelayKeeper {
  readonly #components: RelayKeeperComponents
  readonly #known = new Map<string, { readonly peer: PeerId; listening: boolean; refusedAtMs: number }>()
  #round: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  #stopped = false

  constructor(components: RelayKeeperComponents) {
    this.#components = components
  }

  start(): void {
    this.#timer = setInterval(() => this.look(), CHECK_MS)
    this.#timer.unref()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    clearInterval(this.#timer)
    await this.#round
  }

  /** A connected peer serves as a relay. */
  found(peer: PeerId): void {
    const id = peer.toString()
    if (!this.#known.has(id) && this.#hasRoom()) {
      this.#known.set(id, { peer, listening: false, refusedAtMs: 0 })
    }
    this.look()
  }

  /** Peer ids of the relays that hold a place for us now. */
  relays(): readonly string[] {
    const store = this.#store()
    return [...this.#known].filter(([, { peer }]) => store?.hasReservation(peer) === true).map(([id]) => id)
  }

  look(): void {
    if (this.#stopped || this.#round !== undefined) return
    this.#round = this.#reserve().finally(() => {
      this.#round = undefined
    })
  }

  async #reserve(): Promise<void> {
    const store = this.#store()
    if (store === undefined) return
    for (const [id, relay] of this.#known) {
      if (this.#stopped || !this.#components.isNeeded() || this.relays().length >= WANTED_RELAYS) return
      if (store.hasReservation(relay.peer) || Date.now() - relay.refusedAtMs < RETRY_AFTER_MS) continue
      const connection = this.#components
        .connectionsTo(relay.peer)
        .find((each) => each.status === 'open' && !isRelayed(each))
      if (connection === undefined) continue
      try {
        if (relay.listening) await store.addRelay(relay.peer, 'configured')
        else {
          relay.listening = true
          const address = multiaddr(`${withPeerId(connection)}/p2p-circuit`)
          await this.#components.transportManager.listen([address])
        }
        this.#components.logger.info('Reachable over a relay', { relay: id })
      } catch (error) {
        relay.refusedAtMs = Date.now()
        this.#components.logger.info('A relay has no place for us', { relay: id, error: String(error) })
      }
    }
  }

  #hasRoom(): boolean {
    if (this.#known.size < MAX_RELAYS) return true
    for (const [id, { peer, listening }] of this.#known) {
      if (!listening && this.#components.connectionsTo(peer).length === 0) return this.#known.delete(id)
    }
    return false
  }

  #store(): ReservationStore | undefined {
    for (const transport of this.#components.transportManager.getTransports()) {
      if ('reservationStore' in transport) return transport.reservationStore as ReservationStore
    }
    return undefined
  }
}

function withPeerId({ remoteAddr, remotePeer }: Connection): string {
  const text = remoteAddr.toString()
  return text.includes('/p2p/') ? text : `${text}/p2p/${remotePeer.toString()}`
}
