import type { Connection, PeerId } from '@libp2p/interface'
import type { ReachabilityView } from '../../../protocol/network-views.ts'
import type { Logger } from '../../logs/contract.ts'
import type { NetworkHost } from '../contract.ts'
import { type HostLibp2p, protocolPrefix } from '../libp2p-options.ts'
import type { NetworkKey } from '../network-key.ts'
import { PeerClocks } from './peer-clocks.ts'
import { PeerExchange } from './peer-exchange.ts'
import { learnRecord, someRecords } from './peer-records.ts'
import { clockAdvice, clockView, reachabilityView } from './reachability.ts'
import { RelayGuard } from './relay-guard.ts'
import { isRelayed, RelayedConnections } from './relayed-connections.ts'

/** Streams of a connection that ended are gone everywhere by then. */
const RELINK_MS = 200

export interface HostReachComponents {
  readonly libp2p: HostLibp2p
  readonly host: Pick<NetworkHost, 'networkName' | 'addresses' | 'peers' | 'openStream' | 'handle'>
  /** Whether a peer identified itself as one of our network. */
  readonly isMember: (peer: PeerId) => boolean
  readonly discovered: (peer: PeerId) => void
  readonly identifyAgain: (connection: Connection) => Promise<void>
  readonly logger: Logger
}

export interface HostReachInit {
  readonly local: boolean
  readonly hasBootstrap: boolean
  readonly networkKey: NetworkKey | undefined
}

/** The part of a host that is about being reached: relays, what becomes of relayed connections, peers of peers, clocks. */
export class HostReach {
  readonly relayed: RelayedConnections
  readonly guard: RelayGuard
  readonly #components: HostReachComponents
  readonly #init: HostReachInit
  readonly #exchange: PeerExchange
  readonly #clocks = new PeerClocks()
  readonly #stopping = new AbortController()

  constructor(components: HostReachComponents, init: HostReachInit) {
    const { libp2p, host, isMember, discovered, logger } = components
    this.#components = components
    this.#init = init
    const { signal } = this.#stopping
    this.relayed = new RelayedConnections({
      connectionsTo: ({ remotePeer }) => libp2p.getConnections(remotePeer),
      canUpgrade: libp2p.services.reach.facts().canPunch,
      isOurs: (protocol) => protocol.startsWith(`/${protocolPrefix(host.networkName)}/`),
      signal,
    })
    this.guard = new RelayGuard({
      relay: libp2p.services.relay,
      connectionsTo: (peer) => libp2p.getConnections(peer),
      isMember,
      signal,
    })
    const { peerStore } = libp2p
    this.#exchange = new PeerExchange({
      host,
      clocks: this.#clocks,
      records: () =>
        someRecords({ peerStore, peers: () => libp2p.getPeers().filter(isMember), local: init.local }),
      learn: (record) => learnRecord(peerStore, libp2p.peerId, record),
      discovered,
      logger,
    })
    libp2p.addEventListener('peer:identify', ({ detail }) => libp2p.services.reach.identified(detail))
    libp2p.addEventListener('connection:close', ({ detail }) => this.#relink(detail))
  }

  /** Once libp2p listens. */
  async start(): Promise<void> {
    this.#components.libp2p.services.reach.listening()
    await this.#exchange.start()
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#exchange.stop()
  }

  /** To be called when a member came that was not there before. */
  peerCame(): void {
    this.#exchange.peerCame()
  }

  /** To be called when the last connection to a peer ended. */
  left(peer: PeerId): void {
    this.guard.left(peer)
  }

  view(): ReachabilityView {
    const { libp2p, host } = this.#components
    const { local, hasBootstrap, networkKey } = this.#init
    const connections = libp2p.getConnections().filter(({ status }) => status === 'open')
    const relayed = connections.filter(isRelayed).length
    const inbound = connections.filter(({ direction }) => direction === 'inbound').length
    const { reach, relay } = libp2p.services
    const clock = clockView(this.#clocks.aheadMs())
    return reachabilityView({
      ...reach.facts(),
      local,
      hasBootstrap,
      addresses: host.addresses(),
      ...(relay !== undefined && { serving: { reservations: relay.reservations.size } }),
      connections: {
        direct: connections.length - relayed,
        relayed,
        inbound,
        outbound: connections.length - inbound,
      },
      ...(networkKey !== undefined && { networkKey: networkKey.fingerprint }),
      ...(clock !== undefined && { clock }),
    })
  }

  clockWarning(): string | undefined {
    const clock = clockView(this.#clocks.aheadMs())
    return clock?.wrong === true ? clockAdvice(clock) : undefined
  }

  /** DCUtR made a direct connection beside this one. */
  replaced(relayed: Connection): void {
    const peerId = relayed.remotePeer.toString()
    this.#components.logger.info('A direct connection replaces one over a relay', { peerId })
    void this.relayed.retire(relayed)
  }

  /**
   * Gossip keeps one pair of streams a peer, on the connection that came first, and opens none when that ends and another
   * stays: identifying the peer again makes it.
   */
  #relink(closed: Connection): void {
    const { libp2p, identifyAgain } = this.#components
    const timer = setTimeout(() => {
      if (this.#stopping.signal.aborted) return
      const open = libp2p.getConnections(closed.remotePeer).filter(({ status }) => status === 'open')
      const best = open.find((connection) => !isRelayed(connection)) ?? open[0]
      if (best !== undefined) void identifyAgain(best)
    }, RELINK_MS)
    timer.unref()
  }
}
