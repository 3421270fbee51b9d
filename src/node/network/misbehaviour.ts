import { QUARANTINE_POINTS } from '../../protocol/network-views.ts'
import type { Logger } from '../logs/contract.ts'
import { BoundedMap } from './bounded-map.ts'
import { type Misdeed, misdeedPoints } from './misdeeds.ts'
import type { PeerRecords, Quarantine } from './peer-records.ts'
import { RateLimiter } from './rate-limiter.ts'

const HALF_LIFE_MS = 5 * 60_000
/** The first time; each further time it is twice as long. */
const FIRST_QUARANTINE_MS = 15 * 60_000
const LONGEST_QUARANTINE_MS = 24 * 60 * 60_000
/** Who behaved for so long after a quarantine starts anew. */
const FORGOTTEN_AFTER_MS = 7 * 24 * 60 * 60_000
const PEERS = 1024
/** One line a peer and kind at most this often; the next one says how many there were. */
const LOG_INTERVAL_MS = 10_000
/** Lines of all peers: many invented peers must not fill the log or the disk. */
const LINES = { burst: 50, perSecond: 2 }

interface PeerRecord {
  points: number
  atMs: number
  readonly kinds: Map<Misdeed, { loggedAtMs: number; unlogged: number }>
}

export interface MisbehaviourInit {
  readonly logger: Logger
  /** Where misdeeds and quarantines outlive the process. Absent: they do not. */
  readonly records?: PeerRecords | undefined
  /** Peers that are never kept out for what they do: those that the operator allowed or starts from. */
  readonly isProtected?: (peerId: string) => boolean
  /** Called once for each quarantine, to close the peer's connections. */
  readonly onQuarantine: (peerId: string) => void
  readonly now?: () => number
}

/**
 * Remembers which peers do what a correct program never does, logs it by name, and keeps out for a while those that
 * go on: longer each time, and also after a restart. Points decay, so that a rare mistake is forgiven.
 */
export class Misbehaviour {
  readonly #peers = new BoundedMap<string, PeerRecord>(PEERS)
  readonly #quarantines = new BoundedMap<string, Quarantine>(PEERS)
  readonly #init: MisbehaviourInit
  readonly #now: () => number
  readonly #lines: RateLimiter

  constructor(init: MisbehaviourInit) {
    this.#init = init
    this.#now = init.now ?? Date.now
    this.#lines = new RateLimiter({ ...LINES, now: this.#now })
    for (const quarantine of init.records?.quarantines(this.#now() - FORGOTTEN_AFTER_MS, PEERS) ?? [])
      this.#quarantines.set(quarantine.peerId, quarantine)
  }

  report(peerId: string, misdeed: Misdeed, detail: string): void {
    const nowMs = this.#now()
    const record = this.#record(peerId, nowMs)
    record.points += misdeedPoints[misdeed]
    this.#log(peerId, record, misdeed, detail, nowMs)
    if (record.points < QUARANTINE_POINTS || this.isQuarantined(peerId) || this.#isProtected(peerId)) return
    this.#quarantine(peerId, misdeed, nowMs)
  }

  isQuarantined(peerId: string): boolean {
    return (this.#quarantines.get(peerId)?.untilMs ?? 0) > this.#now() && !this.#isProtected(peerId)
  }

  /** What gossipsub adds to the peer's score: 0 is clean, negative is bad. */
  score(peerId: string): number {
    const record = this.#peers.get(peerId)
    return record === undefined ? 0 : -decayed(record, this.#now())
  }

  #isProtected(peerId: string): boolean {
    return this.#init.isProtected?.(peerId) === true
  }

  #quarantine(peerId: string, misdeed: Misdeed, nowMs: number): void {
    const { logger, records, onQuarantine } = this.#init
    const earlier = this.#quarantines.get(peerId)
    const isNew = earlier === undefined || nowMs - earlier.untilMs > FORGOTTEN_AFTER_MS
    const times = isNew ? 1 : earlier.times + 1
    const lengthMs = Math.min(FIRST_QUARANTINE_MS * 2 ** (times - 1), LONGEST_QUARANTINE_MS)
    const quarantine = { peerId, beganAtMs: nowMs, untilMs: nowMs + lengthMs, times, misdeed }
    this.#quarantines.set(peerId, quarantine)
    logger.warn('Keeping a peer out that misbehaves', { peerId, misdeed, minutes: lengthMs / 60_000, times })
    records?.quarantine(quarantine)
    onQuarantine(peerId)
  }

  #record(peerId: string, nowMs: number): PeerRecord {
    const known = this.#peers.get(peerId)
    if (known !== undefined) {
      known.points = decayed(known, nowMs)
      known.atMs = nowMs
      return known
    }
    const record: PeerRecord = { points: 0, atMs: nowMs, kinds: new Map() }
    this.#peers.set(peerId, record)
    return record
  }

  #log(peerId: string, record: PeerRecord, misdeed: Misdeed, detail: string, nowMs: number): void {
    const kind = record.kinds.get(misdeed) ?? { loggedAtMs: Number.NEGATIVE_INFINITY, unlogged: 0 }
    record.kinds.set(misdeed, kind)
    if (nowMs - kind.loggedAtMs < LOG_INTERVAL_MS || !this.#lines.take('')) {
      kind.unlogged++
      return
    }
    this.#init.logger.warn('A peer misbehaved', {
      peerId,
      misdeed,
      detail,
      ...(kind.unlogged > 0 ? { andBefore: kind.unlogged } : {}),
    })
    this.#init.records?.misdeed({ atMs: nowMs, peerId, misdeed, detail, times: 1 + kind.unlogged })
    kind.loggedAtMs = nowMs
    kind.unlogged = 0
  }
}

function decayed(record: PeerRecord, nowMs: number): number {
  return record.points * 0.5 ** (Math.max(0, nowMs - record.atMs) / HALF_LIFE_MS)
}
