import type { ConnectionEncrypter, MessageStream, StreamMuxer, StreamMuxerFactory } from '@libp2p/interface'
import { DriadError } from '../../protocol/errors.ts'
import type { PeerAccount, PeerBudgets } from './peer-budgets.ts'
import { threadCpuMs } from './thread-cpu.ts'

/**
 * Counts what each peer's connections take, of all protocols at once: gossip, DHT and identify too, and what never
 * becomes a stream. It listens between encryption and multiplexing, the one place that everything passes, and there it
 * holds a connection back by not reading it.
 */
export class ConnectionMeter {
  readonly #budgets: PeerBudgets
  readonly #accounts = new WeakMap<MessageStream, PeerAccount>()

  constructor(budgets: PeerBudgets) {
    this.#budgets = budgets
  }

  /** The encrypter, which learns here who a connection is with. */
  encrypter<Components>(
    make: (components: Components) => ConnectionEncrypter,
  ): (components: Components) => ConnectionEncrypter {
    return (components) => {
      const encrypter = make(components)
      const { secureInbound, secureOutbound } = encrypter
      encrypter.secureInbound = async (...args) => this.#know(await secureInbound.apply(encrypter, args))
      encrypter.secureOutbound = async (...args) => this.#know(await secureOutbound.apply(encrypter, args))
      return encrypter
    }
  }

  /** The multiplexer, whose connections are counted. */
  muxer<Components>(
    make: (components: Components) => StreamMuxerFactory,
  ): (components: Components) => StreamMuxerFactory {
    return (components) => {
      const factory = make(components)
      const { createStreamMuxer } = factory
      factory.createStreamMuxer = (connection) => {
        const account = this.#accounts.get(connection)
        if (account === undefined) return createStreamMuxer.call(factory, connection)
        return metered(connection, account, () => createStreamMuxer.call(factory, connection))
      }
      return factory
    }
  }

  #know<Secured extends Awaited<ReturnType<ConnectionEncrypter['secureInbound']>>>(
    secured: Secured,
  ): Secured {
    this.#accounts.set(secured.connection, this.#budgets.of(secured.remotePeer.toString()))
    return secured
  }
}

/** Listens to the connection before and after the multiplexer does: what lies between is the work that its bytes make. */
function metered(connection: MessageStream, account: PeerAccount, make: () => StreamMuxer): StreamMuxer {
  let startedMs = 0
  let countsStreams = false
  let holding: NodeJS.Timeout | undefined
  connection.addEventListener('message', () => {
    startedMs = threadCpuMs()
  })
  const muxer = make()
  connection.addEventListener('message', ({ data }) => {
    account.worked(threadCpuMs() - startedMs)
    if (!countsStreams && muxer.listenerCount('stream') > 0) {
      // Not before somebody else listens: the multiplexer keeps early streams for its first listener.
      countsStreams = true
      muxer.addEventListener('stream', ({ detail: stream }) => {
        if (!account.openedStream()) stream.abort(new DriadError('no_capacity', 'Too many streams'))
      })
    }
    const holdMs = account.arrived(data.byteLength)
    if (holdMs > 0) hold(holdMs)
    if (!account.unread(connection.writeBufferLength)) {
      connection.abort(new DriadError('no_capacity', 'The peer does not read what it is sent'))
    }
  })
  connection.addEventListener('close', () => clearTimeout(holding))
  return muxer

  function hold(ms: number): void {
    if (holding !== undefined) return
    holding = setTimeout(() => {
      holding = undefined
      if (connection.status !== 'open') return
      if (account.held(ms)) connection.resume()
      else connection.abort(new DriadError('no_capacity', 'The peer sends more than one peer may'))
    }, ms)
    holding.unref()
    // Not inside the event: it may come out of `resume` itself, which would undo it.
    queueMicrotask(() => {
      if (connection.status === 'open') connection.pause()
    })
  }
}
