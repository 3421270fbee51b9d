import type { ConnectionProtector, MessageStream, StreamMuxerFactory } from '@libp2p/interface'
import { Uint8ArrayList } from 'uint8arraylist'

/** More than this leaves at once: one message of Noise holds less than twice as much. */
const MAX_JOINED_BYTES = 32 * 1024

/**
 * The multiplexer, of which what it sends in one turn of the event loop leaves together: a frame of a few bytes alone costs an
 * encryption, a write to the socket, a packet, and as much again at the other end.
 */
export function joinedMuxer<Components>(
  make: (components: Components) => StreamMuxerFactory,
): (components: Components) => StreamMuxerFactory {
  return (components) => {
    const factory = make(components)
    const { createStreamMuxer } = factory
    factory.createStreamMuxer = (connection) => {
      const flush = joinSends(connection)
      const muxer = createStreamMuxer.call(factory, connection)
      const { close, abort } = muxer
      // Its last words go out before the transport under the connection is closed.
      muxer.close = async (options) => {
        try {
          await close.call(muxer, options)
        } finally {
          flush()
        }
      }
      muxer.abort = (error) => {
        abort.call(muxer, error)
        flush()
      }
      return muxer
    }
    return factory
  }
}

/** The protector, of whose connections each send is one write: libp2p's TCP writes a length, a text and its tag by themselves. */
export function wholeWrites<Components>(
  make: (components: Components) => ConnectionProtector,
): (components: Components) => ConnectionProtector {
  return (components) => {
    const protector = make(components)
    const { protect } = protector
    protector.protect = (connection, options) => {
      const { send } = connection
      connection.send = (data) => send.call(connection, data instanceof Uint8Array ? data : data.subarray())
      return protect.call(protector, connection, options)
    }
    return protector
  }
}

/** Returns what sends at once what waits. */
function joinSends(connection: MessageStream): () => void {
  const { send } = connection
  let waiting = new Uint8ArrayList()
  let scheduled: NodeJS.Immediate | undefined
  const sendAll = (): boolean => {
    clearImmediate(scheduled)
    scheduled = undefined
    const bytes = waiting
    waiting = new Uint8ArrayList()
    return send.call(connection, bytes)
  }
  const flush = (): void => {
    if (waiting.byteLength === 0) return
    try {
      sendAll()
    } catch {
      // The transport is being closed under it: the connection ends by that, and everybody hears of it there.
    }
  }
  connection.send = (data) => {
    // Throws, as it should.
    if (connection.status !== 'open') return send.call(connection, data)
    waiting.append(data)
    // Where the transport is full the multiplexer is to know it now.
    if (connection.writableNeedsDrain || waiting.byteLength > MAX_JOINED_BYTES) return sendAll()
    scheduled ??= setImmediate(flush)
    return true
  }
  return flush
}
