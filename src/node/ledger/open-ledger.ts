import { DriadError } from '../../protocol/errors.ts'
import type { Logger } from '../logs/contract.ts'
import type { Reader, Store, Transaction } from '../store/contract.ts'
import { AnchorWriter, readAnchor } from './anchor.ts'
import type {
  Ledger,
  LedgerAppend,
  LedgerDay,
  LedgerDirection,
  LedgerEntry,
  LedgerVerification,
} from './contract.ts'
import { entryFacts } from './entry-facts.ts'
import { entryHash, FIRST_PREV_HASH } from './entry-hash.ts'
import { ENTRY_COLUMNS, type EntryRow, entryOfRow, insertEntry } from './entry-row.ts'
import { chainHead, type LedgerGap, readGaps } from './gaps.ts'
import { ledgerSums, settledCreditMicro, sumsByDay } from './ledger-sums.ts'
import { verifyLedgerFile } from './verify-ledger.ts'

export interface OpenLedgerInit {
  readonly store: Store
  /** File that holds the head's number and hash, outside of the database. */
  readonly anchorPath: string
  /** Raw Ed25519 key of whose ledger it is. */
  readonly publicKey: Uint8Array
  /** Leaves the anchor alone. For a store that was opened so. */
  readonly readOnly?: boolean
  readonly logger?: Logger
  readonly now?: () => number
}

/** Opens the ledger in the store. Damage is said in the log and by `verify`; it does not stop the node from working. */
export function openLedger(init: OpenLedgerInit): Ledger {
  return new StoredLedger(init)
}

class StoredLedger implements Ledger {
  readonly #store: Store
  readonly #publicKey: Uint8Array
  readonly #anchorPath: string
  readonly #logger: Logger | undefined
  readonly #now: () => number
  readonly #anchor: AnchorWriter | undefined
  readonly #listeners = new Set<(entry: LedgerEntry) => void>()
  /** The newest entry that listeners were told of. */
  #told: number

  constructor(init: OpenLedgerInit) {
    this.#store = init.store
    this.#publicKey = init.publicKey
    this.#anchorPath = init.anchorPath
    this.#logger = init.logger?.scope('ledger')
    this.#now = init.now ?? Date.now
    this.#told = this.lastSeq()
    this.#anchor = init.readOnly === true ? undefined : this.#openAnchor()
  }

