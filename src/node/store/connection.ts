import { pathToFileURL } from 'node:url'
import Libsql from 'libsql'
import LibsqlPromise from 'libsql/promise'
import { DriadError } from '../../protocol/errors.ts'
import type { SqlValue, Transaction } from './contract.ts'
import { countParameters, hardenedSelect, isSelect } from './statement-text.ts'
import { corruptMessage, storeError } from './store-error.ts'

/** Statements are kept prepared; the code base has some hundred texts. */
const MAX_CACHED_STATEMENTS = 256

const INT64_MIN = -(2n ** 63n)
const INT64_MAX = 2n ** 63n - 1n

type RawValue = string | number | bigint | Uint8Array<ArrayBuffer> | null

interface NativeStatement {
  all(values: readonly SqlValue[]): RawValue[][]
  get(values: readonly SqlValue[]): RawValue[] | undefined
  run(values: readonly SqlValue[]): { readonly changes: number }
}

interface Prepared {
  readonly native: NativeStatement
  readonly parameters: number
}

interface PreparedQuery extends Prepared {
  readonly columns: readonly string[]
  readonly money: readonly boolean[]
  /** The row begins with the mask of `hardenedSelect`. */
  readonly masked: boolean
}

export interface ConnectionInit {
  readonly path: string
  readonly readOnly?: boolean
  /** How long SQLite itself waits for a lock, blocking this thread. */
  readonly busyTimeoutMs: number
}

/**
 * The one place that touches libsql. It checks every value before libsql sees it (a boolean aborts the process,
 * a missing parameter takes the previous call's value), reads integers as 64 bits and text as bytes.
 */
export class Connection implements Transaction {
  readonly #path: string
  readonly #db: Libsql.Database
  readonly #queries = new Map<string, PreparedQuery>()
  readonly #commands = new Map<string, Prepared>()
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  #closed = false

  /** Throws `data_folder_unusable`, or `store_corrupt` if libsql notices at once; SQLite reads the file only later. */
  constructor(init: ConnectionInit) {
    this.#path = init.path
    const target = init.readOnly === true ? `${pathToFileURL(init.path).href}?mode=ro` : init.path
    this.#db = this.#guarded(() => new Libsql(target, { timeout: init.busyTimeoutMs }))
  }

  get inTransaction(): boolean {
    return !this.#closed && this.#db.inTransaction
  }

