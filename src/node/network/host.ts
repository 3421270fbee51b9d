import type { Connection, IdentifyResult, PeerId } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import type { Multiaddr } from '@multiformats/multiaddr'
import { DriadError } from '../../protocol/errors.ts'
import type { ReachabilityView } from '../../protocol/network-views.ts'
import { publicKeyOfPeerId } from '../../protocol/wire/keys.ts'
import type { Signed } from '../../protocol/wire/messages.pb.ts'
import type { Logger } from '../logs/contract.ts'
import { bestAddresses, dialableAddresses, peerIdOf } from './addresses.ts'
import { AutoDialer } from './auto-dialer.ts'
import { BootstrapKeeper } from './bootstrap-keeper.ts'
import { BoundedMap } from './bounded-map.ts'
import type { ConnectedPeer, FramedStream, NetworkHost, PeerTarget, VerifiedOffer } from './contract.ts'
import { explainDial } from './dial-errors.ts'
import { LetterRecords } from './letter-records.ts'
import { type HostLibp2p, type NetworkLimits, protocolPrefix } from './libp2p-options.ts'
import type { Misbehaviour } from './misbehaviour.ts'
import { ModelProviders } from './model-providers.ts'
import { type Member, NetworkFigures } from './network-figures.ts'
import type { NetworkKey } from './network-key.ts'
import { OfferExchange } from './offer-exchange.ts'
import type { PeerBudgets } from './peer-budgets.ts'
import type { PeerRules } from './peer-rules.ts'
import { HostReach } from './reach/host-reach.ts'
import { isRelayed } from './reach/relayed-connections.ts'
import type { OfferShard } from './shard-directory.ts'
import { ShardPeers } from './shard-peers.ts'
import { shardPoint } from './shards.ts'
import { startError } from './start-errors.ts'
import { StreamService, wireName } from './stream-service.ts'

const IDENTIFY_TIMEOUT_MS = 20_000
const STOP_TIMEOUT_MS = 5_000
const REFUSED_PEERS = 256
const PROTOCOLS_PER_PEER = 16

export interface LibP2PHostComponents {
  readonly libp2p: HostLibp2p
  readonly misbehaviour: Misbehaviour
  readonly budgets: PeerBudgets
  readonly rules: PeerRules
  readonly logger: Logger
}

export interface LibP2PHostInit {
  readonly networkName: string
  readonly bootstrap: readonly Multiaddr[]
  /** Nothing of the network is on the public internet. */
  readonly local: boolean
  readonly networkKey: NetworkKey | undefined
  readonly limits: NetworkLimits
}

/** The one libp2p node of a process, as the services above it see it. */
export class LibP2PHost implements NetworkHost {
  readonly networkName: string
  readonly peerId: string
  readonly offers: OfferExchange
  /** What each peer uses. */
  readonly budgets: PeerBudgets
  readonly figures: NetworkFigures

  readonly #libp2p: HostLibp2p
  readonly #logger: Logger
  readonly #streams: StreamService
  readonly #providers: ModelProviders
  readonly #shardPeers: ShardPeers
  readonly #letters: LetterRecords
  readonly #keeper: BootstrapKeeper
  readonly #dialer: AutoDialer
  readonly #reach: HostReach
  readonly #agents: BoundedMap<string, string>
  /** Of each connected peer: the protocols of ours that it answers, and where it listens. */
  readonly #answering: BoundedMap<string, { protocols: ReadonlySet<string>; addresses: readonly string[] }>
  readonly #refusedPeers = new BoundedMap<string, string>(REFUSED_PEERS)
  readonly #listeners = new Set<() => void>()
  readonly #stopping = new AbortController()
  #changePending = false
  #started: Promise<void> | undefined
  #stopped: Promise<void> | undefined

