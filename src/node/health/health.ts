import { readFileSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { DriadError } from '../../protocol/errors.ts'
import type { HealthMend, HealthView } from '../../protocol/health-views.ts'
import { version } from '../../protocol/version.ts'
import type { DataFolder } from '../data-folder.ts'
import { IDENTITY_FILE } from '../identity/load-identity.ts'
import type { Devices } from '../inference/devices/open-devices.ts'
import type { Logger } from '../logs/contract.ts'
import type { LocalModels } from '../models/local/local-models.ts'
import type { Pulls } from '../models/pull/contract.ts'
import type { ModelRegistry } from '../models/registry-contract.ts'
import { orphanedHistory } from '../recovery/data-owner.ts'
import { removeRunningNode, writeHealth } from '../running-node.ts'
import type { Store } from '../store/contract.ts'
import { checkDatabase, databaseSize } from './database-check.ts'
import type { DatabaseFacts, DiskFacts, HealthFactsNow } from './facts.ts'
import { healthView } from './health-view.ts'

/** What changes many times a second is looked at this often at most. */
const LOOK_MS = 1_000
/** Clocks, disks and files change without a word. */
const REFRESH_MS = 30_000
/** Reading the whole database is not for the moment of starting, when everything else reads, too. */
const FIRST_CHECK_MS = 60_000
const CHECK_MS = 24 * 3_600_000
/** Unpaid tasks that are longer ago are for the Earnings view. */
const UNPAID_MS = 7 * 24 * 3_600_000

export interface HealthComponents {
  readonly folder: DataFolder
  readonly store: Store
  readonly models: Pick<ModelRegistry, 'list' | 'load' | 'onChange'>
  readonly localModels: Pick<LocalModels, 'leftovers' | 'cleanLeftovers' | 'deleteFile'>
  readonly pulls: Pick<Pulls, 'list' | 'add' | 'resume' | 'onChange'>
  readonly devices: Pick<Devices, 'view' | 'probe' | 'onChange'>
  readonly isPullable: (name: string) => boolean
  /** What changes by the second; cheap to read. */
  readonly live: () => Pick<HealthFactsNow, 'status' | 'reachability' | 'inference' | 'exits' | 'isBackedUp'>
  readonly onLive: (listener: () => void) => () => void
  readonly join: () => Promise<void>
  readonly leave: () => Promise<void>
  readonly restartInference: () => Promise<void>
  readonly logger: Logger
}

/** Looks at all that must be right for this computer to earn, and mends what a program can mend. */
export class Health {
  readonly #parts: HealthComponents
  readonly #listeners = new Set<() => void>()
  readonly #timers: NodeJS.Timeout[] = []
  #unfollow: (() => void)[] = []
  #disk: DiskFacts | undefined
  #unpaidTasks = 0
  #key: HealthFactsNow['key']
  /** When somebody saw to the crashes so far. */
  #seenToMs = 0
  #database: DatabaseFacts | undefined
  #newerVersion: string | undefined
  #checking: Promise<void> | undefined
  #lookTimer: NodeJS.Timeout | undefined
  #told = ''
  #stopped = false

  constructor(parts: HealthComponents) {
    this.#parts = parts
  }

  /** From now on it looks by itself, and keeps what it found in the data folder for other processes. */
  start(): void {
    const { folder, models, pulls, devices, onLive } = this.#parts
    const size = databaseSize(folder.databasePath)
    if (size !== undefined) this.#database = { state: 'unchecked', ...size }
    const soon = () => this.#lookSoon()
    this.#unfollow = [onLive(soon), models.onChange(soon), pulls.onChange(soon), devices.onChange(soon)]
    this.#timers.push(
      setInterval(() => void this.refresh(), REFRESH_MS),
      setTimeout(() => void this.#checkDatabase(), FIRST_CHECK_MS),
      setInterval(() => void this.#checkDatabase(), CHECK_MS),
    )
    for (const timer of this.#timers) timer.unref()
    void this.refresh()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    for (const unfollow of this.#unfollow) unfollow()
    for (const timer of this.#timers) clearInterval(timer)
    clearTimeout(this.#lookTimer)
    await this.#checking
    removeRunningNode(this.#parts.folder.healthPath)
  }

  view(): HealthView {
    const { models, pulls, devices, isPullable, live } = this.#parts
    const { exits = [], ...now } = live()
    return healthView({
      atMs: Date.now(),
      version,
      ...now,
      exits: exits.filter(({ atMs }) => atMs > this.#seenToMs),
      models: models.list(),
      pulls: pulls.list(),
      devices: devices.view(),
      unpaidTasks: this.#unpaidTasks,
      isPullable,
      ...(this.#key !== undefined && { key: this.#key }),
      ...(this.#disk !== undefined && { disk: this.#disk }),
      ...(this.#database !== undefined && { database: this.#database }),
      ...(this.#newerVersion !== undefined && { newerVersion: this.#newerVersion }),
    })
  }

  /** What only the host of the node knows: a version that waits to be installed, or that none does. */
  tellNewerVersion(newerVersion: string | undefined): void {
    if (newerVersion === this.#newerVersion) return
    this.#newerVersion = newerVersion
    this.#lookSoon()
  }

  /** Told when a check came to something else; at most once a second. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Looks at what nothing tells of, or what costs too much for every second: the disk, the key's file, unpaid tasks. */
  async refresh(): Promise<void> {
    const { folder, localModels, logger } = this.#parts
    this.#key = keyProtection(folder.path)
    try {
      this.#unpaidTasks = this.#countUnpaid()
      const { bavail, blocks, bsize } = await statfs(folder.path)
      const leftovers = await localModels.leftovers()
      const partial = leftovers.filter(({ kind }) => kind === 'partial')
      this.#disk = {
        freeBytes: bavail * bsize,
        totalBytes: blocks * bsize,
        partialBytes: partial.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
      }
    } catch (error) {
      if (this.#stopped) return
      this.#disk = undefined
      logger.debug('The disk of the data folder could not be looked at', { error })
    }
    this.#look()
  }

  /**
   * Does what a check offers, and resolves when it is done; the check says what came of it. Throws what the deed throws,
   * and `bad_usage` for `open`, which is for windows.
   */
  async mend(mend: HealthMend): Promise<void> {
    try {
      await this.#mend(mend)
    } finally {
      await this.refresh()
    }
  }

  async #mend(mend: HealthMend): Promise<void> {
    const { models, pulls, devices, localModels, join, leave, restartInference } = this.#parts
    switch (mend.act) {
      case 'join':
        return join()
      case 'rejoin':
        await leave()
        return join()
      case 'restart_inference':
        await restartInference()
        this.#seenToMs = Date.now()
        return
      case 'probe_devices':
        await devices.probe('asked')
        return
      case 'load_model':
        return models.load(mend.name)
      case 'pull_model':
        return this.#pullAgain(mend.name)
      case 'retry_download':
        return pulls.resume(mend.id)
      case 'clean_partials': {
        const leftovers = await localModels.leftovers()
        const partial = leftovers.filter(({ kind }) => kind === 'partial').map(({ path }) => path)
        if (partial.length > 0) await localModels.cleanLeftovers(partial)
        return
      }
      case 'check_database':
        return this.#checkDatabase()
      case 'open':
        throw new DriadError('bad_usage', 'Only a window can be opened at a place')
    }
  }

  /** A damaged file of ours goes, one of another program stays; the model keeps its price and settings for the new one. */
  async #pullAgain(name: string): Promise<void> {
    const { pulls, localModels, isPullable } = this.#parts
    if (!isPullable(name)) {
      throw new DriadError('model_not_found', `The catalogue has no model called ${name} to download again`)
    }
    await localModels.deleteFile(name)
    await pulls.add(name, { name, replaces: true })
  }

  #checkDatabase(): Promise<void> {
    this.#checking ??= checkDatabase(this.#parts.folder.databasePath, Date.now()).then((facts) => {
      this.#checking = undefined
      this.#database = facts
      if (facts.state === 'damaged') this.#parts.logger.error('The database is damaged')
      this.#look()
    })
    return this.#checking
  }

  #countUnpaid(): number {
    // Its first two conditions are those of the index `node_tasks_open`, which SQLite wants to see word for word.
    const row = this.#parts.store.get<{ tasks: number }>(
      `SELECT count(*) AS tasks FROM node_tasks
       WHERE receipt_state IN ('waiting', 'superseded', 'unpaid') AND amount_micro > 0 AND ended_at_ms > ?
         AND receipt_state = 'unpaid'`,
      Date.now() - UNPAID_MS,
    )
    return row?.tasks ?? 0
  }

  #lookSoon(): void {
    this.#lookTimer ??= setTimeout(() => this.#look(), LOOK_MS).unref()
  }

  #look(): void {
    clearTimeout(this.#lookTimer)
    this.#lookTimer = undefined
    if (this.#stopped) return
    try {
      const view = this.view()
      const found = JSON.stringify(view.checks)
      if (found === this.#told) return
      this.#told = found
      const { folder, models, live } = this.#parts
      const { inference, exits } = live()
      writeHealth(folder.healthPath, {
        health: view,
        models: models.list(),
        ...(inference !== undefined && { inference }),
        ...(exits !== undefined && { exits }),
      })
    } catch (error) {
      this.#parts.logger.warn('The health of this node could not be looked at', { error })
      return
    }
    for (const listener of this.#listeners) listener()
  }
}

/** How the key is kept, by its own file. Undefined for a folder that no node was started on yet, and so has no key to miss. */
export function keyProtection(folder: string): HealthFactsNow['key'] {
  try {
    const { protection } = JSON.parse(readFileSync(join(folder, IDENTITY_FILE), 'utf8')) as {
      protection?: unknown
    }
    return protection === 'vault' ? 'vault' : 'plain'
  } catch (cause) {
    const isMissing = (cause as NodeJS.ErrnoException).code === 'ENOENT'
    return isMissing && orphanedHistory(folder) === undefined ? undefined : 'unreadable'
  }
}
