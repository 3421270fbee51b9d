import type { BenchmarkView } from '../../../protocol/benchmark-views.ts'
import { DriadError } from '../../../protocol/errors.ts'
import type { LoadedModel } from '../../inference/contract.ts'
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

  constructor({ store, engine, logger }: BenchmarksComponents) {
    this.#engine = engine
    this.#logger = logger
    this.#rows = new BenchmarkRows(store)
  }

  newestOf(sha256: Uint8Array): BenchmarkView | undefined {
    return this.#rows.of(sha256)[0]
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
    const { slots, contextSize, memoryBytes, loadMs } = model.loaded
    const view: BenchmarkView = {
      atMs: Date.now(),
      ...keyOf(model.loaded),
      ...figures,
      slots,
      contextSize,
      memoryBytes,
      loadMs,
    }
    entry.benchmark = view
    if (entry.digest !== undefined) await this.#rows.put(entry.digest, view)
    this.#logger.info(`${entry.name} was measured: ${Math.round(view.tokensPerSecond)} tokens/s`, {
      ...figures,
    })
    return view
  }
}

function keyOf({
  device,
  backend,
  threads,
}: LoadedModel): Pick<BenchmarkView, 'device' | 'driver' | 'threads'> {
  return { device, driver: backend, threads }
}
