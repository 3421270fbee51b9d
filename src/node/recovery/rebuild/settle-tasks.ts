import type { LedgerEntry } from '../../ledger/contract.ts'
import { ENTRY_COLUMNS, type EntryRow, entryOfRow } from '../../ledger/entry-row.ts'
import { PaidTasks } from '../../ledger/paid-tasks.ts'
import type { Connection } from '../../store/connection.ts'

const PAGE = 100

/**
 * Brings the rows of tasks in line with the ledger, which has what was signed of each: one that was taken from a copy may be from
 * before it was delivered and paid. Where the row is gone, or damaged beyond that, it is noted with the entry. Returns how many.
 */
export function settleTasks(db: Connection, nowMs: number): number {
  const tasks = new PaidTasks(db)
  let noted = 0
  for (let seq = 0; ; ) {
    const rows = db.all<EntryRow>(
      `SELECT ${ENTRY_COLUMNS} FROM ledger WHERE seq > ? ORDER BY seq LIMIT ${PAGE}`,
      seq,
    )
    for (const row of rows) {
      const entry = entryOfRow(row)
      seq = entry.seq
      if (tasks.problemsOf(entry).length === 0) continue
      takeFromEntry(db, entry)
      if (tasks.problemsOf(entry).length === 0) continue
      removeTask(db, entry)
      noted += db.run(
        'INSERT OR IGNORE INTO ledger_lost_tasks (seq, noted_at_ms) VALUES (?, ?)',
        seq,
        nowMs,
      ).changes
    }
    if (rows.length < PAGE) return noted
  }
}

/** As they were before this time: another process would place and pay them a second time. */
export function endOldRequests(db: Connection, taskIds: readonly string[], nowMs: number): void {
  for (const taskId of taskIds) {
    db.run(
      `UPDATE requests SET state = 'cancelled', ended_at_ms = ?, error_code = 'cancelled',
         error_message = 'The database was damaged while this task was on its way; ask again'
       WHERE task_id = ? AND ended_at_ms IS NULL`,
      nowMs,
      taskId,
    )
  }
}

/** What refers to a row that is gone says nothing any more. Returns how many rows went, by table. */
export function removeOrphans(db: Connection): ReadonlyMap<string, number> {
  const removed = new Map<string, number>()
  // A row may be referred to by one that goes itself.
  for (let round = 0; round < 8; round++) {
    const orphans = db.all<{ table: string; parent: string; fkid: number }>(
      'SELECT DISTINCT "table", parent, fkid FROM pragma_foreign_key_check',
    )
    if (orphans.length === 0) break
    for (const { table, parent, fkid } of orphans) {
      const link = db.get<{ from: string; to: string | null }>(
        'SELECT "from", "to" FROM pragma_foreign_key_list(?) WHERE id = ?',
        table,
        fkid,
      )
      if (link === undefined) continue
      const { changes } = withoutTriggers(db, table, () =>
        db.run(
          `DELETE FROM ${table} WHERE ${link.from} IS NOT NULL AND NOT EXISTS
             (SELECT 1 FROM ${parent} WHERE ${parent}.${link.to ?? link.from} = ${table}.${link.from})`,
        ),
      )
      removed.set(table, (removed.get(table) ?? 0) + changes)
    }
  }
  return removed
}

/** What was settled is guarded against removal; here it is not removed, but was lost. */
function withoutTriggers<T>(db: Connection, table: string, work: () => T): T {
  const triggers = db.all<{ name: string; sql: string }>(
    "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = ?",
    table,
  )
  for (const { name } of triggers) db.exec(`DROP TRIGGER ${name}`)
  try {
    return work()
  } finally {
    for (const { sql } of triggers) db.exec(sql)
  }
}

function takeFromEntry(db: Connection, entry: LedgerEntry): void {
  const { taskId, outcome, receipt, amountMicro, seq, createdAtMs } = entry
  if (entry.direction === 'credit') {
    db.run(
      `UPDATE node_tasks SET outcome_payload = ?, outcome_signature = ?, amount_micro = ?, ledger_seq = ?, state = 'acknowledged',
         receipt_state = 'acknowledged', ended_at_ms = coalesce(ended_at_ms, ?), error_code = NULL, error_message = NULL,
         unpaid_code = NULL WHERE task_id = ?`,
      outcome.payload,
      outcome.signature,
      amountMicro,
      seq,
      createdAtMs,
      taskId,
    )
    return
  }
  db.run(
    `UPDATE requests SET outcome_payload = ?, outcome_signature = ?, receipt_payload = ?, receipt_signature = ?, amount_micro = ?,
       ledger_seq = ?, state = 'acknowledged', receipt_state = 'acknowledged', ended_at_ms = coalesce(ended_at_ms, ?),
       error_code = NULL, error_message = NULL WHERE task_id = ?`,
    outcome.payload,
    outcome.signature,
    receipt.payload,
    receipt.signature,
    amountMicro,
    seq,
    createdAtMs,
    taskId,
  )
}

function removeTask(db: Connection, { direction, taskId }: LedgerEntry): void {
  db.run(`DELETE FROM ${direction === 'credit' ? 'node_tasks' : 'requests'} WHERE task_id = ?`, taskId)
}