  constructor(
    { libp2p, misbehaviour, budgets, rules, logger }: LibP2PHostComponents,
    { networkName, bootstrap, local, networkKey, limits }: LibP2PHostInit,
  ) {
    this.networkName = networkName
    this.peerId = libp2p.peerId.toString()
    this.budgets = budgets
    this.#libp2p = libp2p
    this.#logger = logger
    this.#agents = new BoundedMap(2 * limits.maxConnections)
    this.offers = new OfferExchange({
      gossip: libp2p.services.gossip,
      networkName,
      point: shardPoint(publicKeyOfPeerId(this.peerId)),
      onShards: (shards) => this.#shardPeers.enter(shards),
      misbehaviour,
      budgets,
      logger,
    })
    this.#answering = new BoundedMap(2 * limits.maxConnections)
    this.#reach = new HostReach(
      {
        libp2p,
        host: this,
        isMember: (peer) => this.#agents.get(peer.toString()) !== undefined,
        discovered: (peer) => this.#dialer.discovered(peer),
        identifyAgain: (connection) => this.#identify(connection),
        logger,
      },
      { local, networkKey, hasBootstrap: bootstrap.length > 0 },
    )
    this.figures = new NetworkFigures({
      members: () => this.#members(),
      listensAt: (peerId) => this.#answering.get(peerId)?.addresses ?? [],
      relays: () => libp2p.services.reach.facts().relays,
      isCarried: (peer) => libp2p.services.relay?.reservations.has(peer) === true,
      offers: this.offers,
      budgets,
      misbehaviour,
      rules,
    })
    this.#streams = new StreamService({
      libp2p,
      networkName,
      budgets,
      upgraded: (connection, signal) => this.#reach.relayed.upgraded(connection, signal),
      explain: (cause) => explainDial(cause, networkKey),
      logger,
    })
    this.#providers = new ModelProviders(
      {
        routing: libp2p.contentRouting,
        peerCount: () => libp2p.getPeers().length,
        isConnected: (peer) => libp2p.getConnections(peer).length > 0,
        connect: async (peer, signal) => {
          await libp2p.peerStore.merge(peer.id, { multiaddrs: peer.multiaddrs }, { signal })
          await libp2p.dial(peer.id, { signal })
        },
        logger,
      },
      networkName,
    )
    this.#shardPeers = new ShardPeers({
      providers: this.#providers,
      listenersOf: (shard) => this.offers.countOn(shard),
      logger,
    })
    this.#letters = new LetterRecords(
      { routing: libp2p.contentRouting, peerCount: () => libp2p.getPeers().length, logger },
      networkName,
    )
    this.#keeper = new BootstrapKeeper(
      {
        dial: async (address, signal) => {
          try {
            return (await libp2p.dial(address, { signal })).remotePeer.toString()
          } catch (cause) {
            throw new DriadError('network_unreachable', explainDial(cause, networkKey), { cause })
          }
        },
        isConnected: (peerId) => libp2p.getConnections(peerIdFromString(peerId)).length > 0,
        logger,
      },
      bootstrap.filter((address) => peerIdOf(address) !== this.peerId),
    )
    this.#dialer = new AutoDialer(
      {
        dial: async (peer, signal) => {
          await libp2p.dial(peer, { signal })
        },
        isConnected: (peer) => libp2p.getConnections(peer).length > 0,
        connectionCount: () => libp2p.getConnections().length,
      },
      limits.wantedConnections,
    )
    libp2p.addEventListener('connection:open', ({ detail }) => void this.#identify(detail))
    let addresses = ''
    libp2p.addEventListener('self:peer:update', () => {
      // It also comes every few seconds for tags in the peer store, while nothing that others see has changed.
      const now = libp2p.getMultiaddrs().map(String).sort().join()
      if (now === addresses) return
      addresses = now
      this.#providers.addressesChanged()
      this.#changed()
    })
    libp2p.addEventListener('peer:disconnect', ({ detail }) => {
      const peerId = detail.toString()
      this.#agents.delete(peerId)
      this.offers.disconnected(peerId)
      this.#answering.delete(peerId)
      this.#keeper.disconnected(peerId)
      this.#reach.left(detail)
      this.#changed()
    })
    // Who publishes an offer wants to know when there is somebody to hear it, which is a little after the connection.
    libp2p.services.gossip.addEventListener('subscription-change', ({ detail }) => {
      this.offers.subscriptionsChanged(detail.peerId.toString(), detail.subscriptions)
      this.#changed()
    })
    libp2p.addEventListener('peer:discovery', ({ detail }) => this.#dialer.discovered(detail.id))
  }

  addresses(): readonly string[] {
    return bestAddresses(this.#libp2p.getMultiaddrs())
  }

  peers(): readonly ConnectedPeer[] {
    return this.#members().map(({ peerId, agent, connections: [best] }) => ({
      peerId,
      address: best.remoteAddr.toString(),
      direction: best.direction,
      connectedAtMs: best.timeline.open,
      agent,
    }))
  }

  reachability(): ReachabilityView {
    return this.#reach.view()
  }

  clockWarning(): string | undefined {
    return this.#reach.clockWarning()
  }

  onPeersChanged(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  offerShard(models: readonly string[]): OfferShard {
    return this.offers.shardFor(models)
  }

  peersWith(protocol: string): readonly PeerTarget[] {
    const name = wireName(protocol, this.networkName)
    return this.peers().flatMap(({ peerId, address, direction }) => {
      const answering = this.#answering.get(peerId)
      if (answering?.protocols.has(name) !== true) return []
      const dialled = direction === 'outbound' ? [address] : []
      return { peerId, addresses: [...new Set([...dialled, ...answering.addresses])] }
    })
  }

  publishOffer(
    signed: Signed,
    models: readonly string[],
    { signal, shard = 0 }: { signal: AbortSignal; shard?: number },
  ): Promise<number> {
    return this.offers.publish(signed, models, shard, signal)
  }

  isServed(model: string): boolean {
    return this.offers.isHeard(model)
  }

  listenForOffers(models: readonly string[]): void {
    this.offers.listenFor(models)
  }

  onOffer(listener: (offer: VerifiedOffer) => void): () => void {
    return this.offers.onOffer(listener)
  }

  announceModels(models: readonly string[]): void {
    this.#shardPeers.announceModels(models)
  }

  connectToProviders(models: readonly string[], { signal }: { signal: AbortSignal }): Promise<number> {
    return this.#providers.connect(models, signal)
  }

  announceLetter(taskId: string, kept: boolean): void {
    if (kept) this.#letters.announce(taskId)
    else this.#letters.withdraw(taskId)
  }

  findLetters(taskId: string, { signal }: { signal: AbortSignal }): Promise<readonly PeerTarget[]> {
    return this.#letters.find(taskId, signal)
  }

  openStream(
    protocol: string,
    target: PeerTarget,
    { signal }: { signal: AbortSignal },
  ): Promise<FramedStream> {
    return this.#streams.open(protocol, target, signal)
  }

  handle(protocol: string, handler: (stream: FramedStream) => Promise<void>): Promise<() => Promise<void>> {
    return this.#streams.handle(protocol, handler)
  }

  start(): Promise<void> {
    if (this.#stopping.signal.aborted) {
      return Promise.reject(
        new DriadError('stopping', 'A network host that was stopped cannot be started again'),
      )
    }
    this.#started ??= this.#start()
    return this.#started
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop()
    return this.#stopped
  }

  /** A relayed connection has a direct one beside it now. */
  replaced(relayed: Connection): void {
    this.#reach.replaced(relayed)
  }

  /** Whether a peer gets a place on this relay. */
  mayReserve(peer: PeerId): Promise<boolean> {
    return this.#reach.guard.mayReserve(peer)
  }

  connections(): readonly Connection[] {
    return this.#libp2p.getConnections()
  }

  /** Closes all connections to a peer. */
  disconnect(peerId: string): void {
    this.disconnectWhere((id) => id === peerId)
  }

  disconnectWhere(chosen: (peerId: string, address: Multiaddr) => boolean): void {
    for (const connection of this.#libp2p.getConnections()) {
      if (!chosen(connection.remotePeer.toString(), connection.remoteAddr)) continue
      connection.abort(new DriadError('network_unreachable', 'The peer was disconnected'))
    }
  }

  /** Connected peers of our network. */
  #members(): readonly Member[] {
    const members = new Map<string, Member & { readonly connections: [Connection, ...Connection[]] }>()
    // The direct ones first.
    for (const connection of this.#libp2p
      .getConnections()
      .toSorted((one, other) => Number(isRelayed(one)) - Number(isRelayed(other)))) {
      const peerId = connection.remotePeer.toString()
      const agent = this.#agents.get(peerId)
      // Without an agent it is not yet known to be of our network.
      if (connection.status !== 'open' || agent === undefined) continue
      const known = members.get(peerId)
      if (known === undefined) members.set(peerId, { peerId, agent, connections: [connection] })
      else known.connections.push(connection)
    }
    return [...members.values()]
  }

  async #start(): Promise<void> {
    try {
      await this.#libp2p.start()
    } catch (cause) {
      await this.stop()
      throw startError(cause)
    }
    this.offers.start()
    this.#providers.start()
    this.#shardPeers.start()
    await this.#reach.start()
    this.#keeper.start()
    this.#logger.info('Listening', {
      network: this.networkName,
      peerId: this.peerId,
      addresses: this.addresses(),
    })
  }

  async #stop(): Promise<void> {
    this.#stopping.abort()
    this.#streams.stopOpening()
    this.offers.stop()
    await Promise.all([
      this.#shardPeers.stop(),
      this.#keeper.stop(),
      this.#dialer.stop(),
      this.#providers.stop(),
      this.#letters.stop(),
      this.#reach.stop(),
    ])
    let timer: NodeJS.Timeout | undefined
    const timeout = new Promise<'timeout'>((resolve) => {
      timer = setTimeout(() => resolve('timeout'), STOP_TIMEOUT_MS)
    })
    // Without an orderly close there is nothing to be saved either: the services above have ended their streams.
    const result = await Promise.race([Promise.resolve(this.#libp2p.stop()), timeout])
    clearTimeout(timer)
    if (result === 'timeout') {
      this.#logger.warn('Connections did not close in time and are cut')
      for (const connection of this.#libp2p.getConnections()) {
        connection.abort(new DriadError('stopping', 'The network is stopping'))
      }
    }
    await this.#streams.settled()
    this.#listeners.clear()
  }

  /**
   * Asks a new connection's peer who it is. Identify's protocol name has the network's name in it, so a peer that
   * cannot answer belongs to another network or to another system: the connection is closed.
   */
  async #identify(connection: Connection): Promise<void> {
    const signal = AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(IDENTIFY_TIMEOUT_MS)])
    let result: IdentifyResult
    try {
      result = await this.#libp2p.services.identify.identify(connection, { signal })
    } catch (cause) {
      if (connection.status !== 'open' || this.#stopping.signal.aborted) return
      const foreign = cause instanceof Error && cause.name === 'UnsupportedProtocolError'
      const error = foreign
        ? `It is not a member of the network "${this.networkName}"`
        : `It did not identify itself: ${cause instanceof Error ? cause.message : String(cause)}`
      this.#refused(connection, error)
      connection.abort(new DriadError('network_unreachable', error, { cause }))
      return
    }
    const peerId = connection.remotePeer.toString()
    if (this.#agents.get(peerId) === undefined) this.#reach.peerCame()
    this.#agents.set(peerId, (result.agentVersion ?? '').slice(0, 64))
    const ours = result.protocols.filter((name) => name.startsWith(`/${protocolPrefix(this.networkName)}/`))
    this.#answering.set(peerId, {
      protocols: new Set(ours.slice(0, PROTOCOLS_PER_PEER)),
      addresses: bestAddresses(dialableAddresses(peerId, result.listenAddrs.map(String))),
    })
    this.#changed()
  }

  /** Said once a peer: it may come back every half minute. */
  #refused(connection: Connection, error: string): void {
    const peerId = connection.remotePeer.toString()
    if (this.#refusedPeers.get(peerId) === error) return
    this.#refusedPeers.set(peerId, error)
    this.#logger.info('Closed a connection', { peerId, address: connection.remoteAddr.toString(), error })
  }

  /** Tells the listeners, once for all that happens in one turn of the event loop. */
  #changed(): void {
    if (this.#changePending || this.#listeners.size === 0) return
    this.#changePending = true
    setImmediate(() => {
      this.#changePending = false
      for (const listener of this.#listeners) {
        try {
          listener()
        } catch (error) {
          this.#logger.error('A listener for peers failed', { error: String(error) })
        }
      }
    })
  }
}
