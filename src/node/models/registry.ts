import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { DriadError } from '../../protocol/errors.ts'
import { type GgufInfo, inspectGguf } from '../../protocol/gguf/inspect-gguf.ts'
import type { Price } from '../../protocol/money.ts'
import type { ModelView } from '../../protocol/views.ts'
import { PRICE_MICRO_PER_1K } from '../../protocol/wire/limits.ts'
import type { LoadedModel } from '../inference/contract.ts'
import type { InferenceSupervisor } from '../inference/supervisor.ts'
import type { Logger } from '../logs/contract.ts'
import type { Settings } from '../settings/settings.ts'
import type { Store } from '../store/contract.ts'
import type { ModelSource, ServedModel } from '../tasks/contract.ts'
import { checkModelName, modelNameOf } from './model-name.ts'
import { ModelRows } from './model-rows.ts'
import { modelView } from './model-view.ts'
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
  readonly now?: () => number
}

/** One model that the node knows, loaded or not. */
export interface ModelEntry {
  readonly name: string
  readonly path: string
  readonly builtIn: boolean
  /** False for models of this run only. */
  readonly kept: boolean
  /** Whether it ought to be loaded. */
  enabled: boolean
  /** Its own price, where it has one. */
  price: Price | undefined
  info: GgufInfo | undefined
  digest: Uint8Array | undefined
  /** The load that the digest belongs to, since another one may be of another file, and when it is there. */
  digesting: { readonly of: LoadedModel; readonly done: Promise<void> } | undefined
  /** Why it cannot be loaded, if the file or its digest says so. */
  error: DriadError | undefined
}

export interface ModelRegistry extends ModelSource {
  /** Loads every enabled model; waits for them, within bounds. What fails has its error in `list`. */
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
  /** Loads it, now and at each start. Throws what keeps it from loading, or `model_unavailable` for an unknown name. */
  load(name: string, options?: { signal?: AbortSignal }): Promise<void>
  /** Unloads it and leaves it so. What it generates is aborted. */
  unload(name: string): Promise<void>
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
  readonly #engine: InferenceSupervisor
  readonly #settings: Pick<Settings, 'get' | 'onChange'>
  readonly #logger: Logger
  readonly #rows: ModelRows
  readonly #init: ModelRegistryInit
  readonly #entries = new Map<string, ModelEntry>()
  readonly #listeners = new Set<() => void>()
  readonly #background = new Set<Promise<unknown>>()
  readonly #reloading = new Set<ModelEntry>()
  readonly #stopping = new AbortController()
  readonly #unsubscribe: (() => void)[]
  #tellTimer: NodeJS.Timeout | undefined

  constructor(components: ModelRegistryComponents, init: ModelRegistryInit) {
    this.#engine = components.engine
    this.#settings = components.settings
    this.#logger = components.logger
    this.#rows = new ModelRows(components.store)
    this.#init = init
    const rows = new Map(this.#rows.all().map((row) => [row.name, row]))
    const builtIn = rows.get(BUILT_IN_MODEL)
    rows.delete(BUILT_IN_MODEL)
    this.#insert({
      name: BUILT_IN_MODEL,
      path: init.builtInPath,
      builtIn: true,
      kept: true,
      enabled: builtIn?.enabled ?? true,
      price: builtIn?.price,
    })
    for (const row of rows.values()) this.#insert({ ...row, builtIn: false, kept: true })
    for (const { path, name } of init.extra ?? []) this.#insertExtra(resolve(path), name)
    this.#unsubscribe = [
      components.engine.onState(() => this.#engineChanged()),
      components.settings.onChange(() => this.#engineChanged()),
    ]
  }

