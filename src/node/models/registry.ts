import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { BenchmarkView } from '../../protocol/benchmark-views.ts'
import type { ReferenceMachine } from '../../protocol/compare-benchmark.ts'
import { DriadError } from '../../protocol/errors.ts'
import { type GgufInfo, inspectGguf } from '../../protocol/gguf/inspect-gguf.ts'
import type { Price } from '../../protocol/money.ts'
import type { ModelSpeedView, ModelView } from '../../protocol/views.ts'
import { PRICE_MICRO_PER_1K } from '../../protocol/wire/limits.ts'
import type { InferenceEngine, LoadedModel, SupervisedModel } from '../inference/contract.ts'
import type { InferenceSupervisor } from '../inference/supervisor.ts'
import type { Logger } from '../logs/contract.ts'
import type { Settings } from '../settings/settings.ts'
import type { Store } from '../store/contract.ts'
import type { ModelSource, ServedModel } from '../tasks/contract.ts'
import { Benchmarks } from './benchmarks/benchmarks.ts'
import { LiveSpeeds } from './live-speeds.ts'
import { type ModelEntry, newEntry } from './model-entry.ts'
import { checkModelName, modelNameOf } from './model-name.ts'
import { type ModelRow, ModelRows, noWish } from './model-rows.ts'
import { modelView } from './model-view.ts'
import { changedWish, type ModelWishPatch } from './model-wish.ts'
import { EntryLoader } from './residency/entry-loader.ts'
import { followRows, type RowsFollower } from './residency/follow-rows.ts'
import { memoryBudget } from './residency/memory-budget.ts'
import { PlanRows } from './residency/plan-rows.ts'
import { orAborted, Residency, type ResidencyInit } from './residency/residency.ts'
import { residentEngine } from './residency/resident-engine.ts'
import { weightsDigest } from './weights-digest.ts'

export const BUILT_IN_MODEL = 'demo'
/** Tokens per sequence where the operator does not say: what a model was trained on may need all the memory. */
export const CONTEXT_TOKENS = 8192
/** Models in one folder. */
const MAX_MODELS = 32
/** Listeners are told at most that often. */
const TELL_INTERVAL_MS = 20
/** How long `start` waits for models; slower ones go on loading. */
const START_WAIT_MS = 120_000
/** A model that takes longer to load is not offered while it is not in memory. */
const MAX_DEMAND_LOAD_MS = 60_000
/** What a disk reads in a second, where nothing was measured yet. */
const DISK_BYTES_PER_MS = 100_000
/** Two files whose parameters differ by less are of one model. */
const SAME_PARAMETERS = 0.01
/** How often changes by other processes are looked for. */
const FOLLOW_MS = 500
/** How often models that found no memory are tried again. */
const RETRY_MS = 60_000

export interface ModelRegistryComponents {
  readonly store: Store
  readonly engine: InferenceSupervisor
  readonly settings: Pick<Settings, 'get' | 'onChange'>
  readonly logger: Logger
}

export interface ModelRegistryInit {
  /** The demo model's file. */
  readonly builtInPath: string
  /** Served in this run, and not remembered. */
  readonly extra?: readonly { readonly path: string; readonly name?: string }[]
  /** Tokens per sequence, at most. */
  readonly contextSize?: number
  readonly gpu?: 'auto' | 'off'
  /** The device that models are loaded to, as remembered plans are kept by it. */
  readonly device?: () => string
  /** Memory of GPUs that models may take, in bytes; where the budget is not set. */
  readonly vramBytes?: () => number
  /** Machines to compare this one with. */
  readonly references?: () => readonly ReferenceMachine[]
  readonly residency?: ResidencyInit
  readonly followMs?: number
  readonly now?: () => number
}

