import { clipText } from '../../protocol/wire/clip-text.ts'
import type { Logger } from '../logs/contract.ts'
import type { Reader, Store, Transaction } from '../store/contract.ts'
import type { Misdeed } from './misdeeds.ts'

/** One line of the log of misdeeds. */
export interface MisdeedRecord {
  readonly atMs: number
  readonly peerId: string
  readonly misdeed: Misdeed
  readonly detail: string
  /** How many there were since the line before it of this peer and kind. */
  readonly times: number
}

/** A peer that is, or was, kept out. */
export interface Quarantine {
  readonly peerId: string
  readonly beganAtMs: number
  readonly untilMs: number
  /** The how-manieth it is. */
  readonly times: number
  readonly misdeed: Misdeed
}

const KEPT_MISDEEDS = 1_000
const KEPT_QUARANTINES = 4_096
const DETAIL_BYTES = 256

/** The tables of what peers did wrong, which outlive the process. Bounded: the oldest goes. */
export class PeerRecords {
  readonly #store: Pick<Store, 'write'> & Reader
  readonly #logger: Logger | undefined

  constructor({ store, logger }: { store: Pick<Store, 'write'> & Reader; logger?: Logger }) {
    this.#store = store
    this.#logger = logger
  }

  misdeed({ atMs, peerId, misdeed, detail, times }: MisdeedRecord): void {
    this.#write((tx) => {
      tx.run(
        'INSERT INTO misdeeds (at_ms, peer_id, misdeed, detail, times) VALUES (?, ?, ?, ?, ?)',
        Math.round(atMs),
        peerId,
        misdeed,
        clipText(detail, DETAIL_BYTES),
        times,
      )
      tx.run('DELETE FROM misdeeds WHERE seq <= (SELECT MAX(seq) FROM misdeeds) - ?', KEPT_MISDEEDS)
    })
  }

  quarantine({ peerId, beganAtMs, untilMs, times, misdeed }: Quarantine): void {
    this.#write((tx) => {
      tx.run(
        `INSERT INTO quarantines (peer_id, began_at_ms, until_ms, times, misdeed) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT (peer_id) DO UPDATE SET began_at_ms = excluded.began_at_ms, until_ms = excluded.until_ms,
           times = excluded.times, misdeed = excluded.misdeed`,
        peerId,
        Math.round(beganAtMs),
        Math.round(untilMs),
        times,
        misdeed,
      )
      tx.run(
        `DELETE FROM quarantines WHERE peer_id IN
           (SELECT peer_id FROM quarantines ORDER BY until_ms DESC LIMIT -1 OFFSET ?)`,
        KEPT_QUARANTINES,
      )
    })
  }

  /** Newest first. */
  misdeeds(limit: number): MisdeedRecord[] {
    return this.#store.all<MisdeedRecord>(
      `SELECT at_ms AS atMs, peer_id AS peerId, misdeed, detail, times FROM misdeeds ORDER BY seq DESC LIMIT ?`,
      limit,
    )
  }

  /** Of one peer, newest first. */
  misdeedsOf(peerId: string, limit: number): MisdeedRecord[] {
    return this.#store.all<MisdeedRecord>(
      `SELECT at_ms AS atMs, peer_id AS peerId, misdeed, detail, times FROM misdeeds WHERE peer_id = ?
       ORDER BY seq DESC LIMIT ?`,
      peerId,
      limit,
    )
  }

  /** The one of a peer that ends after this time. */
  quarantineOf(peerId: string, afterMs: number): Quarantine | undefined {
    return this.#store.get<Quarantine>(
      `SELECT peer_id AS peerId, began_at_ms AS beganAtMs, until_ms AS untilMs, times, misdeed
       FROM quarantines WHERE peer_id = ? AND until_ms > ?`,
      peerId,
      Math.round(afterMs),
    )
  }

  /** Those that end, or ended, after this time; the one that ends last is first. */
  quarantines(afterMs: number, limit: number): Quarantine[] {
    return this.#store.all<Quarantine>(
      `SELECT peer_id AS peerId, began_at_ms AS beganAtMs, until_ms AS untilMs, times, misdeed
       FROM quarantines WHERE until_ms > ? ORDER BY until_ms DESC LIMIT ?`,
      Math.round(afterMs),
      limit,
    )
  }

  /** It is only a record: what cannot be written is lost, and the node goes on. */
  #write(work: (tx: Transaction) => void): void {
    this.#store.write(work).catch((error: unknown) => {
      this.#logger?.warn('What a peer did wrong could not be written down', { error: String(error) })
    })
  }
}
