import type { Receipt, Signed, TaskOutcome } from '../../protocol/wire/messages.pb.ts'
import type { Transaction } from '../store/contract.ts'

/** One receipt in the append-only, hash-chained ledger. */
export interface LedgerEntry {
  /** 1, 2, 3... with no gap. */
  readonly seq: number
  readonly taskId: string
  /** `credit`: we were paid. `debit`: we paid. */
  readonly direction: 'credit' | 'debit'
  readonly amountMicro: bigint
  /** Peer id of the other side. */
  readonly counterparty: string
  readonly state: 'acknowledged' | 'settled'
  readonly model: string
  /** Hex SHA-256 of the signed outcome's payload. */
  readonly resultHash: string
  readonly createdAtMs: number
  /** The payer's signed receipt and the payee's signed outcome: all that proves the entry. */
  readonly receipt: Signed
  readonly outcome: Signed
  /** Hex. The previous entry's hash, 64 zeros for the first. */
  readonly prevHash: string
  /** Hex SHA-256 over the domain, prevHash and every field above. */
  readonly hash: string
}

export interface LedgerProblem {
  /** The entry at fault, where it is known. */
  readonly seq?: number
  readonly message: string
}

export interface LedgerAppend {
  readonly direction: 'credit' | 'debit'
  readonly receipt: Signed
  readonly outcome: Signed
}

export interface Ledger {
  /**
   * Appends inside the caller's transaction, so that the task's state and its payment become durable together.
   * Checks both signatures and that receipt and outcome agree (task, parties, tokens, digest, hash, amount);
   * throws `bad_signature` or `bad_message` otherwise. A task has at most one entry per direction: the second
   * append of the same returns the first one's entry and changes nothing.
   */
  append(tx: Transaction, entry: LedgerAppend): LedgerEntry
  /** To be called once the transaction of `append` is on disk: tells the listeners and writes the head's anchor. */
  committed(entry: LedgerEntry): void
  entriesAfter(seq: number, limit?: number): readonly LedgerEntry[]
  entryOfTask(taskId: string, direction: 'credit' | 'debit'): LedgerEntry | undefined
  balanceMicro(): bigint
  /** Recomputes everything: hashes, chain, signatures, agreement with the tasks' stored outcomes, SQLite's own check, the anchor. */
  verify(): { readonly ok: boolean; readonly entries: number; readonly problems: readonly LedgerProblem[] }
  onEntry(listener: (entry: LedgerEntry) => void): () => void
}

/** Decoded halves of an entry, for callers that need their fields. */
export interface DecodedEntry {
  readonly receipt: Receipt
  readonly outcome: TaskOutcome
}
