import type {
  FitFactsView,
  FitView,
  GpuMemoryView,
  MachineView,
  NamedFitView,
  RecommendationView,
} from '../../../protocol/fit-views.ts'
import { inspectGguf } from '../../../protocol/gguf/inspect-gguf.ts'
import type { MeasuredSpeed, ReferenceSpeed } from '../../../protocol/model-fit/expected-speed.ts'
import type { LoadedModel } from '../../inference/contract.ts'
import type { InferenceSupervisor } from '../../inference/supervisor.ts'
import type { Logger } from '../../logs/contract.ts'
import type { Settings } from '../../settings/settings.ts'
import type { Store } from '../../store/contract.ts'
import type { ModelRegistry } from '../registry.ts'
import { FitRows } from './fit-rows.ts'
import { type FitModel, type FitSituation, type FitWish, fitModelOf, fitView } from './fit-view.ts'
import { loadSample } from './load-sample.ts'
import { fitMachine } from './machine-facts.ts'
import { type FitCandidate, findCandidate, type RecommendWish, recommend } from './recommend.ts'
import { situationOf } from './situation.ts'

/** How long what was seen of the computer stays true: long enough for a slider that moves. */
const SITUATION_MS = 2_000
/** Models whose speed here is remembered. */
const MAX_SPEEDS = 64

export interface ModelFitComponents {
  readonly store: Store
  readonly engine: Pick<InferenceSupervisor, 'model' | 'onState'>
  readonly models: Pick<ModelRegistry, 'list'>
  readonly settings: Pick<Settings, 'get' | 'onChange'>
  readonly logger: Logger
}

export interface ModelFitInit {
  /** Where models are kept. */
  readonly folder: string
  readonly gpus?: () => readonly GpuMemoryView[]
  readonly candidates?: () => readonly FitCandidate[]
  readonly references?: (gpus: readonly GpuMemoryView[]) => readonly ReferenceSpeed[]
  /** Speeds of earlier runs, for what was not loaded in this one. */
  readonly benchmarks?: () => readonly MeasuredSpeed[]
  readonly now?: () => number
}

/** Which models suit this computer. Learns from each load what memory is really taken. */
export class ModelFit {
  readonly #components: ModelFitComponents
  readonly #init: ModelFitInit
  readonly #rows: FitRows
  readonly #seen = new WeakSet<LoadedModel>()
  /** By path, the newest last. */
  readonly #speeds = new Map<string, MeasuredSpeed>()
  readonly #stopping = new AbortController()
  readonly #background = new Set<Promise<void>>()
  readonly #unsubscribe: (() => void)[]
  #situation: { readonly atMs: number; readonly value: Promise<FitSituation> } | undefined

  constructor(components: ModelFitComponents, init: ModelFitInit) {
    this.#components = components
    this.#init = init
    this.#rows = new FitRows(components.store)
    this.#unsubscribe = [
      components.engine.onState(() => this.#lookAtLoads()),
      components.settings.onChange(() => {
        this.#situation = undefined
      }),
    ]
  }

