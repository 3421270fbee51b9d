import type { Connection, Stream } from '@libp2p/interface'
import { Uint8ArrayList } from 'uint8arraylist'
import { DriadError } from '../../protocol/errors.ts'
import type { FramedStream } from './contract.ts'
import { encodeLength, FrameDecoder } from './frame-decoder.ts'
import type { PeerAccount } from './peer-budgets.ts'

export interface FramedStreamInit {
  /** Largest frame that we may send. */
  readonly sendLimitBytes: number
  /** Largest frame that the peer may send. */
  readonly receiveLimitBytes: number
  /** A stream that the peer opened and then says nothing on ends after this. Absent: no bound. */
  readonly firstFrameTimeoutMs?: number
  /** A frame that was begun must make progress at least this often. */
  readonly stallTimeoutMs?: number
  /** A frame that was begun must be whole after this, however steadily its bytes drip in. */
  readonly frameTimeoutMs?: number
  /** How long the peer may go on after we closed our side. */
  readonly closeLingerMs?: number
  /** What the peer uses is counted here. */
  readonly account: Pick<PeerAccount, 'message' | 'worked' | 'buffered' | 'misbehaved'>
  /** What the transport keeps of a stream that nobody reads, at most. */
  readonly windowBytes: number
}

const DEFAULT_STALL_TIMEOUT_MS = 30_000
/** The largest frame at 17 KiB a second. */
const DEFAULT_FRAME_TIMEOUT_MS = 180_000
const DEFAULT_CLOSE_LINGER_MS = 30_000

/** A peer that takes less than this in the stall time of what waits for it does not read. */
const MIN_DRAINED_BYTES = 128 * 1024

/** Frames that nobody has asked for yet; above this the peer's window is left to run out. */
const QUEUE_HIGH_BYTES = 256 * 1024
const QUEUE_HIGH_FRAMES = 256

/**
 * Frames over a libp2p stream. It listens to events instead of iterating the stream, which saves turns of the event
 * loop a frame, and sends each frame with its prefix in one write at once.
 */
export class LibP2PFramedStream implements FramedStream {
  readonly remotePeerId: string
  readonly remoteAddress: string
  readonly ended: Promise<void>

  readonly #stream: Stream
  readonly #init: FramedStreamInit
  readonly #decoder: FrameDecoder
  readonly #queue: Uint8Array[] = []
  #queuedBytes = 0
  #paused = false
  #iterated = false
  /** Nothing more will be put into the queue. */
  #readEnded = false
  /** The peer said that it sends no more: what tells its end from a connection that broke. */
  #remoteClosed = false
  #failure: Error | undefined
  #wakeReader: (() => void) | undefined
  #drained: PromiseWithResolvers<void> | undefined
  #resolveEnded: () => void = () => {}
  #progressAtMs = Date.now()
  #frameBeganAtMs: number | undefined
  #pausedAtMs = 0
  /** What was told to the peer's account. */
  #accountedBytes = 0
  #closed = false
  #watchdog: NodeJS.Timeout | undefined
  #watchdogDueAtMs = 0
  #linger: NodeJS.Timeout | undefined
  #receivedFrame = false

