import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { DriadError } from '../../../protocol/errors.ts'
import type { GpuMemoryView } from '../../../protocol/fit-views.ts'
import type { SupervisedModel } from '../../inference/contract.ts'
import type { InferenceSupervisor } from '../../inference/supervisor.ts'
import type { Logger } from '../../logs/contract.ts'
import type { Settings } from '../../settings/settings.ts'
import type { Store } from '../../store/contract.ts'
import type { ServedModel } from '../../tasks/contract.ts'
import type { ModelDigests } from '../model-digests.ts'
import type { ModelEntries } from '../model-entries.ts'
import type { ModelEntry } from '../model-entry.ts'
import type { ModelRegistryInit } from '../registry-contract.ts'
import { EntryLoader } from './entry-loader.ts'
import { CONTEXT_TOKENS } from './load-plan.ts'
import { memoryBudget } from './memory-budget.ts'
import { PlanRows } from './plan-rows.ts'
import { orAborted, Residency } from './residency.ts'
import { smallerQuantisation } from './smaller-quantisation.ts'

/** How long `start` waits for models; slower ones go on loading. */
const START_WAIT_MS = 120_000
/** A model that takes longer to load is not offered while it is not in memory. */
const MAX_DEMAND_LOAD_MS = 60_000
/** What a disk reads in a millisecond, where nothing was measured yet. */
const DISK_BYTES_PER_MS = 100_000
/** How often models that found no memory are tried again. */
const RETRY_MS = 60_000

export interface ModelLoadsComponents {
  readonly engine: InferenceSupervisor
  readonly settings: Pick<Settings, 'get'>
  readonly store: Store
  readonly logger: Logger
  readonly entries: ModelEntries
  readonly digests: Pick<ModelDigests, 'of' | 'missing'>
}

export interface ModelLoadsInit
  extends Pick<ModelRegistryInit, 'builtInPath' | 'contextSize' | 'gpu' | 'gpus' | 'residency'> {
  readonly now: () => number
  /** Ends all of it. */
  readonly signal: AbortSignal
  /** What is in memory, or what is known of it, may have changed. */
  readonly onChange: () => void
  /** Takes care of work that nobody waits for. */
  readonly inBackground: (work: Promise<unknown>) => void
}

/** Brings the models of a node into memory: at the start, on demand, anew where something else is wanted of them. */
export class ModelLoads {
  readonly residency: Residency
  readonly #components: ModelLoadsComponents
  readonly #init: ModelLoadsInit
  readonly #loader: EntryLoader
  /** Those that are to be loaded next, without anybody asking for them. */
  readonly #queued = new Set<ModelEntry>()
  readonly #reloading = new Set<ModelEntry>()
  readonly #retryTimer: NodeJS.Timeout

