import type { Connection, PeerId, Stream } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import { DriadError } from '../../protocol/errors.ts'
import { frameLimitBytes } from '../../protocol/wire/limits.ts'
import type { Logger } from '../logs/contract.ts'
import { dialableAddresses } from './addresses.ts'
import type { FramedStream, PeerTarget } from './contract.ts'
import { LibP2PFramedStream } from './framed-stream.ts'
import { type HostLibp2p, protocolPrefix, STREAM_WINDOW_BYTES } from './libp2p-options.ts'
import type { PeerBudgets } from './peer-budgets.ts'
import { isRelayed } from './reach/relayed-connections.ts'

/** Dialling, the handshake and the protocol's negotiation, together. */
const OPEN_TIMEOUT_MS = 15_000
/** A peer that opened a stream says what it wants within this time. */
const FIRST_FRAME_TIMEOUT_MS = 30_000
/** How long `stop` waits for handlers whose streams are gone. */
const STOP_TIMEOUT_MS = 2_000
const MAX_OUTBOUND_STREAMS = 64

type FrameLimits = { readonly opener: number; readonly answerer: number }

/** Streams that a peer may hold open with us, by protocol, on one connection and on all. One work stream serves all its tasks. */
const inboundStreams: Record<keyof typeof frameLimitBytes, number> = {
  work: 8,
  result: 32,
  info: 4,
  mail: 4,
  peers: 2,
  other: 16,
}

export interface StreamServiceComponents {
  readonly libp2p: HostLibp2p
  readonly networkName: string
  /** The connection that takes a relayed one's place, if it soon has one. */
  readonly upgraded: (relayed: Connection, signal: AbortSignal) => Promise<Connection>
  /** Why a peer could not be connected to, in words. */
  readonly explain: (cause: unknown) => string
  readonly budgets: PeerBudgets
  readonly logger: Logger
}

/** Opens and answers framed streams. */
export class StreamService {
  readonly #components: StreamServiceComponents
  readonly #stopping = new AbortController()
  readonly #running = new Set<Promise<void>>()

  constructor(components: StreamServiceComponents) {
    this.#components = components
  }

