import type { Logger } from '../logs/contract.ts'
import { BoundedMap } from './bounded-map.ts'

/** What a peer can do wrong, and how much that counts. At `BAN_POINTS` it is refused for a while. */
const misdeedPoints = {
  /** Gossip that no correct program forwards: not an offer, out of range, too large, on the wrong topic. */
  malformed_offer: 10,
  /** Forwarding an unverified signature is as bad as making it up. */
  bad_signature: 10,
  /** More gossip than a peer can have reason to send. Mild: a busy network looks alike. */
  flooding: 0.2,
  /** A frame too large, truncated, or not of the protocol. */
  bad_stream: 5,
  /** More bytes, messages or CPU time than one peer may use, after it was slowed down for a while. */
  over_budget: 10,
  /** Streams opened faster than a correct program opens them, or more at once. Mild: each one is refused. */
  stream_flood: 0.5,
} as const
export type Misdeed = keyof typeof misdeedPoints

const BAN_POINTS = 50
const HALF_LIFE_MS = 5 * 60_000
const BAN_MS = 15 * 60_000
const PEERS = 1024
/** One log line a peer and kind at most this often; the next one says how many there were. */
const LOG_INTERVAL_MS = 10_000

interface PeerRecord {
  points: number
  atMs: number
  bannedUntilMs: number
  readonly kinds: Map<Misdeed, { loggedAtMs: number; unlogged: number }>
}

export interface MisbehaviourInit {
  readonly logger: Logger
  /** Called once for each ban, to close the peer's connections. */
  readonly onBan: (peerId: string) => void
  readonly now?: () => number
}

/** Remembers which peers do what a correct program never does, logs it by name, and bans those that keep on. */
export class Misbehaviour {
  readonly #peers = new BoundedMap<string, PeerRecord>(PEERS)
  readonly #logger: Logger
  readonly #onBan: (peerId: string) => void
  readonly #now: () => number

  constructor({ logger, onBan, now = Date.now }: MisbehaviourInit) {
    this.#logger = logger
    this.#onBan = onBan
    this.#now = now
  }

  report(peerId: string, misdeed: Misdeed, detail: string): void {
    const atMs = this.#now()
    const record = this.#record(peerId, atMs)
    record.points += misdeedPoints[misdeed]
    this.#log(peerId, record, misdeed, detail, atMs)
    if (record.points >= BAN_POINTS && record.bannedUntilMs <= atMs) {
      record.bannedUntilMs = atMs + BAN_MS
      this.#logger.warn('Refusing a peer that misbehaves', { peerId, minutes: BAN_MS / 60_000 })
      this.#onBan(peerId)
    }
  }

  isBanned(peerId: string): boolean {
    return (this.#peers.get(peerId)?.bannedUntilMs ?? 0) > this.#now()
  }

  /** What gossipsub adds to the peer's score: 0 is clean, negative is bad. */
  score(peerId: string): number {
    const record = this.#peers.get(peerId)
    return record === undefined ? 0 : -decayed(record, this.#now())
  }

  #record(peerId: string, atMs: number): PeerRecord {
    const known = this.#peers.get(peerId)
    if (known !== undefined) {
      known.points = decayed(known, atMs)
      known.atMs = atMs
      return known
    }
    const record: PeerRecord = { points: 0, atMs, bannedUntilMs: 0, kinds: new Map() }
    this.#peers.set(peerId, record)
    return record
  }

  #log(peerId: string, record: PeerRecord, misdeed: Misdeed, detail: string, atMs: number): void {
    const kind = record.kinds.get(misdeed) ?? { loggedAtMs: 0, unlogged: 0 }
    record.kinds.set(misdeed, kind)
    if (atMs - kind.loggedAtMs < LOG_INTERVAL_MS) {
      kind.unlogged++
      return
    }
    this.#logger.warn('A peer misbehaved', {
      peerId,
      misdeed,
      detail,
      ...(kind.unlogged > 0 ? { andBefore: kind.unlogged } : {}),
    })
    kind.loggedAtMs = atMs
    kind.unlogged = 0
  }
}

function decayed(record: PeerRecord, atMs: number): number {
  return record.points * 0.5 ** (Math.max(0, atMs - record.atMs) / HALF_LIFE_MS)
}