  append(tx: Transaction, entry: LedgerAppend): LedgerEntry {
    const facts = entryFacts(entry, this.#publicKey)
    const existing = findEntry(tx, facts.taskId, entry.direction)
    if (existing !== undefined) return existing
    // Read each time: another process of this data folder may have appended since.
    const head = chainHead(tx)
    const unhashed = {
      ...facts,
      seq: (head?.seq ?? 0) + 1,
      direction: entry.direction,
      state: 'acknowledged' as const,
      createdAtMs: this.#now(),
      receipt: entry.receipt,
      outcome: entry.outcome,
      prevHash: head?.hash ?? FIRST_PREV_HASH,
    }
    const appended = { ...unhashed, hash: entryHash(unhashed) }
    insertEntry(tx, appended)
    return appended
  }

  committed(entry: LedgerEntry): void {
    this.#anchor?.advance({ seq: entry.seq, hash: entry.hash })
    if (entry.seq <= this.#told) return
    const fresh = entry.seq === this.#told + 1 ? [entry] : this.entriesAfter(this.#told)
    for (const next of fresh) {
      this.#told = next.seq
      for (const listener of this.#listeners) this.#tell(listener, next)
    }
  }

  entriesAfter(seq: number, limit?: number): readonly LedgerEntry[] {
    return this.#store
      .all<EntryRow>(
        `SELECT ${ENTRY_COLUMNS} FROM ledger WHERE seq > ? ORDER BY seq LIMIT ?`,
        seq,
        limit ?? -1,
      )
      .map(readEntry)
  }

  entriesBefore(beforeSeq: number | undefined, limit: number): readonly LedgerEntry[] {
    return this.#store
      .all<EntryRow>(
        `SELECT ${ENTRY_COLUMNS} FROM ledger WHERE seq < ? ORDER BY seq DESC LIMIT ?`,
        beforeSeq ?? Number.MAX_SAFE_INTEGER,
        limit,
      )
      .map(readEntry)
  }

  entryOfTask(taskId: string, direction: LedgerDirection): LedgerEntry | undefined {
    return findEntry(this.#store, taskId, direction)
  }

  gaps(): readonly LedgerGap[] {
    return readGaps(this.#store)
  }

  isSettled(seq: number): boolean {
    return this.#store.get('SELECT 1 AS found FROM ledger_settled WHERE seq = ?', seq) !== undefined
  }

  lastSeq(): number {
    return chainHead(this.#store)?.seq ?? 0
  }

  balanceMicro(): bigint {
    const sums = ledgerSums(this.#store)
    return sums.creditMicro - sums.debitMicro
  }

  credits(): { creditMicro: bigint; settledMicro: bigint } {
    return { creditMicro: ledgerSums(this.#store).creditMicro, settledMicro: settledCreditMicro(this.#store) }
  }

  byDay(days: number, nowMs: number = this.#now()): readonly LedgerDay[] {
    return sumsByDay(this.#store, days, nowMs)
  }

  verify(options: { signal?: AbortSignal } = {}): Promise<LedgerVerification> {
    return verifyLedgerFile(
      { path: this.#store.path, anchorPath: this.#anchorPath, publicKey: this.#publicKey },
      options,
    )
  }

  onEntry(listener: (entry: LedgerEntry) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async close(): Promise<void> {
    await this.#anchor?.flush()
  }

  #tell(listener: (entry: LedgerEntry) => void, entry: LedgerEntry): void {
    try {
      listener(entry)
    } catch (error) {
      this.#logger?.error('A listener for ledger entries failed', { error })
    }
  }

  /**
   * An anchor that contradicts the database is evidence: it stays as it is, and with it what `verify` reports,
   * until a person has looked at it.
   */
  #openAnchor(): AnchorWriter | undefined {
    try {
      const anchor = readAnchor(this.#anchorPath)
      if (anchor !== undefined) {
        const [entry] = this.entriesAfter(anchor.seq - 1, 1)
        const lost = this.gaps().some(({ from, to }) => from <= anchor.seq && anchor.seq <= to)
        if (!lost && (entry?.seq !== anchor.seq || entry.hash !== anchor.hash)) {
          this.#logger?.error(
            'The ledger does not have the entry that its anchor names. Run "driad ledger verify" to see what is missing',
            { seq: anchor.seq },
          )
          return undefined
        }
      }
      const writer = new AnchorWriter({
        path: this.#anchorPath,
        onError: (error) => this.#logger?.warn("The ledger's anchor could not be written", { error }),
      })
      const [head] = this.entriesBefore(undefined, 1)
      if (head !== undefined && head.seq > (anchor?.seq ?? 0))
        writer.advance({ seq: head.seq, hash: head.hash })
      return writer
    } catch (error) {
      this.#logger?.error('The ledger or its anchor is damaged. Run "driad ledger verify" to see where', {
        error,
      })
      return undefined
    }
  }
}

function findEntry(reader: Reader, taskId: string, direction: LedgerDirection): LedgerEntry | undefined {
  const row = reader.get<EntryRow>(
    `SELECT ${ENTRY_COLUMNS} FROM ledger WHERE task_id = ? AND direction = ?`,
    taskId,
    direction,
  )
  return row === undefined ? undefined : readEntry(row)
}

function readEntry(row: EntryRow): LedgerEntry {
  try {
    return entryOfRow(row)
  } catch (cause) {
    const message = `Entry ${String(row.seq)} of the ledger is damaged. Run "driad ledger verify" to see what is wrong`
    throw new DriadError('ledger_invalid', message, { cause })
  }
}
