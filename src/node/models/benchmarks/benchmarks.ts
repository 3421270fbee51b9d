import type { BenchmarkView } from '../../../protocol/benchmark-views.ts'
import { compareBenchmark, type ReferenceMachine } from '../../../protocol/compare-benchmark.ts'
import { DriadError } from '../../../protocol/errors.ts'
import type { BenchmarkFigures, LoadedModel } from '../../inference/contract.ts'
import type { InferenceSupervisor } from '../../inference/supervisor.ts'
import type { Logger } from '../../logs/contract.ts'
import type { Store } from '../../store/contract.ts'
import type { ModelEntry } from '../model-entry.ts'
import { BenchmarkRows } from './benchmark-rows.ts'

export interface BenchmarksComponents {
  readonly store: Store
  readonly engine: Pick<InferenceSupervisor, 'benchmark' | 'model'>
  readonly logger: Logger
}

/** Measures models on this computer and remembers what they came to, by file, device, driver and threads. */
export class Benchmarks {
  readonly #engine: BenchmarksComponents['engine']
  readonly #logger: Logger
  readonly #rows: BenchmarkRows
  readonly #references: () => readonly ReferenceMachine[]

  constructor(
    { store, engine, logger }: BenchmarksComponents,
    init: { readonly references?: (() => readonly ReferenceMachine[]) | undefined } = {},
  ) {
    this.#engine = engine
    this.#logger = logger
    this.#rows = new BenchmarkRows(store)
    this.#references = init.references ?? (() => [])
  }

  newestOf(entry: ModelEntry): BenchmarkView | undefined {
    const [newest] = entry.digest === undefined ? [] : this.#rows.of(entry.digest)
    return newest && this.#compared(entry, newest)
  }

  /** Whether it was measured as it is loaded now. */
  has({ name, digest }: ModelEntry): boolean {
    const model = this.#engine.model(name)
    if (model?.state !== 'ready' || digest === undefined) return false
    const { device, driver, threads } = keyOf(model.loaded)
    return this.#rows
      .of(digest)
      .some((known) => known.device === device && known.driver === driver && known.threads === threads)
  }

  /** Measures a model that is loaded. What was measured is in the entry, too. Throws `model_unavailable`. */
  async measure(entry: ModelEntry, options: { signal?: AbortSignal } = {}): Promise<BenchmarkView> {
    const figures = await this.#engine.benchmark(entry.name, options)
    const model = this.#engine.model(entry.name)
    if (model?.state !== 'ready') {
      throw new DriadError('model_unavailable', `${entry.name} was unloaded while it was measured`)
    }
    const view = this.#compared(entry, benchmarkOf(model.loaded, figures))
    entry.benchmark = view
    if (entry.digest !== undefined) await this.#rows.put(entry.digest, view)
    this.#logger.info(`${entry.name} was measured: ${Math.round(view.tokensPerSecond)} tokens/s`, {
      ...figures,
    })
    return view
  }

  #compared({ info }: ModelEntry, view: BenchmarkView): BenchmarkView {
    const weightsBytes = info?.weights.all ?? 0
    const comparison = compareBenchmark({ ...view, weightsBytes }, this.#references())
    return comparison === undefined ? view : { ...view, comparison }
  }
}

/** Figures with what they hold for, measured now. */
export function benchmarkOf(loaded: LoadedModel, figures: BenchmarkFigures): BenchmarkView {
  const { slots, contextSize, memoryBytes, loadMs } = loaded
  return { atMs: Date.now(), ...keyOf(loaded), ...figures, slots, contextSize, memoryBytes, loadMs }
}

function keyOf({
  device,
  backend,
  threads,
}: LoadedModel): Pick<BenchmarkView, 'device' | 'driver' | 'threads'> {
  return { device, driver: backend, threads }
}
