import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { BenchmarkView } from '../../protocol/benchmark-views.ts'
import { DriadError } from '../../protocol/errors.ts'
import type { GpuMemoryView } from '../../protocol/fit-views.ts'
import { inspectGguf } from '../../protocol/gguf/inspect-gguf.ts'
import type { Price } from '../../protocol/money.ts'
import type { ModelSpeedView, ModelView } from '../../protocol/views.ts'
import { PRICE_MICRO_PER_1K } from '../../protocol/wire/limits.ts'
import type { InferenceEngine, LoadedModel, SupervisedModel } from '../inference/contract.ts'
import type { InferenceSupervisor } from '../inference/supervisor.ts'
import type { Logger } from '../logs/contract.ts'
import type { Settings } from '../settings/settings.ts'
import type { ServedModel } from '../tasks/contract.ts'
import { Benchmarks } from './benchmarks/benchmarks.ts'
import { LiveSpeeds } from './live-speeds.ts'
import { ModelDigests } from './model-digests.ts'
import { ModelEntries } from './model-entries.ts'
import type { ModelEntry } from './model-entry.ts'
import type { ModelRow } from './model-rows.ts'
import { modelView } from './model-view.ts'
import { changedWish, type ModelWishPatch } from './model-wish.ts'
import type { ModelRegistry, ModelRegistryComponents, ModelRegistryInit } from './registry-contract.ts'
import { EntryLoader } from './residency/entry-loader.ts'
import { followRows, type RowsFollower } from './residency/follow-rows.ts'
import { memoryBudget } from './residency/memory-budget.ts'
import { PlanRows } from './residency/plan-rows.ts'
import { orAborted, Residency } from './residency/residency.ts'
import { residentEngine } from './residency/resident-engine.ts'
import { smallerQuantisation } from './residency/smaller-quantisation.ts'

export { BUILT_IN_MODEL } from './model-entries.ts'
export type { ModelRegistry, ModelRegistryInit } from './registry-contract.ts'

/** Tokens per sequence where the operator does not say: what a model was trained on may need all the memory. */
export const CONTEXT_TOKENS = 8192
/** Listeners are told at most that often. */
const TELL_INTERVAL_MS = 20
/** How long `start` waits for models; slower ones go on loading. */
const START_WAIT_MS = 120_000
/** A model that takes longer to load is not offered while it is not in memory. */
const MAX_DEMAND_LOAD_MS = 60_000
/** What a disk reads in a millisecond, where nothing was measured yet. */
const DISK_BYTES_PER_MS = 100_000
/** How often changes by other processes are looked for. */
const FOLLOW_MS = 500
/** How often models that found no memory are tried again. */
const RETRY_MS = 60_000

/** Opens the models of a data folder. Nothing is loaded before `start`. */
export function openModelRegistry(
  components: ModelRegistryComponents,
  init: ModelRegistryInit,
): ModelRegistry {
  return new Registry(components, init)
}

class Registry implements ModelRegistry {
  readonly engine: Pick<InferenceEngine, 'generate' | 'embed' | 'score'>
  readonly #engine: InferenceSupervisor
  readonly #settings: Pick<Settings, 'get' | 'onChange'>
  readonly #logger: Logger
  readonly #init: ModelRegistryInit
  readonly #loader: EntryLoader
  readonly #residency: Residency
  readonly #benchmarks: Benchmarks
  readonly #speeds = new LiveSpeeds()
  readonly #entries: ModelEntries
  readonly #digests: ModelDigests
  /** Those that are to be loaded next, without anybody asking for them. */
  readonly #queued = new Set<ModelEntry>()
  readonly #listeners = new Set<() => void>()
  readonly #background = new Set<Promise<unknown>>()
  readonly #reloading = new Set<ModelEntry>()
  readonly #stopping = new AbortController()
  readonly #unsubscribe: (() => void)[]
  readonly #follower: RowsFollower
  readonly #retryTimer: NodeJS.Timeout
  #tellTimer: NodeJS.Timeout | undefined

