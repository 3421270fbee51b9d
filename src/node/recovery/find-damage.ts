import { statSync } from 'node:fs'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { DriadError } from '../../protocol/errors.ts'
import { FIRST_PREV_HASH } from '../ledger/entry-hash.ts'
import { ENTRY_COLUMNS, type EntryRow, entryOfRow } from '../ledger/entry-row.ts'
import { readGaps, readLostTasks } from '../ledger/gaps.ts'
import { PaidTasks } from '../ledger/paid-tasks.ts'
import { Connection } from '../store/connection.ts'
import { isGenuine } from './rebuild/ledger-entries.ts'

/** SQLite reads about a gigabyte a second of a file that is in memory, and what a disk gives of one that is not. */
const CHECKED_AT_EACH_START_BYTES = 64 * 1024 * 1024
/** Longest that the chain is followed at a start that nothing made suspicious. */
const CHAIN_BUDGET_MS = 300
/** Entries between two turns of the event loop: some milliseconds. */
const PAGE = 20

export interface FindDamageInit {
  readonly path: string
  /** Raw Ed25519 key of whose data it is. */
  readonly publicKey: Uint8Array
  /** Whether it can be opened; as much as a start can afford; all of it, however large it is. */
  readonly depth: 'quick' | 'start' | 'thorough'
}

/**
 * What is damaged in a database, in a sentence; undefined where nothing is found. Pages, indexes and constraints by SQLite's own
 * check, the ledger by its hashes, and its tasks
 * by what was signed of them. Throws `identity_invalid` where the ledger is another identity's.
 */
export async function findDamage(init: FindDamageInit): Promise<string | undefined> {
  let connection: Connection | undefined
  try {
    connection = new Connection({ path: init.path, readOnly: true, busyTimeoutMs: 5_000 })
    connection.exec('PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON')
    const version = connection.get<{ user_version: number }>('PRAGMA user_version')?.user_version ?? 0
    const tables =
      connection.get<{ count: number }>('SELECT count(*) AS count FROM sqlite_schema')?.count ?? 0
    // Made, and never written to.
    if (tables === 0 && version === 0) return undefined
    if (init.depth === 'quick') return undefined
    const small = statSync(init.path).size <= CHECKED_AT_EACH_START_BYTES
    if (init.depth === 'thorough' || small) {
      const found = await failedCheck(connection)
      if (found !== undefined) return found
    }
    return await brokenChain(connection, init)
  } catch (error) {
    if (!(error instanceof DriadError)) throw error
    // Who keeps it locked is at work in it.
    if (error.code === 'data_folder_in_use') return undefined
    if (error.code !== 'store_corrupt') throw error
    return error.cause instanceof Error ? error.cause.message : error.message
  } finally {
    connection?.close()
  }
}

/** Not on our thread, for it may take seconds: by way of a table in memory. */
async function failedCheck(db: Connection): Promise<string | undefined> {
  await db.execAsync(
    "CREATE TEMP TABLE findings AS SELECT integrity_check AS message FROM pragma_integrity_check(1, 'main')",
  )
  const message = db.get<{ message: string }>('SELECT message FROM temp.findings')?.message ?? 'no answer'
  db.exec('DROP TABLE temp.findings')
  return message === 'ok' ? undefined : message.split('\n').at(-1)
}

async function brokenChain(
  db: Connection,
  { publicKey, depth }: FindDamageInit,
): Promise<string | undefined> {
  if (db.get("SELECT 1 AS found FROM sqlite_schema WHERE name = 'ledger'") === undefined) return undefined
  const tasks = new PaidTasks(db)
  const lostTasks = readLostTasks(db)
  const gaps = new Map(readGaps(db).map((gap) => [gap.from, gap]))
  const endMs = performance.now() + CHAIN_BUDGET_MS
  let prevHash = FIRST_PREV_HASH
  let next = 1
  for (;;) {
    const rows = db.all<EntryRow>(
      `SELECT ${ENTRY_COLUMNS} FROM ledger NOT INDEXED WHERE seq >= ? ORDER BY seq LIMIT ${PAGE}`,
      next,
    )
    for (const row of rows) {
      for (let gap = gaps.get(next); gap !== undefined; gap = gaps.get(next)) {
        prevHash = gap.nextPrevHash
        next = gap.to + 1
      }
      const problem = entryProblem(row, next, prevHash, publicKey)
      if (problem !== undefined) return problem
      const entry = entryOfRow(row)
      // A page that only holds the rest of a long text is no matter to SQLite's check.
      const [taskProblem] = tasks.problemsOf(entry, { missing: lostTasks.has(entry.seq) })
      if (taskProblem !== undefined) return taskProblem
      prevHash = entry.hash
      next = entry.seq + 1
    }
    if (rows.length < PAGE) return undefined
    await nextTurn()
    if (depth !== 'thorough' && performance.now() > endMs) return undefined
  }
}

function entryProblem(
  row: EntryRow,
  seq: number,
  prevHash: string,
  publicKey: Uint8Array,
): string | undefined {
  let entry: ReturnType<typeof entryOfRow>
  try {
    entry = entryOfRow(row)
  } catch {
    return `Entry ${seq} of the ledger cannot be read`
  }
  if (entry.seq !== seq) return `Entry ${seq} of the ledger is missing`
  if (!isGenuine(entry, publicKey)) return `Entry ${seq} of the ledger is not what it was`
  return entry.prevHash === prevHash
    ? undefined
    : `Entry ${seq} of the ledger does not follow from the one before`
}
