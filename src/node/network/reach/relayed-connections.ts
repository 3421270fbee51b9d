import { setTimeout as sleep } from 'node:timers/promises'
import type { Connection } from '@libp2p/interface'
import { DriadError } from '../../../protocol/errors.ts'
import { isCircuit } from '../addresses.ts'

/** DCUtR begins when a relayed connection is identified; a stream that can wait so long is opened on what comes of it. */
const UPGRADE_WINDOW_MS = 4_000
/** How long streams that are open on a relayed connection may go on there after a direct one came. */
const LINGER_MS = 30_000
const LOOK_MS = 250

export interface RelayedConnectionsComponents {
  readonly connectionsTo: (connection: Connection) => readonly Connection[]
  /** Whether hole punching is tried at all. */
  readonly canUpgrade: boolean
  /** Protocols whose streams may end in their own time. */
  readonly isOurs: (protocol: string) => boolean
  readonly signal: AbortSignal
}

export function isRelayed(connection: Connection): boolean {
  return isCircuit(connection.remoteAddr)
}

/** Moves what goes over relays to direct connections, where there are any. */
export class RelayedConnections {
  readonly #components: RelayedConnectionsComponents
  readonly #retiring = new Set<string>()

  constructor(components: RelayedConnectionsComponents) {
    this.#components = components
  }

  /**
   * The connection to open a stream on: the direct one that hole punching makes of a young relayed connection, else the
   * relayed one. Rejects with the signal's reason.
   */
  async upgraded(relayed: Connection, signal: AbortSignal): Promise<Connection> {
    const until = this.#components.canUpgrade ? relayed.timeline.open + UPGRADE_WINDOW_MS : 0
    while (Date.now() < until && relayed.status === 'open') {
      const direct = this.#directOf(relayed)
      if (direct !== undefined) return direct
      await sleep(Math.min(LOOK_MS, until - Date.now()), undefined, { signal })
    }
    return this.#directOf(relayed) ?? relayed
  }

  /**
   * A direct connection took the place of this one. New streams use that; what is open here ends in its own time, or is cut
   * and opened anew by those who need it. Never rejects.
   */
  async retire(relayed: Connection): Promise<void> {
    const { signal, isOurs } = this.#components
    if (this.#retiring.has(relayed.id)) return
    this.#retiring.add(relayed.id)
    try {
      const until = Date.now() + LINGER_MS
      do {
        await sleep(LOOK_MS, undefined, { signal, ref: false })
      } while (Date.now() < until && relayed.streams.some(({ protocol }) => isOurs(protocol)))
      // It may have been lost meanwhile.
      if (this.#directOf(relayed) !== undefined) {
        relayed.abort(new DriadError('network_unreachable', 'A direct connection took its place'))
      }
    } catch {
      // Stopping: all connections end.
    } finally {
      this.#retiring.delete(relayed.id)
    }
  }

  #directOf(relayed: Connection): Connection | undefined {
    return this.#components
      .connectionsTo(relayed)
      .find((connection) => connection.status === 'open' && !isRelayed(connection))
  }
}
