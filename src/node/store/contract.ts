/** What SQLite can hold. Booleans are 0 or 1 (libsql aborts the process on a JavaScript boolean). */
export type SqlValue = string | number | bigint | Uint8Array | null

export interface Reader {
  get<Row extends object>(sql: string, ...values: SqlValue[]): Row | undefined
  all<Row extends object>(sql: string, ...values: SqlValue[]): Row[]
}

export interface Transaction extends Reader {
  run(sql: string, ...values: SqlValue[]): { readonly changes: number }
}

/** One SQLite file (WAL, synchronous=FULL) with the newest schema. */
export interface Store extends Reader {
  readonly path: string
  /**
   * Queues `work` for the next group commit and resolves with what it returned after that commit is on disk.
   * All writes queued in one turn of the event loop share a transaction; one that throws is undone alone and rejects.
   * `work` is synchronous. Order of calls is order of execution.
   */
  write<T>(work: (tx: Transaction) => T): Promise<T>
  /** Waits for queued writes, checkpoints the WAL and closes. Twice is safe. */
  close(): Promise<void>
}
