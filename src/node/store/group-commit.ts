import { setTimeout as delay } from 'node:timers/promises'
import { DriadError } from '../../protocol/errors.ts'
import type { Connection } from './connection.ts'
import type { Transaction, WriteOptions } from './contract.ts'
import { isBusy, storeError } from './store-error.ts'

export interface GroupCommitInit {
  readonly path: string
  /** Work items in one transaction; more would hold the event loop for too long. */
  readonly maxGroup?: number
  /** Work items waiting; more are refused with `no_capacity`. */
  readonly maxQueued?: number
  /** How long another process may hold the write lock before a group gives up. */
  readonly busyTimeoutMs?: number
}

interface Item {
  readonly work: (tx: Transaction) => unknown
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
}

/** One work item's outcome inside a group, told only after the commit. */
type Ran = { readonly item: Item; readonly value: unknown }

/**
 * Runs queued work in order, many items to one `BEGIN IMMEDIATE … COMMIT`. The commit, which waits for the disk,
 * happens on libsql's thread; what is queued meanwhile forms the next group.
 */
export class GroupCommit {
  readonly #connection: Connection
  readonly #path: string
  readonly #maxGroup: number
  readonly #maxQueued: number
  readonly #busyTimeoutMs: number
  #queue: Item[] = []
  /** When what is queued must be written at the latest, by `performance.now()`. */
  #dueAt = Number.POSITIVE_INFINITY
  #alarm: NodeJS.Timeout | undefined
  #running: Promise<void> | undefined
  #closed = false
  #changed = false

  constructor(connection: Connection, init: GroupCommitInit) {
    this.#connection = connection
    this.#path = init.path
    this.#maxGroup = init.maxGroup ?? 256
    this.#maxQueued = init.maxQueued ?? 20_000
    this.#busyTimeoutMs = init.busyTimeoutMs ?? 5_000
  }

  write<T>(work: (tx: Transaction) => T, { withinMs = 0 }: WriteOptions = {}): Promise<T> {
    if (this.#closed) return Promise.reject(new DriadError('stopping', `${this.#path} is being closed`))
    if (this.#queue.length >= this.#maxQueued) {
      const message = `${this.#queue.length} writes are already waiting for the disk. Slow down, or free the disk`
      return Promise.reject(new DriadError('no_capacity', message))
    }
    return new Promise<T>((resolve, reject) => {
      this.#queue.push({ work, resolve: resolve as (value: unknown) => void, reject })
      this.#due(withinMs)
    })
  }

  /** Copies what the WAL holds into the main file, as far as readers allow. Does nothing if nothing was written. */
  checkpoint(mode: 'PASSIVE' | 'TRUNCATE'): Promise<void> {
    const turn = (this.#running ?? Promise.resolve()).then(async () => {
      if (!this.#changed && mode === 'PASSIVE') return
      this.#changed = false
      await this.#connection.execAsync(`PRAGMA wal_checkpoint(${mode})`)
    })
    this.#occupy(turn)
    return turn
  }

  /** Refuses new work and waits for what is queued. */
  async close(): Promise<void> {
    this.#closed = true
    if (this.#queue.length > 0) this.#due(0)
    while (this.#running !== undefined) await this.#running
  }

  /** Has all that is queued written within so many ms. */
  #due(withinMs: number): void {
    const dueAt = withinMs === 0 ? 0 : performance.now() + withinMs
    if (dueAt >= this.#dueAt) return
    this.#dueAt = dueAt
    clearTimeout(this.#alarm)
    if (withinMs === 0) this.#wake()
    else this.#alarm = setTimeout(() => this.#due(0), withinMs)
  }

  #wake(): void {
    if (this.#running === undefined) this.#occupy(endOfTurn())
  }

  /** Whatever uses the connection goes through here, one after the other. */
  #occupy(turn: Promise<void>): void {
    const current = turn
      .catch(() => undefined)
      .then(() => this.#drain())
      .finally(() => {
        if (this.#running !== current) return
        this.#running = undefined
        // Something may have become due after that was looked at.
        if (this.#dueAt === 0 && this.#queue.length > 0) this.#wake()
      })
    this.#running = current
  }

  async #drain(): Promise<void> {
    while (this.#dueAt === 0 && this.#queue.length > 0) {
      const group = this.#queue.splice(0, this.#maxGroup)
      if (this.#queue.length === 0) {
        this.#dueAt = Number.POSITIVE_INFINITY
        clearTimeout(this.#alarm)
      }
      try {
        await this.#begin()
      } catch (error) {
        for (const item of group) item.reject(error)
        continue
      }
      await this.#runGroup(group)
    }
  }

  async #runGroup(group: readonly Item[]): Promise<void> {
    const ran: Ran[] = []
    try {
      for (const item of group) this.#runItem(item, ran)
      await this.#connection.execAsync('COMMIT')
    } catch (error) {
      if (this.#connection.inTransaction) this.#rollBack()
      // Nothing of the group is on disk, so nobody is told that it is. Items that failed by themselves were told why.
      for (const item of group) item.reject(error)
      return
    }
    this.#changed = true
    for (const { item, value } of ran) item.resolve(value)
  }

  /** Throws only when SQLite gave up the whole transaction (disk full, I/O error). */
  #runItem(item: Item, ran: Ran[]): void {
    this.#connection.run('SAVEPOINT item')
    try {
      const value = item.work(this.#connection)
      if (isThenable(value)) throw new TypeError('Work given to write() must be synchronous')
      this.#connection.run('RELEASE item')
      ran.push({ item, value })
    } catch (error) {
      if (!this.#connection.inTransaction) throw error
      this.#connection.run('ROLLBACK TO item')
      this.#connection.run('RELEASE item')
      item.reject(error)
    }
  }

  /** Waits without blocking the thread while another process writes. */
  async #begin(): Promise<void> {
    const deadline = performance.now() + this.#busyTimeoutMs
    for (let pauseMs = 1; ; pauseMs = Math.min(pauseMs * 2, 50)) {
      try {
        this.#connection.run('BEGIN IMMEDIATE')
        return
      } catch (error) {
        const cause = error instanceof DriadError ? error.cause : error
        if (!isBusy(cause) || performance.now() + pauseMs > deadline) throw storeError(error, this.#path)
      }
      await delay(pauseMs)
    }
  }

  #rollBack(): void {
    try {
      this.#connection.run('ROLLBACK')
    } catch {
      // SQLite rolled back by itself in the meantime; the first error is the one to report.
    }
  }
}

/**
 * When this turn of the event loop is over, so that everything queued in it shares the commit; and when what it had to send
 * has left, so that whoever gets it works while the statements run here.
 */
function endOfTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
}

function isThenable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}
