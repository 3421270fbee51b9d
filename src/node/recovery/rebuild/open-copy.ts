import { constants, copyFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Anchor } from '../../ledger/anchor.ts'
import { ENTRY_COLUMNS, type EntryRow, entryOfRow } from '../../ledger/entry-row.ts'
import { Connection } from '../../store/connection.ts'
import type { Migration, Reader } from '../../store/contract.ts'
import { migrate, schemaVersion } from '../../store/migrate.ts'
import { isGenuine } from './ledger-entries.ts'

export interface OpenCopyInit {
  readonly path: string
  readonly madeAtMs: number
  readonly publicKey: Uint8Array
  readonly anchor: Anchor | undefined
  /** The ledger as far as it is known. */
  readonly target: Reader
  /** The schema that its rows are wanted in. */
  readonly version: number
  readonly scratchFolder: string
  readonly migrations: readonly Migration[]
}

/** A copy of a backup, in the schema that is wanted; undefined where it is damaged, newer, or of another history. */
export function openCopy(init: OpenCopyInit): { connection: Connection; madeAtMs: number } | undefined {
  const path = join(init.scratchFolder, 'copy.sqlite')
  for (const suffix of ['', '-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true })
  let connection: Connection | undefined
  try {
    copyFileSync(init.path, path, constants.COPYFILE_FICLONE)
    connection = new Connection({ path, busyTimeoutMs: 0 })
    const [check] = connection.all<{ integrity_check: string }>('PRAGMA integrity_check(1)')
    if (check?.integrity_check !== 'ok') throw new Error('it is damaged')
    if (schemaVersion(connection) > init.version) throw new Error('it is newer')
    migrate(
      connection,
      path,
      init.migrations.filter(({ version }) => version <= init.version),
    )
    if (!isSameHistory(connection, init)) throw new Error('it is of another history')
    return { connection, madeAtMs: init.madeAtMs }
  } catch {
    connection?.close()
    return undefined
  }
}

/** All its entries are genuine, and none is another than the one that is known. */
function isSameHistory(copy: Connection, { target, anchor, publicKey }: OpenCopyInit): boolean {
  for (let seq = 0; ; ) {
    const rows = copy.all<EntryRow>(
      `SELECT ${ENTRY_COLUMNS} FROM ledger WHERE seq > ? ORDER BY seq LIMIT 200`,
      seq,
    )
    for (const row of rows) {
      const entry = entryOfRow(row)
      seq = entry.seq
      if (!isGenuine(entry, publicKey)) return false
      if (anchor?.seq === seq && anchor.hash !== entry.hash) return false
      const known = target.get<{ hash: Uint8Array }>('SELECT hash FROM ledger WHERE seq = ?', seq)
      if (known !== undefined && Buffer.from(known.hash).toString('hex') !== entry.hash) return false
    }
    if (rows.length < 200) return true
  }
}