  constructor(components: ModelRegistryComponents, init: ModelRegistryInit) {
    const { engine, settings, logger, store } = components
    this.#engine = engine
    this.#settings = settings
    this.#logger = logger
    this.#init = init
    this.#entries = new ModelEntries(store, { builtInPath: init.builtInPath, now: () => this.#now() })
    for (const extra of init.extra ?? []) this.#entries.addExtra(extra)
    this.#digests = new ModelDigests(
      { engine, rows: this.#entries.rows, logger },
      { signal: this.#stopping.signal, onDigest: (entry, loaded) => this.#digested(entry, loaded) },
    )
    this.#benchmarks = new Benchmarks({ store, engine, logger }, { references: init.references })
    this.#loader = new EntryLoader(
      { engine, settings, logger, plans: new PlanRows(store) },
      {
        gpu: init.gpu ?? 'auto',
        contextSize: init.contextSize ?? CONTEXT_TOKENS,
        gpus: () => this.#gpus(),
        now: () => this.#now(),
      },
    )
    this.#residency = new Residency(
      {
        engine,
        logger,
        budgetBytes: memoryBudget(settings, {
          folder: resolve(init.builtInPath, '..'),
          gpus: () => this.#gpus(),
        }),
        estimateBytes: (name) => this.#estimate(name),
        load: (name, roomBytes, how) => this.#bring(this.#entries.known(name), roomBytes, how),
        preloaded: (name) => this.#entries.get(name)?.wish.preload ?? false,
        idleUnloadMs: () => settings.get().idleUnloadMs,
        onChange: () => this.#changed(),
      },
      init.residency,
    )
    this.engine = residentEngine(
      engine,
      this.#residency,
      this.#speeds,
      (name) => this.#entries.get(name)?.enabled === true,
    )
    this.#unsubscribe = [
      engine.onState(() => this.#engineChanged()),
      settings.onChange(() => this.#settingsChanged()),
    ]
    this.#follower = followRows(
      { store, rows: this.#entries.rows },
      {
        pollMs: init.followMs ?? FOLLOW_MS,
        busy: () => this.#entries.writing,
        onRows: (rows) => this.#follow(rows),
      },
    )
    this.#retryTimer = setInterval(() => this.#retry(), RETRY_MS)
    this.#retryTimer.unref()
  }

