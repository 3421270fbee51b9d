import { statSync } from 'node:fs'
import { DriadError } from '../../protocol/errors.ts'
import { Connection } from '../store/connection.ts'
import { newestVersion, schemaVersion } from '../store/migrate.ts'
import { migrations } from '../store/migrations/index.ts'
import type { DatabaseFacts } from './facts.ts'

/** Size and schema, without reading the rest of the file. Undefined where there is none, or it cannot be read at all. */
export function databaseSize(path: string): Pick<DatabaseFacts, 'sizeBytes' | 'version'> | undefined {
  try {
    const sizeBytes = sizeOf(path) + sizeOf(`${path}-wal`)
    const connection = new Connection({ path, readOnly: true, busyTimeoutMs: 1_000 })
    try {
      return { sizeBytes, version: schemaVersion(connection) }
    } finally {
      connection.close()
    }
  } catch {
    return undefined
  }
}

/**
 * SQLite's quick check of every page: it reads the whole file, on a thread of libsql's own, and stops nothing. Who writes
 * may go on. Never throws: what cannot be read is damaged.
 */
export async function checkDatabase(path: string, nowMs: number): Promise<DatabaseFacts> {
  let connection: Connection | undefined
  const facts = { sizeBytes: sizeOf(path) + sizeOf(`${path}-wal`), version: 0, checkedAtMs: nowMs }
  try {
    connection = new Connection({ path, readOnly: true, busyTimeoutMs: 5_000 })
    const version = schemaVersion(connection)
    if (version > newestVersion(migrations)) return { ...facts, version, state: 'newer' }
    await connection.execAsync(
      "CREATE TEMP TABLE findings AS SELECT quick_check AS message FROM pragma_quick_check(1, 'main')",
    )
    const found = connection.get<{ message: string }>('SELECT message FROM temp.findings')
    return { ...facts, version, state: found?.message === 'ok' ? 'sound' : 'damaged' }
  } catch (cause) {
    // Another process that holds the file for long says nothing of what is in it.
    const busy = DriadError.from(cause).code === 'data_folder_in_use'
    return { ...facts, state: busy ? 'unchecked' : 'damaged' }
  } finally {
    connection?.close()
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}
