import { setTimeout as sleep } from 'node:timers/promises'
import type { Updates } from '../../api/context.ts'
import type { Logger } from '../../node/logs/contract.ts'
import type { SettingValues } from '../../node/settings/schema.ts'
import { DriadError } from '../../protocol/errors.ts'
import type { NoUpdatesReason, UpdateStage, UpdatesView } from '../../protocol/update-views.ts'
import type { UpdateJournal } from './update-journal.ts'

/** The first look comes so long after the start at most: who starts a computer has better things for it to do. */
const FIRST_LOOK_MS = 2 * 60_000
const LOOK_EVERY_MS = 4 * 60 * 60_000
/** Not all nodes of the world at the same minute: by this part of its wait a look comes earlier or later. */
const JITTER = 0.25
/** How often it is asked whether the window is still in use. */
const IN_USE_EVERY_MS = 60_000

/** Where new versions come from. */
export interface Feed {
  /** The version that this computer should have; undefined where it has it, or its turn has not come. */
  check(): Promise<string | undefined>
  /** Fetches what `check` found, and checks its digest. Returns the file. */
  download(onPercent: (percent: number) => void, signal: AbortSignal): Promise<string>
}

type UpdateSettings = Pick<SettingValues, 'updateChannel' | 'updatePolicy'>

export interface UpdateKeeperInit {
  readonly version: string
  readonly unsupported: NoUpdatesReason | undefined
  readonly feed: Feed
  readonly journal: UpdateJournal
  readonly settings: {
    get(): UpdateSettings
    onChange(listener: (values: UpdateSettings) => void): () => void
  }
  readonly logger: Logger
  /**
   * Puts a downloaded version beside this one and tries it. Resolves to how this program makes way for it, which does not come back.
   * Throws `verification_failed` where the version is not fit.
   */
  readonly prepare: (file: string, version: string, signal: AbortSignal) => Promise<() => Promise<void>>
  /** Takes the node off the network, its tasks ended. Resolves to how it goes back on. */
  readonly drain: () => Promise<() => void>
  /** Nothing is installed unasked: a password is needed for it. */
  readonly needsSomebody?: boolean
  /** Whether somebody is at work in the window just now. */
  readonly isInUse: () => boolean
  readonly now?: () => number
  readonly random?: () => number
}

interface Prepared {
  readonly version: string
  readonly makeWay: () => Promise<void>
}

/** Looks for new versions, fetches them, tries them, and makes way for them when nothing is lost by it. */
export class UpdateKeeper implements Updates {
  readonly #init: UpdateKeeperInit
  readonly #listeners = new Set<() => void>()
  readonly #stopping = new AbortController()
  readonly #unsubscribe: () => void
  #stage: UpdateStage = 'none'
  #version: string | undefined
  #percent: number | undefined
  #checkedAtMs: number | undefined
  #error: DriadError | undefined
  #prepared: Prepared | undefined
  #work: Promise<void> | undefined
  #rounds: Promise<void> | undefined
  #wake = new AbortController()
  /** The operator said now: nothing is waited for any more. */
  #hurry = new AbortController()

