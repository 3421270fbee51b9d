import { existsSync } from 'node:fs'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { DriadError } from '../../protocol/errors.ts'
import { Connection } from '../store/connection.ts'
import type { Migration } from '../store/contract.ts'
import { migrations as allMigrations } from '../store/migrations/index.ts'
import { readAnchor } from './anchor.ts'
import { ChainChecker, ProblemList } from './chain-checker.ts'
import type { LedgerEntry, LedgerLoss, LedgerVerification } from './contract.ts'
import { ENTRY_COLUMNS, type EntryRow, entryOfRow } from './entry-row.ts'
import { type LedgerGap, readGaps, readLostTasks } from './gaps.ts'
import { checkIntegrity } from './integrity.ts'
import { ledgerSums } from './ledger-sums.ts'
import { PaidTasks } from './paid-tasks.ts'
import { checkSettlements } from './settlement-check.ts'

export interface VerifyLedgerInit {
  /** The database file. */
  readonly path: string
  readonly anchorPath: string
  /** Raw Ed25519 key of whose ledger it is. */
  readonly publicKey: Uint8Array
  readonly migrations?: readonly Migration[]
}

/** The event loop gets a turn after so much work. */
const SLICE_MS = 10

/**
 * Verifies a ledger from its files alone: what a running node has in memory plays no part, and a database that
 * cannot even be opened is a problem in the answer. Rejects only with the signal's reason.
 */
export async function verifyLedgerFile(
  init: VerifyLedgerInit,
  options: { signal?: AbortSignal } = {},
): Promise<LedgerVerification> {
  const problems = new ProblemList()
  let connection: Connection | undefined
  let entries = 0
  let lost: readonly LedgerLoss[] = []
  try {
    if (!existsSync(init.path)) throw new Error(`There is no database at ${init.path}`)
    connection = new Connection({ path: init.path, readOnly: true, busyTimeoutMs: 1_000 })
    const verification = new Verification(connection, init, problems)
    entries = await verification.run(options)
    lost = verification.losses()
  } catch (error) {
    options.signal?.throwIfAborted()
    problems.add(`The database cannot be read: ${messageOf(error)}`)
  } finally {
    connection?.close()
  }
  const list = problems.sorted()
  return { ok: list.length === 0, entries, problems: list, ...(lost.length > 0 && { lost }) }
}

class Verification {
  readonly #db: Connection
  readonly #init: VerifyLedgerInit
  readonly #problems: ProblemList
  readonly #chain: ChainChecker
  readonly #tasks: PaidTasks
  #gaps: readonly LedgerGap[] = []
  #lostTasks: ReadonlySet<number> = new Set()

  constructor(db: Connection, init: VerifyLedgerInit, problems: ProblemList) {
    this.#db = db
    this.#init = init
    this.#problems = problems
    this.#chain = new ChainChecker(init.publicKey, problems)
    this.#tasks = new PaidTasks(db)
  }

