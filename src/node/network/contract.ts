import type { Signed, TaskOffer } from '../../protocol/wire/messages.pb.ts'

export const WORK_PROTOCOL = '/driad/work/1'
export const RESULT_PROTOCOL = '/driad/result/1'
export const INFO_PROTOCOL = '/driad/info/1'

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

/** A stream of length-prefixed frames. Frames above the protocol's limit abort the stream with `too_large`. */
export interface FramedStream {
  readonly remotePeerId: string
  readonly remoteAddress: string
  /** Resolves when the frame is handed to the transport and there is room again (back-pressure). */
  send(frame: Uint8Array, options?: { signal?: AbortSignal }): Promise<void>
  /** Ends when the remote closes; throws when the stream is aborted. May be iterated once. */
  frames(): AsyncIterable<Uint8Array>
  close(options?: { signal?: AbortSignal }): Promise<void>
  abort(error: Error): void
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

/** What the services above need of libp2p. One host per process; the node and the requester in it share it. */
export interface NetworkHost {
  readonly networkName: string
  /** Transport peer id. For a node it is its identity; a bare requester has one of its own for each process. */
  readonly peerId: string
  /** Multiaddrs that end in `/p2p/<peerId>`. */
  addresses(): readonly string[]
  peers(): readonly ConnectedPeer[]
  onPeersChanged(listener: () => void): () => void

  /** Publishes the same signed offer on the topic of each of its models. Returns how many peers it was sent to. */
  publishOffer(signed: Signed, models: readonly string[], options: { signal: AbortSignal }): Promise<number>
  /** Listens for offers of these models and of no others. Replaces the previous set. */
  listenForOffers(models: readonly string[]): void
  onOffer(listener: (offer: VerifiedOffer) => void): () => void

  openStream(protocol: string, target: PeerTarget, options: { signal: AbortSignal }): Promise<FramedStream>
  /** One handler per protocol; returns a function that removes it. A handler that throws aborts its stream. */
  handle(protocol: string, handler: (stream: FramedStream) => Promise<void>): Promise<() => Promise<void>>

  start(): Promise<void>
  stop(): Promise<void>
}
