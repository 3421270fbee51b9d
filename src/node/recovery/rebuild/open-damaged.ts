import {
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  openSync,
  readSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { Connection } from '../../store/connection.ts'
import type { Migration } from '../../store/contract.ts'
import { newestVersion } from '../../store/migrate.ts'

/** https://www.sqlite.org/fileformat2.html#the_database_header */
const HEADER_BYTES = 100
const MAGIC = Buffer.from('SQLite format 3\0')
const AT = { changes: 24, pages: 28, freeList: 32, freePages: 36, version: 60, validFor: 92 } as const
const PAGE_BYTES = 4096

/** A damaged database, as far as it can be read. Undefined where not even its schema can. */
export interface DamagedDatabase {
  readonly connection: Connection | undefined
  /** Of the schema that its rows are in. */
  readonly version: number
}

/**
 * Copies a damaged database with its write-ahead log to `folder` and opens the copy: the damaged one stays as it is. A header that was
 * overwritten is made anew, as all that the file needs is then still in it.
 */
export function openDamaged(path: string, folder: string, migrations: readonly Migration[]): DamagedDatabase {
  const copy = join(folder, 'damaged.sqlite')
  const newest = newestVersion(migrations)
  for (const suffix of ['', '-wal']) {
    rmSync(`${copy}${suffix}`, { force: true })
    if (existsSync(`${path}${suffix}`)) {
      copyFileSync(`${path}${suffix}`, `${copy}${suffix}`, constants.COPYFILE_FICLONE)
    }
  }
  if (!existsSync(copy)) return { connection: undefined, version: newest }
  if (!hasHeader(copy)) writeHeader(copy, folder, migrations)
  for (const withLog of [true, false]) {
    // A write-ahead log that cannot be taken up may keep the rest from being read.
    if (!withLog) for (const suffix of ['-wal', '-shm']) rmSync(`${copy}${suffix}`, { force: true })
    const opened = tryOpen(copy)
    if (opened === undefined) continue
    const version = opened.version > 0 && opened.version <= newest ? opened.version : newest
    return { connection: opened.connection, version }
  }
  return { connection: undefined, version: newest }
}

function tryOpen(path: string): { connection: Connection; version: number } | undefined {
  let connection: Connection | undefined
  try {
    connection = new Connection({ path, busyTimeoutMs: 0 })
    connection.exec('PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA query_only = ON')
    const tables = connection.get<{ count: number }>('SELECT count(*) AS count FROM sqlite_schema')
    if ((tables?.count ?? 0) === 0) throw new Error('it has no tables')
    const version = connection.get<{ user_version: number }>('PRAGMA user_version')?.user_version ?? 0
    return { connection, version }
  } catch {
    connection?.close()
    return undefined
  }
}

function hasHeader(path: string): boolean {
  const found = Buffer.alloc(HEADER_BYTES)
  const file = openSync(path, 'r')
  try {
    readSync(file, found, 0, HEADER_BYTES, 0)
  } finally {
    closeSync(file)
  }
  return found.subarray(0, MAGIC.length).equals(MAGIC) && found.readUInt16BE(16) === PAGE_BYTES
}

/** That of an empty database of this program, for as many pages as there are. What was free is taken for used. */
function writeHeader(path: string, folder: string, migrations: readonly Migration[]): void {
  const blank = join(folder, 'blank.sqlite')
  rmSync(blank, { force: true })
  const connection = new Connection({ path: blank, busyTimeoutMs: 0 })
  try {
    connection.get('PRAGMA journal_mode = WAL')
    connection.exec('CREATE TABLE blank (id INTEGER PRIMARY KEY) STRICT')
    connection.get('PRAGMA wal_checkpoint(TRUNCATE)')
  } finally {
    connection.close()
  }
  const header = Buffer.alloc(HEADER_BYTES)
  const source = openSync(blank, 'r')
  const target = openSync(path, 'r+')
  try {
    readSync(source, header, 0, HEADER_BYTES, 0)
    header.writeUInt32BE(1, AT.changes)
    header.writeUInt32BE(1, AT.validFor)
    header.writeUInt32BE(Math.floor(statSync(path).size / PAGE_BYTES), AT.pages)
    header.writeUInt32BE(0, AT.freeList)
    header.writeUInt32BE(0, AT.freePages)
    header.writeUInt32BE(newestVersion(migrations), AT.version)
    writeSync(target, header, 0, HEADER_BYTES, 0)
  } finally {
    closeSync(source)
    closeSync(target)
    rmSync(blank, { force: true })
  }
}
