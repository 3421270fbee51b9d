import { createServer } from 'node:net'
import type { Transport, Upgrader } from '@libp2p/interface'
import { type TCPComponents, type TCPOptions, tcp } from '@libp2p/tcp'
import type { Multiaddr } from '@multiformats/multiaddr'
import { isPrivateAddress } from '../addresses.ts'
import { BoundedMap } from '../bounded-map.ts'

const REMEMBERED_DIALS = 256

/**
 * One local TCP port from which all connections to public addresses leave. A router that maps a port to the same public
 * port for every peer then has one mapping for us, which peers tell us and others can be told: that is what hole punching
 * over TCP needs. The port is not listened on: two SYNs that cross make a connection without a listener.
 */
export class SharedPort {
  readonly port: number
  /** `host:port` of those dialled from the shared port: only what they observe is its mapping. */
  readonly #dialled = new BoundedMap<string, true>(REMEMBERED_DIALS)

  /** `host:port` of those with whom we punch a hole and are the side that is called. */
  readonly #answering = new Set<string>()

  private constructor(port: number) {
    this.port = port
  }

  /**
   * Undefined where several sockets cannot share a port: that needs SO_REUSEADDR as Linux understands it, which Node sets.
   */
  static async open(): Promise<SharedPort | undefined> {
    if (process.platform !== 'linux') return undefined
    return new SharedPort(await freePort())
  }

  wasUsedFor(remote: Multiaddr): boolean {
    const key = endpointOf(remote)
    return key !== undefined && this.#dialled.get(key) === true
  }

  /**
   * Both sides of a punched hole have dialled; one of them must act as if it had been called. DCUtR says which, but
   * libp2p's queue of dials drops that (`initiator`) on the way to the transport.
   */
  async answering<T>(remotes: readonly Multiaddr[], dial: () => Promise<T>): Promise<T> {
    const keys = remotes.map(endpointOf).filter((key) => key !== undefined)
    for (const key of keys) this.#answering.add(key)
    try {
      return await dial()
    } finally {
      for (const key of keys) this.#answering.delete(key)
    }
  }

  isAnswering(remote: Multiaddr): boolean {
    const key = endpointOf(remote)
    return key !== undefined && this.#answering.has(key)
  }

  note(remote: Multiaddr): void {
    const key = endpointOf(remote)
    if (key !== undefined) this.#dialled.set(key, true)
  }

  forget(remote: Multiaddr): void {
    const key = endpointOf(remote)
    if (key !== undefined) this.#dialled.delete(key)
  }
}

/** The TCP transport, dialling public addresses from the shared port where that is free for the peer. */
export function sharedPortTcp(
  options: TCPOptions,
  shared: SharedPort,
): (components: TCPComponents) => Transport {
  return (components) => {
    const transport: Transport = tcp(options)(components)
    const dial = transport.dial.bind(transport)
    transport.dial = async (address, dialOptions) => {
      if (isPrivateAddress(address)) return await dial(address, dialOptions)
      const fromShared = {
        ...dialOptions,
        localPort: shared.port,
        ...(shared.isAnswering(address) && { upgrader: asCalled(dialOptions.upgrader) }),
      } as typeof dialOptions
      try {
        shared.note(address)
        return await dial(address, fromShared)
      } catch (error) {
        shared.forget(address)
        // An earlier connection to the same place still holds the pair of ports.
        if (!isPortTaken(error)) throw error
        return await dial(address, dialOptions)
      }
    }
    return transport
  }
}

/** Upgrades a connection that we dialled as if the other side had: for encryption, the muxer and the protocols on it. */
function asCalled(upgrader: Upgrader): Upgrader {
  const seen: Pick<Upgrader, 'upgradeOutbound'> = {
    upgradeOutbound: (connection, options) => {
      // The muxer goes by the connection's own word, whatever the upgrader is told.
      Object.assign(connection, { direction: 'inbound' })
      return upgrader.upgradeOutbound(connection, { ...options, initiator: false })
    },
  }
  return seen as Upgrader
}

function isPortTaken(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException
  return code === 'EADDRINUSE' || code === 'EADDRNOTAVAIL'
}

/** `192.0.2.1:4001`, or undefined for what is not an IP address with a TCP port. */
export function endpointOf(address: Multiaddr): string | undefined {
  const [host, port] = address.getComponents()
  if ((host?.name !== 'ip4' && host?.name !== 'ip6') || port?.name !== 'tcp') return undefined
  return `${host.value}:${port.value}`
}

async function freePort(): Promise<number> {
  const server = createServer()
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen({ port: 0, host: '0.0.0.0' }, resolve)
    })
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('The system gave no port')
    return address.port
  } finally {
    server.close()
  }
}
