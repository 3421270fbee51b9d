/** What SQLite can hold. Booleans are 0 or 1 (libsql aborts the process on a JavaScript boolean). */
export type SqlValue = string | number | bigint | Uint8Array | null

/**
 * Parameters are `?`, by position, and their number is checked. Rows are plain objects by column name:
 *
 * | SQLite | JavaScript |
 * | --- | --- |
 * | TEXT | string |
 * | BLOB | Uint8Array |
 * | REAL | number |
 * | INTEGER | number; `store_corrupt` beyond 2^53 |
 * | INTEGER in a column named as money | bigint, always |
 *
 * A column is money if its name in the result says so: `amount_micro`, `prompt_micro_per_1k`, `SUM(amount_micro)`, `x AS totalMicro`.
 */
export interface Reader {
  get<Row extends object>(sql: string, ...values: SqlValue[]): Row | undefined
  all<Row extends object>(sql: string, ...values: SqlValue[]): Row[]
}

export interface Transaction extends Reader {
  run(sql: string, ...values: SqlValue[]): { readonly changes: number }
}

export interface WriteOptions {
  /** So long the write may wait for another one to share a commit with, in ms; 0 where absent. */
  readonly withinMs?: number
}

/** One SQLite file (WAL, synchronous=FULL) with the newest schema. Its own `get` and `all` see only what is on disk. */
export interface Store extends Reader {
  readonly path: string
  /**
   * Queues `work` for the next group commit and resolves with what it returned after that commit is on disk.
   * All writes queued in one turn of the event loop share a transaction; one that throws is undone alone and rejects.
   * `work` is synchronous, and reads through `tx` what was written before it. Order of calls is order of execution.
   * Rejects with `disk_full`, `store_corrupt`, `data_folder_in_use` (another process held the write lock too long),
   * `no_capacity` (too many writes are waiting), `stopping` (closed); nothing of the write remains then.
   */
  write<T>(work: (tx: Transaction) => T, options?: WriteOptions): Promise<T>
  /** Waits for queued writes, checkpoints the WAL and closes. Twice is safe. */
  close(): Promise<void>
}

/** One step of the schema. Versions are 1, 2, 3... without a gap; a released step is never edited. */
export interface Migration {
  readonly version: number
  readonly name: string
  /** One or more statements, run in one transaction. */
  readonly sql: string
}
