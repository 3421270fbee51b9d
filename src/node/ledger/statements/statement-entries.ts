import type { Signed } from '../../../protocol/wire/messages.pb.ts'
import type { Reader } from '../../store/contract.ts'
import type { LedgerDirection } from '../contract.ts'

/** What a statement says of an entry of the ledger: the receipt, not the result. */
export interface StatementEntry {
  readonly seq: number
  readonly taskId: string
  readonly amountMicro: bigint
  /** Hex, the entry's. */
  readonly hash: string
  readonly receipt: Signed
}

export interface OpenEntriesQuery {
  readonly direction: LedgerDirection
  /** Peer id. */
  readonly counterparty: string
  readonly fromMs: number
  readonly toMs: number
  /** Of the ledger, both included. */
  readonly firstSeq?: number
  readonly lastSeq?: number
}

interface EntryRow {
  seq: number
  task_id: string
  amount_micro: bigint
  hash: Uint8Array
  receipt_payload: Uint8Array
  receipt_public_key: Uint8Array
  receipt_signature: Uint8Array
}

const PAGE = 200

/** What is not settled, of one party and one period. Its parameters are those of `openValues`. */
export const OPEN_ENTRIES = `FROM ledger INDEXED BY ledger_parties LEFT JOIN ledger_settled settled ON settled.seq = ledger.seq
   WHERE ledger.direction = ? AND ledger.counterparty = ? AND ledger.created_at_ms >= ? AND ledger.created_at_ms < ?
     AND ledger.seq BETWEEN ? AND ? AND settled.seq IS NULL`

export function openValues(query: OpenEntriesQuery): readonly (string | number)[] {
  const { direction, counterparty, fromMs, toMs, firstSeq = 0, lastSeq = Number.MAX_SAFE_INTEGER } = query
  return [direction, counterparty, fromMs, toMs, firstSeq, lastSeq]
}

/** Entries that are not settled, in the order of the ledger. Few are in memory at once. */
export function* openEntries(
  reader: Reader,
  query: OpenEntriesQuery,
): Generator<StatementEntry, void, undefined> {
  // First their numbers alone, by index: the order of the ledger is not that of the clock if that was set back.
  const seqs = reader
    .all<{ seq: number }>(
      `SELECT ledger.seq AS seq ${OPEN_ENTRIES} ORDER BY ledger.seq`,
      ...openValues(query),
    )
    .map(({ seq }) => seq)
  for (let from = 0; from < seqs.length; from += PAGE) {
    const page = seqs.slice(from, from + PAGE)
    const rows = reader.all<EntryRow>(
      `SELECT seq, task_id, amount_micro, hash, receipt_payload, receipt_public_key, receipt_signature
       FROM ledger WHERE seq IN (SELECT value FROM json_each(?)) ORDER BY seq`,
      JSON.stringify(page),
    )
    for (const row of rows) yield entryOf(row)
  }
}

function entryOf(row: EntryRow): StatementEntry {
  return {
    seq: row.seq,
    taskId: row.task_id,
    amountMicro: row.amount_micro,
    hash: Buffer.from(row.hash).toString('hex'),
    receipt: {
      payload: new Uint8Array(row.receipt_payload),
      publicKey: new Uint8Array(row.receipt_public_key),
      signature: new Uint8Array(row.receipt_signature),
    },
  }
}