  async open(protocol: string, target: PeerTarget, signal: AbortSignal): Promise<FramedStream> {
    const { libp2p } = this.#components
    signal.throwIfAborted()
    const peer = parsePeerId(target.peerId)
    if (libp2p.peerId.equals(peer)) {
      throw new DriadError('network_unreachable', 'This computer cannot open a network stream to itself')
    }
    const bound = AbortSignal.any([signal, this.#stopping.signal, AbortSignal.timeout(OPEN_TIMEOUT_MS)])
    try {
      let connection = await this.#connect(peer, target.addresses, bound)
      if (isRelayed(connection)) connection = await this.#components.upgraded(connection, bound)
      const stream = await connection.newStream(this.#wireName(protocol), {
        signal: bound,
        runOnLimitedConnection: true,
        maxOutboundStreams: MAX_OUTBOUND_STREAMS,
      })
      return this.#framed(protocol, stream, connection, 'opener')
    } catch (cause) {
      signal.throwIfAborted()
      throw this.#unreachable(target.peerId, cause)
    }
  }

  async handle(
    protocol: string,
    handler: (stream: FramedStream) => Promise<void>,
  ): Promise<() => Promise<void>> {
    const { libp2p } = this.#components
    const wireName = this.#wireName(protocol)
    await libp2p.handle(
      wireName,
      (stream, connection) => {
        const work = this.#run(protocol, stream, connection, handler)
        this.#running.add(work)
        void work.finally(() => this.#running.delete(work))
      },
      {
        maxInboundStreams: inboundStreams[shortName(protocol)],
        maxOutboundStreams: MAX_OUTBOUND_STREAMS,
        runOnLimitedConnection: true,
      },
    )
    return () => libp2p.unhandle(wireName)
  }

  /** Ends the opening of streams; those that are open end with libp2p's connections. */
  stopOpening(): void {
    this.#stopping.abort(new DriadError('stopping', 'The network is stopping'))
  }

  /** Waits, for a bounded time, for the handlers of streams. */
  async settled(): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    const timeout = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, STOP_TIMEOUT_MS)
    })
    await Promise.race([Promise.allSettled(this.#running), timeout])
    clearTimeout(timer)
  }

  /** Never rejects. */
  async #run(
    protocol: string,
    stream: Stream,
    connection: Connection,
    handler: (stream: FramedStream) => Promise<void>,
  ): Promise<void> {
    const account = this.#components.budgets.of(connection.remotePeer.toString())
    const name = shortName(protocol)
    if (!account.enter(name, inboundStreams[name])) {
      stream.abort(new DriadError('no_capacity', 'Too many streams of this protocol'))
      return
    }
    const framed = this.#framed(protocol, stream, connection, 'answerer')
    void framed.ended.then(() => account.leave(name))
    try {
      await handler(framed)
      await framed.close()
    } catch (cause) {
      const error = cause instanceof Error ? cause : new Error(String(cause))
      framed.abort(error)
      if (!(error instanceof DriadError && error.code === 'network_unreachable')) {
        this.#components.logger.debug('A stream ended with an error', { protocol, error: error.message })
      }
    }
  }

  async #connect(peer: PeerId, addresses: readonly string[], signal: AbortSignal): Promise<Connection> {
    const { libp2p } = this.#components
    const open = libp2p.getConnections(peer).filter((connection) => connection.status === 'open')
    const best = open.find((connection) => !isRelayed(connection)) ?? open[0]
    if (best !== undefined) return best
    const given = dialableAddresses(peer.toString(), addresses)
    const known = await knownAddresses(libp2p, peer, signal)
    const all = new Map([...given, ...known].map((address) => [address.toString(), address]))
    // Without any address libp2p asks the DHT.
    return await libp2p.dial(all.size > 0 ? [...all.values()] : peer, { signal })
  }

  #framed(
    protocol: string,
    stream: Stream,
    connection: Connection,
    side: keyof FrameLimits,
  ): LibP2PFramedStream {
    const limits: FrameLimits = frameLimitBytes[shortName(protocol)]
    return new LibP2PFramedStream(stream, connection, {
      sendLimitBytes: limits[side],
      receiveLimitBytes: limits[side === 'opener' ? 'answerer' : 'opener'],
      account: this.#components.budgets.of(connection.remotePeer.toString()),
      windowBytes: STREAM_WINDOW_BYTES,
      ...(side === 'answerer' ? { firstFrameTimeoutMs: FIRST_FRAME_TIMEOUT_MS } : {}),
    })
  }

  #wireName(protocol: string): string {
    return wireName(protocol, this.#components.networkName)
  }

  #unreachable(peerId: string, cause: unknown): DriadError {
    if (cause instanceof DriadError) return cause
    if (this.#stopping.signal.aborted) return this.#stopping.signal.reason as DriadError
    const name = cause instanceof Error ? cause.name : ''
    if (name === 'UnsupportedProtocolError') {
      return new DriadError(
        'network_unreachable',
        `Peer ${peerId} does not offer this on the network "${this.#components.networkName}"`,
        { cause },
      )
    }
    const why =
      name === 'TimeoutError'
        ? `it did not answer within ${OPEN_TIMEOUT_MS} ms`
        : this.#components.explain(cause)
    return new DriadError('network_unreachable', `Cannot reach peer ${peerId}: ${why}`, { cause })
  }
}

/** `/driad/work/1` → `/driad/<network>/work/1`. */
export function wireName(protocol: string, networkName: string): string {
  return protocol.replace(/^\/driad\//, `/${protocolPrefix(networkName)}/`)
}

function shortName(protocol: string): keyof typeof frameLimitBytes {
  const name = protocol.split('/')[2]
  return name !== undefined && Object.hasOwn(frameLimitBytes, name)
    ? (name as keyof typeof frameLimitBytes)
    : 'other'
}

function parsePeerId(text: string): PeerId {
  try {
    return peerIdFromString(text)
  } catch (cause) {
    throw new DriadError('network_unreachable', `"${text}" is not a peer id`, { cause })
  }
}

async function knownAddresses(libp2p: HostLibp2p, peer: PeerId, signal: AbortSignal) {
  try {
    const { addresses } = await libp2p.peerStore.get(peer, { signal })
    return dialableAddresses(
      peer.toString(),
      addresses.map(({ multiaddr }) => multiaddr.toString()),
    )
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof Error && error.name === 'NotFoundError') return []
    throw error
  }
}