  constructor(stream: Stream, connection: Connection, init: FramedStreamInit) {
    this.remotePeerId = connection.remotePeer.toString()
    this.remoteAddress = connection.remoteAddr.toString()
    this.#stream = stream
    this.#init = init
    this.#decoder = new FrameDecoder(init.receiveLimitBytes)
    const { promise, resolve } = Promise.withResolvers<void>()
    this.ended = promise
    this.#resolveEnded = resolve

    stream.addEventListener('drain', () => this.#onDrain())
    stream.addEventListener('remoteCloseWrite', () => {
      this.#remoteClosed = true
    })
    stream.addEventListener('end', () => this.#onEnd())
    stream.addEventListener('close', (event) => this.#onClose(event.error))
    if (stream.status === 'open' || stream.status === 'closing') {
      this.#remoteClosed = stream.remoteWriteStatus === 'closed'
      // Last, because bytes that are waiting are delivered as soon as there is a listener.
      stream.addEventListener('message', (event) => this.#onData(event.data))
      if (stream.readableEnded) this.#onEnd()
      this.#watch()
    } else {
      this.#onClose(undefined)
    }
  }

  /** What ended the stream before its time, if anything did. */
  get failure(): Error | undefined {
    return this.#failure
  }

  /** What was sent and waits for the peer to read. */
  get unsentBytes(): number {
    return this.#stream.writeBufferLength
  }

  send(frame: Uint8Array, options: { signal?: AbortSignal } = {}): Promise<void> {
    return this.sendAll([frame], options)
  }

  async sendAll(frames: readonly Uint8Array[], options: { signal?: AbortSignal } = {}): Promise<void> {
    options.signal?.throwIfAborted()
    const bytes = new Uint8ArrayList()
    for (const frame of frames) {
      if (frame.byteLength > this.#init.sendLimitBytes) {
        throw new DriadError(
          'too_large',
          `The message has ${frame.byteLength} bytes; at most ${this.#init.sendLimitBytes} can be sent`,
        )
      }
      bytes.append(encodeLength(frame.byteLength))
      bytes.append(frame)
    }
    // Those who wait here for room are what bounds the write buffer: one goes on, and the others look again.
    while (this.#stream.writableNeedsDrain) await this.#room(options.signal)
    this.#throwIfEnded()
    let hasRoom: boolean
    try {
      hasRoom = this.#stream.send(bytes)
    } catch (cause) {
      throw this.#failure ?? lost(this.remotePeerId, cause)
    }
    if (!hasRoom) await this.#room(options.signal)
  }

  async *frames(): AsyncGenerator<Uint8Array> {
    if (this.#iterated) throw new DriadError('internal', 'The frames of a stream can be iterated only once')
    this.#iterated = true
    while (true) {
      const frame = this.#queue.shift()
      if (frame !== undefined) {
        this.#queuedBytes -= frame.byteLength
        this.#account()
        if (
          this.#paused &&
          this.#queuedBytes <= QUEUE_HIGH_BYTES / 2 &&
          this.#queue.length <= QUEUE_HIGH_FRAMES / 2
        ) {
          this.#resume()
        }
        yield frame
        continue
      }
      if (this.#failure !== undefined) throw this.#failure
      if (this.#readEnded) return
      await new Promise<void>((resolve) => {
        this.#wakeReader = resolve
      })
    }
  }

  async close(options: { signal?: AbortSignal } = {}): Promise<void> {
    if (this.#stream.writeStatus === 'closed' || this.#stream.writeStatus === 'closing') return
    const lingerMs = this.#init.closeLingerMs ?? DEFAULT_CLOSE_LINGER_MS
    this.#linger = setTimeout(() => {
      this.abort(
        new DriadError('network_unreachable', `The peer did not close the stream within ${lingerMs} ms`),
      )
    }, lingerMs)
    this.#linger.unref()
    void this.ended.then(() => clearTimeout(this.#linger))
    try {
      await this.#stream.close(options)
    } catch (cause) {
      options.signal?.throwIfAborted()
      // Already gone: closed is what was wanted.
      if (this.#stream.status === 'open' || this.#stream.status === 'closing')
        this.abort(lost(this.remotePeerId, cause))
    }
  }

  blame(error: Error): void {
    if (this.#failure === undefined)
      this.#init.account.misbehaved(`${this.#stream.protocol}: ${error.message}`)
    this.abort(error)
  }

  charge(cpuMs: number): void {
    this.#init.account.worked(cpuMs)
  }

  abort(error: Error): void {
    // Who gives up a stream wants nothing more of it; after a failure from outside, what arrived whole is still read.
    this.#queue.length = 0
    this.#queuedBytes = 0
    this.#fail(error)
    this.#stream.abort(error)
  }

  #onData(data: Uint8Array | Uint8ArrayList): void {
    if (this.#failure !== undefined) return
    this.#progressAtMs = Date.now()
    try {
      for (const part of data instanceof Uint8Array ? [data] : data) {
        for (const frame of this.#decoder.push(part)) {
          this.#receivedFrame = true
          this.#frameBeganAtMs = undefined
          this.#init.account.message()
          this.#queue.push(frame)
          this.#queuedBytes += frame.byteLength
        }
      }
    } catch (error) {
      // What came whole before it is still read.
      this.#init.account.misbehaved(`${this.#stream.protocol}: ${(error as Error).message}`)
      this.#fail(error as Error)
      this.#stream.abort(error as Error)
      return
    }
    if (this.#decoder.midFrame) this.#frameBeganAtMs ??= this.#progressAtMs
    if (!this.#paused && (this.#queuedBytes > QUEUE_HIGH_BYTES || this.#queue.length > QUEUE_HIGH_FRAMES)) {
      this.#paused = true
      this.#pausedAtMs = Date.now()
      if (this.#stream.readStatus === 'readable') this.#stream.pause()
    }
    if (!this.#account()) {
      this.abort(new DriadError('no_capacity', 'Too much that the peer sent is waiting'))
      return
    }
    if (this.#decoder.midFrame) this.#watch()
    this.#wake()
  }

  /** Tells the peer's account what is kept for it. While nobody reads, the transport may fill up to its window. */
  #account(): boolean {
    const inTransport = this.#paused ? this.#init.windowBytes : 0
    const waiting = this.#closed ? 0 : this.#queuedBytes + this.#decoder.bufferedBytes + inTransport
    const delta = waiting - this.#accountedBytes
    this.#accountedBytes += delta
    return delta === 0 || this.#init.account.buffered(delta)
  }

  #resume(): void {
    this.#paused = false
    this.#account()
    // Time that we let pass is no stall of the peer's.
    this.#progressAtMs = Date.now()
    if (this.#frameBeganAtMs !== undefined) this.#frameBeganAtMs += this.#progressAtMs - this.#pausedAtMs
    if (this.#stream.readStatus === 'paused') this.#stream.resume()
  }

  /** Nothing more will come, and all that came has been delivered. */
  #onEnd(): void {
    if (this.#readEnded || this.#failure !== undefined) return
    if (this.#remoteClosed && !this.#decoder.midFrame) {
      this.#readEnded = true
      this.#wake()
      return
    }
    // `close` follows at once and says why.
    if (this.#stream.status === 'reset' || this.#stream.status === 'aborted') return
    const error = this.#remoteClosed
      ? new DriadError('bad_message', 'The stream ended in the middle of a frame')
      : lost(this.remotePeerId)
    this.#fail(error)
    this.#stream.abort(error)
  }

  #onClose(error: Error | undefined): void {
    if (error !== undefined) this.#fail(lost(this.remotePeerId, error))
    // Without an error, `end` tells when the reading is over; while we are paused there may be more to deliver.
    else if (this.#stream.readableEnded || this.#stream.readStatus === 'closed') {
      this.#onEnd()
      // A stream that was reset before we could listen tells us nothing more.
      this.#fail(lost(this.remotePeerId))
    }
    this.#closed = true
    this.#account()
    clearTimeout(this.#watchdog)
    this.#drained?.reject(this.#failure ?? lost(this.remotePeerId))
    this.#drained = undefined
    this.#resolveEnded()
  }

  #fail(error: Error): void {
    if (this.#failure !== undefined || this.#readEnded) return
    this.#failure = error
    this.#wake()
  }

  #throwIfEnded(): void {
    if (this.#failure !== undefined) throw this.#failure
    if (this.#stream.writeStatus !== 'writable') throw lost(this.remotePeerId)
  }

  #wake(): void {
    const wake = this.#wakeReader
    this.#wakeReader = undefined
    wake?.()
  }

  #onDrain(): void {
    // libp2p's own listener came first and has queued the sending of what waits; look at the result after that.
    queueMicrotask(() => {
      if (this.#stream.writableNeedsDrain) return
      this.#drained?.resolve()
      this.#drained = undefined
    })
  }

  /** Waits until the transport takes more. A peer that takes nothing for the stall time loses the stream. */
  async #room(signal: AbortSignal | undefined): Promise<void> {
    while (this.#stream.writableNeedsDrain) {
      this.#throwIfEnded()
      this.#drained ??= unhandledIsFine(Promise.withResolvers<void>())
      const stallMs = this.#init.stallTimeoutMs ?? DEFAULT_STALL_TIMEOUT_MS
      const before = this.#stream.writeBufferLength
      const { promise: stopped, reject, resolve } = unhandledIsFine(Promise.withResolvers<'stalled'>())
      const onAbort = () => reject(signal?.reason)
      const timer = setTimeout(() => resolve('stalled'), stallMs)
      signal?.addEventListener('abort', onAbort, { once: true })
      try {
        const result = await Promise.race([this.#drained.promise, stopped])
        const drained = before - this.#stream.writeBufferLength
        if (result === 'stalled' && drained < Math.min(MIN_DRAINED_BYTES, before)) {
          this.abort(
            new DriadError(
              'network_unreachable',
              `The peer accepted ${Math.max(0, drained)} bytes in ${stallMs} ms`,
            ),
          )
        }
      } finally {
        clearTimeout(timer)
        signal?.removeEventListener('abort', onAbort)
      }
    }
  }

  /** How long until the peer is late. Undefined while nothing is expected of it. */
  #leftMs(): number | undefined {
    const { firstFrameTimeoutMs, stallTimeoutMs = DEFAULT_STALL_TIMEOUT_MS } = this.#init
    if (this.#readEnded || this.#failure !== undefined) return undefined
    // While we are paused it is not the peer who is late.
    if (this.#paused) return stallTimeoutMs
    const sinceMs = Date.now() - this.#progressAtMs
    if (this.#frameBeganAtMs !== undefined) {
      const wholeAtMs = this.#frameBeganAtMs + (this.#init.frameTimeoutMs ?? DEFAULT_FRAME_TIMEOUT_MS)
      return Math.min(stallTimeoutMs - sinceMs, wholeAtMs - Date.now())
    }
    return this.#receivedFrame || firstFrameTimeoutMs === undefined
      ? undefined
      : firstFrameTimeoutMs - sinceMs
  }

  /** One timer a stream at most: nothing is scheduled for a frame that arrives whole. */
  #watch(): void {
    const leftMs = this.#leftMs()
    if (leftMs === undefined) return
    const dueAtMs = Date.now() + leftMs
    if (this.#watchdog !== undefined && this.#watchdogDueAtMs <= dueAtMs) return
    clearTimeout(this.#watchdog)
    this.#watchdogDueAtMs = dueAtMs
    this.#watchdog = setTimeout(() => {
      this.#watchdog = undefined
      const stillMs = this.#leftMs()
      if (stillMs === undefined) return
      if (stillMs > 0) this.#watch()
      else this.abort(new DriadError('network_unreachable', 'The peer sent no whole frame in time'))
    }, leftMs)
    this.#watchdog.unref()
  }
}

function unhandledIsFine<T>(resolvers: PromiseWithResolvers<T>): PromiseWithResolvers<T> {
  // Several may wait on it, or nobody any longer.
  resolvers.promise.catch(() => {})
  return resolvers
}

/** The typed form of what libp2p says when a stream or connection is gone. Our own errors stay as they are. */
function lost(peerId: string, cause?: unknown): DriadError {
  if (cause instanceof DriadError) return cause
  const why = cause instanceof Error ? `: ${cause.message}` : ''
  return new DriadError('network_unreachable', `The stream to ${peerId} has ended${why}`, { cause })
}
