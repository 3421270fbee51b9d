import { DriadError } from '../../../protocol/errors.ts'
import { peerIdOfPublicKey } from '../../../protocol/wire/keys.ts'
import type { LedgerEntry } from '../../ledger/contract.ts'
import { entryHash, FIRST_PREV_HASH } from '../../ledger/entry-hash.ts'
import { ENTRY_COLUMNS, type EntryRow, entryOfRow, insertEntry } from '../../ledger/entry-row.ts'
import { insertGap, type LedgerGap } from '../../ledger/gaps.ts'
import type { Connection } from '../../store/connection.ts'
import type { Reader } from '../../store/contract.ts'

/** Numbers that nobody has counted up to, as one that a damaged page makes up. */
const MOST_ENTRIES = 1_000_000_000

/**
 * Whether an entry is what its hash says, and of this identity: then it is an entry of this ledger, wherever it was found.
 * Throws `identity_invalid` where it is another identity's.
 */
export function isGenuine(entry: LedgerEntry, publicKey: Uint8Array): boolean {
  if (entryHash(entry) !== entry.hash) return false
  const own = entry.direction === 'credit' ? entry.outcome.publicKey : entry.receipt.publicKey
  if (Buffer.compare(own, publicKey) === 0) return true
  throw new DriadError(
    'identity_invalid',
    `The ledger of this folder is not of its identity, ${peerIdOfPublicKey(publicKey)}, but of ${nameOf(own)}. Put back the identity file that belongs to it`,
  )
}

function nameOf(key: Uint8Array): string {
  try {
    return peerIdOfPublicKey(key)
  } catch {
    return 'another'
  }
}

/** The genuine entries that can be read, one by one. */
export function readEntries(db: Reader, publicKey: Uint8Array, take: (entry: LedgerEntry) => void): void {
  const last = lastNumber(db)
  let misses = 0
  for (let seq = 1; seq <= last && misses < MOST_MISSES; seq++) {
    const entry = readEntry(db, seq)
    if (entry !== undefined && isGenuine(entry, publicKey)) {
      misses = 0
      take(entry)
    } else misses++
  }
}

/** So many in a row that cannot be read, and there are no more. */
const MOST_MISSES = 100_000

function readEntry(db: Reader, seq: number): LedgerEntry | undefined {
  try {
    const row = db.get<EntryRow>(`SELECT ${ENTRY_COLUMNS} FROM ledger NOT INDEXED WHERE seq = ?`, seq)
    return row && entryOfRow(row)
  } catch {
    return undefined
  }
}

/** The newest number, by whichever of table and indexes can be read. */
function lastNumber(db: Reader): number {
  let last = 0
  for (const how of [
    'SELECT max(seq) AS seq FROM ledger NOT INDEXED',
    'SELECT max(seq) AS seq FROM ledger INDEXED BY ledger_task',
    'SELECT max(seq) AS seq FROM ledger INDEXED BY ledger_sums',
    'SELECT max(ledger_seq) AS seq FROM node_tasks',
    'SELECT max(ledger_seq) AS seq FROM requests',
  ]) {
    try {
      last = Math.max(last, db.get<{ seq: number | null }>(how)?.seq ?? 0)
    } catch {
      // The next may be whole.
    }
  }
  return Math.min(last, MOST_ENTRIES)
}

/** The newest entry that is known to have been. */
export interface Head {
  readonly seq: number
  readonly hash?: string | undefined
}

/** The ledger of a new database, filled from several places as far as what they have makes one chain. */
export class EntryCollection {
  readonly #target: Connection

  constructor(target: Connection) {
    this.#target = target
  }

  /** False where it does not go with what is there: it is of another history then. */
  add(entry: LedgerEntry): boolean {
    const known = this.#linkOf(entry.seq)
    if (known !== undefined) return known.hash === entry.hash
    const before = this.#linkOf(entry.seq - 1)
    const after = this.#linkOf(entry.seq + 1)
    if (entry.seq === 1 && entry.prevHash !== FIRST_PREV_HASH) return false
    if (before !== undefined && before.hash !== entry.prevHash) return false
    if (after !== undefined && after.prevHash !== entry.hash) return false
    try {
      insertEntry(this.#target, entry)
      return true
    } catch {
      return false // the same task twice
    }
  }

  /**
   * Notes what is missing between the entries, and behind them up to `head`. What was known to be missing before is noted as it was.
   * Returns what is new.
   */
  noteGaps(head: Head, known: readonly LedgerGap[], nowMs: number): readonly LedgerGap[] {
    const fresh: LedgerGap[] = []
    const note = (gap: LedgerGap) => {
      let next = gap.from
      for (const old of known.filter(({ from, to }) => from >= gap.from && to <= gap.to)) {
        if (old.from > next)
          fresh.push({ ...gap, from: next, to: old.from - 1, nextPrevHash: old.nextPrevHash })
        insertGap(this.#target, old)
        next = old.to + 1
      }
      if (next <= gap.to) fresh.push({ ...gap, from: next })
    }
    let prevHash = FIRST_PREV_HASH
    let next = 1
    for (;;) {
      const found = this.#target.get<{ seq: number; prev_hash: Uint8Array }>(
        'SELECT seq, prev_hash FROM ledger WHERE seq >= ? ORDER BY seq LIMIT 1',
        next,
      )
      if (found === undefined) break
      if (found.seq > next)
        note({ from: next, to: found.seq - 1, nextPrevHash: hex(found.prev_hash), notedAtMs: nowMs })
      const run = this.#runFrom(found.seq)
      prevHash = run.hash
      next = run.seq + 1
    }
    const newest = known.at(-1)
    const end =
      newest !== undefined && newest.to > head.seq ? { seq: newest.to, hash: newest.nextPrevHash } : head
    // Where only the number of the newest is known, the chain goes on from the last one that is there.
    if (end.seq >= next)
      note({ from: next, to: end.seq, nextPrevHash: end.hash ?? prevHash, notedAtMs: nowMs })
    for (const gap of fresh) insertGap(this.#target, gap)
    return fresh
  }

  /** The last entry of those that follow each other from `seq` on. */
  #runFrom(seq: number): { readonly seq: number; readonly hash: string } {
    const last =
      this.#target.get<{ seq: number }>(
        'SELECT seq FROM ledger AS one WHERE seq >= ? AND NOT EXISTS (SELECT 1 FROM ledger WHERE seq = one.seq + 1) ORDER BY seq LIMIT 1',
        seq,
      )?.seq ?? seq
    return { seq: last, hash: this.#linkOf(last)?.hash ?? FIRST_PREV_HASH }
  }

  #linkOf(seq: number): { readonly hash: string; readonly prevHash: string } | undefined {
    const row = this.#target.get<{ hash: Uint8Array; prev_hash: Uint8Array }>(
      'SELECT hash, prev_hash FROM ledger WHERE seq = ?',
      seq,
    )
    return row && { hash: hex(row.hash), prevHash: hex(row.prev_hash) }
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
