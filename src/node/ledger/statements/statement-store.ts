import type { StatementView } from '../../../protocol/earnings-views.ts'
import { Settlement, type Signed } from '../../../protocol/wire/messages.pb.ts'
import type { Reader, Transaction } from '../../store/contract.ts'
import type { LedgerDirection } from '../contract.ts'
import type { StatementFacts } from './statement-file.ts'

interface StatementRow {
  hash: Uint8Array
  direction: LedgerDirection
  counterparty: string
  from_ms: number
  to_ms: number
  entries: number
  total_micro: bigint
  created_at_ms: number
  settled_at_ms: number | null
  settlement_payload: Uint8Array | null
  settlement_signature: Uint8Array | null
}

const COLUMNS = `hash, direction, counterparty, from_ms, to_ms, entries, total_micro, created_at_ms, settled_at_ms,
  settlement_payload, settlement_signature`

/** Keeps a statement; one that is there already stays as it is. */
export function insertStatement(
  tx: Transaction,
  direction: LedgerDirection,
  statement: StatementFacts,
  atMs: number,
): void {
  tx.run(
    `INSERT INTO ledger_statements (hash, direction, counterparty, from_ms, to_ms, entries, total_micro, payload,
       signature, created_at_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (hash) DO NOTHING`,
    Buffer.from(statement.hash, 'hex'),
    direction,
    direction === 'credit' ? statement.requester : statement.node,
    statement.fromMs,
    statement.toMs,
    statement.entries,
    statement.totalMicro,
    statement.signed.payload,
    statement.signed.signature,
    atMs,
  )
}

export function setSettled(tx: Transaction, hash: string, settlement: Signed, atMs: number): void {
  tx.run(
    `UPDATE ledger_statements SET settlement_payload = ?, settlement_signature = ?, settled_at_ms = ?
     WHERE hash = ? AND settled_at_ms IS NULL`,
    settlement.payload,
    settlement.signature,
    atMs,
    Buffer.from(hash, 'hex'),
  )
}

/** Payload and signature of how a statement was settled; undefined where it was not. */
export function settlementOf(
  reader: Reader,
  hash: string,
): { readonly payload: Uint8Array; readonly signature: Uint8Array } | undefined {
  return reader.get(
    `SELECT settlement_payload AS payload, settlement_signature AS signature FROM ledger_statements
     WHERE hash = ? AND settled_at_ms IS NOT NULL`,
    Buffer.from(hash, 'hex'),
  )
}

/** When and how, in the payer's words, an entry of the ledger was settled; undefined where it was not. */
export function settlementOfEntry(
  reader: Reader,
  seq: number,
): { readonly settledAtMs: number; readonly reference?: string } | undefined {
  const row = reader.get<{ settled_at_ms: number; settlement_payload: Uint8Array }>(
    `SELECT s.settled_at_ms, s.settlement_payload
     FROM ledger_settled e JOIN ledger_statements s ON s.hash = e.statement
     WHERE e.seq = ? AND s.settled_at_ms IS NOT NULL`,
    seq,
  )
  if (row === undefined) return undefined
  const { reference } = Settlement.decode(row.settlement_payload)
  return { settledAtMs: row.settled_at_ms, ...(reference !== '' && { reference }) }
}

/** Where a page of statements ends. */
export type StatementPlace = Pick<StatementView, 'createdAtMs' | 'hash'>

/** The newest first; those `after` a statement of an earlier page. */
export function listStatements(
  reader: Reader,
  limit: number,
  after?: StatementPlace,
): readonly StatementView[] {
  return reader
    .all<StatementRow>(
      `SELECT ${COLUMNS} FROM ledger_statements
       ${after === undefined ? '' : 'WHERE created_at_ms < ? OR (created_at_ms = ? AND hash > ?)'}
       ORDER BY created_at_ms DESC, hash LIMIT ?`,
      ...(after === undefined ? [] : [after.createdAtMs, after.createdAtMs, Buffer.from(after.hash, 'hex')]),
      limit,
    )
    .map(statementView)
}

function statementView(row: StatementRow): StatementView {
  const reference = row.settlement_payload === null ? '' : Settlement.decode(row.settlement_payload).reference
  return {
    hash: Buffer.from(row.hash).toString('hex'),
    direction: row.direction,
    counterparty: row.counterparty,
    fromMs: row.from_ms,
    toMs: row.to_ms,
    entries: row.entries,
    totalMicro: String(row.total_micro),
    createdAtMs: row.created_at_ms,
    ...(row.settled_at_ms !== null && { settledAtMs: row.settled_at_ms }),
    ...(reference !== '' && { reference }),
  }
}