  async start(options: { signal?: AbortSignal } = {}): Promise<void> {
    const loads = [...this.#entries.values()]
      .filter(({ enabled }) => enabled)
      .map((entry) =>
        this.#load(entry).then(
          () => this.#digested(entry),
          () => undefined,
        ),
      )
    const waiting = new AbortController()
    const signal = AbortSignal.any([
      waiting.signal,
      this.#stopping.signal,
      ...(options.signal === undefined ? [] : [options.signal]),
    ])
    try {
      await Promise.race([Promise.all(loads), sleep(START_WAIT_MS, undefined, { signal, ref: false })])
    } catch {
      options.signal?.throwIfAborted()
    } finally {
      waiting.abort()
    }
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new DriadError('stopping', 'The node is shutting down'))
    for (const unsubscribe of this.#unsubscribe) unsubscribe()
    clearTimeout(this.#tellTimer)
    this.#listeners.clear()
    await Promise.allSettled(this.#background)
  }

  list(): ModelView[] {
    const { engine, settings } = { engine: this.#engine, settings: this.#settings.get() }
    return [...this.#entries.values()].map((entry) =>
      modelView(entry, {
        engine: engine.state(),
        supervised: engine.model(entry.name),
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
    const supervised = this.#engine.model(name)
    if (entry?.digest === undefined || !entry.enabled || entry.error !== undefined) return undefined
    if (supervised?.state !== 'ready' || this.#engine.state().state !== 'ready') return undefined
    const { promptMicroPer1k, completionMicroPer1k } = entry.price ?? this.#settings.get()
    const { contextSize, slots, tokensPerSecond } = supervised.loaded
    return {
      name,
      digest: entry.digest,
      contextSize,
      slots,
      tokensPerSecond,
      price: { promptMicroPer1k, completionMicroPer1k },
    }
  }

  expected(name: string): boolean {
    const entry = this.#entries.get(name)
    if (entry === undefined || !entry.enabled || entry.error !== undefined) return false
    return this.#engine.state().state !== 'broken' && this.#engine.model(name)?.state !== 'failed'
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
    const entry = this.#insert({
      name,
      path,
      builtIn: known?.builtIn ?? false,
      kept: true,
      enabled: model.load ?? true,
      price: known?.price,
    })
    entry.info = info
    await this.#keep(entry)
    this.#changed()
    if (entry.enabled) this.#inBackground(this.#load(entry))
  }

  async remove(name: string): Promise<void> {
    const entry = this.#known(name)
    if (entry.builtIn) {
      throw new DriadError('bad_setting', `${name} is built in and cannot be removed; it can be unloaded`)
    }
    this.#entries.delete(name)
    if (entry.kept) await this.#rows.remove(name)
    this.#changed()
    await this.#engine.unload(name)
  }

  async load(name: string, options: { signal?: AbortSignal } = {}): Promise<void> {
    const entry = this.#known(name)
    if (!entry.enabled) {
      entry.enabled = true
      await this.#keep(entry)
    }
    await this.#load(entry, options)
    await this.#digested(entry)
  }

  async unload(name: string): Promise<void> {
    const entry = this.#known(name)
    entry.enabled = false
    await this.#keep(entry)
    this.#changed()
    await this.#engine.unload(name)
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

  #insert(model: Pick<ModelEntry, 'name' | 'path' | 'builtIn' | 'kept' | 'enabled' | 'price'>): ModelEntry {
    const entry: ModelEntry = {
      ...model,
      info: undefined,
      digest: undefined,
      digesting: undefined,
      error: undefined,
    }
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
    this.#insert({ name, path, builtIn: false, kept: false, enabled: true, price: undefined })
  }

  /** Has the engine load it, after a look at the file. The outcome is in `list`, too. */
  async #load(entry: ModelEntry, options: { signal?: AbortSignal } = {}): Promise<void> {
    entry.error = undefined
    try {
      entry.info = await inspectGguf(entry.path, { signal: options.signal ?? this.#stopping.signal })
      if (!this.#wanted(entry)) return
      this.#changed()
      await this.#engine.load(
        {
          name: entry.name,
          path: entry.path,
          slots: this.#settings.get().slots,
          contextSize: this.#init.contextSize ?? CONTEXT_TOKENS,
          gpu: this.#init.gpu ?? 'auto',
        },
        options,
      )
    } catch (error) {
      options.signal?.throwIfAborted()
      const failure = DriadError.from(error)
      // What the engine refused, it remembers itself; here is what came before it.
      if (
        this.#wanted(entry) &&
        this.#engine.model(entry.name) === undefined &&
        failure.code !== 'stopping'
      ) {
        entry.error = failure
      }
      this.#logger.warn(`The model ${entry.name} is not loaded: ${failure.message}`, { code: failure.code })
      this.#changed()
      throw failure
    }
  }

  /** Called at any change of the engine: a load that ended needs its digest, other settings another load. */
  #engineChanged(): void {
    for (const entry of this.#entries.values()) {
      const supervised = this.#engine.model(entry.name)
      if (supervised?.state !== 'ready') continue
      if (entry.digesting?.of !== supervised.loaded) this.#inBackground(this.#digested(entry))
      else if (this.#mayReload(entry, supervised.loaded)) {
        this.#reloading.add(entry)
        this.#inBackground(this.#load(entry).finally(() => this.#reloading.delete(entry)))
      }
    }
    this.#changed()
  }

  /** Other slots need another context: it is made when nothing runs in the old one. */
  #mayReload(entry: ModelEntry, loaded: LoadedModel): boolean {
    return (
      entry.enabled &&
      loaded.slots !== this.#settings.get().slots &&
      this.#engine.running(entry.name) === 0 &&
      !this.#reloading.has(entry) &&
      !this.#stopping.signal.aborted
    )
  }

  /** Resolves when there is a digest of what is loaded now, or an error in its place. */
  async #digested(entry: ModelEntry): Promise<void> {
    const supervised = this.#engine.model(entry.name)
    if (supervised?.state !== 'ready') return
    if (entry.digesting?.of !== supervised.loaded) {
      entry.digest = undefined
      entry.digesting = { of: supervised.loaded, done: this.#digest(entry) }
    }
    await entry.digesting?.done
  }

  async #digest(entry: ModelEntry): Promise<void> {
    try {
      entry.digest = await weightsDigest(entry.path, this.#rows, { signal: this.#stopping.signal })
    } catch (error) {
      if (this.#stopping.signal.aborted) return
      entry.error = DriadError.from(error)
      this.#logger.warn(`The model ${entry.name} has no digest: ${entry.error.message}`)
    }
    this.#changed()
  }

  /** Remembers it in the data folder, unless it is of this run only. */
  async #keep({ name, path, enabled, price, kept }: ModelEntry): Promise<void> {
    if (kept) await this.#rows.put({ name, path, enabled, price }, this.#init.now?.() ?? Date.now())
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
}
