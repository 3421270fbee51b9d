import type { PeerId } from '@libp2p/interface'
import { checkPeersAnswer } from '../../../protocol/wire/checks.ts'
import { decodeChecked } from '../../../protocol/wire/codec.ts'
import { frameLimitBytes } from '../../../protocol/wire/limits.ts'
import { PeersAnswer } from '../../../protocol/wire/messages.pb.ts'
import type { Logger } from '../../logs/contract.ts'
import { BoundedMap } from '../bounded-map.ts'
import { type FramedStream, type NetworkHost, PEERS_PROTOCOL } from '../contract.ts'
import type { PeerClocks } from './peer-clocks.ts'
import { clockAdvice, clockView } from './reachability.ts'

const ASK_TIMEOUT_MS = 15_000
/** Those that did not answer are left alone for a while; others are asked. */
const ASK_AGAIN_MS = 60_000
const UNANSWERING_PEERS = 64
/** The first questions come quickly, for peers may just be looking for their relays; later ones keep up with changes. */
const FIRST_DELAY_MS = 2_000
const MAX_DELAY_MS = 5 * 60_000

export interface PeerExchangeComponents {
  readonly host: Pick<NetworkHost, 'openStream' | 'handle' | 'peers'>
  readonly clocks: PeerClocks
  /** Signed records of some peers that we are connected to. */
  readonly records: () => Promise<Uint8Array[]>
  /** Checks a record and remembers its addresses. Undefined for one that is not valid or not of use. */
  readonly learn: (record: Uint8Array) => Promise<PeerId | undefined>
  readonly discovered: (peer: PeerId) => void
  readonly logger: Logger
}

/**
 * Tells peers whom we know and what time it is, and asks them. Signed records are passed on as they came, so nobody can
 * make up addresses of others. Works where the DHT has nobody to store anything: among two nodes and a relay.
 */
export class PeerExchange {
  readonly #components: PeerExchangeComponents
  readonly #stopping = new AbortController()
  /** When they did not answer, by `performance.now()`. */
  readonly #unanswering = new BoundedMap<string, number>(UNANSWERING_PEERS)
  #asking: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  #delayMs = FIRST_DELAY_MS
  #clockWasWrong = false
  #unhandle: (() => Promise<void>) | undefined

  constructor(components: PeerExchangeComponents) {
    this.#components = components
  }

  async start(): Promise<void> {
    this.#unhandle = await this.#components.host.handle(PEERS_PROTOCOL, (stream) => this.#answer(stream))
    this.#schedule()
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    clearTimeout(this.#timer)
    await this.#asking
    await this.#unhandle?.()
  }

  /** To be called when a peer came that was not there before: it may know others. */
  peerCame(): void {
    if (this.#delayMs === FIRST_DELAY_MS) return
    this.#delayMs = FIRST_DELAY_MS
    this.#schedule()
  }

  async #answer(stream: FramedStream): Promise<void> {
    const { done } = await stream.frames()[Symbol.asyncIterator]().next()
    if (done === true) return
    const peerRecords = (await this.#components.records()).map((record) => Uint8Array.from(record))
    await stream.send(PeersAnswer.encode({ nowMs: Date.now(), peerRecords }))
  }

  #schedule(): void {
    if (this.#stopping.signal.aborted) return
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.#delayMs = Math.min(MAX_DELAY_MS, this.#delayMs * 2)
      this.#asking ??= this.#askSomebody().finally(() => {
        this.#asking = undefined
        this.#schedule()
      })
    }, this.#delayMs)
    this.#timer.unref()
  }

  /** Never rejects. */
  async #askSomebody(): Promise<void> {
    const peers = this.#components.host.peers().filter(({ peerId }) => {
      const atMs = this.#unanswering.get(peerId)
      return atMs === undefined || performance.now() - atMs > ASK_AGAIN_MS
    })
    const peer = peers[Math.floor(Math.random() * peers.length)]
    if (peer === undefined) return
    try {
      await this.#ask(peer.peerId)
    } catch (error) {
      if (this.#stopping.signal.aborted) return
      this.#unanswering.set(peer.peerId, performance.now())
      this.#components.logger.debug('A peer did not tell whom it knows', {
        peer: peer.peerId,
        error: String(error),
      })
    }
  }

  async #ask(peerId: string): Promise<void> {
    const { host, clocks, learn, discovered } = this.#components
    const signal = AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(ASK_TIMEOUT_MS)])
    const stream = await host.openStream(PEERS_PROTOCOL, { peerId, addresses: [] }, { signal })
    const onAbort = () => stream.abort(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    try {
      const sentAtMs = Date.now()
      await stream.send(new Uint8Array(0), { signal })
      for await (const frame of stream.frames()) {
        const answeredAtMs = Date.now()
        const answer = decodeChecked(PeersAnswer, checkPeersAnswer, frame, frameLimitBytes.peers.answerer)
        clocks.add(peerId, (sentAtMs + answeredAtMs) / 2 - answer.nowMs)
        this.#compareClocks()
        for (const record of answer.peerRecords) {
          const peer = await learn(record)
          if (peer !== undefined) discovered(peer)
        }
        break
      }
    } finally {
      signal.removeEventListener('abort', onAbort)
      await stream.close().catch(() => {})
    }
  }

  /** Said once, until the clock is right again. */
  #compareClocks(): void {
    const { clocks, logger } = this.#components
    const clock = clockView(clocks.aheadMs())
    const wrong = clock?.wrong === true
    if (clock !== undefined && wrong && !this.#clockWasWrong) logger.warn(clockAdvice(clock))
    this.#clockWasWrong = wrong
  }
}
