import { mkdirSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { v7 as uuidv7 } from 'uuid'
import { DriadError } from '../../../protocol/errors.ts'
import { modelFilesOf } from '../../../protocol/gguf/split-names.ts'
import type { ModelTokenView, PullState, PullView } from '../../../protocol/pull-views.ts'
import { Bandwidth } from '../../downloads/bandwidth.ts'
import { PassingFailure } from '../../downloads/file-request.ts'
import type { Logger } from '../../logs/contract.ts'
import { sharedInterval } from '../../shared-interval.ts'
import { type FolderLock, lockHolder, takeFolderLock } from '../../store/folder-lock.ts'
import { ModelRows } from '../model-rows.ts'
import { BUILT_IN_MODEL } from '../registry.ts'
import { fileDigest } from '../weights-digest.ts'
import type { AddPull, Pulls, PullsComponents, PullsInit } from './contract.ts'
import { endpointsOf, ModelToken } from './model-token.ts'
import { discardPull, type PulledModel, type PullProgress, pullFiles } from './pull-files.ts'
import { type PullRequest, sameFiles } from './pull-request.ts'
import { isActive, type PullRow, PullRows } from './pull-rows.ts'
import { pullView } from './pull-view.ts'
import { resolvePull } from './resolve-pull.ts'

const SCAN_MS = 2000
const MINUTE_MS = 60_000
/** A night without a connection is got over; one that never comes back is not asked for all day. */
const RETRY_DELAYS_MS = [
  MINUTE_MS / 2,
  MINUTE_MS,
  2 * MINUTE_MS,
  5 * MINUTE_MS,
  10 * MINUTE_MS,
  30 * MINUTE_MS,
]
const MAX_TRIES = 48
/** Longest that finding out what somebody means may take. */
const RESOLVE_MS = 120_000

/** Opens the queue of a data folder. Nothing is downloaded before `start`. */
export function openPulls(components: PullsComponents, init: PullsInit): Pulls {
  return new PullQueue(components, init)
}

/** A download of this process. */
interface Job {
  readonly controller: AbortController
  readonly done: Promise<void>
  progress: PullProgress | undefined
  /** What the table was told last. */
  toldBytes: number
}

class PullQueue implements Pulls {
  readonly #components: PullsComponents
  readonly #init: PullsInit
  readonly #logger: Logger
  readonly #rows: PullRows
  readonly #models: ModelRows
  readonly #token: ModelToken
  readonly #bandwidth = new Bandwidth()
  readonly #jobs = new Map<string, Job>()
  /** Of a queue that takes its own downloads only: those, with the locks that were taken before anybody saw them. */
  readonly #own = new Map<string, FolderLock>()
  readonly #listeners = new Set<() => void>()
  readonly #stopping = new AbortController()
  readonly #unsubscribe: () => void
  readonly #now: () => number
  #stopScanning: (() => void) | undefined
  #started = false
  #seen = ''
  #background = new Set<Promise<unknown>>()

  constructor(components: PullsComponents, init: PullsInit) {
    this.#components = components
    this.#init = init
    this.#logger = components.logger
    this.#now = init.now ?? Date.now
    this.#rows = new PullRows(components.store, this.#now)
    this.#models = new ModelRows(components.store)
    const { settings, secrets } = components
    this.#token = new ModelToken({ settings, secrets, environment: this.#environment })
    this.#limitBandwidth()
    this.#unsubscribe = settings.onChange(() => {
      this.#limitBandwidth()
      this.#schedule()
    })
  }

  start(): void {
    if (this.#started || this.#stopping.signal.aborted) return
    this.#started = true
    this.#stopScanning = sharedInterval(this.#init.scanMs ?? SCAN_MS, () => this.#scan())
    this.#scan()
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new DriadError('stopping', 'The node is shutting down'))
    this.#unsubscribe()
    this.#stopScanning?.()
    await Promise.allSettled([...this.#jobs.values()].map(({ done }) => done))
    await Promise.allSettled(this.#background)
    for (const lock of this.#own.values()) lock.release()
    this.#own.clear()
    this.#listeners.clear()
  }

  list(): PullView[] {
    return this.#rows.all().map((row) => this.#view(row))
  }

  get(id: string): PullView | undefined {
    const row = this.#rows.get(id)
    return row === undefined ? undefined : this.#view(row)
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async add(what: string | PullRequest, options: AddPull = {}): Promise<PullView> {
    const request = await this.#requestOf(what, options)
    const { name } = request
    const load = options.load ?? true
    const pending = this.#rows.pending(name)
    if (pending !== undefined) return this.#goOn(pending, request, load)
    if (options.replaces !== true) await this.#checkName(request)
    const id = uuidv7()
    this.#hold(id)
    try {
      await this.#rows.insert({ id, name, request: this.#placed(request), load, state: 'queued' })
    } catch (error) {
      this.#letGo(id)
      throw error
    }
    this.#changed()
    this.#schedule()
    return this.#known(id)
  }

  async pause(id: string): Promise<void> {
    this.#known(id)
    await this.#rows.change(id, ['queued', 'downloading', 'verifying'], { state: 'paused' })
    await this.#end(id)
    this.#changed()
    this.#schedule()
  }

  async resume(id: string): Promise<void> {
    this.#known(id)
    await this.#rows.change(id, ['paused', 'failed', 'queued'], { state: 'queued' })
    this.#changed()
    this.#schedule()
  }

  async cancel(id: string): Promise<void> {
    const row = this.#rows.get(id)
    if (row === undefined) throw unknown(id)
    const pending: readonly PullState[] = ['queued', 'downloading', 'verifying', 'paused', 'failed']
    const stopped = await this.#rows.change(id, pending, { state: 'cancelled' })
    if (!stopped) await this.#rows.remove(id)
    await this.#end(id)
    // Where another process downloads it, that one removes it as it stops.
    if (stopped) await this.#discard(row)
    this.#changed()
    this.#schedule()
  }

  token(): ModelTokenView {
    return this.#token.view()
  }

  async setToken(text: string | null): Promise<void> {
    await this.#token.set(text)
  }

  get #environment() {
    return this.#init.environment ?? process.env
  }

  async #requestOf(what: string | PullRequest, options: AddPull): Promise<PullRequest> {
    if (typeof what !== 'string') return what
    const { settings, route, findVariant } = this.#components
    const bounds = [this.#stopping.signal, AbortSignal.timeout(RESOLVE_MS)]
    return resolvePull(
      {
        route,
        endpoints: endpointsOf(settings, this.#environment),
        token: this.#token.get(),
        findVariant: findVariant ?? (() => undefined),
      },
      what,
      {
        signal: AbortSignal.any(options.signal === undefined ? bounds : [...bounds, options.signal]),
        name: options.name,
        sha256: options.sha256,
      },
    )
  }

  /** The same model again: on with it, by the addresses of now. */
  async #goOn(row: PullRow, request: PullRequest, load: boolean): Promise<PullView> {
    if (!sameFiles(row.request, request)) {
      const message = `Another model is being downloaded as ${row.name}; give this one another name, or cancel that download`
      throw new DriadError('bad_setting', message)
    }
    if (this.#jobs.has(row.id)) return this.#view(row)
    this.#hold(row.id)
    const files = request.files.map((file, index) => ({ ...file, ...placeOf(row.request, index) }))
    const changed = await this.#rows.change(
      row.id,
      ['queued', 'downloading', 'verifying', 'paused', 'failed'],
      {
        state: 'queued',
        request: { ...request, files },
        load,
      },
    )
    if (!changed) this.#letGo(row.id)
    this.#changed()
    this.#schedule()
    return this.#known(row.id)
  }

  /** Throws where the name is another model's. */
  async #checkName(request: PullRequest): Promise<void> {
    const { name, files } = request
    const model = this.#models.all().find((row) => row.name === name)
    if (model === undefined && name !== BUILT_IN_MODEL) return
    const paths = model === undefined ? [] : modelFilesOf(model.path)
    const same =
      paths.length === files.length &&
      (await Promise.all(files.map((file, index) => this.#isAt(file, paths[index] ?? ''))))
    if (same !== false && same.every(Boolean)) return
    throw new DriadError('bad_setting', `There is a model called ${name} already; give this one another name`)
  }

  async #isAt({ fileName, sizeBytes, sha256 }: PullRequest['files'][number], path: string): Promise<boolean> {
    const size = sizeOf(path)
    if (size === undefined || (sizeBytes !== undefined && sizeBytes !== size)) return false
    if (sha256 === undefined) return basename(path) === fileName
    const digest = await fileDigest(path, this.#models, { signal: this.#stopping.signal })
    return Buffer.from(digest).toString('hex') === sha256
  }

  /** With names that no other file in the folder has, unless it is the very one. */
  #placed(request: PullRequest): PullRequest {
    const { modelsFolder } = this.#init
    const others = new Set(
      this.#rows
        .all()
        .filter(({ state }) => state !== 'completed' && state !== 'cancelled')
        .flatMap((row) => row.request.files.map(({ fileName }) => fileName)),
    )
    const free = (fileName: string, sizeBytes: number | undefined, sha256: string | undefined) => {
      const there = sizeOf(join(modelsFolder, fileName))
      return !others.has(fileName) && (there === undefined || (sha256 !== undefined && sizeBytes === there))
    }
    const registered = this.#models.all().find((row) => row.name === request.name)
    const own = registered === undefined ? [] : modelFilesOf(registered.path)
    const taken = request.files.some(
      ({ fileName, sizeBytes, sha256 }) =>
        !own.includes(join(modelsFolder, fileName)) && !free(fileName, sizeBytes, sha256),
    )
    const prefix = taken ? `${request.name.replace(/[^A-Za-z0-9._@+-]+/g, '-')}.` : ''
    return {
      ...request,
      files: request.files.map((file) => {
        const fileName = `${prefix}${file.fileName}`
        const there = sizeOf(join(modelsFolder, fileName)) !== undefined
        return { ...file, fileName, ...(there && { kept: true }) }
      }),
    }
  }

  /** Called every few seconds: obeys what other processes wrote, and tells them how far it is. */
  #scan(): void {
    if (this.#stopping.signal.aborted) return
    try {
      this.#look()
    } catch (error) {
      this.#logger.warn('The queue of downloads cannot be read; it is looked at again', { error })
    }
  }

  #look(): void {
    for (const [id, job] of this.#jobs) {
      const row = this.#rows.get(id)
      if (row === undefined || !isActive(row)) job.controller.abort(stoppedByHand())
      else this.#tellOthers(id, job)
    }
    this.#schedule()
    const seen = JSON.stringify(this.#rows.all().map((row) => [row.id, row.state, row.receivedBytes]))
    if (seen !== this.#seen) this.#changed()
    this.#seen = seen
  }

  #tellOthers(id: string, job: Job): void {
    const { progress } = job
    if (progress === undefined || progress.receivedBytes === job.toldBytes) return
    job.toldBytes = progress.receivedBytes
    this.#inBackground(this.#rows.progress(id, progress.receivedBytes, progress.totalBytes))
  }

  /** Begins what may begin. */
  #schedule(): void {
    if (!this.#started || this.#stopping.signal.aborted) return
    for (const row of this.#rows.all()) {
      if (this.#jobs.size >= this.#components.settings.get().downloadsAtOnce) return
      if (!isActive(row) || this.#jobs.has(row.id)) continue
      if ((row.nextTryAtMs ?? 0) > this.#now()) continue
      if (this.#init.take === 'own' && !this.#own.has(row.id)) continue
      const lock = this.#own.get(row.id) ?? this.#tryLock(row)
      if (lock !== undefined) this.#begin(row, lock)
    }
  }

  /** Undefined where another process has it, or where the folder cannot be written, which is said then. */
  #tryLock(row: PullRow): FolderLock | undefined {
    try {
      return this.#lock(row.id)
    } catch (cause) {
      const error = DriadError.from(cause)
      this.#inBackground(
        this.#rows.change(row.id, ['queued', 'downloading', 'verifying'], { state: 'failed', error }),
      )
      return undefined
    }
  }

  #begin(row: PullRow, lock: FolderLock): void {
    const controller = new AbortController()
    let recorded = true
    const done = Promise.resolve()
      .then(() => this.#run(row, AbortSignal.any([controller.signal, this.#stopping.signal])))
      .catch((error: unknown) => {
        recorded = false
        this.#logger.error(`What became of the download of ${row.name} cannot be recorded`, { error })
      })
      .finally(() => {
        this.#own.delete(row.id)
        lock.release()
        this.#jobs.delete(row.id)
        this.#changed()
        // What cannot be recorded would begin again at once; the next look at the table is soon enough.
        if (recorded) this.#schedule()
      })
    this.#jobs.set(row.id, { controller, done, progress: undefined, toldBytes: row.receivedBytes })
  }

  async #run(row: PullRow, signal: AbortSignal): Promise<void> {
    const { id } = row
    const current = this.#rows.get(id)
    if (current === undefined || !isActive(current)) return
    await this.#rows.change(id, ['queued', 'downloading', 'verifying'], {
      state: 'downloading',
      tries: current.tries,
    })
    this.#changed()
    try {
      await this.#arrive(row, await this.#fetch(current, signal))
    } catch (error) {
      if (signal.aborted) await this.#stopped(row)
      else await this.#failed(row, current, DriadError.from(error))
    } finally {
      const progress = this.#jobs.get(id)?.progress
      if (progress !== undefined && !this.#rowEnded(id))
        await this.#rows.progress(id, progress.receivedBytes, progress.totalBytes)
    }
  }

  #fetch(row: PullRow, signal: AbortSignal): Promise<PulledModel> {
    const { id, request } = row
    return pullFiles(
      {
        route: this.#components.route,
        bandwidth: this.#bandwidth,
        models: this.#models,
        token: () => this.#token.get(),
      },
      request,
      {
        folder: this.#init.modelsFolder,
        limits: this.#init.limits ?? {},
        signal,
        promisedBytes: this.#promisedBytes(id),
        onProgress: (progress) => {
          const job = this.#jobs.get(id)
          if (job === undefined) return
          job.progress = progress
          this.#changed()
        },
        onFetched: async () => {
          await this.#rows.change(id, ['downloading'], { state: 'verifying' })
          this.#changed()
        },
      },
    )
  }

  async #arrive({ id, name, load }: PullRow, model: PulledModel): Promise<void> {
    const row = this.#rows.get(id)
    if (row === undefined || !isActive(row)) throw stoppedByHand()
    await this.#components.onModel({ name, path: model.path, load: row.load })
    await this.#rows.progress(id, model.sizeBytes, model.sizeBytes)
    await this.#rows.change(id, ['downloading', 'verifying'], {
      state: 'completed',
      verified: model.verified,
    })
    this.#logger.info(`The model ${name} is downloaded`, { load, verified: model.verified })
  }

  /** Somebody stopped it, or the node stops. What the table says decides what becomes of its files. */
  async #stopped(row: PullRow): Promise<void> {
    const now = this.#rows.get(row.id)
    if (now === undefined || now.state === 'cancelled')
      await discardPull(row.request, this.#init.modelsFolder)
    else if (isActive(now)) await this.#rows.change(row.id, ['downloading', 'verifying'], { state: 'queued' })
  }

  async #failed(row: PullRow, before: PullRow, error: DriadError): Promise<void> {
    const came = (this.#jobs.get(row.id)?.progress?.receivedBytes ?? 0) > before.receivedBytes
    const tries = came ? 1 : before.tries + 1
    const passes = error.cause instanceof PassingFailure && this.#init.take === 'all' && tries < MAX_TRIES
    const delays = this.#init.retryDelaysMs ?? RETRY_DELAYS_MS
    const delayMs = delays[Math.min(tries, delays.length) - 1] ?? MINUTE_MS
    await this.#rows.change(
      row.id,
      ['downloading', 'verifying'],
      passes
        ? { state: 'queued', error, tries, nextTryAtMs: this.#now() + delayMs }
        : { state: 'failed', error, tries },
    )
    this.#logger.warn(
      `The download of ${row.name} ${passes ? 'is interrupted' : 'failed'}: ${error.message}`,
      {
        code: error.code,
      },
    )
  }

  /** Ends this process's work on it, and waits for that. */
  async #end(id: string): Promise<void> {
    const job = this.#jobs.get(id)
    job?.controller.abort(stoppedByHand())
    await job?.done
    this.#letGo(id)
  }

  async #discard(row: PullRow): Promise<void> {
    const lock = this.#lock(row.id)
    if (lock === undefined) return
    try {
      await discardPull(row.request, this.#init.modelsFolder)
    } finally {
      lock.release()
    }
  }

  /** What the others that run are going to need of the disk. */
  #promisedBytes(but: string): number {
    let bytes = 0
    for (const [id, { progress }] of this.#jobs) {
      if (id === but || progress?.totalBytes === undefined) continue
      bytes += Math.max(0, progress.totalBytes - progress.receivedBytes)
    }
    return bytes
  }

  /** Of a queue that takes its own only, before others see the row. Throws `download_failed` where another process is at it. */
  #hold(id: string): void {
    if (this.#init.take !== 'own' || this.#own.has(id)) return
    const lock = this.#lock(id)
    if (lock === undefined) {
      const pid = lockHolder(this.#lockPath(id))
      throw new DriadError(
        'download_failed',
        `Another process${pid === undefined ? '' : ` (${pid})`} is downloading this model right now; \`driad models pulls\` shows how far it is`,
      )
    }
    this.#own.set(id, lock)
  }

  #letGo(id: string): void {
    this.#own.get(id)?.release()
    this.#own.delete(id)
  }

  #lock(id: string): FolderLock | undefined {
    const { modelsFolder } = this.#init
    try {
      mkdirSync(modelsFolder, { recursive: true, mode: 0o700 })
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause)
      throw new DriadError('data_folder_unusable', `${modelsFolder} cannot be made: ${reason}`, { cause })
    }
    try {
      return takeFolderLock(this.#lockPath(id))
    } catch (error) {
      if (DriadError.from(error).code === 'data_folder_in_use') return undefined
      throw error
    }
  }

  #lockPath(id: string): string {
    return join(this.#init.modelsFolder, `pull-${id}.lock`)
  }

  #view(row: PullRow): PullView {
    const job = this.#jobs.get(row.id)
    const holder = job === undefined && isActive(row) ? lockHolder(this.#lockPath(row.id)) : undefined
    return pullView(row, {
      folder: this.#init.modelsFolder,
      progress: job?.progress,
      otherProcess: holder === process.pid ? undefined : holder,
      ours: job !== undefined,
    })
  }

  #known(id: string): PullView {
    const view = this.get(id)
    if (view === undefined) throw unknown(id)
    return view
  }

  #rowEnded(id: string): boolean {
    const state = this.#rows.get(id)?.state
    return state === undefined || state === 'completed' || state === 'cancelled'
  }

  #limitBandwidth(): void {
    const { downloadBytesPerSecond } = this.#components.settings.get()
    this.#bandwidth.limit(downloadBytesPerSecond === 0 ? undefined : downloadBytesPerSecond)
  }

  #inBackground(work: Promise<unknown>): void {
    const settled = work.catch((error: unknown) =>
      this.#logger.warn('A download cannot be recorded', { error }),
    )
    this.#background.add(settled)
    void settled.finally(() => this.#background.delete(settled))
  }

  #changed(): void {
    for (const listener of this.#listeners) listener()
  }
}

function placeOf(request: PullRequest, index: number) {
  const file = request.files[index]
  return file === undefined
    ? {}
    : { fileName: file.fileName, ...(file.kept !== undefined && { kept: file.kept }) }
}

function sizeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.size
}

function stoppedByHand(): DriadError {
  return new DriadError('cancelled', 'The download was stopped')
}

function unknown(id: string): DriadError {
  return new DriadError('model_not_found', `There is no download ${id}`)
}
