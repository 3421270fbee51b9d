import type { TrafficBytesView, TrafficView } from '../../protocol/network-views.ts'
import { BoundedMap } from './bounded-map.ts'
import type { Misbehaviour } from './misbehaviour.ts'
import { TokenBucket, type TokenBucketInit } from './token-bucket.ts'
import { TrafficRecord } from './traffic-record.ts'

const MIB = 1024 * 1024

/** What one peer may use of this computer, over all its connections and all protocols together. */
export interface PeerBudgetLimits {
  /** Bytes that arrive, as they are after decryption. */
  readonly bytes: TokenBucketInit
  /** Frames of our own protocols that arrive. */
  readonly messages: TokenBucketInit
  /** Time of the event loop that what arrives takes, in milliseconds of CPU: decoding, checks, signatures. */
  readonly cpuMs: TokenBucketInit
  /** Streams that it opens, of whatever protocol, also of such as we do not speak. */
  readonly streams: TokenBucketInit
  /** Bytes that arrived and that nobody has taken yet, over all its streams. */
  readonly bufferedBytes: number
  /** The same over all peers. */
  readonly totalBufferedBytes: number
  /** Bytes that wait to be sent because it does not read. */
  readonly unreadBytes: number
  readonly connections: number
  /** A peer whose connections had to be held back for so long, with forgetting, loses them. */
  readonly maxHeldMs: number
}

export const defaultPeerBudgets: PeerBudgetLimits = {
  bytes: { perSecond: 16 * MIB, burst: 64 * MIB },
  messages: { perSecond: 10_000, burst: 40_000 },
  // A requester that assigns 1,000 tasks a second takes about two thirds of it.
  cpuMs: { perSecond: 300, burst: 1_500 },
  streams: { perSecond: 100, burst: 512 },
  bufferedBytes: 16 * MIB,
  totalBufferedBytes: 256 * MIB,
  unreadBytes: 4 * MIB,
  connections: 4,
  maxHeldMs: 10_000,
}

const HELD_HALF_LIFE_MS = 30_000
/** Longest that a connection is held back at once: its pings have to pass. */
const MAX_HOLD_MS = 1_000
const ACCOUNTS = 2_048
const NO_TRAFFIC = { receivedBytes: 0, sentBytes: 0, receivedPerSecond: 0, sentPerSecond: 0 }

/** Decryption is done before anything can be measured: 100 MiB/s. */
const DECRYPT_CPU_MS_PER_BYTE = 1e-5

/** What a peer uses now, for those who look. */
export interface PeerUse {
  readonly peerId: string
  readonly bufferedBytes: number
  readonly heldMs: number
  readonly receivedBytes: number
  readonly receivedMessages: number
  readonly cpuMs: number
}

export interface PeerBudgetsComponents {
  readonly misbehaviour: Pick<Misbehaviour, 'report'>
  /** Peers without limits: those that the operator allowed. */
  readonly isExempt: (peerId: string) => boolean
  readonly now?: () => number
}

/** What all accounts have together. */
interface Total {
  bufferedBytes: number
  readonly traffic: TrafficRecord
}

/** One account for each peer. What they hold is counted in all, too. */
export class PeerBudgets {
  readonly limits: PeerBudgetLimits
  readonly #components: PeerBudgetsComponents
  readonly #accounts = new BoundedMap<string, PeerAccount>(ACCOUNTS)
  readonly #total: Total

  constructor(components: PeerBudgetsComponents, limits: PeerBudgetLimits = defaultPeerBudgets) {
    const { now = performance.now.bind(performance) } = components
    this.#components = components
    this.limits = limits
    this.#total = { bufferedBytes: 0, traffic: new TrafficRecord(now) }
  }

  get bufferedBytes(): number {
    return this.#total.bufferedBytes
  }

  /** What went over the network, of all peers; what relays carried counts once. */
  traffic(): TrafficView {
    return this.#total.traffic.view()
  }

  /** The same of one peer; undefined for one that was not connected. To look is no use of the account. */
  trafficOf(peerId: string): TrafficView | undefined {
    return this.#accounts.peek(peerId)?.traffic.view()
  }

  /** Its sums and rates alone: cheap enough for all peers at once. */
  bytesOf(peerId: string): TrafficBytesView {
    return this.#accounts.peek(peerId)?.traffic.bytes() ?? NO_TRAFFIC
  }

