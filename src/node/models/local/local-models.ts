import { readdir, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { resolve } from 'node:path'
import { DriadError } from '../../../protocol/errors.ts'
import { inspectGguf } from '../../../protocol/gguf/inspect-gguf.ts'
import type {
  AddedFileView,
  DiskUseView,
  LeftoverView,
  LocalModelSource,
  LocalScanView,
  LocalWeightsView,
  RemovalView,
} from '../../../protocol/local-model-views.ts'
import { MODEL_NAME_LENGTH } from '../../../protocol/wire/limits.ts'
import type { Logger } from '../../logs/contract.ts'
import type { Settings } from '../../settings/settings.ts'
import type { Store } from '../../store/contract.ts'
import { modelNameOf } from '../model-name.ts'
import { type FileStamp, ModelRows } from '../model-rows.ts'
import { knownDigest } from '../weights-digest.ts'
import { DigestQueue, type DigestQueueInit } from './digest-queue.ts'
import { measureDiskUse } from './disk-use.ts'
import { fileState } from './file-identity.ts'
import { groupWeights, type ModelMatcher, undecided } from './group-weights.ts'
import { findLeftovers } from './leftovers.ts'
import { modelPlaces } from './model-places.ts'
import { readPlainStore } from './read-plain-store.ts'
import { deleteFiles, type NamedModel, planRemoval } from './removal.ts'
import { ScanBudget, scanLimits } from './scan-budget.ts'
import { type ScannedFile, type ScanProgress, scanPlaces } from './scan-places.ts'
import { type KeptScan, ScanRows } from './scan-rows.ts'
import { unfinishedFileNames } from './unfinished-downloads.ts'

/** Files and folders that are added by one call. */
export const MAX_ADDED_PATHS = 256
/** Numbers that are tried behind a name that is taken. */
const MAX_NAME_NUMBER = 99

/** The models that a folder has: the registry of a node that runs, or the rows of one that does not. */
export interface ModelBook {
  list(): readonly (NamedModel & { readonly builtIn: boolean })[]
  add(model: NamedModel): Promise<void>
  /** Unloads and forgets it. */
  remove(name: string): Promise<void>
}

export interface LocalModelsComponents {
  readonly store: Store
  readonly models: ModelBook
  readonly settings: Pick<Settings, 'get'>
  readonly logger: Logger
}

export interface LocalModelsInit extends DigestQueueInit {
  readonly modelsFolder: string
  readonly matcher?: ModelMatcher
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly home?: string
  readonly platform?: NodeJS.Platform
  readonly now?: () => number
}

/**
 * Models that are on this computer already. They are used where they are: nothing is copied, and nothing outside of the
 * program's own folder is changed.
 */
export interface LocalModels {
  /** Takes up digests that an earlier run did not come to. */
  start(): void
  stop(): Promise<void>
  view(): LocalScanView
  onChange(listener: () => void): () => void
  /** Looks for models, one scan at a time: whoever asks meanwhile gets the one that runs. Rejects where it was cancelled. */
  scan(options?: { readonly sources?: readonly LocalModelSource[] }): Promise<void>
  cancel(): Promise<void>
  /** Makes the digest of every file that was found, not only of those that might be copies of each other. */
  makeDigests(): void
  /** Resolves when no file waits for its digest. */
  whenDigested(): Promise<void>
  /** Serves files where they are, and those in folders. */
  addFiles(paths: readonly string[], options?: { readonly name?: string }): Promise<AddedFileView[]>
  diskUse(): Promise<DiskUseView>
  /** Throws `model_not_found`. */
  planRemoval(name: string): Promise<RemovalView>
  /** Removes a model, and its file where that is asked for and may be. Tells what was done. */
  remove(name: string, options: { readonly deleteFile: boolean }): Promise<RemovalView>
  /** Deletes the file of a model where that may be, and keeps the model: another file is to take its place. */
  deleteFile(name: string): Promise<void>
  leftovers(): Promise<LeftoverView[]>
  /** Deletes leftovers, all or those of `paths`, and tells which. */
  cleanLeftovers(paths?: readonly string[]): Promise<LeftoverView[]>
}

export function openLocalModels(components: LocalModelsComponents, init: LocalModelsInit): LocalModels {
  return new Local(components, init)
}

class Local implements LocalModels {
  readonly #store: Store
  readonly #models: ModelBook
  readonly #settings: Pick<Settings, 'get'>
  readonly #logger: Logger
  readonly #rows: ModelRows
  readonly #scans: ScanRows
  readonly #queue: DigestQueue
  readonly #init: LocalModelsInit
  readonly #listeners = new Set<() => void>()
  readonly #stopping = new AbortController()
  #kept: KeptScan | undefined
  #scanning: { readonly done: Promise<void>; readonly cancel: AbortController } | undefined
  #progress: ScanProgress | undefined
  #ended: Pick<LocalScanView, 'state' | 'error'>

  constructor(components: LocalModelsComponents, init: LocalModelsInit) {
    this.#store = components.store
    this.#models = components.models
    this.#settings = components.settings
    this.#logger = components.logger
    this.#init = init
    this.#rows = new ModelRows(components.store)
    this.#scans = new ScanRows(components.store)
    this.#queue = new DigestQueue(
      { rows: this.#rows, logger: components.logger, onChange: () => this.#changed() },
      init,
    )
    this.#kept = this.#scans.read()
    this.#ended = { state: this.#kept === undefined ? 'never' : 'done' }
  }

  start(): void {
    this.#queue.add(this.#undecided())
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new DriadError('stopping', 'The node is shutting down'))
    await this.cancel()
    await this.#queue.stop()
    this.#listeners.clear()
  }

  view(): LocalScanView {
    this.#refresh()
    const weights = this.#weights()
    const takenBytes = weights.reduce((sum, group) => sum + group.takenBytes, 0)
    return {
      ...(this.#scanning === undefined ? this.#ended : { state: 'running' }),
      ...(this.#kept !== undefined && { finishedAtMs: this.#kept.finishedAtMs }),
      ...(this.#progress !== undefined && { progress: this.#progress }),
      places: this.#kept?.places ?? [],
      skipped: this.#kept?.skipped ?? [],
      weights,
      takenBytes,
      savableBytes: takenBytes - weights.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
      digests: this.#queue.view(),
    }
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  scan(options: { readonly sources?: readonly LocalModelSource[] } = {}): Promise<void> {
    this.#stopping.signal.throwIfAborted()
    if (this.#scanning !== undefined) return this.#scanning.done
    const cancel = new AbortController()
    const done = this.#scan(options.sources, AbortSignal.any([cancel.signal, this.#stopping.signal])).finally(
      () => {
        this.#scanning = undefined
        this.#progress = undefined
        this.#changed()
      },
    )
    this.#scanning = { done, cancel }
    // Whoever does not wait for it sees how it ended.
    done.catch(() => {})
    this.#changed()
    return done
  }

  async cancel(): Promise<void> {
    const scanning = this.#scanning
    scanning?.cancel.abort(new DriadError('cancelled', 'The scan was cancelled'))
    await scanning?.done.catch(() => {})
    await this.#queue.cancel()
  }

  makeDigests(): void {
    this.#queue.add((this.#kept?.files ?? []).flatMap((file) => file.parts ?? [file]))
  }

  async whenDigested(): Promise<void> {
    await this.#queue.whenIdle()
  }

  async addFiles(
    paths: readonly string[],
    options: { readonly name?: string } = {},
  ): Promise<AddedFileView[]> {
    if (paths.length > MAX_ADDED_PATHS) {
      throw new DriadError('bad_usage', `At most ${MAX_ADDED_PATHS} files and folders are added at once`)
    }
    const results: AddedFileView[] = []
    for (const given of paths) {
      const path = resolve(given)
      const files = await this.#filesOf(path)
      if ('error' in files) results.push({ path, outcome: 'refused', error: files.error })
      else for (const file of files.paths) results.push(await this.#add(file, options.name))
    }
    return results
  }

  async diskUse(): Promise<DiskUseView> {
    const { signal } = this.#stopping
    // The built-in model is a part of the program.
    const models = this.#models.list().filter(({ builtIn }) => !builtIn)
    return measureDiskUse(this.#init.modelsFolder, models, await this.leftovers(), signal)
  }

  async planRemoval(name: string): Promise<RemovalView> {
    return planRemoval(this.#known(name), this.#models.list(), this.#init.modelsFolder)
  }

  async remove(name: string, options: { readonly deleteFile: boolean }): Promise<RemovalView> {
    const plan = await this.planRemoval(name)
    await this.#models.remove(name)
    if (options.deleteFile) await deleteFiles(plan.deletes, this.#init.modelsFolder)
    this.#changed()
    if (options.deleteFile) return plan
    return { ...plan, deletes: [], freesBytes: 0 }
  }

  async deleteFile(name: string): Promise<void> {
    const { deletes } = await this.planRemoval(name)
    await deleteFiles(deletes, this.#init.modelsFolder)
    this.#changed()
  }

  async leftovers(): Promise<LeftoverView[]> {
    const fileNames = unfinishedFileNames(this.#store)
    return findLeftovers(this.#init.modelsFolder, this.#models.list(), {
      fileNames,
      signal: this.#stopping.signal,
    })
  }

  async cleanLeftovers(paths?: readonly string[]): Promise<LeftoverView[]> {
    const chosen = paths === undefined ? undefined : new Set(paths.map((path) => resolve(path)))
    const cleaned = (await this.leftovers()).filter(({ path }) => chosen?.has(path) ?? true)
    await deleteFiles(
      cleaned.map(({ path }) => path),
      this.#init.modelsFolder,
    )
    this.#changed()
    return cleaned
  }

  async #scan(sources: readonly LocalModelSource[] | undefined, signal: AbortSignal): Promise<void> {
    try {
      const { modelsFolder, home = homedir(), env = process.env, platform = process.platform } = this.#init
      const places = modelPlaces({
        platform,
        home,
        env,
        modelsFolder,
        folders: this.#settings.get().modelFolders,
      })
      const chosen = sources === undefined ? places : places.filter(({ source }) => sources.includes(source))
      const onProgress = (progress: ScanProgress) => {
        this.#progress = progress
        this.#changed()
      }
      const kept = { ...(await scanPlaces(chosen, { signal, onProgress })), finishedAtMs: this.#now() }
      await this.#scans.replace(kept)
      this.#kept = kept
      this.#ended = { state: 'done' }
      this.#queue.add(this.#undecided())
    } catch (cause) {
      const { code, message } = DriadError.from(cause)
      this.#ended = signal.aborted ? { state: 'cancelled' } : { state: 'failed', error: { code, message } }
      if (!signal.aborted) this.#logger.error('Looking for models failed', { error: cause })
      throw cause
    }
  }

  /** Another process of this folder may have scanned since. */
  #refresh(): void {
    if (this.#scanning !== undefined || this.#scans.finishedAtMs() === this.#kept?.finishedAtMs) return
    this.#kept = this.#scans.read()
    this.#ended = { state: this.#kept === undefined ? 'never' : 'done' }
  }

  #undecided(): readonly FileStamp[] {
    return undecided(this.#kept?.files ?? [], { digestOf: (file) => this.#digestOf(file) })
  }

  #weights(): LocalWeightsView[] {
    const files = this.#kept?.files ?? []
    if (files.length === 0) return []
    const names = new Map<string, string[]>()
    for (const { name, path } of this.#models.list()) names.set(path, [...(names.get(path) ?? []), name])
    const byIdentity = new Map<string, string[]>()
    for (const { path, identity } of files)
      byIdentity.set(identity, [...(byIdentity.get(identity) ?? []), ...(names.get(path) ?? [])])
    return groupWeights(files, {
      digestOf: (file) => this.#digestOf(file),
      namesOf: ({ identity }) => byIdentity.get(identity) ?? [],
      matcher: this.#init.matcher ?? (() => undefined),
    })
  }

  #digestOf(file: ScannedFile): string | undefined {
    const digest = knownDigest(file.parts ?? [file], this.#rows)
    return digest === undefined ? undefined : Buffer.from(digest).toString('hex')
  }

  async #filesOf(
    path: string,
  ): Promise<
    { readonly paths: readonly string[] } | { readonly error: NonNullable<AddedFileView['error']> }
  > {
    try {
      if (!(await stat(path)).isDirectory()) return { paths: [path] }
      await readdir(path)
    } catch (cause) {
      const missing = ['ENOENT', 'ENOTDIR'].includes((cause as NodeJS.ErrnoException).code ?? '')
      const message = missing
        ? `There is no file ${path}`
        : `${path} cannot be read (${(cause as NodeJS.ErrnoException).code ?? String(cause)})`
      return { error: { code: missing ? 'model_not_found' : 'model_invalid', message } }
    }
    const paths: string[] = []
    const budget = new ScanBudget(scanLimits, this.#stopping.signal, () => {})
    for await (const file of readPlainStore({ source: 'folder', path }, budget)) {
      if (!budget.find(file.path)) break
      paths.push(file.path)
    }
    if (paths.length > 0) return { paths }
    return { error: { code: 'model_not_found', message: `There is no GGUF file in ${path}` } }
  }

  async #add(path: string, asked: string | undefined): Promise<AddedFileView> {
    try {
      const known = await this.#nameOf(path)
      if (known !== undefined && (asked === undefined || asked === known))
        return { path, outcome: 'already', name: known }
      // Before it gets a name: what cannot be used takes none.
      await inspectGguf(path, { signal: this.#stopping.signal })
      const name = asked ?? this.#freeName(this.#suggestedName(path))
      await this.#models.add({ path, name })
      this.#changed()
      return { path, outcome: 'added', name }
    } catch (cause) {
      this.#stopping.signal.throwIfAborted()
      const { code, message } = DriadError.from(cause)
      return { path, outcome: 'refused', error: { code, message } }
    }
  }

  /** Under which name the file is served already, by this path, another one or a copy. */
  async #nameOf(path: string): Promise<string | undefined> {
    const models = this.#models.list()
    const same = models.find((model) => model.path === path)
    if (same !== undefined) return same.name
    const state = await fileState(path)
    for (const { name, path: other } of models) {
      if ((await fileState(other).catch(() => undefined))?.identity === state.identity) return name
    }
    return this.#weights().find(
      ({ places, addedAs }) => addedAs.length > 0 && places.some((place) => place.path === path),
    )?.addedAs[0]
  }

  #suggestedName(path: string): string {
    const found = this.#weights().find(({ places }) => places.some((place) => place.path === path))
    return found?.suggestedName ?? modelNameOf(path)
  }

  #freeName(wanted: string): string {
    const taken = new Set(this.#models.list().map(({ name }) => name))
    if (!taken.has(wanted)) return wanted
    for (let number = 2; number <= MAX_NAME_NUMBER; number++) {
      const name = `${wanted.slice(0, MODEL_NAME_LENGTH - 3)}-${number}`
      if (!taken.has(name)) return name
    }
    throw new DriadError('bad_setting', `There are ${MAX_NAME_NUMBER} models called ${wanted} already`)
  }

  #known(name: string): NamedModel {
    const model = this.#models.list().find((each) => each.name === name)
    if (model === undefined) throw new DriadError('model_not_found', `There is no model named ${name}`)
    if (model.builtIn) throw new DriadError('bad_setting', `${name} is built in and cannot be removed`)
    return model
  }

  #now(): number {
    return this.#init.now?.() ?? Date.now()
  }

  #changed(): void {
    for (const listener of this.#listeners) listener()
  }
}
