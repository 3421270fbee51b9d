import { DriadError } from '../../protocol/errors.ts'
import type {
  FailureView,
  FirstRunStep,
  FirstRunView,
  OptionalTask,
  SelfTestView,
} from '../../protocol/first-run-views.ts'
import type { NodePhase } from '../../protocol/views.ts'
import type { DataFolder } from '../data-folder.ts'
import { readBackupFile, rehearseRestore, writeBackup } from '../identity/backup-file.ts'
import type { Identity } from '../identity/contract.ts'
import { openBackup } from '../identity/identity-backup.ts'
import type { IdentityVault } from '../identity/identity-file.ts'
import { booksOwner, restoreIdentity } from '../identity/restore-identity.ts'
import type { Ledger } from '../ledger/contract.ts'
import type { Logger } from '../logs/contract.ts'
import type { ModelFit } from '../models/fit/model-fit.ts'
import { USABLE_TOKENS_PER_SECOND } from '../models/fit/recommend.ts'
import type { Pulls } from '../models/pull/contract.ts'
import type { ModelRegistry } from '../models/registry.ts'
import { CONTEXT_TOKENS } from '../models/residency/load-plan.ts'
import type { Settings } from '../settings/settings.ts'
import type { Store } from '../store/contract.ts'
import { firstRunView } from './first-run-view.ts'
import type { FirstRunProgress } from './progress.ts'
import type { SelfTest } from './self-test.ts'
import { suitableModel } from './suitable-model.ts'

/** Waits between tries to ask for the model, as without a connection; the last one again and again. */
const RETRY_MS = [15_000, 60_000, 300_000]

const CHANGE_MS = 100

export interface FirstRunComponents {
  readonly folder: DataFolder
  readonly store: Store
  readonly vault?: IdentityVault
  readonly settings: Settings
  readonly identity: Identity
  readonly ledger: Pick<Ledger, 'lastSeq'>
  readonly pulls: Pick<Pulls, 'list' | 'add' | 'resume' | 'onChange'>
  readonly models: Pick<ModelRegistry, 'list' | 'onChange'>
  readonly fit: Pick<ModelFit, 'recommend' | 'candidate'>
  readonly phase: () => NodePhase
  readonly join: (options: { signal?: AbortSignal }) => Promise<void>
  /** `onChange` is to be called whenever what the test says has changed. */
  readonly openSelfTest: (onChange: () => void) => SelfTest
  readonly logger: Logger
}

export interface FirstRunInit {
  readonly retryMs?: readonly number[]
}

/**
 * Sets a node up, by one click or step by step. What was decided is written down before anything is done about it, and each
 * part may be done twice, so that whatever ends the process, the next start goes on with it.
 */
export class FirstRun {
  readonly #components: FirstRunComponents
  readonly #retryMs: readonly number[]
  readonly #test: SelfTest
  readonly #listeners = new Set<() => void>()
  readonly #stopping = new AbortController()
  #unsubscribe: (() => void)[] = []
  #started = false
  #writing: Promise<void> = Promise.resolve()
  #tending: Promise<void> | undefined
  #retry: NodeJS.Timeout | undefined
  #tries = 0
  #problem: FailureView | undefined
  #changedTimer: NodeJS.Timeout | undefined
  #last = ''

  constructor(components: FirstRunComponents, init: FirstRunInit = {}) {
    this.#components = components
    this.#retryMs = init.retryMs ?? RETRY_MS
    this.#test = components.openSelfTest(() => this.#changed())
  }

  /** Goes on with what was decided before. The models are to be there by now. */
  start(): void {
    this.#started = true
    const { settings, pulls, models } = this.#components
    // Downloads tell of every piece that comes.
    const changed = () => {
      this.#changedTimer ??= setTimeout(() => this.#changed(), CHANGE_MS)
    }
    this.#unsubscribe = [settings.onChange(changed), pulls.onChange(changed), models.onChange(changed)]
    this.#resumeDownload()
    this.#tend()
  }