  constructor(components: ModelLoadsComponents, init: ModelLoadsInit) {
    const { engine, settings, logger, store, entries } = components
    this.#components = components
    this.#init = init
    this.#loader = new EntryLoader(
      { engine, settings, logger, plans: new PlanRows(store) },
      {
        gpu: init.gpu ?? 'auto',
        contextSize: init.contextSize ?? CONTEXT_TOKENS,
        gpus: () => this.#gpus(),
        now: init.now,
      },
    )
    this.residency = new Residency(
      {
        engine,
        logger,
        budgetBytes: memoryBudget(settings, {
          folder: resolve(init.builtInPath, '..'),
          gpus: () => this.#gpus(),
        }),
        estimateBytes: (name) => this.#estimate(name),
        load: (name, roomBytes, how) => this.#bring(entries.known(name), roomBytes, how),
        preloaded: (name) => entries.get(name)?.wish.preload ?? false,
        idleUnloadMs: () => settings.get().idleUnloadMs,
        onChange: init.onChange,
      },
      init.residency,
    )
    this.#retryTimer = setInterval(() => this.#retry(), RETRY_MS)
    this.#retryTimer.unref()
  }

  /** Loads the enabled models that there is room for; waits for them, within bounds. */
  async start(options: { signal?: AbortSignal } = {}): Promise<void> {
    const enabled = this.#components.entries.all().filter((entry) => entry.enabled)
    for (const entry of enabled) this.#queued.add(entry)
    const order = [...enabled].sort((a, b) => Number(b.wish.preload) - Number(a.wish.preload))
    const loads = (async () => {
      for (const entry of order) await this.loadIfRoom(entry).catch(() => undefined)
    })()
    this.#init.inBackground(loads)
    const waiting = new AbortController()
    const signal = AbortSignal.any([
      waiting.signal,
      this.#init.signal,
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

  /** What is being loaded ends with the engine, at the latest when that stops. */
  async stop(): Promise<void> {
    const { engine, entries } = this.#components
    clearInterval(this.#retryTimer)
    for (const name of entries.names()) {
      if (this.residency.isLoading(name)) await engine.unload(name)
    }
    await this.residency.stop()
  }

  /** Whether it is being loaded, or about to be. */
  isLoading(entry: ModelEntry): boolean {
    return this.#queued.has(entry) || this.residency.isLoading(entry.name)
  }

  /** Why none of the models can be loaded now. */
  suspension(): DriadError | undefined {
    return this.#init.gpu === 'off' ? undefined : this.#components.engine.suspended()
  }

  /** What a model that is not in memory is offered with, if it can be there within a bounded time. */
  onDemand(entry: ModelEntry): Pick<ServedModel, 'contextSize' | 'slots' | 'tokensPerSecond'> | undefined {
    const { engine, settings } = this.#components
    const { name, lastLoad, benchmark, info } = entry
    const supervised = engine.model(name)
    if (this.suspension() !== undefined) return undefined
    // A model that the engine keeps comes back by itself; until then it is not there.
    if (this.#queued.has(entry) || info === undefined) return undefined
    if (supervised !== undefined && !this.residency.isLoading(name)) return undefined
    const known = lastLoad ?? benchmark
    const loadMs = known?.loadMs ?? info.sizeBytes / DISK_BYTES_PER_MS
    if (loadMs > MAX_DEMAND_LOAD_MS) return undefined
    const { memoryBudgetBytes } = settings.get()
    if (memoryBudgetBytes > 0 && this.#loader.leastBytes(entry) > memoryBudgetBytes) return undefined
    return { ...this.#loader.wanted(entry), tokensPerSecond: 0, ...known }
  }

  /** Has it in memory, anew if it is there. The outcome is in the entry, too. */
  async load(
    entry: ModelEntry,
    { signal, ...how }: { signal?: AbortSignal; afresh?: boolean } = {},
  ): Promise<void> {
    signal?.throwIfAborted()
    const { name } = entry
    const load =
      this.residency.has(name) && how.afresh === true
        ? this.residency.reload(name, how)
        : this.residency.load(name, how)
    load.catch(() => undefined)
    await (signal === undefined ? load : orAborted(load, signal))
  }

  /** Without room it stays out of memory until somebody asks for it. */
  async loadIfRoom(entry: ModelEntry): Promise<void> {
    const { engine, entries, digests, logger } = this.#components
    const { signal } = this.#init
    try {
      await this.#loader.inspect(entry, { signal })
      // Its digest may be known, and what was learned of it with that.
      await digests.of(entry)
      if (!entries.wanted(entry) || signal.aborted) return
      // Alone it may fit with less than is wanted.
      const { empty } = this.residency
      if (entry.wish.preload || empty || (await this.residency.fits(entry.name))) {
        await this.load(entry)
        await digests.of(entry)
      } else logger.info(`${entry.name} does not fit beside the others; it is loaded on demand`)
    } catch (cause) {
      if (entry.error === undefined && engine.model(entry.name) === undefined) this.#failed(entry, cause)
    } finally {
      this.#queued.delete(entry)
      this.#init.onChange()
    }
  }

  /** To be called at any change of the engine: a load that ended needs its digest, and may be another's doing. */
  engineChanged(): void {
    const { engine, entries, digests } = this.#components
    for (const entry of entries.all()) {
      const supervised = engine.model(entry.name)
      if (supervised?.state !== 'ready') continue
      if (!this.residency.has(entry.name) && !this.residency.isLoading(entry.name)) {
        this.residency.adopt(entry.name, this.#loader.takenBytes(entry, supervised.loaded))
      }
      if (digests.missing(entry)) this.#init.inBackground(digests.of(entry))
    }
    this.#reloadChanged()
  }

  settingsChanged(): void {
    this.#init.inBackground(this.residency.trim())
    this.#reloadChanged()
  }

  wishChanged(entry: ModelEntry): void {
    if (entry.wish.preload && entry.enabled && !this.residency.has(entry.name)) {
      this.#init.inBackground(this.load(entry))
    }
    this.#reloadChanged()
  }

  /** What residency calls to load it. */
  async #bring(
    entry: ModelEntry,
    roomBytes: number,
    how: { afresh?: boolean; signal?: AbortSignal },
  ): Promise<number> {
    const { engine, entries, logger } = this.#components
    entry.error = undefined
    try {
      if (!entries.wanted(entry)) throw unwanted(entry.name)
      const loaded = await this.#loader.load(entry, roomBytes, how)
      if (!entries.wanted(entry)) {
        await engine.unload(entry.name)
        throw unwanted(entry.name)
      }
      return this.#loader.takenBytes(entry, loaded)
    } catch (cause) {
      const smaller = smallerQuantisation(entry, cause, entries.all())
      if (smaller !== undefined) this.#init.inBackground(this.#insteadOf(entry, smaller))
      // What the engine refused, it remembers itself; here is what came before it.
      if (engine.model(entry.name) === undefined) this.#failed(entry, cause)
      const { code, message } = DriadError.from(cause)
      logger.warn(`The model ${entry.name} is not loaded: ${message}`, { code })
      throw cause
    }
  }

  async #insteadOf(entry: ModelEntry, smaller: ModelEntry): Promise<void> {
    const { entries, logger } = this.#components
    logger.warn(`${entry.name} does not fit into memory: ${smaller.name} is served instead`)
    if (!smaller.enabled) {
      smaller.enabled = true
      await entries.keep(smaller)
    }
    await this.loadIfRoom(smaller)
  }

  #failed(entry: ModelEntry, cause: unknown): void {
    const failure = DriadError.from(cause)
    if (this.#components.entries.wanted(entry) && failure.code !== 'stopping') entry.error = failure
    this.#init.onChange()
  }

  async #estimate(name: string): Promise<number> {
    const entry = this.#components.entries.known(name)
    if (entry.info === undefined) {
      // What is wrong with the file is told by the load.
      await this.#loader.inspect(entry, { signal: this.#init.signal }).catch(() => undefined)
    }
    return this.#loader.estimateBytes(entry, this.#loader.wanted(entry))
  }

  /** Other slots need another context: it is made when nothing runs in the old one. */
  #reloadChanged(): void {
    const { engine, entries } = this.#components
    for (const entry of entries.all()) {
      if (!entry.enabled || this.#reloading.has(entry) || this.#init.signal.aborted) continue
      if (!this.residency.has(entry.name) || this.#loader.isCurrent(entry)) continue
      if (engine.running(entry.name) > 0) continue
      this.#reloading.add(entry)
      this.#init.inBackground(this.load(entry, { afresh: true }).finally(() => this.#reloading.delete(entry)))
    }
  }

  /** Those that found no memory before are tried again where there is room now. */
  #retry(): void {
    const { engine, entries } = this.#components
    for (const entry of entries.all()) {
      const failed = entry.error ?? errorOf(engine.model(entry.name))
      if (!entry.enabled || failed?.code !== 'out_of_memory') continue
      this.#init.inBackground(
        this.residency.fits(entry.name).then(async (fits) => {
          if (fits && entries.wanted(entry)) await this.load(entry)
        }),
      )
    }
  }

  #gpus(): readonly GpuMemoryView[] {
    return this.#init.gpu === 'off' ? [] : (this.#init.gpus?.() ?? [])
  }
}

function unwanted(name: string): DriadError {
  return new DriadError('model_unavailable', `${name} was unloaded`)
}

function errorOf(supervised: SupervisedModel | undefined): DriadError | undefined {
  return supervised?.state === 'failed' ? supervised.error : undefined
}
