import { resolve } from 'node:path'
import type { BenchmarkView } from '../../protocol/benchmark-views.ts'
import { DriadError } from '../../protocol/errors.ts'
import { inspectGguf } from '../../protocol/gguf/inspect-gguf.ts'
import type { Price } from '../../protocol/money.ts'
import type { ModelSpeedView, ModelView } from '../../protocol/views.ts'
import { PRICE_MICRO_PER_1K } from '../../protocol/wire/limits.ts'
import type { InferenceEngine, LoadedModel } from '../inference/contract.ts'
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
import { followRows, type RowsFollower } from './residency/follow-rows.ts'
import { ModelLoads } from './residency/model-loads.ts'
import { residentEngine } from './residency/resident-engine.ts'

export { BUILT_IN_MODEL } from './model-entries.ts'
export type { ModelRegistry, ModelRegistryInit } from './registry-contract.ts'

/** Listeners are told at most that often. */
const TELL_INTERVAL_MS = 20
/** How often changes by other processes are looked for. */
const FOLLOW_MS = 1_000

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
  readonly #loads: ModelLoads
  readonly #benchmarks: Benchmarks
  readonly #speeds = new LiveSpeeds()
  readonly #entries: ModelEntries
  readonly #digests: ModelDigests
  readonly #listeners = new Set<() => void>()
  readonly #background = new Set<Promise<unknown>>()
  readonly #stopping = new AbortController()
  readonly #unsubscribe: (() => void)[]
  readonly #follower: RowsFollower
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
    this.#loads = new ModelLoads(
      { engine, settings, logger, store, entries: this.#entries, digests: this.#digests },
      {
        ...init,
        now: () => this.#now(),
        signal: this.#stopping.signal,
        onChange: () => this.#changed(),
        inBackground: (work) => this.#inBackground(work),
      },
    )
    this.engine = residentEngine(
      engine,
      this.#loads.residency,
      this.#speeds,
      (name) => this.#entries.get(name)?.enabled === true,
    )
    this.#unsubscribe = [
      engine.onState(() => {
        this.#loads.engineChanged()
        this.#changed()
      }),
      settings.onChange(() => {
        this.#loads.settingsChanged()
        this.#changed()
      }),
    ]
    this.#follower = followRows(
      { store, rows: this.#entries.rows },
      {
        pollMs: init.followMs ?? FOLLOW_MS,
        busy: () => this.#entries.writing,
        onRows: (rows) => this.#follow(rows),
      },
    )
  }

  start(options: { signal?: AbortSignal } = {}): Promise<void> {
    return this.#loads.start(options)
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new DriadError('stopping', 'The node is shutting down'))
    this.#follower.stop()
    for (const unsubscribe of this.#unsubscribe) unsubscribe()
    clearTimeout(this.#tellTimer)
    this.#listeners.clear()
    await this.#loads.stop()
    await Promise.allSettled(this.#background)
  }

  list(): ModelView[] {
    const { engine, settings } = { engine: this.#engine, settings: this.#settings.get() }
    return this.#entries.all().map((entry) =>
      modelView(entry, {
        engine: engine.state(),
        supervised: engine.model(entry.name),
        suspended: this.#loads.suspension(),
        loading: this.#loads.isLoading(entry),
        running: engine.running(entry.name),
        price: entry.price ?? settings,
      }),
    )
  }

  names(): readonly string[] {
    return this.#entries.names()
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
    const now = supervised?.state === 'ready' ? supervised.loaded : this.#loads.onDemand(entry)
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
    if (this.#loads.suspension() !== undefined && state !== 'ready') return false
    // Between two attempts with less memory each, the engine says that it failed.
    return this.#loads.residency.isLoading(name) || state !== 'failed'
  }

  whyNot(name: string): string | undefined {
    return this.#engine.model(name)?.state === 'ready' ? undefined : this.#loads.suspension()?.message
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
    if (entry.enabled) this.#inBackground(this.#loads.load(entry, { afresh: true }))
  }

  async remove(name: string): Promise<void> {
    const entry = this.#entries.known(name)
    if (entry.builtIn) {
      throw new DriadError('bad_setting', `${name} is built in and cannot be removed; it can be unloaded`)
    }
    await this.#entries.remove(entry)
    this.#changed()
    await this.#loads.residency.unload(name)
  }

  async load(name: string, options: { signal?: AbortSignal } = {}): Promise<void> {
    const entry = this.#entries.known(name)
    if (!entry.enabled) {
      entry.enabled = true
      await this.#entries.keep(entry)
    }
    await this.#loads.load(entry, { ...options, afresh: true })
    await this.#digests.of(entry)
  }

  async unload(name: string): Promise<void> {
    const entry = this.#entries.known(name)
    entry.enabled = false
    await this.#entries.keep(entry)
    this.#changed()
    await this.#loads.residency.unload(name)
  }

  async setWish(name: string, patch: ModelWishPatch): Promise<void> {
    const entry = this.#entries.known(name)
    entry.wish = changedWish(entry.wish, patch)
    await this.#entries.keep(entry)
    this.#loads.wishChanged(entry)
    this.#changed()
  }

  async benchmark(name: string, options: { signal?: AbortSignal } = {}): Promise<BenchmarkView> {
    const entry = this.#entries.known(name)
    const figures = await this.#loads.residency.use(
      name,
      () => this.#benchmarks.measure(entry, options),
      options,
    )
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
    await this.#loads.residency.unload(name)
    this.#inBackground(this.#loads.load(entry, { afresh: true }))
  }

  speeds(): ModelSpeedView[] {
    return this.#speeds.list()
  }

  onSpeeds(listener: () => void): () => void {
    return this.#speeds.follow(listener)
  }

  async setPrice(name: string, price: Price | null): Promise<void> {
    const entry = this.#entries.known(name)
    entry.price = price === null ? undefined : checkedPrice(price)
    await this.#entries.keep(entry)
    this.#changed()
  }

  /** Takes up what another process changed in the table. */
  #follow(rows: readonly ModelRow[]): void {
    const { added, removed, kept, switched } = this.#entries.follow(rows)
    for (const entry of removed) {
      this.#logger.info(`${entry.name} was removed by another process`)
      this.#inBackground(this.#loads.residency.unload(entry.name))
    }
    for (const entry of added) this.#logger.info(`${entry.name} was added by another process`)
    for (const entry of [...added, ...switched]) {
      if (entry.enabled) this.#inBackground(this.#loads.loadIfRoom(entry))
      else this.#inBackground(this.#loads.residency.unload(entry.name))
    }
    for (const entry of kept) this.#loads.wishChanged(entry)
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
    await this.#loads.residency.whileResident(entry.name, () =>
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

  #now(): number {
    return this.#init.now?.() ?? Date.now()
  }
}

function checkedPrice({ promptMicroPer1k, completionMicroPer1k }: Price): Price {
  for (const amount of [promptMicroPer1k, completionMicroPer1k]) {
    if (amount < 0n || amount > PRICE_MICRO_PER_1K) {
      throw new DriadError('bad_setting', `A price is between 0 and ${PRICE_MICRO_PER_1K} micro-credits`)
    }
  }
  return { promptMicroPer1k, completionMicroPer1k }
}
