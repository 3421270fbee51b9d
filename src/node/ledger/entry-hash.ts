import { createHash } from 'node:crypto'
import type { LedgerEntry } from './contract.ts'

const DOMAIN = 'driad/1/ledger-entry\n'

/** What the first entry has for a predecessor. */
export const FIRST_PREV_HASH = '0'.repeat(64)

/**
 * The hash that chains an entry: SHA-256 over the domain and then every field, each as a 32-bit big-endian length
 * and its bytes, so that no two different entries have the same encoding. Numbers are 64-bit big-endian, text is
 * UTF-8, hashes are their 32 bytes. Order: prevHash, seq, taskId, direction, amountMicro, counterparty, state, model,
 * resultHash, createdAtMs, then payload, public key and signature of the receipt and of the outcome.
 */
export function entryHash(entry: Omit<LedgerEntry, 'hash'>): string {
  const hash = createHash('sha256').update(DOMAIN)
  for (const field of fields(entry)) {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(field.byteLength)
    hash.update(length).update(field)
  }
  return hash.digest('hex')
}

function fields(entry: Omit<LedgerEntry, 'hash'>): Uint8Array[] {
  return [
    Buffer.from(entry.prevHash, 'hex'),
    uint64(BigInt(entry.seq)),
    Buffer.from(entry.taskId),
    Buffer.from(entry.direction),
    uint64(entry.amountMicro),
    Buffer.from(entry.counterparty),
    Buffer.from(entry.state),
    Buffer.from(entry.model),
    Buffer.from(entry.resultHash, 'hex'),
    uint64(BigInt(entry.createdAtMs)),
    entry.receipt.payload,
    entry.receipt.publicKey,
    entry.receipt.signature,
    entry.outcome.payload,
    entry.outcome.publicKey,
    entry.outcome.signature,
  ]
}

function uint64(value: bigint): Uint8Array {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(value)
  return bytes
}
