import { DriadError } from '../../protocol/errors.ts'
import type { Signed } from '../../protocol/wire/messages.pb.ts'
import type { SqlValue, Transaction } from '../store/contract.ts'
import type { LedgerEntry } from './contract.ts'

/** A row of the table `ledger` as it comes out of the file: nothing about it is believed yet. */
export type EntryRow = Readonly<Record<string, SqlValue>>

export const ENTRY_COLUMNS = `seq, task_id, direction, amount_micro, counterparty, state, model, result_hash, created_at_ms,
  receipt_payload, receipt_public_key, receipt_signature, outcome_payload, outcome_public_key, outcome_signature,
  prev_hash, hash`

const PLACEHOLDERS = ENTRY_COLUMNS.replace(/[a-z_]+/g, '?')

export function insertEntry(tx: Transaction, entry: LedgerEntry): void {
  tx.run(
    `INSERT INTO ledger (${ENTRY_COLUMNS}) VALUES (${PLACEHOLDERS})`,
    entry.seq,
    entry.taskId,
    entry.direction,
    entry.amountMicro,
    entry.counterparty,
    entry.state,
    entry.model,
    Buffer.from(entry.resultHash, 'hex'),
    entry.createdAtMs,
    entry.receipt.payload,
    entry.receipt.publicKey,
    entry.receipt.signature,
    entry.outcome.payload,
    entry.outcome.publicKey,
    entry.outcome.signature,
    Buffer.from(entry.prevHash, 'hex'),
    Buffer.from(entry.hash, 'hex'),
  )
}

/** Throws `ledger_invalid` where a column has not the type that it was written with: the file is damaged. */
export function entryOfRow(row: EntryRow): LedgerEntry {
  return {
    seq: numberOf(row, 'seq'),
    taskId: textOf(row, 'task_id'),
    direction: oneOf(row, 'direction', ['credit', 'debit']),
    amountMicro: moneyOf(row, 'amount_micro'),
    counterparty: textOf(row, 'counterparty'),
    state: oneOf(row, 'state', ['acknowledged']),
    model: textOf(row, 'model'),
    resultHash: hashOf(row, 'result_hash'),
    createdAtMs: numberOf(row, 'created_at_ms'),
    receipt: signedOf(row, 'receipt'),
    outcome: signedOf(row, 'outcome'),
    prevHash: hashOf(row, 'prev_hash'),
    hash: hashOf(row, 'hash'),
  }
}

function signedOf(row: EntryRow, name: 'receipt' | 'outcome'): Signed {
  return {
    payload: bytesOf(row, `${name}_payload`),
    publicKey: bytesOf(row, `${name}_public_key`),
    signature: bytesOf(row, `${name}_signature`),
  }
}

function numberOf(row: EntryRow, column: string): number {
  const value = row[column]
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
  throw damaged(column)
}

function moneyOf(row: EntryRow, column: string): bigint {
  const value = row[column]
  if (typeof value === 'bigint' && value > 0n) return value
  throw damaged(column)
}

function textOf(row: EntryRow, column: string): string {
  const value = row[column]
  if (typeof value === 'string') return value
  throw damaged(column)
}

function oneOf<T extends string>(row: EntryRow, column: string, allowed: readonly T[]): T {
  const found = allowed.find((value) => value === row[column])
  if (found !== undefined) return found
  throw damaged(column)
}

function bytesOf(row: EntryRow, column: string): Uint8Array<ArrayBuffer> {
  const value = row[column]
  if (value instanceof Uint8Array) return value as Uint8Array<ArrayBuffer>
  throw damaged(column)
}

function hashOf(row: EntryRow, column: string): string {
  const bytes = bytesOf(row, column)
  if (bytes.byteLength === 32) return Buffer.from(bytes).toString('hex')
  throw damaged(column)
}

function damaged(column: string): DriadError {
  return new DriadError('ledger_invalid', `its column ${column} is damaged`)
}
