import { chmodSync, rmSync } from 'node:fs'
import { DriadError } from '../../protocol/errors.ts'
import type { Connection } from './connection.ts'
import type { Migration } from './contract.ts'

/**
 * Brings the schema to the newest version, each step in its transaction. A database with content is first copied
 * to `<path>.v<version>.backup`, so that a person can go back to the program that wrote it.
 * Throws `store_newer` for a database of a newer program; nothing is changed then.
 */
export function migrate(connection: Connection, path: string, migrations: readonly Migration[]): void {
  const from = schemaVersion(connection)
  checkNotNewer(from, path, migrations)
  if (from > 0 && from < newestVersion(migrations)) backUp(connection, `${path}.v${from}.backup`)
  for (const migration of migrations) {
    if (migration.version > from) apply(connection, migration)
  }
}

/** Throws `store_newer`, or `data_folder_unusable` if a read-only caller cannot have the schema it needs. */
export function requireNewestSchema(
  connection: Connection,
  path: string,
  migrations: readonly Migration[],
): void {
  const version = schemaVersion(connection)
  checkNotNewer(version, path, migrations)
  if (version < newestVersion(migrations)) {
    const message = `${path} was written by an older version. Start the node once with this version to bring it up to date`
    throw new DriadError('data_folder_unusable', message)
  }
}

export function newestVersion(migrations: readonly Migration[]): number {
  return migrations.at(-1)?.version ?? 0
}

export function schemaVersion(connection: Connection): number {
  return connection.get<{ user_version: number }>('PRAGMA user_version')?.user_version ?? 0
}

function checkNotNewer(version: number, path: string, migrations: readonly Migration[]): void {
  const newest = newestVersion(migrations)
  if (version <= newest) return
  const message =
    `${path} was written by a newer version of Driad (schema ${version}, this one knows ${newest}). ` +
    'Update Driad, or choose another data folder'
  throw new DriadError('store_newer', message)
}

function apply(connection: Connection, migration: Migration): void {
  connection.exec('BEGIN IMMEDIATE')
  try {
    // Another process may have been here while we waited for the lock.
    if (schemaVersion(connection) < migration.version) {
      if (migration.sql.trim() !== '') connection.exec(migration.sql)
      connection.exec(`PRAGMA user_version = ${migration.version}`)
    }
    connection.exec('COMMIT')
  } catch (error) {
    if (connection.inTransaction) connection.exec('ROLLBACK')
    throw error
  }
}

function backUp(connection: Connection, path: string): void {
  rmSync(path, { force: true })
  connection.run('VACUUM INTO ?', path)
  chmodSync(path, 0o600)
}
