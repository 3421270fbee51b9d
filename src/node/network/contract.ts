import type {
  ConnectedPeerView,
  NetworkPeerView,
  OfferTopicView,
  ReachabilityView,
  TrafficView,
} from '../../protocol/network-views.ts'
import type { Signed, TaskOffer } from '../../protocol/wire/messages.pb.ts'
import type { OfferShard } from './shard-directory.ts'

/**
 * Names of the stream protocols. On the wire they carry the network's name (`/driad/<network>/work/1`), so that
 * nodes of different networks cannot open streams to each other; the host adds it.
 */
export const WORK_PROTOCOL = '/driad/work/1'
export const RESULT_PROTOCOL = '/driad/result/1'
export const INFO_PROTOCOL = '/driad/info/1'
export const MAIL_PROTOCOL = '/driad/mail/1'
export const PEERS_PROTOCOL = '/driad/peers/1'

/** Where a peer is: its transport peer id and multiaddrs to try. */
export interface PeerTarget {
  readonly peerId: string
  readonly addresses: readonly string[]
}

/** An offer that was decoded, checked against its ranges, found unexpired, and whose signature holds. */
export interface VerifiedOffer {
  readonly offer: TaskOffer
  /** The requester's raw Ed25519 public key: who will pay. Not necessarily the key of the peer to contact. */
  readonly requester: Uint8Array
  readonly signed: Signed
}

/**
 * A stream of length-prefixed frames. Frames above the protocol's limit (limits.ts) abort the stream with `too_large`.
 * Failures are typed: `too_large`, `bad_message` for a truncated frame, `network_unreachable` for a lost connection.
 */
export interface FramedStream {
  /** Transport peer id of the other side, proven by the connection's handshake. */
  readonly remotePeerId: string
  readonly remoteAddress: string
  /** Resolves when the frame is handed to the transport and there is room again (back-pressure). */
  send(frame: Uint8Array, options?: { signal?: AbortSignal }): Promise<void>
  /** The same for several frames, which leave in one write. */
  sendAll(frames: readonly Uint8Array[], options?: { signal?: AbortSignal }): Promise<void>
  /** Ends when the remote closes; throws when the stream is aborted. May be iterated once. */
  frames(): AsyncIterable<Uint8Array>
  close(options?: { signal?: AbortSignal }): Promise<void>
  abort(error: Error): void
  /** Aborts because of something that no correct peer sends, and holds it against this one. */
  blame(error: Error): void
  /** Counts CPU time that a frame took against what the peer may use. */
  charge(cpuMs: number): void
  /** Resolves, never rejects, when the stream has ended for whatever reason. */
  readonly ended: Promise<void>
}

export interface ConnectedPeer {
  readonly peerId: string
  readonly address: string
  readonly direction: 'inbound' | 'outbound'
  readonly connectedAtMs: number
  readonly agent?: string
}

/** What can be seen of the network from here. Nothing of it is gathered while nobody looks, but for bytes. */
export interface NetworkView {
  /** Connected peers of this network, the longest connected first. */
  peers(): readonly NetworkPeerView[]
  /** Undefined for a peer that is not connected. */
  peer(peerId: string): ConnectedPeerView | undefined
  /** Of all peers, or of one; undefined for one that was not connected lately. */
  traffic(): TrafficView
  trafficOf(peerId: string): TrafficView | undefined
  topics(): readonly OfferTopicView[]
}

/** What the services above need of libp2p. One host per process; the node and the requester in it share it. */
export interface NetworkHost {
  readonly networkName: string
  /** Transport peer id. For a node it is its identity; a bare requester has one of its own for each process. */
  readonly peerId: string
  /** Multiaddrs that end in `/p2p/<peerId>`. */
  addresses(): readonly string[]
  peers(): readonly ConnectedPeer[]
  readonly figures: NetworkView
  /** From where others reach it, and what can be done where they do not. */
  reachability(): ReachabilityView
  /** What to do about this computer's clock, where it is far from those of peers. */
  clockWarning(): string | undefined
  /** Also called when a connected peer begins or ceases to listen for offers of a model, and when addresses change. */
  onPeersChanged(listener: () => void): () => void
  /** Connected peers that answer a protocol, by what they said when they connected, and where they listen. */
  peersWith(protocol: string): readonly PeerTarget[]

  /** The shard of some connected peer that listens for one of the models: another one at each call, by chance. */
  offerShard(models: readonly string[]): OfferShard
  /**
   * Publishes the same signed offer on the topic of each of its models, in the shard of the point that it names. Returns how
   * many peers it was sent to: 0 while nobody who is connected listens, then the same offer may be tried again; otherwise
   * only a new revision is sent.
   */
  publishOffer(
    signed: Signed,
    models: readonly string[],
    options: { signal: AbortSignal; shard?: number },
  ): Promise<number>
  /** Whether a connected peer listens for offers of the model, so far as it has told. */
  isServed(model: string): boolean
  /** Listens for offers of these models and of no others. Replaces the previous set. */
  listenForOffers(models: readonly string[]): void
  onOffer(listener: (offer: VerifiedOffer) => void): () => void

  /** Tells the DHT which models this node serves, now and every so often while it runs. Replaces the previous set. */
  announceModels(models: readonly string[]): void
  /**
   * Asks the DHT who serves these models and connects to some of them, so that offers reach nodes that gossip does not.
   * Best effort: resolves with how many are connected, 0 where the DHT is off or knows nobody.
   */
  connectToProviders(models: readonly string[], options: { signal: AbortSignal }): Promise<number>

  /** Tells the DHT that this node keeps, or no longer keeps, a letter of a task. */
  announceLetter(taskId: string, kept: boolean): void
  /** Asks the DHT who keeps letters of a task. Best effort: empty where it knows none within a few seconds. */
  findLetters(taskId: string, options: { signal: AbortSignal }): Promise<readonly PeerTarget[]>

  /**
   * Opens a stream, dialling the target where there is no connection yet. Throws `network_unreachable` with the reason,
   * or the signal's reason.
   */
  openStream(protocol: string, target: PeerTarget, options: { signal: AbortSignal }): Promise<FramedStream>
  /** One handler per protocol; returns a function that removes it. A handler that throws aborts its stream. */
  handle(protocol: string, handler: (stream: FramedStream) => Promise<void>): Promise<() => Promise<void>>

  /** Listens. Throws `port_in_use` naming the address, or `bad_setting`. */
  start(): Promise<void>
  /** Closes every stream, connection, socket and timer. Safe twice; a stopped host cannot be started again. */
  stop(): Promise<void>
}