  /** Twice is safe. */
  async stop(): Promise<void> {
    this.#stopping.abort(new DriadError('stopping', 'Driad is being closed'))
    for (const unsubscribe of this.#unsubscribe) unsubscribe()
    clearTimeout(this.#retry)
    clearTimeout(this.#changedTimer)
    await this.#test.stop()
    await this.#tending
    await this.#writing
  }

  view(): FirstRunView {
    const { settings, identity, ledger, pulls, models, phase } = this.#components
    const { firstRun: progress, identityBackup: backup, joinOnStart } = settings.get()
    const now = phase()
    const names = new Set(models.list().map(({ name }) => name))
    return firstRunView({
      progress,
      backup,
      peerId: identity.peerId,
      wasNode: !progress.joined && ledger.lastSeq() > 0,
      isOnline: now === 'online' || now === 'paused',
      joins: joinOnStart || now === 'joining',
      pulls: pulls.list(),
      hasModel: (name) => names.has(name),
      test: this.#test.view(),
      problem: this.#problem,
    })
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /**
   * All at once: on the network with the models that there are, now and at each start, and the best model for this computer
   * on its way. Throws what joining throws; the rest goes on all the same.
   */
  async startEarning(options: { signal?: AbortSignal } = {}): Promise<void> {
    await this.#write(
      ({ model, left }) => ({
        stage: 'done',
        ...(model.state === 'open' && !left.includes('model') && { model: { state: 'wanted' } }),
      }),
      { joinOnStart: true },
    )
    this.#tend()
    await this.#components.join(options)
  }

  /** Goes to a step, and goes on there at the next start. */
  async goTo(step: FirstRunStep): Promise<void> {
    await this.#write(() => ({ stage: 'steps', step }))
  }

  /** Leaves the steps; what is left to do stays on the list. */
  async finish(): Promise<void> {
    await this.#write(() => ({ stage: 'done' }))
  }

  /** A model of the catalogue, to be downloaded as soon as that can be; without a name the best one. */
  async choose(name: string | undefined): Promise<void> {
    if (name !== undefined && this.#components.fit.candidate(name) === undefined)
      throw new DriadError('model_not_found', `There is no model named ${name} in the catalogue`)
    this.#problem = undefined
    this.#tries = 0
    await this.#write(({ left }) => ({
      model: { state: 'wanted', ...(name !== undefined && { name }) },
      left: left.filter((one) => one !== 'model'),
    }))
    this.#tend()
  }

  /** Does without it, for now. A model that is on its way goes on coming. */
  async leave(task: OptionalTask): Promise<void> {
    await this.#write(({ left, model }) => ({
      left: [...new Set([...left, task])],
      ...(task === 'model' && model.state === 'wanted' && { model: { state: 'open' } }),
    }))
  }

  async dismiss(dismissed: boolean): Promise<void> {
    await this.#write(() => ({ dismissed }))
  }

  /** Writes the key to a file, which counts once it was opened again. Throws `bad_usage`. */
  async backUp(path: string, passphrase: string): Promise<void> {
    const { identity, settings } = this.#components
    await writeBackup(identity, { path, passphrase, overwrite: true })
    const { peerId } = identity
    await settings.set({ identityBackup: { peerId, path, atMs: Date.now(), verified: false } })
  }

  /** Opens the last backup again, as restoring would. Throws `backup_invalid`, `wrong_passphrase`. */
  async checkBackup(passphrase: string): Promise<void> {
    const { identity, settings } = this.#components
    const backup = settings.get().identityBackup
    if (backup === null || backup.peerId !== identity.peerId)
      throw new DriadError('bad_usage', 'There is no backup of this key to check yet')
    await rehearseRestore(identity, { path: backup.path, passphrase })
    await settings.set({ identityBackup: { ...backup, atMs: Date.now(), verified: true } })
  }

  /**
   * Checks that the node may take the key of that backup; undefined where it is its own. What it resolves with does so, and is to
   * be called once the node has stopped. Throws `backup_invalid`, `wrong_passphrase`, and `identity_in_use` where this
   * node has earned or paid with the key that it has.
   */
  async prepareRestore(path: string, passphrase: string): Promise<(() => Promise<void>) | undefined> {
    const { folder, vault, store, identity, settings } = this.#components
    const { peerId } = await openBackup(await readBackupFile(path), passphrase)
    if (peerId === identity.peerId) return undefined
    const owner = booksOwner(store, identity.peerId)
    if (owner !== undefined && owner !== peerId)
      throw new DriadError(
        'identity_in_use',
        `This node has a ledger or tasks of ${owner}. To set them aside: driad identity restore --replace ${owner}`,
      )
    // It has just been opened. Until it is this node's, it counts for nothing.
    await settings.set({ identityBackup: { peerId, path, atMs: Date.now(), verified: true } })
    return async () => {
      await restoreIdentity({ folder, path, passphrase, ...(vault !== undefined && { vault }) })
    }
  }

  /** Never throws: what failed is in what it resolves with. */
  async test(): Promise<SelfTestView> {
    const result = await this.#test.run()
    if (result.state === 'passed') await this.#write(() => ({ testPassedAtMs: Date.now() }))
    return result
  }

  /** To be called when it is on the network. */
  joined(): void {
    if (!this.#progress.joined) this.#inBackground(this.#write(() => ({ joined: true })))
  }

  get #progress(): FirstRunProgress {
    return this.#components.settings.get().firstRun
  }

  /** One after the other: each change is made to what the one before has left. */
  async #write(
    change: (progress: FirstRunProgress) => Partial<FirstRunProgress>,
    others: { joinOnStart?: true } = {},
  ): Promise<void> {
    const written = this.#writing.then(async () => {
      const progress = this.#progress
      await this.#components.settings.set({ firstRun: { ...progress, ...change(progress) }, ...others })
    })
    this.#writing = written.catch(() => undefined)
    await written
    this.#changed()
  }

  /** A download that gave up on its server is tried again at each start. */
  #resumeDownload(): void {
    const { name, state } = this.#progress.model
    if (state !== 'asked') return
    const pull = this.#components.pulls.list().findLast((one) => one.name === name)
    if (pull?.state === 'failed' && pull.error?.code === 'download_failed')
      this.#inBackground(this.#components.pulls.resume(pull.id))
  }

  /** Asks for the model that is wanted, until that worked. */
  #tend(): void {
    if (!this.#started || this.#stopping.signal.aborted || this.#tending !== undefined) return
    clearTimeout(this.#retry)
    this.#retry = undefined
    this.#tending = this.#ask()
      .then(
        () => {
          this.#problem = undefined
          this.#tries = 0
        },
        (cause: unknown) => {
          if (this.#stopping.signal.aborted) return
          const { code, message } = DriadError.from(cause)
          this.#problem = { code, message }
          this.#components.logger.info(`The model is asked for again later: ${message}`, { code })
          const delayMs = this.#retryMs[Math.min(this.#tries, this.#retryMs.length - 1)] ?? 60_000
          this.#tries += 1
          this.#retry = setTimeout(() => this.#tend(), delayMs)
        },
      )
      .finally(() => {
        this.#tending = undefined
        this.#changed()
        // Another one may have been chosen meanwhile.
        if (this.#retry === undefined && this.#progress.model.state === 'wanted') this.#tend()
      })
  }

  async #ask(): Promise<void> {
    const { model: wanted } = this.#progress
    if (wanted.state !== 'wanted') return
    const { pulls, models } = this.#components
    // Somebody may choose another one meanwhile.
    const settle = (model: FirstRunProgress['model'], asFor = wanted.name) =>
      this.#write(({ model: now }) => (now.state === 'wanted' && now.name === asFor ? { model } : {}))
    const name = wanted.name ?? (await this.#bestName())
    if (name === undefined) return await settle({ state: 'unsuitable' })
    // Written first: after a crash the same one is asked for, not another one that is the best by then.
    if (wanted.name === undefined) await settle({ state: 'wanted', name })
    const { model: now } = this.#progress
    if (now.state !== 'wanted' || now.name !== name) return
    if (!models.list().some((one) => one.name === name))
      await pulls.add(name, { signal: this.#stopping.signal })
    await settle({ state: 'asked', name }, name)
  }

  async #bestName(): Promise<string | undefined> {
    const { fit, settings } = this.#components
    const recommendation = await fit.recommend({
      slots: settings.get().slots,
      contextSize: CONTEXT_TOKENS,
      atLeastTokensPerSecond: USABLE_TOKENS_PER_SECOND,
    })
    return suitableModel(recommendation, { isGated: (name) => fit.candidate(name)?.gated === true })?.name
  }

  #inBackground(work: Promise<unknown>): void {
    work.catch((error: unknown) =>
      this.#components.logger.warn('The set-up cannot be recorded', { error: DriadError.from(error) }),
    )
  }

  #changed(): void {
    clearTimeout(this.#changedTimer)
    this.#changedTimer = undefined
    const text = JSON.stringify(this.view())
    if (text === this.#last) return
    this.#last = text
    for (const listener of this.#listeners) listener()
  }
}
