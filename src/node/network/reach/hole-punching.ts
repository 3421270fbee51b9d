import { type DCUtRServiceComponents, dcutr } from '@libp2p/dcutr'
import type { Connection } from '@libp2p/interface'
import type { ConnectionManager, Registrar } from '@libp2p/interface-internal'
import type { Multiaddr } from '@multiformats/multiaddr'
import type { SharedPort } from './shared-port-tcp.ts'

/** One try: the exchange over the relay and the dial. Routers that drop what they did not expect make the SYN wait a second. */
const TRY_TIMEOUT_MS = 5_000
const TRIES = 3

export interface HolePunchingInit {
  readonly shared: SharedPort
  /** Where our shared port can be reached from outside by a peer that tries at the same time as we do. */
  readonly punchAddresses: () => readonly Multiaddr[]
  /** Called instead of closing a relayed connection that a direct one replaces. */
  readonly replaced: (relayed: Connection) => void
}

/**
 * libp2p's DCUtR with a few changes. It offers peers the mapping of our shared port, which is not announced to anybody else
 * since it cannot simply be dialled; and it leaves the end of the relayed connection to us, for streams are open on it.
 */
export function holePunching(init: HolePunchingInit): (components: DCUtRServiceComponents) => unknown {
  return (components) => {
    const { addressManager, registrar } = components
    return dcutr({ timeout: TRY_TIMEOUT_MS, retries: TRIES })({
      peerStore: components.peerStore,
      connectionManager: answering(components.connectionManager, init.shared),
      transportManager: components.transportManager,
      logger: components.logger,
      addressManager: {
        getAddresses: () => [...addressManager.getAddresses(), ...init.punchAddresses()],
      } as typeof addressManager,
      registrar: keepingRelayed(registrar, init.replaced),
    })
  }
}

/** The connection manager as DCUtR sees it: who is to be called acts so. */
function answering(manager: ConnectionManager, shared: SharedPort): ConnectionManager {
  const seen: Pick<ConnectionManager, 'openConnection'> = {
    openConnection: (target, options) => {
      const dial = () => manager.openConnection(target, options)
      return options?.initiator === false && Array.isArray(target) ? shared.answering(target, dial) : dial()
    },
  }
  return seen as ConnectionManager
}

/**
 * The registrar as DCUtR sees it: the connections that it is given tell us instead of closing, and it is told of each once,
 * although peers are identified again when their addresses change.
 */
function keepingRelayed(registrar: Registrar, replaced: (relayed: Connection) => void): Registrar {
  const kept = (connection: Connection) => withClose(connection, () => replaced(connection))
  const told = new WeakSet<Connection>()
  const seen: Pick<Registrar, 'register' | 'unregister' | 'handle' | 'unhandle'> = {
    register: (protocol, topology, options) =>
      registrar.register(
        protocol,
        {
          ...topology,
          onConnect: async (peerId, connection) => {
            if (told.has(connection)) return
            told.add(connection)
            await topology.onConnect?.(peerId, kept(connection))
          },
        },
        options,
      ),
    unregister: (id) => registrar.unregister(id),
    handle: (protocol, handler, options) =>
      registrar.handle(protocol, (stream, connection) => handler(stream, kept(connection)), options),
    unhandle: (protocol, options) => registrar.unhandle(protocol, options),
  }
  return seen as Registrar
}

function withClose(connection: Connection, close: () => void): Connection {
  return new Proxy(connection, {
    get(target, key) {
      if (key === 'close') {
        return async () => close()
      }
      const value: unknown = Reflect.get(target, key, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}
