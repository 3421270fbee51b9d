import { setTimeout as delay } from 'node:timers/promises'
import { DriadError } from '../../protocol/errors.ts'
import type { BackupDelay } from '../../protocol/recovery-views.ts'
import type { Logger } from '../logs/contract.ts'
import { type BackupFile, type BackupPlace, listBackups, makeBackup } from './backup-files.ts'

const DAY_MS = 24 * 3_600_000
/** How often it is looked whether one is due. */
const LOOK_MS = 5 * 60_000
/** A failure is tried again after so long. */
const RETRY_MS = 3_600_000

export interface BackupKeeperInit extends BackupPlace {
  readonly publicKey: Uint8Array
  readonly logger: Logger
  /** Why the computer is not to be troubled now. */
  readonly busy: () => Promise<'paused' | 'battery' | undefined>
  readonly onChange: () => void
  /** Told where making one shows that the database is damaged. */
  readonly onDamage: (error: DriadError) => void
  readonly lookMs?: number
  readonly now?: () => number
}

/** Makes a backup once a day, when the computer has nothing better to do. */
export class BackupKeeper {
  readonly #init: BackupKeeperInit
  readonly #now: () => number
  readonly #stopping = new AbortController()
  #loop: Promise<void> | undefined
  #making: Promise<BackupFile> | undefined
  #delay: { readonly why: BackupDelay; readonly message?: string } | undefined
  #failedAtMs: number | undefined

  constructor(init: BackupKeeperInit) {
    this.#init = init
    this.#now = init.now ?? Date.now
  }

  /** Why none is made though one is due. */
  get delay(): { readonly why: BackupDelay; readonly message?: string } | undefined {
    return this.#delay
  }

  start(): void {
    this.#loop ??= this.#run()
  }

  /** Waits for one that is being made. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#loop
    await this.#making?.catch(() => undefined)
  }

  /** Makes one now, whatever the computer is doing. Throws as `makeBackup` does. */
  async makeNow(): Promise<BackupFile> {
    this.#making ??= makeBackup({ ...this.#init, nowMs: this.#now() }).finally(() => {
      this.#making = undefined
    })
    const made = await this.#making
    this.#failedAtMs = undefined
    this.#setDelay(undefined)
    this.#init.onChange()
    return made
  }

  async #run(): Promise<void> {
    const { lookMs = LOOK_MS } = this.#init
    const { signal } = this.#stopping
    while (!signal.aborted) {
      // Not at the start of a node, which has enough to do.
      await delay(lookMs, undefined, { signal, ref: false }).catch(() => undefined)
      if (!signal.aborted) await this.#look()
    }
  }

  async #look(): Promise<void> {
    const nowMs = this.#now()
    const newest = listBackups(this.#init)[0]
    // A clock that was set back must not put it off for years.
    if (newest !== undefined && Math.abs(nowMs - newest.madeAtMs) < DAY_MS) {
      this.#setDelay(undefined)
      return
    }
    if (this.#failedAtMs !== undefined && nowMs - this.#failedAtMs < RETRY_MS) return
    const busy = await this.#init.busy()
    if (busy !== undefined) {
      this.#setDelay({ why: busy })
      return
    }
    try {
      const { name, sizeBytes } = await this.makeNow()
      this.#init.logger.info('Made a backup of the database', { name, sizeBytes })
    } catch (cause) {
      this.#failed(DriadError.from(cause))
    }
  }

  #failed(error: DriadError): void {
    this.#failedAtMs = this.#now()
    this.#init.logger.warn('No backup could be made; it is tried again in an hour', { error })
    this.#setDelay({ why: error.code === 'disk_full' ? 'disk_full' : 'failed', message: error.message })
    if (error.code === 'store_corrupt') this.#init.onDamage(error)
  }

  #setDelay(now: { readonly why: BackupDelay; readonly message?: string } | undefined): void {
    const changed = JSON.stringify(now) !== JSON.stringify(this.#delay)
    this.#delay = now
    if (changed) this.#init.onChange()
  }
}