  /** Ends what it does in the background. Twice is safe. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    for (const unsubscribe of this.#unsubscribe) unsubscribe()
    await Promise.allSettled(this.#background)
  }

  async machine(): Promise<MachineView> {
    return (await this.#now()).machine
  }

  /** Throws `model_not_found` or `model_invalid` for a file that is no model. */
  async ofFile(path: string, wish: FitWish, options: { signal?: AbortSignal } = {}): Promise<FitView> {
    return fitView(fitModelOf(await inspectGguf(path, options)), wish, await this.#now())
  }

  /** What `ofFile` works with. Throws as it does. */
  async factsOf(
    path: string,
    options: { signal?: AbortSignal } = {},
  ): Promise<Omit<FitFactsView, 'automatic'>> {
    const model = fitModelOf(await inspectGguf(path, options))
    const { machine, correction } = await this.#now()
    return {
      model,
      machine: fitMachine(machine),
      correction: correction(model.shape.architecture),
    }
  }

  async of(model: FitModel, wish: FitWish): Promise<FitView> {
    return fitView(model, wish, await this.#now())
  }

  /** Of every model that the node has; those whose file cannot be read are left out. */
  async ofLocal(wish: FitWish): Promise<NamedFitView[]> {
    const situation = await this.#now()
    const fits = this.#components.models.list().map(async ({ name, path }) => {
      try {
        const info = await inspectGguf(path, { signal: this.#stopping.signal })
        return [{ name, fit: fitView(fitModelOf(info), wish, situation) }]
      } catch {
        // Its own card says what is wrong with it.
        return []
      }
    })
    return (await Promise.all(fits)).flat()
  }

  /** Of everything in the catalogue. */
  async ofCatalogue(wish: FitWish): Promise<NamedFitView[]> {
    const situation = await this.#now()
    const candidates = this.#init.candidates?.() ?? []
    return candidates.map((candidate) => ({
      name: candidate.name,
      fit: fitView(candidate, wish, situation),
    }))
  }

  /** A model of the catalogue, by a name that tasks use. */
  candidate(name: string): FitCandidate | undefined {
    return findCandidate(this.#init.candidates?.() ?? [], name)
  }

  async recommend(wish: RecommendWish): Promise<RecommendationView> {
    return recommend(this.#init.candidates?.() ?? [], wish, await this.#now())
  }

  #now(): Promise<FitSituation> {
    const atMs = this.#init.now?.() ?? performance.now()
    if (this.#situation !== undefined && atMs - this.#situation.atMs < SITUATION_MS) {
      return this.#situation.value
    }
    const value = this.#look()
    this.#situation = { atMs, value }
    // A look that failed is not kept.
    value.catch(() => {
      this.#situation = undefined
    })
    return value
  }

  #look(): Promise<FitSituation> {
    const { folder, gpus, references, benchmarks } = this.#init
    const loaded = { ramBytes: 0, vramBytes: 0 }
    for (const model of this.#components.models.list()) {
      const share = (model.gpuLayers ?? 0) / Math.max(1, model.totalLayers ?? 1)
      loaded.vramBytes += (model.memoryBytes ?? 0) * share
      loaded.ramBytes += (model.memoryBytes ?? 0) * (1 - share)
    }
    const { memoryReserveBytes } = this.#components.settings.get()
    const found = gpus?.() ?? []
    return situationOf(
      this.#rows,
      {
        folder,
        gpus: found,
        reserveBytes: memoryReserveBytes,
        loaded,
        measured: [...this.#speeds.values(), ...(benchmarks?.() ?? [])],
        references: references?.(found) ?? [],
      },
      { signal: this.#stopping.signal },
    )
  }

  #lookAtLoads(): void {
    for (const { name } of this.#components.models.list()) {
      const supervised = this.#components.engine.model(name)
      if (supervised?.state !== 'ready' || this.#seen.has(supervised.loaded)) continue
      this.#seen.add(supervised.loaded)
      const learning = this.#learn(supervised.loaded).catch((error: unknown) => {
        if (!this.#stopping.signal.aborted)
          this.#components.logger.warn('Nothing was learned of a load', { error })
      })
      this.#background.add(learning)
      void learning.finally(() => this.#background.delete(learning))
    }
  }

  /** Compares what a model took with what was expected, and keeps its speed. */
  async #learn(loaded: LoadedModel): Promise<void> {
    const info = await inspectGguf(loaded.path, { signal: this.#stopping.signal })
    const { architecture, backend, device, tokensPerSecond, gpuLayers, totalLayers } = loaded
    if (tokensPerSecond > 0 && (gpuLayers === 0 || gpuLayers >= totalLayers)) {
      this.#speeds.delete(loaded.path)
      this.#speeds.set(loaded.path, { model: fitModelOf(info), tokensPerSecond, onGpu: gpuLayers > 0 })
      const [oldest] = this.#speeds.keys()
      if (this.#speeds.size > MAX_SPEEDS && oldest !== undefined) this.#speeds.delete(oldest)
    }
    const sample = loadSample(info, loaded)
    if (sample === undefined) return
    await this.#rows.addSample({ architecture, backend, device }, sample, Date.now())
    this.#components.logger.debug('A model took memory', {
      model: loaded.name,
      contextBytes: loaded.contextBytes,
      overEstimate: Number(sample.toFixed(3)),
    })
    this.#situation = undefined
  }
}
