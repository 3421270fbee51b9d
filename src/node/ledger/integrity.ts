import type { Connection } from '../store/connection.ts'
import type { ProblemList } from './chain-checker.ts'

const MAX_MESSAGES = 100

/**
 * SQLite's own check of pages, indexes and constraints. What it says of a row of the ledger, or of the row of a task
 * that the ledger has, is put down to that entry.
 */
export async function checkIntegrity(db: Connection, problems: ProblemList): Promise<void> {
  // It reads the whole file, which may take seconds: so not on our thread, and by way of a table in memory.
  await db.execAsync(
    `CREATE TEMP TABLE findings AS SELECT integrity_check AS message FROM pragma_integrity_check(${MAX_MESSAGES}, 'main')`,
  )
  const rows = db.all<{ message: string }>('SELECT message FROM temp.findings')
  for (const line of rows.flatMap((row) => row.message.split('\n')).slice(0, MAX_MESSAGES)) {
    if (line === 'ok' || line === '*** in database main ***') continue
    problems.add(`SQLite's integrity check: ${line}`, entryNamed(db, line))
  }
}

function entryNamed(db: Connection, message: string): number | undefined {
  try {
    return rowOfIndex(db, message) ?? rowOfTree(db, message)
  } catch {
    return undefined // the tables needed to find out are themselves damaged
  }
}

/** "row 3 missing from index ledger_task" */
function rowOfIndex(db: Connection, message: string): number | undefined {
  const match = /\brow (\d+) (?:missing from|values differ from) index (\w+)/.exec(message)
  const [, row, index] = match ?? []
  if (row === undefined || index === undefined) return undefined
  const table = db.get<{ tbl_name: string }>(
    "SELECT tbl_name FROM sqlite_schema WHERE type = 'index' AND name = ?",
    index,
  )
  return table === undefined ? undefined : entryOfTableRow(db, table.tbl_name, Number(row))
}

/** "Tree 5 page 9 cell 2: Rowid 3 out of order" */
function rowOfTree(db: Connection, message: string): number | undefined {
  const match = /\bTree (\d+) page \d+.*: Rowid (\d+) out of order/.exec(message)
  const [, root, row] = match ?? []
  if (root === undefined || row === undefined) return undefined
  const table = db.get<{ name: string }>(
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage = ?",
    Number(root),
  )
  return table === undefined ? undefined : entryOfTableRow(db, table.name, Number(row))
}

function entryOfTableRow(db: Connection, table: string, row: number): number | undefined {
  if (table === 'ledger') return row
  if (table !== 'node_tasks' && table !== 'requests') return undefined
  // By the task ids that the ledger has, through the index: the row's own may be what is damaged.
  return db.get<{ seq: number }>(
    `SELECT ledger.seq AS seq FROM ledger CROSS JOIN ${table} AS task ON task.task_id = ledger.task_id
     WHERE +task.rowid = ? AND ledger.direction = ?`,
    row,
    table === 'node_tasks' ? 'credit' : 'debit',
  )?.seq
}