  constructor(init: UpdateKeeperInit) {
    this.#init = init
    let { updateChannel, updatePolicy } = init.settings.get()
    this.#unsubscribe = init.settings.onChange((settings) => {
      const other = settings.updateChannel !== updateChannel || settings.updatePolicy !== updatePolicy
      ;({ updateChannel, updatePolicy } = settings)
      if (!other) return
      this.#changed()
      this.#wake.abort()
    })
  }

  view(): UpdatesView {
    const { version, unsupported, settings, journal } = this.#init
    const { updateChannel, updatePolicy } = settings.get()
    const refused = journal.untold()
    return {
      currentVersion: version,
      channel: updateChannel,
      policy: updatePolicy,
      stage: this.#stage,
      ...(unsupported !== undefined && { unsupported }),
      ...(this.#version !== undefined && { version: this.#version }),
      ...(this.#percent !== undefined && { percent: this.#percent }),
      ...(this.#checkedAtMs !== undefined && { checkedAtMs: this.#checkedAtMs }),
      ...(this.#error !== undefined && { error: { code: this.#error.code, message: this.#error.message } }),
      ...(refused !== undefined && { refused }),
    }
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Looks soon, and every few hours. */
  start(): void {
    if (this.#init.unsupported === undefined) this.#rounds ??= this.#lookAgainAndAgain()
  }

  async stop(): Promise<void> {
    this.#unsubscribe()
    this.#listeners.clear()
    this.#stopping.abort(new DriadError('stopping', 'Driad is being closed'))
    this.#wake.abort()
    this.#hurry.abort()
    await this.#work?.catch(() => undefined)
    await this.#rounds
  }

  async check(): Promise<void> {
    this.#refuseUnsupported()
    await this.#only(async () => {
      await this.#look({ byHand: true })
    })
  }

  /** Comes back when the new version is ready and this one has begun to make way; it ends soon then. */
  async install(): Promise<void> {
    this.#refuseUnsupported()
    this.#hurry.abort()
    try {
      await this.#only(async () => {
        if (this.#version === undefined)
          throw new DriadError('bad_usage', 'There is no new version to install')
        await this.#prepareAndInstall(this.#version)
      })
    } finally {
      this.#hurry = new AbortController()
    }
  }

  skip(): void {
    if (this.#version === undefined || this.#work !== undefined) return
    this.#init.journal.skip(this.#version)
    this.#forget()
  }

  dismiss(): void {
    this.#init.journal.told()
    this.#changed()
  }

  #refuseUnsupported(): void {
    if (this.#init.unsupported !== undefined)
      throw new DriadError('bad_usage', 'This program is updated by whoever installed it')
  }

  async #lookAgainAndAgain(): Promise<void> {
    const { settings, random = Math.random, logger } = this.#init
    let waitMs = FIRST_LOOK_MS * random()
    while (!this.#stopping.signal.aborted) {
      this.#wake = new AbortController()
      const { signal } = this.#wake
      await sleep(waitMs, undefined, { signal, ref: false }).catch(() => undefined)
      waitMs = LOOK_EVERY_MS * (1 + JITTER * (2 * random() - 1))
      if (this.#stopping.signal.aborted || settings.get().updatePolicy === 'off') continue
      await this.#only(() => this.#round()).catch((error: unknown) => {
        if (this.#stopping.signal.aborted) return
        logger.debug('No new version was fetched', { error })
        // A computer is often offline, and then nobody needs to know of it.
        if (this.#error?.code === 'download_failed') this.#error = undefined
        this.#changed()
      })
    }
  }

  async #round(): Promise<void> {
    const { settings, needsSomebody = false } = this.#init
    if (this.#prepared === undefined && !(await this.#look({ byHand: false }))) return
    if (settings.get().updatePolicy !== 'automatic' || needsSomebody || this.#version === undefined) return
    await this.#prepareAndInstall(this.#version)
  }

  /** One thing at a time: who comes meanwhile waits for its end. */
  async #only(work: () => Promise<void>): Promise<void> {
    while (this.#work !== undefined) await this.#work.catch(() => undefined)
    this.#stopping.signal.throwIfAborted()
    this.#error = undefined
    this.#work = work()
    try {
      await this.#work
    } finally {
      this.#work = undefined
      this.#percent = undefined
      if (this.#stage !== 'installing')
        this.#setStage(this.#prepared ? 'ready' : this.#version ? 'available' : 'none')
    }
  }

  /** Whether there is a version to have. One that was refused or skipped is none, unless it is asked for by hand. */
  async #look({ byHand }: { byHand: boolean }): Promise<boolean> {
    const { feed, journal, now = Date.now } = this.#init
    this.#setStage('checking')
    try {
      const found = await feed.check()
      this.#checkedAtMs = now()
      const wanted =
        found !== undefined && !journal.isRefused(found) && (byHand || journal.skipped() !== found)
      const version = wanted ? found : undefined
      if (this.#prepared?.version !== version) this.#prepared = undefined
      this.#version = version
      return wanted
    } catch (cause) {
      const error = DriadError.from(cause, 'download_failed')
      // Only a bad signature is news where nobody asked.
      if (byHand || error.code === 'bad_signature' || error.code === 'bad_message') this.#error = error
      throw error
    }
  }

  async #prepareAndInstall(version: string): Promise<void> {
    const { logger, journal, now = Date.now } = this.#init
    const { signal } = this.#stopping
    try {
      this.#prepared ??= await this.#prepare(version, signal)
    } catch (cause) {
      signal.throwIfAborted()
      this.#error = DriadError.from(cause)
      if (this.#error.code === 'verification_failed') {
        logger.error('The new version is not fit; it is not installed', { version, error: this.#error })
        journal.refuse({ version, reason: this.#error.message, atMs: now(), rolledBack: false })
        this.#error = undefined
        this.#version = undefined
      }
      throw cause
    }
    this.#setStage('ready')
    await this.#untilNobodyLooks()
    this.#setStage('draining')
    const goBack = await this.#init.drain()
    signal.throwIfAborted()
    this.#setStage('installing')
    try {
      await this.#prepared.makeWay()
    } catch (cause) {
      this.#error = DriadError.from(cause)
      logger.error('The new version could not be installed', { version, error: this.#error })
      this.#prepared = undefined
      this.#stage = 'none'
      goBack()
      throw this.#error
    }
  }

  async #prepare(version: string, signal: AbortSignal): Promise<Prepared> {
    const { feed, prepare, logger } = this.#init
    this.#setStage('downloading')
    const file = await feed.download((percent) => {
      this.#percent = Math.floor(percent)
      this.#changed()
    }, signal)
    this.#percent = undefined
    this.#setStage('testing')
    const makeWay = await prepare(file, version, signal)
    logger.info('A new version is ready', { version })
    return { version, makeWay }
  }

  async #untilNobodyLooks(): Promise<void> {
    while (this.#init.isInUse() && !this.#hurry.signal.aborted) {
      const { signal } = this.#hurry
      await sleep(IN_USE_EVERY_MS, undefined, { signal, ref: false }).catch(() => undefined)
    }
    this.#stopping.signal.throwIfAborted()
  }

  #forget(): void {
    this.#version = undefined
    this.#prepared = undefined
    this.#setStage('none')
  }

  #setStage(stage: UpdateStage): void {
    this.#stage = stage
    this.#changed()
  }

  #changed(): void {
    for (const listener of this.#listeners) listener()
  }
}
