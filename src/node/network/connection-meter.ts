import type {
  ConnectionEncrypter,
  ConnectionProtector,
  MessageStream,
  MultiaddrConnection,
  StreamMuxer,
  StreamMuxerFactory,
} from '@libp2p/interface'
import { DriadError } from '../../protocol/errors.ts'
import { isCircuit } from './addresses.ts'
import type { PeerAccount, PeerBudgets } from './peer-budgets.ts'
import { threadCpuMs } from './thread-cpu.ts'

/** Whom a connection is with, and whether a relay carries it. */
interface Metered {
  readonly account: PeerAccount
  readonly carried: boolean
}

/**
 * Counts what each peer's connections take, of all protocols at once: gossip, DHT and identify too, and what never
 * becomes a stream. It listens between encryption and multiplexing, the one place that everything passes, and there it
 * holds a connection back by not reading it.
 */
export class ConnectionMeter {
  readonly #budgets: PeerBudgets
  readonly #accounts = new WeakMap<MessageStream, Metered>()
  /** Connections over relays, as the encrypter is given them. */
  readonly #carried = new WeakSet<MessageStream>()

  constructor(budgets: PeerBudgets) {
    this.#budgets = budgets
  }

  /** The protector, which is the last to see where a connection goes to. */
  protector<Components>(
    make: (components: Components) => ConnectionProtector,
  ): (components: Components) => ConnectionProtector {
    return (components) => {
      const protector = make(components)
      const { protect } = protector
      protector.protect = async (connection: MultiaddrConnection, options) => {
        const stream = await protect.call(protector, connection, options)
        if (isCircuit(connection.remoteAddr)) this.#carried.add(stream)
        return stream
      }
      return protector
    }
  }

  /** The encrypter, which learns here who a connection is with. */
  encrypter<Components>(
    make: (components: Components) => ConnectionEncrypter,
  ): (components: Components) => ConnectionEncrypter {
    return (components) => {
      const encrypter = make(components)
      const { secureInbound, secureOutbound } = encrypter
      encrypter.secureInbound = async (...args) =>
        this.#know(await secureInbound.apply(encrypter, args), args[0])
      encrypter.secureOutbound = async (...args) =>
        this.#know(await secureOutbound.apply(encrypter, args), args[0])
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
        const known = this.#accounts.get(connection)
        if (known === undefined) return createStreamMuxer.call(factory, connection)
        return metered(connection, known, () => createStreamMuxer.call(factory, connection))
      }
      return factory
    }
  }

  #know<Secured extends Awaited<ReturnType<ConnectionEncrypter['secureInbound']>>>(
    secured: Secured,
    raw: MessageStream,
  ): Secured {
    const account = this.#budgets.of(secured.remotePeer.toString())
    this.#accounts.set(secured.connection, { account, carried: this.#carried.has(raw) })
    return secured
  }
}

/** Listens to the connection before and after the multiplexer does: what lies between is the work that its bytes make. */
function metered(
  connection: MessageStream,
  { account, carried }: Metered,
  make: () => StreamMuxer,
): StreamMuxer {
  let startedMs = 0
  let countsStreams = false
  let holding: NodeJS.Timeout | undefined
  connection.addEventListener('message', () => {
    startedMs = threadCpuMs()
  })
  const { send } = connection
  connection.send = (data) => {
    account.sent(data.byteLength, carried)
    return send.call(connection, data)
  }
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
    const holdMs = account.arrived(data.byteLength, carried)
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