  async start(options: { signal?: AbortSignal } = {}): Promise<void> {
    const enabled = this.#entries.all().filter((entry) => entry.enabled)
    for (const entry of enabled) this.#queued.add(entry)
    const order = [...enabled].sort((a, b) => Number(b.wish.preload) - Number(a.wish.preload))
    const loads = (async () => {
      for (const entry of order) await this.#loadIfRoom(entry).catch(() => undefined)
    })()
    this.#inBackground(loads)
    const waiting = new AbortController()
    const signal = AbortSignal.any([
      waiting.signal,
      this.#stopping.signal,
      ...(options.signal === undefined ? [] : [options.signal]),
    ])
    try {
      await Promise.race([loads, sleep(START_WAIT_MS, undefined, { signal, ref: false })])
    } catch {
      options.signal?.throwIfAborted()
    } finally {
      waiting.abort()
    }
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new DriadError('stopping', 'The node is shutting down'))
    this.#follower.stop()
    clearInterval(this.#retryTimer)
    for (const unsubscribe of this.#unsubscribe) unsubscribe()
    clearTimeout(this.#tellTimer)
    this.#listeners.clear()
    // What is being loaded ends with the engine, at the latest when that stops.
    for (const name of this.#entries.names()) {
      if (this.#residency.isLoading(name)) await this.#engine.unload(name)
    }
    await this.#residency.stop()
    await Promise.allSettled(this.#background)
  }

  list(): ModelView[] {
    const { engine, settings } = { engine: this.#engine, settings: this.#settings.get() }
    return this.#entries.all().map((entry) =>
      modelView(entry, {
        engine: engine.state(),
        supervised: engine.model(entry.name),
        suspended: this.#suspension(),
        loading: this.#queued.has(entry) || this.#residency.isLoading(entry.name),
        running: engine.running(entry.name),
        price: entry.price ?? settings,
      }),
    )
  }

  served(): readonly ServedModel[] {
    return this.#entries
      .names()
      .map((name) => this.get(name))
      .filter((model) => model !== undefined)
  }

  get(name: string): ServedModel | undefined {
    const entry = this.#entries.get(name)
    if (entry?.digest === undefined || !entry.enabled || entry.error !== undefined) return undefined
    if (this.#engine.state().state !== 'ready') return undefined
    const supervised = this.#engine.model(name)
    const now = supervised?.state === 'ready' ? supervised.loaded : this.#onDemand(entry)
    if (now === undefined) return undefined
    const { contextSize, slots, tokensPerSecond } = now
    const { promptMicroPer1k, completionMicroPer1k } = entry.price ?? this.#settings.get()
    const price = { promptMicroPer1k, completionMicroPer1k }
    return { name, digest: entry.digest, contextSize, slots, tokensPerSecond, price }
  }

  expected(name: string): boolean {
    const entry = this.#entries.get(name)
    if (entry === undefined || !entry.enabled || entry.error !== undefined) return false
    const state = this.#engine.model(name)?.state
    if (this.#engine.state().state === 'broken') return false
    if (this.#suspension() !== undefined && state !== 'ready') return false
    // Between two attempts with less memory each, the engine says that it failed.
    return this.#residency.isLoading(name) || state !== 'failed'
  }

  whyNot(name: string): string | undefined {
    return this.#engine.model(name)?.state === 'ready' ? undefined : this.#suspension()?.message
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async add(model: {
    readonly path: string
    readonly name?: string | undefined
    readonly load?: boolean
  }): Promise<void> {
    const path = resolve(model.path)
    this.#entries.check(path, model.name)
    const info = await inspectGguf(path, { signal: this.#stopping.signal })
    const entry = this.#entries.add(path, model.name, true)
    entry.enabled = model.load ?? true
    entry.info = info
    await this.#entries.keep(entry)
    this.#changed()
    if (entry.enabled) this.#inBackground(this.#load(entry, { afresh: true }))
  }

  async remove(name: string): Promise<void> {
    const entry = this.#entries.known(name)
    if (entry.builtIn) {
      throw new DriadError('bad_setting', `${name} is built in and cannot be removed; it can be unloaded`)
    }
    await this.#entries.remove(entry)
    this.#changed()
    await this.#residency.unload(name)
  }

  async load(name: string, options: { signal?: AbortSignal } = {}): Promise<void> {
    const entry = this.#entries.known(name)
    if (!entry.enabled) {
      entry.enabled = true
      await this.#entries.keep(entry)
    }
    await this.#load(entry, { ...options, afresh: true })
    await this.#digests.of(entry)
  }

  async unload(name: string): Promise<void> {
    const entry = this.#entries.known(name)
    entry.enabled = false
    await this.#entries.keep(entry)
    this.#changed()
    await this.#residency.unload(name)
  }

  async setWish(name: string, patch: ModelWishPatch): Promise<void> {
    const entry = this.#entries.known(name)
    entry.wish = changedWish(entry.wish, patch)
    await this.#entries.keep(entry)
    this.#wishChanged(entry)
  }

  async benchmark(name: string, options: { signal?: AbortSignal } = {}): Promise<BenchmarkView> {
    const entry = this.#entries.known(name)
    const figures = await this.#residency.use(name, () => this.#benchmarks.measure(entry, options), options)
    this.#changed()
    return figures
  }

  async moveTo(name: string, path: string): Promise<void> {
    const old = this.#entries.known(name)
    if (old.builtIn) throw new DriadError('bad_setting', `${name} is built in and keeps its file`)
    const info = await inspectGguf(resolve(path), { signal: this.#stopping.signal })
    const entry = this.#entries.moved(old, resolve(path))
    entry.info = info
    await this.#entries.keep(entry)
    this.#changed()
    await this.#residency.unload(name)
    this.#inBackground(this.#load(entry, { afresh: true }))
  }

  speeds(): ModelSpeedView[] {
    return this.#speeds.list()
  }

  onSpeeds(listener: () => void): () => void {
    return this.#speeds.follow(listener)
  }

  async setPrice(name: string, price: Price): Promise<void> {
    const entry = this.#entries.known(name)
    for (const amount of [price.promptMicroPer1k, price.completionMicroPer1k]) {
      if (amount < 0n || amount > PRICE_MICRO_PER_1K) {
        throw new DriadError('bad_setting', `A price is between 0 and ${PRICE_MICRO_PER_1K} micro-credits`)
      }
    }
    entry.price = {
      promptMicroPer1k: price.promptMicroPer1k,
      completionMicroPer1k: price.completionMicroPer1k,
    }
    await this.#entries.keep(entry)
    this.#changed()
  }

  /** At the start: without room it stays out of memory until somebody asks for it. */
  async #loadIfRoom(entry: ModelEntry): Promise<void> {
    try {
      await this.#loader.inspect(entry, { signal: this.#stopping.signal })
      // Its digest may be known, and what was learned of it with that.
      await this.#digests.of(entry)
      if (!this.#entries.wanted(entry) || this.#stopping.signal.aborted) return
      // Alone it may fit with less than is wanted.
      const { empty } = this.#residency
      if (entry.wish.preload || empty || (await this.#residency.fits(entry.name))) {
        await this.#load(entry)
        await this.#digests.of(entry)
      } else this.#logger.info(`${entry.name} does not fit beside the others; it is loaded on demand`)
    } catch (cause) {
      if (entry.error === undefined && this.#engine.model(entry.name) === undefined)
        this.#failed(entry, cause)
    } finally {
      this.#queued.delete(entry)
      this.#changed()
    }
  }

  /** Has it in memory, anew if it is there. The outcome is in `list`, too. */
  async #load(
    entry: ModelEntry,
    { signal, ...how }: { signal?: AbortSignal; afresh?: boolean } = {},
  ): Promise<void> {
    signal?.throwIfAborted()
    const { name } = entry
    const load =
      this.#residency.has(name) && how.afresh === true
        ? this.#residency.reload(name, how)
        : this.#residency.load(name, how)
    load.catch(() => undefined)
    await (signal === undefined ? load : orAborted(load, signal))
  }

  /** What residency calls to load it. */
  async #bring(
    entry: ModelEntry,
    roomBytes: number,
    how: { afresh?: boolean; signal?: AbortSignal },
  ): Promise<number> {
    entry.error = undefined
    try {
      if (!this.#entries.wanted(entry)) throw unwanted(entry.name)
      const loaded = await this.#loader.load(entry, roomBytes, how)
      if (!this.#entries.wanted(entry)) {
        await this.#engine.unload(entry.name)
        throw unwanted(entry.name)
      }
      return this.#loader.takenBytes(entry, loaded)
    } catch (cause) {
      const smaller = smallerQuantisation(entry, cause, this.#entries.all())
      if (smaller !== undefined) this.#inBackground(this.#insteadOf(entry, smaller))
      // What the engine refused, it remembers itself; here is what came before it.
      if (this.#engine.model(entry.name) === undefined) this.#failed(entry, cause)
      const { code, message } = DriadError.from(cause)
      this.#logger.warn(`The model ${entry.name} is not loaded: ${message}`, { code })
      throw cause
    }
  }

  async #insteadOf(entry: ModelEntry, smaller: ModelEntry): Promise<void> {
    const { enabled } = smaller
    this.#logger.warn(`${entry.name} does not fit into memory: ${smaller.name} is served instead`)
    if (!enabled) {
      smaller.enabled = true
      await this.#entries.keep(smaller)
    }
    await this.#loadIfRoom(smaller)
  }

  #failed(entry: ModelEntry, cause: unknown): void {
    const failure = DriadError.from(cause)
    if (this.#entries.wanted(entry) && failure.code !== 'stopping') entry.error = failure
    this.#changed()
  }

  async #estimate(name: string): Promise<number> {
    const entry = this.#entries.known(name)
    if (entry.info === undefined) {
      // What is wrong with the file is told by the load.
      await this.#loader.inspect(entry, { signal: this.#stopping.signal }).catch(() => undefined)
    }
    return this.#loader.estimateBytes(entry, this.#loader.wanted(entry))
  }

  /** Why none of these models can be loaded now. */
  #suspension(): DriadError | undefined {
    return this.#init.gpu === 'off' ? undefined : this.#engine.suspended()
  }

  /** What a model that is not in memory is offered with, if it can be there within a bounded time. */
  #onDemand(entry: ModelEntry): Pick<ServedModel, 'contextSize' | 'slots' | 'tokensPerSecond'> | undefined {
    const { name, lastLoad, benchmark, info } = entry
    const supervised = this.#engine.model(name)
    if (this.#suspension() !== undefined) return undefined
    // A model that the engine keeps comes back by itself; until then it is not there.
    if (this.#queued.has(entry) || info === undefined) return undefined
    if (supervised !== undefined && !this.#residency.isLoading(name)) return undefined
    const known = lastLoad ?? benchmark
    const loadMs = known?.loadMs ?? info.sizeBytes / DISK_BYTES_PER_MS
    if (loadMs > MAX_DEMAND_LOAD_MS) return undefined
    const { memoryBudgetBytes } = this.#settings.get()
    if (memoryBudgetBytes > 0 && this.#loader.leastBytes(entry) > memoryBudgetBytes) return undefined
    return { ...this.#loader.wanted(entry), tokensPerSecond: 0, ...known }
  }

  /** Called at any change of the engine: a load that ended needs its digest, and may be another's doing. */
  #engineChanged(): void {
    for (const entry of this.#entries.all()) {
      const supervised = this.#engine.model(entry.name)
      if (supervised?.state !== 'ready') continue
      if (!this.#residency.has(entry.name) && !this.#residency.isLoading(entry.name)) {
        this.#residency.adopt(entry.name, this.#loader.takenBytes(entry, supervised.loaded))
      }
      if (this.#digests.missing(entry)) this.#inBackground(this.#digests.of(entry))
    }
    this.#reloadChanged()
    this.#changed()
  }

  #settingsChanged(): void {
    this.#inBackground(this.#residency.trim())
    this.#reloadChanged()
    this.#changed()
  }

  #wishChanged(entry: ModelEntry): void {
    if (entry.wish.preload && entry.enabled && !this.#residency.has(entry.name)) {
      this.#inBackground(this.#load(entry))
    }
    this.#reloadChanged()
    this.#changed()
  }

  /** Other slots need another context: it is made when nothing runs in the old one. */
  #reloadChanged(): void {
    for (const entry of this.#entries.all()) {
      if (!entry.enabled || this.#reloading.has(entry) || this.#stopping.signal.aborted) continue
      if (!this.#residency.has(entry.name) || this.#loader.isCurrent(entry)) continue
      if (this.#engine.running(entry.name) > 0) continue
      this.#reloading.add(entry)
      this.#inBackground(this.#load(entry, { afresh: true }).finally(() => this.#reloading.delete(entry)))
    }
  }

  /** Those that found no memory before are tried again where there is room now. */
  #retry(): void {
    for (const entry of this.#entries.all()) {
      const failed = entry.error ?? errorOf(this.#engine.model(entry.name))
      if (!entry.enabled || failed?.code !== 'out_of_memory') continue
      this.#inBackground(
        this.#residency.fits(entry.name).then(async (fits) => {
          if (fits && this.#entries.wanted(entry)) await this.#load(entry)
        }),
      )
    }
  }

  /** Takes up what another process changed in the table. */
  #follow(rows: readonly ModelRow[]): void {
    const { added, removed, kept, switched } = this.#entries.follow(rows)
    for (const entry of removed) {
      this.#logger.info(`${entry.name} was removed by another process`)
      this.#inBackground(this.#residency.unload(entry.name))
    }
    for (const entry of added) this.#logger.info(`${entry.name} was added by another process`)
    for (const entry of [...added, ...switched]) {
      if (entry.enabled) this.#inBackground(this.#loadIfRoom(entry))
      else this.#inBackground(this.#residency.unload(entry.name))
    }
    for (const entry of kept) this.#wishChanged(entry)
    this.#changed()
  }

  #digested(entry: ModelEntry, loaded: LoadedModel | undefined): void {
    entry.benchmark = this.#benchmarks.newestOf(entry)
    if (loaded !== undefined && entry.digest !== undefined) this.#inBackground(this.#measureOnce(entry))
    this.#changed()
  }

  /** At the first load with a device and threads, once nothing else is loaded any more. */
  async #measureOnce(entry: ModelEntry): Promise<void> {
    if (this.#benchmarks.has(entry) || this.#engine.running(entry.name) > 0) return
    await this.#residency.whileResident(entry.name, () =>
      this.#benchmarks.measure(entry, { signal: this.#stopping.signal }),
    )
    this.#changed()
  }

  #inBackground(work: Promise<unknown>): void {
    const settled = work.then(
      () => undefined,
      () => undefined,
    )
    this.#background.add(settled)
    void settled.then(() => this.#background.delete(settled))
  }

  #changed(): void {
    if (this.#stopping.signal.aborted) return
    this.#tellTimer ??= setTimeout(() => {
      this.#tellTimer = undefined
      for (const listener of this.#listeners) listener()
    }, TELL_INTERVAL_MS)
  }

  #gpus(): readonly GpuMemoryView[] {
    return this.#init.gpu === 'off' ? [] : (this.#init.gpus?.() ?? [])
  }

  #now(): number {
    return this.#init.now?.() ?? Date.now()
  }
}

function unwanted(name: string): DriadError {
  return new DriadError('model_unavailable', `${name} was unloaded`)
}

function errorOf(supervised: SupervisedModel | undefined): DriadError | undefined {
  return supervised?.state === 'failed' ? supervised.error : undefined
}
