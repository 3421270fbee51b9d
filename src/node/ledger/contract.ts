import type { Signed } from '../../protocol/wire/messages.pb.ts'
import type { Transaction } from '../store/contract.ts'
import type { LedgerGap } from './gaps.ts'

export type LedgerDirection = 'credit' | 'debit'

/** One receipt in the append-only, hash-chained ledger. */
export interface LedgerEntry {
  /** 1, 2, 3...; a number is missing only where an entry was lost, which `gaps` tells. */
  readonly seq: number
  readonly taskId: string
  /** `credit`: we were paid. `debit`: we paid. */
  readonly direction: LedgerDirection
  readonly amountMicro: bigint
  /** Peer id of the other side. */
  readonly counterparty: string
  /** As it was appended: the payer has signed for it. Whether it says that it has paid is beside the ledger: see `isSettled`. */
  readonly state: 'acknowledged'
  readonly model: string
  /** Hex SHA-256 of the signed outcome's payload. */
  readonly resultHash: string
  /** When it was appended here. */
  readonly createdAtMs: number
  /** The payer's signed receipt and the payee's signed outcome: all that proves the entry. */
  readonly receipt: Signed
  readonly outcome: Signed
  /** Hex. The previous entry's hash, 64 zeros for the first. */
  readonly prevHash: string
  /** Hex SHA-256 over the domain, prevHash and every field above; see entry-hash.ts. */
  readonly hash: string
}

export interface LedgerProblem {
  /** The entry at fault, where it is known. */
  readonly seq?: number
  readonly message: string
}

export interface LedgerVerification {
  readonly ok: boolean
  /** Entries that could be read. */
  readonly entries: number
  readonly problems: readonly LedgerProblem[]
  /** What is known to be lost, and was noted when it was: no problem of what is there. Absent where nothing is. */
  readonly lost?: readonly LedgerLoss[]
}

/** Entries that are gone, or of which the task's row is. */
export interface LedgerLoss {
  readonly what: 'entries' | 'tasks'
  readonly from: number
  readonly to: number
}

export interface LedgerAppend {
  readonly direction: LedgerDirection
  readonly receipt: Signed
  readonly outcome: Signed
}

/** What came in and went out on one local day. */
export interface LedgerDay {
  /** `2031-04-09`, in the computer's time zone. */
  readonly day: string
  readonly creditMicro: bigint
  readonly debitMicro: bigint
  /** Entries of that day, in both directions. */
  readonly tasks: number
}

export interface Ledger {
  /**
   * Appends inside the caller's transaction, so that the task's state and its payment become durable together.
   * Checks both signatures and that receipt and outcome agree (task, parties, tokens, digest, hash, amount);
   * throws `bad_signature`, `bad_message` or `too_large` otherwise. A task has at most one entry per direction: the
   * second append of the same returns the first one's entry and changes nothing.
   */
  append(tx: Transaction, entry: LedgerAppend): LedgerEntry
  /** To be called once the transaction of `append` is on disk: tells the listeners and writes the head's anchor. */
  committed(entry: LedgerEntry): void
  /** Oldest first; all that there are without a limit. */
  entriesAfter(seq: number, limit?: number): readonly LedgerEntry[]
  /** Newest first: those below `beforeSeq`, or the newest where it is absent. */
  entriesBefore(beforeSeq: number | undefined, limit: number): readonly LedgerEntry[]
  entryOfTask(taskId: string, direction: LedgerDirection): LedgerEntry | undefined
  /** The payer of the entry signed that it has paid it. */
  isSettled(seq: number): boolean
  /** Entries that are known to be lost, in order. */
  gaps(): readonly LedgerGap[]
  /** The newest number that was given to an entry, lost ones included; 0 while the ledger is empty. */
  lastSeq(): number
  /** Credits minus debits. */
  balanceMicro(): bigint
  /** What was earned, and how much of it its payers say that they paid. */
  credits(): { readonly creditMicro: bigint; readonly settledMicro: bigint }
  /** The last `days` local days, oldest first, empty ones too; the last is the day of `nowMs`. */
  byDay(days: number, nowMs?: number): readonly LedgerDay[]
  /**
   * Reads the file afresh and recomputes everything: hashes, chain, signatures, agreement with the tasks' stored
   * outcomes, SQLite's own check, the anchor. Takes about 0.5 ms an entry, and lets other work in between.
   * Rejects only with the signal's reason.
   */
  verify(options?: { signal?: AbortSignal }): Promise<LedgerVerification>
  /** Called with each entry in order, also those that another process of this data folder appended meanwhile. */
  onEntry(listener: (entry: LedgerEntry) => void): () => void
  /** Writes the anchor if it is behind. Twice is safe. Call it before the store is closed. */
  close(): Promise<void>
}