  get<Row extends object>(sql: string, ...values: SqlValue[]): Row | undefined {
    return this.#guarded(() => {
      const query = this.#query(sql)
      check(sql, query.parameters, values)
      const raw = query.native.get(values)
      return raw === undefined ? undefined : (this.#row(query, raw) as Row)
    })
  }

  all<Row extends object>(sql: string, ...values: SqlValue[]): Row[] {
    return this.#guarded(() => {
      const query = this.#query(sql)
      check(sql, query.parameters, values)
      return query.native.all(values).map((raw) => this.#row(query, raw) as Row)
    })
  }

  run(sql: string, ...values: SqlValue[]): { readonly changes: number } {
    return this.#guarded(() => {
      const command = this.#command(sql)
      check(sql, command.parameters, values)
      return { changes: command.native.run(values).changes }
    })
  }

  /** Runs statements without parameters. */
  exec(sql: string): void {
    this.#guarded(() => this.#db.exec(sql))
  }

  /**
   * The same on libsql's own thread, so that waiting for the disk does not stop the event loop.
   * Until it settles nothing else may use this connection: it would block.
   */
  async execAsync(sql: string): Promise<void> {
    if (this.#closed) throw closedError(this.#path)
    try {
      await execOnHandle(this.#db, sql)
    } catch (error) {
      throw storeError(error, this.#path)
    }
  }

  /** Twice is safe. libsql frees the file with the last statement, when the garbage collector gets to it. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#queries.clear()
    this.#commands.clear()
    this.#db.close()
  }

  #guarded<T>(work: () => T): T {
    // libsql's statements still work after its close(), so we say no ourselves.
    if (this.#closed) throw closedError(this.#path)
    try {
      return work()
    } catch (error) {
      throw storeError(error, this.#path)
    }
  }

  #query(sql: string): PreparedQuery {
    const cached = this.#queries.get(sql)
    if (cached !== undefined) return cached
    const plain = this.#db.prepare(sql)
    const columns = plain.columns().map((column) => column.name)
    if (new Set(columns).size !== columns.length) {
      throw new TypeError(`Two columns have the same name; give one an alias: ${sql}`)
    }
    const masked = isSelect(sql)
    if (!masked && !/^\s*(?:pragma|explain)\b/i.test(sql)) {
      throw new TypeError(`Rows can only be read from a SELECT: ${sql}`)
    }
    const native = masked ? this.#db.prepare(hardenedSelect(sql, columns.length)) : plain
    const query: PreparedQuery = {
      native: native.raw(true).safeIntegers(true) as unknown as NativeStatement,
      parameters: countParameters(sql),
      columns,
      money: columns.map(isMoneyColumn),
      masked,
    }
    remember(this.#queries, sql, query)
    return query
  }

  #command(sql: string): Prepared {
    const cached = this.#commands.get(sql)
    if (cached !== undefined) return cached
    const native = this.#db.prepare(sql) as unknown as NativeStatement
    const command: Prepared = { native, parameters: countParameters(sql) }
    remember(this.#commands, sql, command)
    return command
  }

  #row(query: PreparedQuery, raw: readonly RawValue[]): Record<string, SqlValue> {
    const offset = query.masked ? 1 : 0
    const mask = query.masked ? BigInt(raw[0] as bigint) : 0n
    const row: Record<string, SqlValue> = {}
    for (const [i, name] of query.columns.entries()) {
      const value = raw[i + offset] ?? null
      if (typeof value === 'bigint') {
        row[name] = query.money[i] === true ? value : this.#safeNumber(value, name)
      } else if (value instanceof Uint8Array) {
        // A plain view: Buffer's own prototype has no place in what we hand on.
        const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
        row[name] = (mask >> BigInt(i)) & 1n ? this.#text(bytes, name) : bytes
      } else {
        row[name] = value
      }
    }
    return row
  }

  #safeNumber(value: bigint, column: string): number {
    const number = Number(value)
    if (Number.isSafeInteger(number)) return number
    throw new DriadError('store_corrupt', `${column} holds ${value}. ${corruptMessage(this.#path)}`)
  }

  #text(bytes: Uint8Array, column: string): string {
    try {
      return this.#decoder.decode(bytes)
    } catch (cause) {
      throw new DriadError('store_corrupt', `${column} is not text. ${corruptMessage(this.#path)}`, { cause })
    }
  }
}

/** Money is told by its name, like every unit here: `amount_micro`, `prompt_micro_per_1k`, `SUM(amount_micro)`, `totalMicro`. */
export function isMoneyColumn(name: string): boolean {
  return /(?:^|[^A-Za-z])micro(?![A-Za-z])|Micro(?![a-z])/.test(name)
}

/**
 * libsql offers asynchronous statements on a class of their own that opens its own connection. Both classes keep the
 * native handle in `db`, and the asynchronous `exec` needs nothing else. Pinned by a test and by the exact version.
 */
function execOnHandle(db: Libsql.Database, sql: string): Promise<void> {
  return LibsqlPromise.prototype.exec.call(db as unknown as LibsqlPromise, sql) as Promise<void>
}

function check(sql: string, parameters: number, values: readonly unknown[]): void {
  if (values.length !== parameters) {
    throw new TypeError(`${parameters} values are needed, ${values.length} were given: ${sql}`)
  }
  for (const [i, value] of values.entries()) {
    const problem = problemOf(value)
    if (problem !== undefined) throw new TypeError(`Value ${i + 1} ${problem}: ${sql}`)
  }
}

function problemOf(value: unknown): string | undefined {
  if (value === null || typeof value === 'string' || value instanceof Uint8Array) return undefined
  if (typeof value === 'bigint') {
    return value >= INT64_MIN && value <= INT64_MAX ? undefined : 'does not fit 64 bits'
  }
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) return `is ${value}, which SQLite cannot hold`
    if (Number.isInteger(value) && !Number.isSafeInteger(value))
      return 'is a number beyond 2^53; use a bigint'
    return undefined
  }
  if (typeof value === 'boolean') return 'is a boolean; use 0 or 1'
  if (value === undefined) return 'is undefined; use null'
  return `is ${typeof value === 'object' ? 'an object' : `a ${typeof value}`}, which SQLite cannot hold`
}

function remember<V>(cache: Map<string, V>, sql: string, value: V): void {
  if (cache.size >= MAX_CACHED_STATEMENTS) {
    const oldest = cache.keys().next().value
    if (oldest !== undefined) cache.delete(oldest)
  }
  cache.set(sql, value)
}

function closedError(path: string): DriadError {
  return new DriadError('stopping', `${path} is closed`)
}
