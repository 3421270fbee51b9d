import type { Logger } from '../logs/contract.ts'
import type { Reader, Store, Transaction } from '../store/contract.ts'
import { processRuns } from '../store/process-runs.ts'

export interface DriverLeaseInit {
  /** Names this process among those of the data folder. */
  readonly driver: string
  readonly leaseMs: number
  readonly renewMs: number
}

/**
 * Several processes may share a data folder; each task is driven by one of them. A process says that it lives by
 * renewing its lease; the tasks of one whose lease is over, or that no longer runs, may be taken over.
 */
export class DriverLease {
  readonly driver: string
  readonly #store: Store
  readonly #init: DriverLeaseInit
  readonly #logger: Logger
  #timer: NodeJS.Timeout | undefined

  constructor(components: { store: Store; logger: Logger }, init: DriverLeaseInit) {
    this.driver = init.driver
    this.#store = components.store
    this.#logger = components.logger
    this.#init = init
  }

  async start(): Promise<void> {
    await this.#renew()
    this.#timer = setInterval(() => {
      this.#renew().catch((error: unknown) => {
        this.#logger.warn('Could not renew the lease on the tasks that this process drives', { error })
      })
    }, this.#init.renewMs)
    this.#timer.unref()
  }

  /** From now on others may take over this process's tasks. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await this.#store.write((tx) => tx.run('DELETE FROM request_drivers WHERE driver = ?', this.driver))
  }

  /** Whether a task of that driver must be left alone. True for this process. */
  lives(driver: string, reader: Reader = this.#store): boolean {
    if (driver === this.driver) return true
    const row = reader.get<{ pid: number; lease_until_ms: number }>(
      'SELECT pid, lease_until_ms FROM request_drivers WHERE driver = ?',
      driver,
    )
    // All processes of a data folder are on one computer: SQLite's write-ahead log works nowhere else.
    return row !== undefined && row.lease_until_ms > Date.now() && processRuns(row.pid)
  }

  /** Makes this process the driver of a task whose driver is gone. False if there is nothing to take over. */
  take(tx: Transaction, taskId: string): boolean {
    const row = tx.get<{ driver: string; ended_at_ms: number | null }>(
      'SELECT driver, ended_at_ms FROM requests WHERE task_id = ?',
      taskId,
    )
    if (row === undefined || row.ended_at_ms !== null) return false
    if (row.driver !== this.driver && this.lives(row.driver, tx)) return false
    tx.run('UPDATE requests SET driver = ? WHERE task_id = ?', this.driver, taskId)
    return true
  }

  /** Makes this process the driver of up to `limit` tasks whose drivers are gone. Returns their ids, oldest first. */
  takeOrphans(tx: Transaction, limit: number): readonly string[] {
    const drivers = tx
      .all<{ driver: string }>('SELECT DISTINCT driver FROM requests WHERE ended_at_ms IS NULL')
      .map((row) => row.driver)
      .filter((driver) => driver !== this.driver && !this.lives(driver, tx))
    const taken: string[] = []
    for (const driver of drivers) {
      const rows = tx.all<{ task_id: string }>(
        'SELECT task_id FROM requests WHERE driver = ? AND ended_at_ms IS NULL ORDER BY seq LIMIT ?',
        driver,
        limit - taken.length,
      )
      for (const { task_id } of rows) {
        tx.run('UPDATE requests SET driver = ? WHERE task_id = ?', this.driver, task_id)
        taken.push(task_id)
      }
      if (taken.length >= limit) break
    }
    return taken
  }

  #renew(): Promise<unknown> {
    const leaseUntilMs = Date.now() + this.#init.leaseMs
    return this.#store.write((tx) => {
      tx.run(
        'INSERT OR REPLACE INTO request_drivers (driver, pid, lease_until_ms) VALUES (?, ?, ?)',
        this.driver,
        process.pid,
        leaseUntilMs,
      )
      // What ended without a word is of no use to anybody after a day.
      tx.run('DELETE FROM request_drivers WHERE lease_until_ms < ?', Date.now() - 86_400_000)
    })
  }
}
