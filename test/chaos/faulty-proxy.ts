import { connect, createServer, type Server, type Socket } from 'node:net'

interface Pair {
  readonly inbound: Socket
  readonly outbound: Socket
}

/** One direction of a pair. */
interface Lane {
  readonly from: Socket
  readonly to: Socket
  /** When the last of its chunks leaves, by `performance.now()`. */
  dueAt: number
}

/** A TCP proxy before one member of the network, that cuts, delays, loses and refuses as it is told. */
export class FaultyProxy implements AsyncDisposable {
  readonly port: number
  readonly #server: Server
  readonly #pairs = new Set<Pair>()
  #delayMs = 0
  #refusing = false
  #losing = false
  bytes = 0

  private constructor(server: Server, port: number) {
    this.#server = server
    this.port = port
  }

  static async start(targetPort: number): Promise<FaultyProxy> {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('The proxy has no port')
    const proxy = new FaultyProxy(server, address.port)
    server.on('connection', (socket) => proxy.#accept(socket, targetPort))
    return proxy
  }

  /** Ends all connections at once. */
  cut(): void {
    for (const { inbound, outbound } of this.#pairs) {
      inbound.resetAndDestroy()
      outbound.resetAndDestroy()
    }
    this.#pairs.clear()
  }

  /** Nobody gets through from now on, and whoever was is cut. */
  refuse(refusing: boolean): void {
    this.#refusing = refusing
    if (refusing) this.cut()
  }

  /** Bytes disappear while this is on, as on a link that loses every packet; the connections stay. They are cut when it ends. */
  lose(losing: boolean): void {
    this.#losing = losing
    // What was lost cannot be made up for: a real TCP would have given up, too.
    if (!losing) this.cut()
  }

  delay(ms: number): void {
    this.#delayMs = ms
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #accept(inbound: Socket, targetPort: number): void {
    if (this.#refusing) {
      inbound.resetAndDestroy()
      return
    }
    const outbound = connect({ port: targetPort, host: '127.0.0.1' })
    const pair = { inbound, outbound }
    this.#pairs.add(pair)
    const end = () => {
      this.#pairs.delete(pair)
      inbound.destroy()
      outbound.destroy()
    }
    for (const [from, to] of [
      [inbound, outbound],
      [outbound, inbound],
    ] as const) {
      const lane = { from, to, dueAt: 0 }
      from.setNoDelay(true)
      from.on('error', end)
      from.on('close', end)
      from.on('end', () => to.end())
      from.on('data', (chunk: Buffer) => this.#forward(lane, chunk))
    }
  }

  #forward(lane: Lane, chunk: Buffer): void {
    this.bytes += chunk.byteLength
    if (this.#losing) return
    const { from, to } = lane
    const write = () => {
      if (to.destroyed) return
      if (!to.write(chunk)) {
        from.pause()
        to.once('drain', () => from.resume())
      }
    }
    // Never before what came before it, also when the delay has become shorter.
    const now = performance.now()
    lane.dueAt = Math.max(lane.dueAt, now + this.#delayMs)
    if (lane.dueAt <= now) write()
    else setTimeout(write, lane.dueAt - now)
  }
}
