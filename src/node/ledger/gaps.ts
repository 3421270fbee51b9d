import type { Reader, Transaction } from '../store/contract.ts'
import { hasTable } from '../store/has-table.ts'

/** Entries that are known to have existed and are lost, from the first to the last. */
export interface LedgerGap {
  readonly from: number
  readonly to: number
  /** Hex. What the entry behind the gap names as its predecessor. */
  readonly nextPrevHash: string
  readonly notedAtMs: number
}

interface GapRow {
  from_seq: number
  to_seq: number
  next_prev_hash: Uint8Array
  noted_at_ms: number
}

const SELECT_GAPS = 'SELECT from_seq, to_seq, next_prev_hash, noted_at_ms FROM ledger_gaps'

/** In order. None in a database of a version that could not note them. */
export function readGaps(reader: Reader): readonly LedgerGap[] {
  if (!hasTable(reader, 'ledger_gaps')) return []
  return reader.all<GapRow>(`${SELECT_GAPS} ORDER BY from_seq`).map(gapOf)
}

/** The one with the highest numbers. */
function lastGap(reader: Reader): LedgerGap | undefined {
  if (!hasTable(reader, 'ledger_gaps')) return undefined
  const row = reader.get<GapRow>(`${SELECT_GAPS} ORDER BY from_seq DESC LIMIT 1`)
  return row && gapOf(row)
}

function gapOf(row: GapRow): LedgerGap {
  return {
    from: row.from_seq,
    to: row.to_seq,
    nextPrevHash: Buffer.from(row.next_prev_hash).toString('hex'),
    notedAtMs: row.noted_at_ms,
  }
}

export function insertGap(tx: Transaction, gap: LedgerGap): void {
  tx.run(
    'INSERT INTO ledger_gaps (from_seq, to_seq, next_prev_hash, noted_at_ms) VALUES (?, ?, ?, ?)',
    gap.from,
    gap.to,
    Buffer.from(gap.nextPrevHash, 'hex'),
    gap.notedAtMs,
  )
}

/** Entries whose tasks were lost. */
export function readLostTasks(reader: Reader): ReadonlySet<number> {
  if (!hasTable(reader, 'ledger_lost_tasks')) return new Set()
  return new Set(reader.all<{ seq: number }>('SELECT seq FROM ledger_lost_tasks').map(({ seq }) => seq))
}

/** Where the chain ends: at an entry, or behind a gap. Undefined while the ledger is empty. */
export function chainHead(reader: Reader): { readonly seq: number; readonly hash: string } | undefined {
  const row = reader.get<{ seq: number; hash: Uint8Array }>(
    'SELECT seq, hash FROM ledger ORDER BY seq DESC LIMIT 1',
  )
  const gap = lastGap(reader)
  if (gap !== undefined && gap.to > (row?.seq ?? 0)) return { seq: gap.to, hash: gap.nextPrevHash }
  return row === undefined ? undefined : { seq: row.seq, hash: Buffer.from(row.hash).toString('hex') }
}

/** `entry 4`, `entries 11 to 12`. */
export function rangeText({ from, to }: Pick<LedgerGap, 'from' | 'to'>): string {
  return from === to ? `entry ${from}` : `entries ${from} to ${to}`
}
