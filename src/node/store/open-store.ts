import { chmodSync, closeSync, existsSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { DriadError } from '../../protocol/errors.ts'
import type { Logger } from '../logs/contract.ts'
import { sharedInterval } from '../shared-interval.ts'
import { Connection } from './connection.ts'
import type { Migration, SqlValue, Store, Transaction, WriteOptions } from './contract.ts'
import { forgetKilledUsers, isLogMissing, registerUser } from './database-users.ts'
import type { FolderLock } from './folder-lock.ts'
import { GroupCommit } from './group-commit.ts'
import { migrate, requireNewestSchema } from './migrate.ts'
import { migrations as allMigrations } from './migrations/index.ts'
import { cannotWrite } from './store-error.ts'

export interface OpenStoreInit {
  /** The database file; its folder is made if need be. */
  readonly path: string
  readonly logger?: Logger
  /** Opens an existing database beside whoever writes it. `write` rejects with `bad_usage`. */
  readonly readOnly?: boolean
  readonly migrations?: readonly Migration[]
  /** How long another process may hold the write lock. */
  readonly busyTimeoutMs?: number
  /** Told once, when something in the file turns out to be damaged. */
  readonly onDamage?: (error: DriadError) => void
  /** At most this long after a write the main file has it too, readers permitting. */
  readonly checkpointIntervalMs?: number
}

/** The WAL is cut back to this after a checkpoint. */
const WAL_LIMIT_BYTES = 16 * 1024 * 1024

/**
 * Opens the data folder's SQLite file and brings its schema up to date. Several processes may do so at once.
 * Throws `store_corrupt`, `store_newer`, `data_folder_unusable`, `data_folder_in_use`, `disk_full`.
 */
export function openStore(init: OpenStoreInit): Store {
  const migrations = init.migrations ?? allMigrations
  return init.readOnly === true ? openReader(init, migrations) : openWriter(init, migrations)
}

function openReader(init: OpenStoreInit, migrations: readonly Migration[]): Store {
  const { path } = init
  if (!existsSync(path)) {
    const message = `There is no database at ${path}. Start the node once, or name another data folder`
    throw new DriadError('data_folder_unusable', message)
  }
  const user = registerUser(path, { readOnly: true })
  try {
    const reader = connect(init, (connection) => requireNewestSchema(connection, path, migrations))
    return {
      path,
      get: (sql, ...values) => reader.get(sql, ...values),
      all: (sql, ...values) => reader.all(sql, ...values),
      write: () => Promise.reject(new DriadError('bad_usage', `${path} was opened for reading only`)),
      close: async () => {
        reader.close()
        user.release()
      },
    }
  } catch (error) {
    user.release()
    throw error
  }
}

function openWriter(init: OpenStoreInit, migrations: readonly Migration[]): Store {
  const { path } = init
  createFolder(path)
  const user = registerUser(path, { readOnly: false })
  let writer: Connection | undefined
  try {
    createPrivately(path)
    writer = connect(init, (connection) => {
      connection.get('PRAGMA journal_mode = WAL')
      migrate(connection, path, migrations)
    })
    // Waiting for a lock is GroupCommit's part: SQLite would stop the whole event loop meanwhile.
    writer.get('PRAGMA busy_timeout = 0')
    const reader = connect(init, () => undefined)
    user.writes()
    if (!isLogMissing(path)) forgetKilledUsers(path)
    return new SqliteStore(init, { writer, reader, user })
  } catch (error) {
    writer?.close()
    user.release()
    throw error
  }
}

/** A connection with our pragmas; closed again if `prepare` throws. */
function connect(init: OpenStoreInit, prepare: (connection: Connection) => void): Connection {
  const { path, readOnly = false, busyTimeoutMs = 5_000 } = init
  const connection = new Connection({ path, readOnly, busyTimeoutMs })
  try {
    connection.exec(`
      PRAGMA synchronous = FULL;
      PRAGMA foreign_keys = ON;
      PRAGMA recursive_triggers = ON;
      PRAGMA trusted_schema = OFF;
      PRAGMA cell_size_check = ON;
      PRAGMA secure_delete = ON; -- what was removed is gone from the file too, and no copies lie in unused space
      PRAGMA journal_size_limit = ${WAL_LIMIT_BYTES};
    `)
    prepare(connection)
    return connection
  } catch (error) {
    connection.close()
    throw error
  }
}

/**
 * Writes go through one connection in groups, reads through another: they neither wait for a commit that is on its
 * way to the disk nor see what is not on it yet.
 */
class SqliteStore implements Store {
  readonly path: string
  readonly #writer: Connection
  readonly #reader: Connection
  readonly #commits: GroupCommit
  readonly #logger: Logger | undefined
  readonly #stopCheckpoints: () => void
  readonly #user: FolderLock
  readonly #onDamage: ((error: DriadError) => void) | undefined
  #damaged = false
  #closing: Promise<void> | undefined

  constructor(
    init: OpenStoreInit,
    { writer, reader, user }: { writer: Connection; reader: Connection; user: FolderLock },
  ) {
    this.path = init.path
    this.#writer = writer
    this.#reader = reader
    this.#user = user
    this.#onDamage = init.onDamage
    this.#logger = init.logger?.scope('store')
    this.#commits = new GroupCommit(writer, {
      path: init.path,
      ...(init.busyTimeoutMs === undefined ? {} : { busyTimeoutMs: init.busyTimeoutMs }),
    })
    this.#stopCheckpoints = sharedInterval(init.checkpointIntervalMs ?? 2_000, () => void this.#checkpoint())
  }

  get<Row extends object>(sql: string, ...values: SqlValue[]): Row | undefined {
    return this.#watched(() => this.#reader.get<Row>(sql, ...values))
  }

  all<Row extends object>(sql: string, ...values: SqlValue[]): Row[] {
    return this.#watched(() => this.#reader.all<Row>(sql, ...values))
  }

  async write<T>(work: (tx: Transaction) => T, options?: WriteOptions): Promise<T> {
    try {
      return await this.#commits.write(work, options)
    } catch (error) {
      this.#noticeDamage(error)
      throw error
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#stopCheckpoints()
    await this.#commits.close()
    try {
      await this.#commits.checkpoint('TRUNCATE')
    } catch (error) {
      // Another process is reading: the WAL stays, and the next to open the file takes it up.
      this.#logger?.debug('The write-ahead log stays until the next start', { error })
    }
    this.#reader.close()
    this.#writer.close()
    this.#user.release()
  }

  #watched<T>(read: () => T): T {
    try {
      return read()
    } catch (error) {
      this.#noticeDamage(error)
      throw error
    }
  }

  #noticeDamage(error: unknown): void {
    if (this.#damaged || !(error instanceof DriadError) || error.code !== 'store_corrupt') return
    this.#damaged = true
    this.#logger?.error('The database is damaged', { error })
    this.#onDamage?.(error)
  }

  async #checkpoint(): Promise<void> {
    try {
      await this.#commits.checkpoint('PASSIVE')
    } catch (error) {
      this.#noticeDamage(error)
      this.#logger?.warn('Could not copy the write-ahead log into the database; it will be tried again', {
        error,
      })
    }
  }
}

/** SQLite gives its WAL the mode of the main file, so it is enough to make that one private. */
function createPrivately(path: string): void {
  try {
    // Only if it is missing: closing a file drops the locks that this process has on it, SQLite's among them.
    if (!existsSync(path)) closeSync(openSync(path, 'a', 0o600))
    chmodSync(path, 0o600)
  } catch (cause) {
    throw cannotWrite(path, cause)
  }
}

function createFolder(path: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  } catch (cause) {
    throw cannotWrite(path, cause)
  }
}
