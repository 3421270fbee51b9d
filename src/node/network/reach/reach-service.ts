import { networkInterfaces } from 'node:os'
import { RELAY_V2_HOP_CODEC } from '@libp2p/circuit-relay-v2'
import type { Connection, IdentifyResult, PeerId, Startable } from '@libp2p/interface'
import type {
  AddressManager,
  ConnectionManager,
  Registrar,
  TransportManager,
} from '@libp2p/interface-internal'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import type { Logger } from '../../logs/contract.ts'
import { isCircuit, isPrivateAddress } from '../addresses.ts'
import { type NatKind, NatObservations } from './nat-observations.ts'
import { RelayKeeper } from './relay-keeper.ts'
import { isRelayed } from './relayed-connections.ts'
import { endpointOf, type SharedPort } from './shared-port-tcp.ts'

/** A node with a public address of its own waits so long for a peer to confirm it before it asks relays. */
const CONFIRMATION_MS = 10_000
const MAX_PROPOSED = 16
/** What a public helper says of its addresses needs no confirmation by others. */
const ANNOUNCED_FOR_MS = 2 ** 40

export interface ReachComponents {
  readonly peerId: PeerId
  readonly addressManager: AddressManager
  readonly connectionManager: ConnectionManager
  readonly transportManager: TransportManager
  readonly registrar: Registrar
}

export interface ReachInit {
  readonly local: boolean
  /** A relay for others needs none, and takes its public addresses for reachable. */
  readonly relay: boolean
  readonly shared: SharedPort | undefined
  readonly logger: Logger
}

/** How this node is reached, as far as it can be known. */
export interface ReachFacts {
  readonly nat: NatKind
  readonly relays: readonly string[]
  readonly publicAddresses: readonly string[]
  /** Whether hole punching is possible on this system. */
  readonly canPunch: boolean
}

/** The libp2p service that knows from where this node can be reached, and sees to it that it can. */
export class ReachService implements Startable {
  readonly #components: ReachComponents
  readonly #init: ReachInit
  readonly #keeper: RelayKeeper
  readonly #nat: NatObservations | undefined
  readonly #startedAtMs = Date.now()
  /** What was proposed to AutoNAT; peers can make up addresses, so they are few. */
  readonly #proposed = new Set<string>()
  #topology: string | undefined

  constructor(components: ReachComponents, init: ReachInit) {
    this.#components = components
    this.#init = init
    this.#nat = init.shared && new NatObservations(init.shared.port, ownHosts)
    this.#keeper = new RelayKeeper({
      transportManager: components.transportManager,
      isNeeded: () => this.#needsRelay(),
      connectionsTo: (peer) => components.connectionManager.getConnections(peer),
      logger: init.logger,
    })
  }

  async start(): Promise<void> {
    if (this.#init.relay) return
    this.#topology = await this.#components.registrar.register(RELAY_V2_HOP_CODEC, {
      onConnect: (peer) => this.#keeper.found(peer),
    })
    this.#keeper.start()
  }

  /** Once libp2p listens: `start` comes before. */
  listening(): void {
    if (!this.#init.relay) return
    for (const address of this.#components.transportManager.getAddrs()) {
      if (isPrivateAddress(address)) continue
      this.#components.addressManager.confirmObservedAddr(address, {
        type: 'transport',
        ttl: ANNOUNCED_FOR_MS,
      })
    }
  }

  async stop(): Promise<void> {
    if (this.#topology !== undefined) this.#components.registrar.unregister(this.#topology)
    await this.#keeper.stop()
  }

  facts(): ReachFacts {
    return {
      nat: this.#nat?.kind() ?? 'unknown',
      relays: this.#keeper.relays(),
      publicAddresses: this.#publicAddresses().map(String),
      canPunch: this.#init.shared !== undefined,
    }
  }

  /** Where our shared port is seen from outside, for peers that try at the same time as we do. */
  punchAddresses(): readonly Multiaddr[] {
    return (this.#nat?.mappings() ?? []).map(({ host, port }) =>
      multiaddr(
        `/${host.includes(':') ? 'ip6' : 'ip4'}/${host}/tcp/${port}/p2p/${this.#components.peerId.toString()}`,
      ),
    )
  }

  /** To be called in the turn in which a peer was identified: AutoNAT asks the peer for what is known by then. */
  identified({ connection, observedAddr }: IdentifyResult): void {
    if (this.#init.local || observedAddr === undefined || isRelayed(connection)) return
    if (isPrivateAddress(observedAddr)) return
    const [host] = observedAddr.getComponents()
    const endpoint = endpointOf(observedAddr)
    if (host?.value === undefined || endpoint === undefined) return
    this.#observed(connection, host.value, Number(endpoint.slice(endpoint.lastIndexOf(':') + 1)))
    this.#propose(host.value)
  }

  #observed(connection: Connection, host: string, port: number): void {
    const { shared } = this.#init
    const observerHost = connection.remoteAddr.getComponents()[0]?.value
    if (shared === undefined || observerHost === undefined || !shared.wasUsedFor(connection.remoteAddr))
      return
    this.#nat?.add({ observerHost, host, port })
  }

  /** Our ports at the address that peers see: reachable where the router forwards them. AutoNAT finds out. */
  #propose(host: string): void {
    if (host.includes(':') || ownHosts().has(host)) return
    const { transportManager, addressManager } = this.#components
    for (const address of transportManager.getAddrs()) {
      if (isCircuit(address)) continue
      const [own, port] = address.getComponents()
      if (own?.name !== 'ip4' || own.value === undefined || own.value.startsWith('127.')) continue
      if (port?.name !== 'tcp') continue
      const key = `${own.value}:${port.value}=${host}`
      if (this.#proposed.has(key) || this.#proposed.size >= MAX_PROPOSED) continue
      this.#proposed.add(key)
      addressManager.addPublicAddressMapping(own.value, Number(port.value), host, Number(port.value), 'tcp')
    }
  }

  #needsRelay(): boolean {
    if (this.#init.relay || this.#publicAddresses().length > 0) return false
    const mayBePublic = this.#components.transportManager
      .getAddrs()
      .some((address) => !isPrivateAddress(address) && !isCircuit(address))
    return !mayBePublic || Date.now() - this.#startedAtMs > CONFIRMATION_MS
  }

  #publicAddresses(): Multiaddr[] {
    return this.#components.addressManager
      .getAddresses()
      .filter((address) => !isCircuit(address) && !isPrivateAddress(address))
  }
}

function ownHosts(): ReadonlySet<string> {
  return new Set(
    Object.values(networkInterfaces()).flatMap((all) =>
      (all ?? []).map(({ address }) => address.split('%')[0] ?? ''),
    ),
  )
}