  /** Returns how many entries could be read. Throws what makes it impossible to read anything. */
  async run({ signal }: { signal?: AbortSignal }): Promise<number> {
    // Before the snapshot, so that entries appended meanwhile cannot make the anchor look ahead of it.
    const anchor = this.#attempt('The anchor', () => readAnchor(this.#init.anchorPath))
    this.#db.exec('PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; BEGIN')
    // A file that is no database, or whose schema cannot be parsed, ends it here.
    this.#db.get('SELECT COUNT(*) AS tables FROM sqlite_schema')
    this.#attempt('The schema', () => this.#checkSchema())
    await checkIntegrity(this.#db, this.#problems).catch((error: unknown) => {
      this.#problems.add(`SQLite's integrity cannot be checked: ${messageOf(error)}`)
    })
    signal?.throwIfAborted()
    this.#gaps = this.#attempt('What is known to be lost', () => readGaps(this.#db)) ?? []
    this.#lostTasks = this.#attempt('Which tasks are lost', () => readLostTasks(this.#db)) ?? new Set()
    const last = this.#lastSeq(anchor?.seq)
    let sliceEndMs = performance.now() + SLICE_MS
    let anchored = anchor === undefined
    for (let seq = 1; seq <= last; seq++) {
      const gap = this.#gaps.find(({ from }) => from === seq)
      if (gap === undefined) this.#checkEntry(seq)
      else {
        this.#chain.pass(gap)
        // What the anchor names inside of a gap can be compared with nothing.
        if (anchor !== undefined && gap.from <= anchor.seq && anchor.seq < gap.to) anchored = true
        seq = gap.to
      }
      if (seq === anchor?.seq) {
        anchored = true
        if (this.#chain.headHash !== undefined && this.#chain.headHash !== anchor.hash) {
          this.#problems.add(`Entry ${seq} is not the one that the anchor names`, seq)
        }
      }
      if (performance.now() < sliceEndMs) continue
      await nextTurn()
      signal?.throwIfAborted()
      sliceEndMs = performance.now() + SLICE_MS
    }
    if (!anchored && anchor !== undefined) {
      const range =
        anchor.seq === last + 1 ? `entry ${anchor.seq} is` : `entries ${last + 1} to ${anchor.seq} are`
      this.#problems.add(
        `The ledger ends at entry ${last}, but its anchor names entry ${anchor.seq}: ${range} missing`,
        last + 1,
      )
    }
    this.#attempt('The balance', () => this.#checkSums())
    this.#attempt('What was settled', () => checkSettlements(this.#db, this.#init.publicKey, this.#problems))
    return this.#chain.entries
  }

  /** As they were noted. */
  losses(): readonly LedgerLoss[] {
    const entries = this.#gaps.map(({ from, to }) => ({ what: 'entries', from, to }) as const)
    const tasks = [...this.#lostTasks].toSorted((a, b) => a - b)
    return [...entries, ...tasks.map((seq) => ({ what: 'tasks', from: seq, to: seq }) as const)]
  }

  #checkEntry(seq: number): void {
    let entry: LedgerEntry
    try {
      const row = this.#db.get<EntryRow>(`SELECT ${ENTRY_COLUMNS} FROM ledger NOT INDEXED WHERE seq = ?`, seq)
      if (row === undefined) {
        this.#chain.skip(seq, `Entry ${seq} is missing`)
        return
      }
      entry = entryOfRow(row)
    } catch (error) {
      this.#chain.skip(seq, `Entry ${seq} cannot be read: ${messageOf(error)}`)
      return
    }
    this.#chain.check(entry)
    const missing = this.#lostTasks.has(seq)
    for (const message of this.#tasks.problemsOf(entry, { missing })) this.#problems.add(message, seq)
  }

  /** The number of the last entry: as many as there are rows, by whichever of table and index can be counted. */
  #lastSeq(anchorSeq: number | undefined): number {
    const counts: number[] = []
    for (const how of ['NOT INDEXED', 'INDEXED BY ledger_task', 'INDEXED BY ledger_sums']) {
      this.#attempt('The number of entries', () => {
        const row = this.#db.get<{ rows: number }>(`SELECT COUNT(*) AS rows FROM ledger ${how}`)
        counts.push(row?.rows ?? 0)
      })
    }
    const lost = this.#gaps.reduce((sum, { from, to }) => sum + to - from + 1, 0)
    const last = counts.length > 0 ? Math.max(...counts) + lost : Math.min(anchorSeq ?? 0, 1_000_000)
    this.#attempt('The numbers of the entries', () => {
      const beyond = this.#db.all<{ seq_text: string }>(
        'SELECT CAST(seq AS TEXT) AS seq_text FROM ledger NOT INDEXED WHERE seq < 1 OR seq > ? LIMIT 100',
        last,
      )
      for (const { seq_text } of beyond) {
        const seq = Number(seq_text)
        this.#problems.add(
          `There is an entry with the number ${seq_text}, but only ${last - lost} entries`,
          Number.isSafeInteger(seq) ? seq : undefined,
        )
      }
    })
    return last
  }

  /** Tables, indexes and the triggers that guard the ledger must be those of the migrations. */
  #checkSchema(): void {
    const version = this.#db.get<{ user_version: number }>('PRAGMA user_version')?.user_version ?? 0
    const migrations = this.#init.migrations ?? allMigrations
    const newest = migrations.at(-1)?.version ?? 0
    if (version > newest) {
      this.#problems.add(
        `The database says that it is of a newer version (${version}, this program knows ${newest})`,
      )
    }
    const expected = schemaAfter(migrations.filter((migration) => migration.version <= version))
    const found = readSchema(this.#db)
    for (const [name, { sql }] of expected) {
      if (found.get(name)?.sql !== sql)
        this.#problems.add(`The definition of ${name} is missing or was changed`)
    }
    for (const [name, { table }] of found) {
      if (table === 'ledger' && !expected.has(name))
        this.#problems.add(`${name} does not belong to the ledger`)
    }
  }

  #checkSums(): void {
    const sums = ledgerSums(this.#db)
    if (sums.creditMicro - sums.debitMicro !== this.#chain.balanceMicro) {
      this.#problems.add('The balance is not the sum of the entries')
    }
  }

  /** Runs one check; that it could not be carried out is a problem too. */
  #attempt<T>(what: string, check: () => T): T | undefined {
    try {
      return check()
    } catch (error) {
      this.#problems.add(`${what} cannot be checked: ${messageOf(error)}`)
      return undefined
    }
  }
}

interface SchemaObject {
  readonly table: string
  readonly sql: string
}

function schemaAfter(migrations: readonly Migration[]): Map<string, SchemaObject> {
  const blank = new Connection({ path: ':memory:', busyTimeoutMs: 0 })
  try {
    for (const migration of migrations) {
      if (migration.sql.trim() !== '') blank.exec(migration.sql)
    }
    return readSchema(blank)
  } finally {
    blank.close()
  }
}

function readSchema(db: Connection): Map<string, SchemaObject> {
  const rows = db.all<SchemaObject & { name: string }>(
    `SELECT name, tbl_name AS "table", type || ' ' || coalesce(sql, '') AS sql FROM sqlite_schema`,
  )
  return new Map(rows.map((row) => [row.name, row]))
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  // SQLite's own words are closer to the place than what we tell the operator of the whole file.
  const own = error instanceof DriadError && error.code === 'ledger_invalid'
  return !own && error.cause instanceof Error ? error.cause.message : error.message
}