  /** What each peer used lately. */
  use(): PeerUse[] {
    return [...this.#accounts.values()].map((account) => account.use)
  }

  of(peerId: string): PeerAccount {
    const known = this.#accounts.get(peerId)
    if (known !== undefined) return known
    const account = new PeerAccount(peerId, this.#components, this.limits, this.#total)
    this.#accounts.set(peerId, account)
    return account
  }
}

/** The account of one peer. */
export class PeerAccount {
  readonly peerId: string
  readonly traffic: TrafficRecord
  readonly #components: PeerBudgetsComponents
  readonly #limits: PeerBudgetLimits
  readonly #now: () => number
  readonly #total: Total
  readonly #bytes: TokenBucket
  readonly #messages: TokenBucket
  readonly #cpu: TokenBucket
  readonly #streams: TokenBucket
  readonly #open = new Map<string, number>()
  #bufferedBytes = 0
  #heldMs = 0
  #heldAtMs: number
  /** Debts of messages and time, which are paid where the connection can be held back. */
  #owedMs = 0
  #receivedMessages = 0
  #cpuMs = 0

  constructor(peerId: string, components: PeerBudgetsComponents, limits: PeerBudgetLimits, total: Total) {
    this.peerId = peerId
    this.#components = components
    this.#limits = limits
    this.#now = components.now ?? performance.now.bind(performance)
    this.traffic = new TrafficRecord(this.#now)
    this.#total = total
    const nowMs = this.#now()
    this.#bytes = new TokenBucket(limits.bytes, nowMs)
    this.#messages = new TokenBucket(limits.messages, nowMs)
    this.#cpu = new TokenBucket(limits.cpuMs, nowMs)
    this.#streams = new TokenBucket(limits.streams, nowMs)
    this.#heldAtMs = nowMs
  }

  get use(): PeerUse {
    return {
      peerId: this.peerId,
      bufferedBytes: this.#bufferedBytes,
      heldMs: this.#heldMs,
      receivedBytes: this.traffic.receivedBytes,
      receivedMessages: this.#receivedMessages,
      cpuMs: this.#cpuMs,
    }
  }

  /**
   * Bytes arrived. Returns for how long the connection is to be held back, 0 for not at all. What a relay carries arrives
   * twice, from the relay and in it from the peer.
   */
  arrived(bytes: number, carried = false): number {
    this.traffic.received(bytes)
    if (!carried) this.#total.traffic.received(bytes)
    this.worked(bytes * DECRYPT_CPU_MS_PER_BYTE)
    const owedMs = Math.max(this.#owedMs, this.#bytes.charge(this.#now(), bytes))
    this.#owedMs = 0
    if (owedMs === 0 || this.#exempt) return 0
    return Math.min(owedMs, MAX_HOLD_MS)
  }

  /** Bytes were handed to a connection, which has no price for the peer. */
  sent(bytes: number, carried = false): void {
    this.traffic.sent(bytes)
    if (!carried) this.#total.traffic.sent(bytes)
  }

  /** A frame arrived. It is paid for at the next `arrived`. */
  message(): void {
    this.#receivedMessages++
    this.#owe(this.#messages.charge(this.#now(), 1))
  }

  /** Something that the peer sent took so long. It is paid for at the next `arrived`. */
  worked(cpuMs: number): void {
    this.#cpuMs += cpuMs
    this.#owe(this.#cpu.charge(this.#now(), cpuMs))
  }

  /** A connection was held back for so long. False if it was too much lately, and the peer is to be cut off. */
  held(ms: number): boolean {
    const nowMs = this.#now()
    this.#heldMs *= 0.5 ** (Math.max(0, nowMs - this.#heldAtMs) / HELD_HALF_LIFE_MS)
    this.#heldAtMs = nowMs
    this.#heldMs += ms
    if (this.#heldMs < this.#limits.maxHeldMs) return true
    this.#heldMs = 0
    this.#report('It sends more than one peer may')
    return false
  }

  /** The peer opened a stream. False if there were too many lately. */
  openedStream(): boolean {
    if (this.#streams.take(this.#now()) || this.#exempt) return true
    this.#components.misbehaviour.report(this.peerId, 'stream_flood', 'It opens streams too fast')
    return false
  }

  /** Takes one of the streams that a peer may have open of a protocol, over all its connections. */
  enter(protocol: string, max: number): boolean {
    const open = this.#open.get(protocol) ?? 0
    if (open >= max) {
      this.#components.misbehaviour.report(
        this.peerId,
        'stream_flood',
        `It has ${open} streams of ${protocol} open`,
      )
      return false
    }
    this.#open.set(protocol, open + 1)
    return true
  }

  leave(protocol: string): void {
    const open = (this.#open.get(protocol) ?? 1) - 1
    if (open > 0) this.#open.set(protocol, open)
    else this.#open.delete(protocol)
  }

  /** So much more, or less, is kept of what the peer sent. False if it is too much: its stream has to go. */
  buffered(deltaBytes: number): boolean {
    this.#bufferedBytes += deltaBytes
    this.#total.bufferedBytes += deltaBytes
    if (deltaBytes <= 0 || this.#exempt) return true
    if (this.#bufferedBytes > this.#limits.bufferedBytes) {
      this.#report(`It has ${this.#bufferedBytes} bytes kept for it`)
      return false
    }
    // All together are too many: whoever has more than his share of it stops first, and nobody is to blame.
    return this.#total.bufferedBytes <= this.#limits.totalBufferedBytes || this.#bufferedBytes <= 256 * 1024
  }

  /** So much waits to be sent on a connection. False if it is too much: the peer does not read. */
  unread(bytes: number): boolean {
    if (bytes <= this.#limits.unreadBytes) return true
    this.#report(`It does not read: ${bytes} bytes wait for it`)
    return false
  }

  /** It sent what no correct program sends. */
  misbehaved(detail: string): void {
    this.#components.misbehaviour.report(this.peerId, 'bad_stream', detail)
  }

  get #exempt(): boolean {
    return this.#components.isExempt(this.peerId)
  }

  #report(detail: string): void {
    this.#components.misbehaviour.report(this.peerId, 'over_budget', detail)
  }

  #owe(ms: number): void {
    if (ms > this.#owedMs) this.#owedMs = ms
  }
}
