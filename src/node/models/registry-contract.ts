import type { BenchmarkView } from '../../protocol/benchmark-views.ts'
import type { ReferenceMachine } from '../../protocol/compare-benchmark.ts'
import type { GpuMemoryView } from '../../protocol/fit-views.ts'
import type { Price } from '../../protocol/money.ts'
import type { ModelSpeedView, ModelView } from '../../protocol/views.ts'
import type { InferenceEngine } from '../inference/contract.ts'
import type { InferenceSupervisor } from '../inference/supervisor.ts'
import type { Logger } from '../logs/contract.ts'
import type { Settings } from '../settings/settings.ts'
import type { Store } from '../store/contract.ts'
import type { ModelSource } from '../tasks/contract.ts'
import type { ModelWishPatch } from './model-wish.ts'
import type { ResidencyInit } from './residency/residency.ts'

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
  /** GPUs that models are loaded to; none where absent. Remembered plans are kept by them. */
  readonly gpus?: () => readonly GpuMemoryView[]
  /** Machines to compare this one with. */
  readonly references?: () => readonly ReferenceMachine[]
  readonly residency?: ResidencyInit
  readonly followMs?: number
  readonly now?: () => number
}

export interface ModelRegistry extends ModelSource {
  /** Generates with models that are loaded when they are asked for. */
  readonly engine: Pick<InferenceEngine, 'generate' | 'embed' | 'score'>
  /** Loads the enabled models that there is room for; waits for them, within bounds. What fails has its error in `list`. */
  start(options?: { signal?: AbortSignal }): Promise<void>
  /** Ends background work. The engine unloads by its own end. */
  stop(): Promise<void>
  list(): ModelView[]
  /** Of all of them, in the same order. */
  names(): readonly string[]
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
  /** Sets a model's own price, or with null the settings' again. Tasks taken already keep theirs. Throws `bad_setting`. */
  setPrice(name: string, price: Price | null): Promise<void>
}
