import type { WireCodec } from '../../protocol/wire/codec.ts'
import { decodeChecked } from '../../protocol/wire/codec.ts'
import type { FramedStream } from './contract.ts'
import { threadCpuMs } from './thread-cpu.ts'

/** What one signature takes, with the decoding of what it signs; whoever opens it need not measure it. */
const SIGNATURE_CPU_MS = 0.2

export interface MessageStreamInit<Sent, Received> {
  readonly send: WireCodec<Sent>
  readonly receive: WireCodec<Received>
  /** Of checks.ts: returns the message or throws `bad_message`. */
  readonly check: (message: Received) => Received
}

/** A framed stream that speaks messages: what comes out of it was decoded and checked. */
export interface MessageStream<Sent, Received> {
  readonly remotePeerId: string
  readonly remoteAddress: string
  /** Resolves when there is room for the next one. Rejects with the signal's reason, or if the stream has ended. */
  send(message: Sent, options?: { signal?: AbortSignal }): Promise<void>
  /** The same for several messages, which leave in one write. */
  sendAll(messages: readonly Sent[]): Promise<void>
  /**
   * Ends when the remote closes; throws when the stream is aborted. A message that is not valid aborts the stream and
   * throws `bad_message`. May be iterated once; while nobody asks for the next one, the remote is slowed down.
   */
  messages(): AsyncIterable<Received>
  /** Closes our side after what was sent. The remote may still send. */
  close(options?: { signal?: AbortSignal }): Promise<void>
  abort(error: Error): void
  /** Aborts because of something that no correct peer sends, and holds it against this one. */
  blame(error: Error): void
  /** Resolves, never rejects, when the stream has ended for whatever reason. */
  readonly ended: Promise<void>
}

/** Wraps a framed stream, one frame a message. */
export function messageStream<Sent, Received>(
  framed: FramedStream,
  { send, receive, check }: MessageStreamInit<Sent, Received>,
): MessageStream<Sent, Received> {
  return {
    remotePeerId: framed.remotePeerId,
    remoteAddress: framed.remoteAddress,
    ended: framed.ended,
    send: (message, options) => framed.send(send.encode(message), options),
    sendAll: (messages) => framed.sendAll(messages.map((message) => send.encode(message))),
    close: (options) => framed.close(options),
    abort: (error) => framed.abort(error),
    blame: (error) => framed.blame(error),
    async *messages() {
      for await (const frame of framed.frames()) {
        let message: Received
        const startedMs = threadCpuMs()
        try {
          message = decodeChecked(receive, check, frame, frame.byteLength)
        } catch (error) {
          framed.blame(error as Error)
          throw error
        } finally {
          framed.charge(threadCpuMs() - startedMs)
        }
        framed.charge(signatures(message) * SIGNATURE_CPU_MS)
        yield message
      }
    },
  }
}

/** How many of a message's fields are signed: each will be verified. */
function signatures(message: unknown): number {
  let count = 0
  for (const part of Object.values(message as object)) {
    if (typeof part === 'object' && part !== null && 'signature' in part) count++
  }
  return count
}