export interface ModelRegistry extends ModelSource {
  /** Generates with models that are loaded when they are asked for. */
  readonly engine: Pick<InferenceEngine, 'generate' | 'embed'>
  /** Loads the enabled models that there is room for; waits for them, within bounds. What fails has its error in `list`. */
  start(options?: { signal?: AbortSignal }): Promise<void>
  /** Ends background work. The engine unloads by its own end. */
  stop(): Promise<void>
  list(): ModelView[]
  /**
   * Adds a GGUF file and begins to load it, unless `load` is false. Without a name it gets its file's. The same file under the same name is
   * no second model. Throws `model_not_found`, `model_invalid`, `bad_setting` for a name that is taken or impossible.
   */
  add(model: {
    readonly path: string
    readonly name?: string | undefined
    readonly load?: boolean
  }): Promise<void>
  /** Unloads and forgets it; its file stays. Throws `bad_setting` for the built-in model. */
  remove(name: string): Promise<void>
  /** Loads it, now and at each start; anew, if it is loaded. Others make way where need be. Throws what keeps it from loading, or `model_unavailable` for an unknown name. */
  load(name: string, options?: { signal?: AbortSignal }): Promise<void>
  /** Unloads it and leaves it so. What it generates is aborted. */
  unload(name: string): Promise<void>
  /** Sets how a model is loaded, and loads it anew where that changes. Throws `bad_setting`. */
  setWish(name: string, patch: ModelWishPatch): Promise<void>
  /** Measures it, loading it before if need be. Throws what loading throws. */
  benchmark(name: string, options?: { signal?: AbortSignal }): Promise<BenchmarkView>
  /**
   * Serves another file under the same name, with the same price and wishes: the old one is gone or damaged. Throws
   * `model_not_found`, `model_invalid`, `bad_setting` for the built-in model.
   */
  moveTo(name: string, path: string): Promise<void>
  /** How fast models write right now; those that do not are left out. */
  speeds(): ModelSpeedView[]
  /** Told once a second while models write. Returns a function that ends it. */
  onSpeeds(listener: () => void): () => void
  /** Sets a model's own price. Offers taken already keep theirs. */
  setPrice(name: string, price: Price): Promise<void>
}

/** Opens the models of a data folder. Nothing is loaded before `start`. */
export function openModelRegistry(
  components: ModelRegistryComponents,
  init: ModelRegistryInit,
): ModelRegistry {
  return new Registry(components, init)
}

class Registry implements ModelRegistry {
  readonly engine: Pick<InferenceEngine, 'generate' | 'embed'>
  readonly #engine: InferenceSupervisor
  readonly #settings: Pick<Settings, 'get' | 'onChange'>
  readonly #logger: Logger
  readonly #rows: ModelRows
  readonly #init: ModelRegistryInit
  readonly #loader: EntryLoader
  readonly #residency: Residency
  readonly #benchmarks: Benchmarks
  readonly #speeds = new LiveSpeeds()
  readonly #entries = new Map<string, ModelEntry>()
  /** Those that are to be loaded next, without anybody asking for them. */
  readonly #queued = new Set<ModelEntry>()
  readonly #listeners = new Set<() => void>()
  readonly #background = new Set<Promise<unknown>>()
  readonly #reloading = new Set<ModelEntry>()
  readonly #stopping = new AbortController()
  readonly #unsubscribe: (() => void)[]
  readonly #follower: RowsFollower
  readonly #retryTimer: NodeJS.Timeout
  #writing = 0
  #tellTimer: NodeJS.Timeout | undefined

