import { statSync } from 'node:fs'
import { dirname } from 'node:path'
import { DriadError } from '../../protocol/errors.ts'
import type { BackupView, RecoveryView, SafeModeView } from '../../protocol/recovery-views.ts'
import type { DataFolder } from '../data-folder.ts'
import type { Logger } from '../logs/contract.ts'
import { listBackups } from './backup-files.ts'
import { BackupKeeper } from './backup-keeper.ts'
import { notesOf } from './recover-database.ts'
import type { RecoveryNotes } from './recovery-notes.ts'
import { type RunRecord, SETTLED_MS } from './run-record.ts'

export interface RecoveryInit {
  readonly folder: DataFolder
  readonly publicKey: Uint8Array
  readonly runs: RunRecord
  readonly safeMode: SafeModeView | undefined
  readonly logger: Logger
  readonly busy: () => Promise<'paused' | 'battery' | undefined>
  /** Told of damage, once: the node has to end its work. */
  readonly onDamage: () => void
}

/** What was mended, whether this run is a safe one, and the backups. */
export class Recovery {
  readonly #init: RecoveryInit
  readonly #notes: RecoveryNotes
  readonly #keeper: BackupKeeper
  readonly #listeners = new Set<() => void>()
  #safeMode: SafeModeView | undefined
  #damage: { reason: string; atMs: number } | undefined
  #settling: NodeJS.Timeout | undefined

  constructor(init: RecoveryInit) {
    this.#init = init
    this.#safeMode = init.safeMode
    this.#notes = notesOf(init.folder)
    const { folder, publicKey, busy } = init
    this.#keeper = new BackupKeeper({
      databasePath: folder.databasePath,
      backupsFolder: folder.backupsFolder,
      publicKey,
      busy,
      logger: init.logger,
      onChange: () => this.#tell(),
      onDamage: (error) => this.damaged(error),
    })
  }

  get safeMode(): SafeModeView | undefined {
    return this.#safeMode
  }

  /** The node has begun its work. */
  start(): void {
    this.#keeper.start()
    this.#settling ??= setTimeout(() => this.#init.runs.settled(), SETTLED_MS)
    this.#settling.unref()
  }

  /** All that it begins with is there. */
  cameUp(): void {
    this.#init.runs.cameUp()
  }

  async stop(): Promise<void> {
    clearTimeout(this.#settling)
    this.#listeners.clear()
    await this.#keeper.stop()
  }

  view(): RecoveryView {
    const delay = this.#safeMode === undefined ? this.#keeper.delay : { why: 'safe_mode' as const }
    return {
      notes: this.#notes.list(),
      safeMode: this.#safeMode ?? null,
      damage: this.#damage ?? null,
      backups: listBackups(this.#init.folder).map(backupView),
      backupDelay: delay ?? null,
    }
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  dismiss(id: string): void {
    this.#notes.dismiss(id)
    this.#tell()
  }

  /** Where what a note speaks of lies. */
  keptFolderOf(id: string): string | undefined {
    const keptPath = this.#notes.list().find((note) => note.id === id)?.keptPath
    if (keptPath === undefined) return undefined
    return statSync(keptPath, { throwIfNoEntry: false })?.isDirectory() === true
      ? keptPath
      : dirname(keptPath)
  }

  /** Throws `disk_full`, `store_corrupt`. */
  async backUp(): Promise<BackupView> {
    return backupView(await this.#keeper.makeNow())
  }

  /** Has the next start put a backup in the place of the database. Throws `bad_usage` where there is none of that name. */
  restoreAtStart(name: string): void {
    if (!listBackups(this.#init.folder).some((backup) => backup.name === name)) {
      throw new DriadError('bad_usage', `There is no backup ${name}`)
    }
    this.#init.runs.wish({ act: 'restore', name })
  }

  resetSettingsAtStart(): void {
    this.#init.runs.wish({ act: 'reset_settings' })
  }

  /** The process is about to die of this. */
  fatal(error: unknown): void {
    this.#init.runs.fatal(error)
  }

  leaveSafeMode(): void {
    this.#safeMode = undefined
    this.#init.runs.forgive()
    this.#tell()
  }

  /** Something in the database turned out to be damaged. */
  damaged(error: DriadError): void {
    if (this.#damage !== undefined) return
    const reason = error.cause instanceof Error ? error.cause.message : error.message
    this.#damage = { reason, atMs: Date.now() }
    this.#init.runs.damaged(reason)
    this.#init.runs.fatal(`The database was damaged: ${reason}`)
    this.#tell()
    this.#init.onDamage()
  }

  #tell(): void {
    for (const listener of this.#listeners) listener()
  }
}

function backupView({ name, madeAtMs, sizeBytes }: BackupView): BackupView {
  return { name, madeAtMs, sizeBytes }
}