  constructor(components: ModelRegistryComponents, init: ModelRegistryInit) {
    const { engine, settings, logger, store } = components
    this.#engine = engine
    this.#settings = settings
    this.#logger = logger
    this.#rows = new ModelRows(store)
    this.#init = init
    this.#benchmarks = new Benchmarks({ store, engine, logger }, { references: init.references })
    this.#loader = new EntryLoader(
      { engine, settings, logger, plans: new PlanRows(store) },
      {
        gpu: init.gpu ?? 'auto',
        contextSize: init.contextSize ?? CONTEXT_TOKENS,
        device: init.device ?? (() => init.gpu ?? 'auto'),
        now: () => this.#now(),
      },
    )
    this.#residency = new Residency(
      {
        engine,
        logger,
        budgetBytes: memoryBudget(settings, {
          folder: resolve(init.builtInPath, '..'),
          ...(init.vramBytes !== undefined && { vramBytes: init.vramBytes }),
        }),
        estimateBytes: (name) => this.#estimate(name),
        load: (name, roomBytes, how) => this.#bring(this.#known(name), roomBytes, how),
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
    this.#readRows()
    for (const { path, name } of init.extra ?? []) this.#insertExtra(resolve(path), name)
    this.#unsubscribe = [
      engine.onState(() => this.#engineChanged()),
      settings.onChange(() => this.#settingsChanged()),
    ]
    this.#follower = followRows(
      { store, rows: this.#rows },
      {
        pollMs: init.followMs ?? FOLLOW_MS,
        busy: () => this.#writing > 0,
        onRows: (rows) => this.#follow(rows),
      },
    )
    this.#retryTimer = setInterval(() => this.#retry(), RETRY_MS)
    this.#retryTimer.unref()
  }

  async start(options: { signal?: AbortSignal } = {}): Promise<void> {
    const enabled = [...this.#entries.values()].filter((entry) => entry.enabled)
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
    for (const name of this.#entries.keys()) {
      if (this.#residency.isLoading(name)) await this.#engine.unload(name)
    }
    await this.#residency.stop()
    await Promise.allSettled(this.#background)
  }

  list(): ModelView[] {
    const { engine, settings } = { engine: this.#engine, settings: this.#settings.get() }
    return [...this.#entries.values()].map((entry) =>
      modelView(entry, {
        engine: engine.state(),
        supervised: engine.model(entry.name),
        loading: this.#queued.has(entry) || this.#residency.isLoading(entry.name),
        running: engine.running(entry.name),
        price: entry.price ?? settings,
      }),
    )
  }

  served(): readonly ServedModel[] {
    return [...this.#entries.keys()].map((name) => this.get(name)).filter((model) => model !== undefined)
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
    if (this.#engine.state().state === 'broken' || state === 'suspended') return false
    // Between two attempts with less memory each, the engine says that it failed.
    return this.#residency.isLoading(name) || state !== 'failed'
  }

  whyNot(name: string): string | undefined {
    const supervised = this.#engine.model(name)
    return supervised?.state === 'suspended' ? supervised.error.message : undefined
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
    const name = model.name ?? modelNameOf(path)
    checkModelName(name)
    const known = this.#entries.get(name)
    if (known !== undefined && known.path !== path) {
      throw new DriadError(
        'bad_setting',
        `There is a model called ${name} already; give this one another name`,
      )
    }
    if (known === undefined && this.#entries.size >= MAX_MODELS) {
      throw new DriadError('bad_setting', `A node has at most ${MAX_MODELS} models; remove one first`)
    }
    const info = await inspectGguf(path, { signal: this.#stopping.signal })
    const enabled = model.load ?? true
    const entry =
      known ??
      this.#insert({ name, path, builtIn: false, kept: true, enabled, price: undefined, wish: noWish })
    entry.enabled = enabled
    entry.info = info
    await this.#keep(entry)
    this.#changed()
    if (enabled) this.#inBackground(this.#load(entry, { afresh: true }))
  }

  async remove(name: string): Promise<void> {
    const entry = this.#known(name)
    if (entry.builtIn) {
      throw new DriadError('bad_setting', `${name} is built in and cannot be removed; it can be unloaded`)
    }
    this.#entries.delete(name)
    if (entry.kept) await this.#write(() => this.#rows.remove(name))
    this.#changed()
    await this.#residency.unload(name)
  }

  async load(name: string, options: { signal?: AbortSignal } = {}): Promise<void> {
    const entry = this.#known(name)
    if (!entry.enabled) {
      entry.enabled = true
      await this.#keep(entry)
    }
    await this.#load(entry, { ...options, afresh: true })
    await this.#digested(entry)
  }

  async unload(name: string): Promise<void> {
    const entry = this.#known(name)
    entry.enabled = false
    await this.#keep(entry)
    this.#changed()
    await this.#residency.unload(name)
  }

  async setWish(name: string, patch: ModelWishPatch): Promise<void> {
    const entry = this.#known(name)
    entry.wish = changedWish(entry.wish, patch)
    await this.#keep(entry)
    this.#wishChanged(entry)
  }

  async benchmark(name: string, options: { signal?: AbortSignal } = {}): Promise<BenchmarkView> {
    const entry = this.#known(name)
    const figures = await this.#residency.use(name, () => this.#benchmarks.measure(entry, options), options)
    this.#changed()
    return figures
  }

  async moveTo(name: string, path: string): Promise<void> {
    const old = this.#known(name)
    if (old.builtIn) throw new DriadError('bad_setting', `${name} is built in and keeps its file`)
    const moved = resolve(path)
    const info = await inspectGguf(moved, { signal: this.#stopping.signal })
    const { price, wish, kept } = old
    const entry = this.#insert({ name, path: moved, builtIn: false, kept, enabled: true, price, wish })
    entry.info = info
    await this.#keep(entry)
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
    const entry = this.#known(name)
    for (const amount of [price.promptMicroPer1k, price.completionMicroPer1k]) {
      if (amount < 0n || amount > PRICE_MICRO_PER_1K) {
        throw new DriadError('bad_setting', `A price is between 0 and ${PRICE_MICRO_PER_1K} micro-credits`)
      }
    }
    entry.price = {
      promptMicroPer1k: price.promptMicroPer1k,
      completionMicroPer1k: price.completionMicroPer1k,
    }
    await this.#keep(entry)
    this.#changed()
  }

  #readRows(): void {
    const rows = new Map(this.#rows.all().map((row) => [row.name, row]))
    const builtIn = rows.get(BUILT_IN_MODEL)
    rows.delete(BUILT_IN_MODEL)
    this.#insert({
      name: BUILT_IN_MODEL,
      path: this.#init.builtInPath,
      builtIn: true,
      kept: true,
      enabled: builtIn?.enabled ?? true,
      price: builtIn?.price,
      wish: builtIn?.wish ?? noWish,
    })
    for (const row of rows.values()) this.#insert({ ...row, builtIn: false, kept: true })
  }

  #insert(model: Parameters<typeof newEntry>[0]): ModelEntry {
    const entry = newEntry(model)
    this.#entries.set(entry.name, entry)
    return entry
  }

  #insertExtra(path: string, given: string | undefined): void {
    const name = given ?? modelNameOf(path)
    checkModelName(name)
    const known = this.#entries.get(name)
    if (known?.path === path) {
      known.enabled = true
      return
    }
    if (known !== undefined) {
      throw new DriadError(
        'bad_setting',
        `There is a model called ${name} already; give ${path} another name`,
      )
    }
    this.#insert({
      name,
      path,
      builtIn: false,
      kept: false,
      enabled: true,
      price: undefined,
      wish: noWish,
    })
  }

  /** At the start: without room it stays out of memory until somebody asks for it. */
  async #loadIfRoom(entry: ModelEntry): Promise<void> {
    try {
      await this.#loader.inspect(entry, { signal: this.#stopping.signal })
      // Its digest may be known, and what was learned of it with that.
      await this.#digested(entry)
      if (!this.#wanted(entry) || this.#stopping.signal.aborted) return
      // Alone it may fit with less than is wanted.
      const { empty } = this.#residency
      if (entry.wish.preload || empty || (await this.#residency.fits(entry.name))) {
        await this.#load(entry)
        await this.#digested(entry)
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
      if (!this.#wanted(entry)) throw unwanted(entry.name)
      const loaded = await this.#loader.load(entry, roomBytes, how)
      if (!this.#wanted(entry)) {
        await this.#engine.unload(entry.name)
        throw unwanted(entry.name)
      }
      return this.#loader.takenBytes(entry, loaded)
    } catch (cause) {
      const smaller = this.#smallerThan(entry, cause)
      if (smaller !== undefined) this.#inBackground(this.#insteadOf(entry, smaller))
      // What the engine refused, it remembers itself; here is what came before it.
      if (this.#engine.model(entry.name) === undefined) this.#failed(entry, cause)
      const { code, message } = DriadError.from(cause)
      this.#logger.warn(`The model ${entry.name} is not loaded: ${message}`, { code })
      throw cause
    }
  }

  /** The same model in a smaller quantisation, where it is here and a larger one does not fit. */
  #smallerThan(entry: ModelEntry, cause: unknown): ModelEntry | undefined {
    if (!(cause instanceof DriadError) || cause.code !== 'out_of_memory') return undefined
    return [...this.#entries.values()]
      .filter((other) => isSmallerQuantisation(other.info, entry.info) && other.error === undefined)
      .sort((a, b) => (b.info?.sizeBytes ?? 0) - (a.info?.sizeBytes ?? 0))[0]
  }

  async #insteadOf(entry: ModelEntry, smaller: ModelEntry): Promise<void> {
    const { enabled } = smaller
    this.#logger.warn(`${entry.name} does not fit into memory: ${smaller.name} is served instead`)
    if (!enabled) {
      smaller.enabled = true
      await this.#keep(smaller)
    }
    await this.#loadIfRoom(smaller)
  }

  #failed(entry: ModelEntry, cause: unknown): void {
    const failure = DriadError.from(cause)
    if (this.#wanted(entry) && failure.code !== 'stopping') entry.error = failure
    this.#changed()
  }

  async #estimate(name: string): Promise<number> {
    const entry = this.#known(name)
    if (entry.info === undefined) {
      // What is wrong with the file is told by the load.
      await this.#loader.inspect(entry, { signal: this.#stopping.signal }).catch(() => undefined)
    }
    return this.#loader.estimateBytes(entry, this.#loader.wanted(entry))
  }

  /** What a model that is not in memory is offered with, if it can be there within a bounded time. */
  #onDemand(entry: ModelEntry): Pick<ServedModel, 'contextSize' | 'slots' | 'tokensPerSecond'> | undefined {
    const { name, lastLoad, benchmark, info } = entry
    const supervised = this.#engine.model(name)
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
    for (const entry of this.#entries.values()) {
      const supervised = this.#engine.model(entry.name)
      if (supervised?.state !== 'ready') continue
      if (!this.#residency.has(entry.name) && !this.#residency.isLoading(entry.name)) {
        this.#residency.adopt(entry.name, this.#loader.takenBytes(entry, supervised.loaded))
      }
      if (entry.digesting?.of !== supervised.loaded) this.#inBackground(this.#digested(entry))
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
    for (const entry of this.#entries.values()) {
      if (!entry.enabled || this.#reloading.has(entry) || this.#stopping.signal.aborted) continue
      if (!this.#residency.has(entry.name) || this.#loader.isCurrent(entry)) continue
      if (this.#engine.running(entry.name) > 0) continue
      this.#reloading.add(entry)
      this.#inBackground(this.#load(entry, { afresh: true }).finally(() => this.#reloading.delete(entry)))
    }
  }

  /** Those that found no memory before are tried again where there is room now. */
  #retry(): void {
    for (const entry of this.#entries.values()) {
      const failed = entry.error ?? errorOf(this.#engine.model(entry.name))
      if (!entry.enabled || failed?.code !== 'out_of_memory') continue
      this.#inBackground(
        this.#residency.fits(entry.name).then(async (fits) => {
          if (fits && this.#wanted(entry)) await this.#load(entry)
        }),
      )
    }
  }

  /** Takes up what another process changed in the table. */
  #follow(rows: readonly ModelRow[]): void {
    const byName = new Map(rows.map((row) => [row.name, row]))
    for (const entry of [...this.#entries.values()]) {
      const row = byName.get(entry.name)
      byName.delete(entry.name)
      if (!entry.kept) continue
      if (row !== undefined && (entry.builtIn || row.path === entry.path)) this.#take(entry, row)
      else if (!entry.builtIn) {
        this.#entries.delete(entry.name)
        this.#logger.info(`${entry.name} was removed by another process`)
        this.#inBackground(this.#residency.unload(entry.name))
        if (row !== undefined) byName.set(row.name, row)
      }
    }
    for (const row of byName.values()) {
      if (row.name === BUILT_IN_MODEL || this.#entries.size >= MAX_MODELS) continue
      const entry = this.#insert({ ...row, builtIn: false, kept: true })
      this.#logger.info(`${entry.name} was added by another process`)
      if (entry.enabled) this.#inBackground(this.#loadIfRoom(entry))
    }
    this.#changed()
  }

  #take(entry: ModelEntry, row: ModelRow): void {
    entry.price = row.price
    entry.wish = row.wish
    if (row.enabled !== entry.enabled) {
      entry.enabled = row.enabled
      if (row.enabled) this.#inBackground(this.#loadIfRoom(entry))
      else this.#inBackground(this.#residency.unload(entry.name))
    }
    this.#wishChanged(entry)
  }

  /** Resolves when there is a digest of what is loaded now, or of the file, or an error in its place. */
  async #digested(entry: ModelEntry): Promise<void> {
    const supervised = this.#engine.model(entry.name)
    const of = supervised?.state === 'ready' ? supervised.loaded : undefined
    if (entry.digesting === undefined || entry.digesting.of !== of) {
      // A load of the same file that merely goes on with other threads keeps its digest meanwhile.
      if (of !== undefined && !sameLoad(entry.digesting?.of, of)) entry.digest = undefined
      entry.digesting = { of, done: this.#digest(entry, of) }
    }
    await entry.digesting?.done
  }

  async #digest(entry: ModelEntry, loaded: LoadedModel | undefined): Promise<void> {
    try {
      entry.digest = await weightsDigest(entry.path, this.#rows, { signal: this.#stopping.signal })
      entry.benchmark = this.#benchmarks.newestOf(entry)
      if (loaded !== undefined) this.#inBackground(this.#measureOnce(entry))
    } catch (error) {
      if (this.#stopping.signal.aborted) return
      entry.error = DriadError.from(error)
      this.#logger.warn(`The model ${entry.name} has no digest: ${entry.error.message}`)
    }
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

  /** Remembers it in the data folder, unless it is of this run only. */
  async #keep({ name, path, enabled, price, wish, kept }: ModelEntry): Promise<void> {
    if (kept) await this.#write(() => this.#rows.put({ name, path, enabled, price, wish }, this.#now()))
  }

  async #write(write: () => Promise<void>): Promise<void> {
    this.#writing++
    try {
      await write()
    } finally {
      this.#writing--
    }
  }

  #wanted(entry: ModelEntry): boolean {
    return entry.enabled && this.#entries.get(entry.name) === entry
  }

  #known(name: string): ModelEntry {
    const entry = this.#entries.get(name)
    if (entry !== undefined) return entry
    throw new DriadError('model_unavailable', `There is no model called ${name}`)
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

  #now(): number {
    return this.#init.now?.() ?? Date.now()
  }
}

/** Whether one is the other with fewer bits for each weight, by what the files say. */
function isSmallerQuantisation(one: GgufInfo | undefined, other: GgufInfo | undefined): boolean {
  if (one === undefined || other === undefined || one.sizeBytes >= other.sizeBytes) return false
  const alike = Math.abs(one.parameterCount / Math.max(1, other.parameterCount) - 1) < SAME_PARAMETERS
  return alike && one.architecture === other.architecture && one.quantisation !== other.quantisation
}

function sameLoad(before: LoadedModel | undefined, now: LoadedModel): boolean {
  return before?.path === now.path && before.loadMs === now.loadMs
}

function unwanted(name: string): DriadError {
  return new DriadError('model_unavailable', `${name} was unloaded`)
}

function errorOf(supervised: SupervisedModel | undefined): DriadError | undefined {
  return supervised?.state === 'failed' ? supervised.error : undefined
}
