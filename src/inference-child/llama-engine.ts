import type {
  BenchmarkFigures,
  EmbedRequest,
  EmbedResult,
  GenerateOptions,
  GenerateRequest,
  GenerateResult,
  InferenceEngine,
  LoadedModel,
  LoadRequest,
  ScoreRequest,
  ScoreResult,
} from '../node/inference/contract.ts'
import { DriadError } from '../protocol/errors.ts'
import { CpuWatch } from './cpu-watch.ts'
import { ComputeTurns } from './decoder/compute-turns.ts'
import { type Backend, type Log, loadBackend, type WantedGpu } from './llama-backend.ts'
import { loadModel } from './load-model.ts'
import type { ServedModel } from './served-model.ts'

/** Models side by side in one process. */
const MAX_MODELS = 32
/** How often the machine's other work is looked at. */
const CPU_LOOK_MS = 1_000

export interface LlamaEngine extends InferenceEngine, AsyncDisposable {
  /** Grows with each token read or written: standing still while there is work means that llama.cpp hangs. */
  readonly progress: number
  /** Called when a model uses another number of threads than before. */
  onThreads: (model: string, threads: number) => void
  /** Loads the native library ahead of the first model. Returns what it computes on: `cpu`, `vulkan`... */
  warmUp(): Promise<string>
  /** Computes for that share of the time from now on, above 0 to 1; every model rests in between, measurements included. */
  limitCompute(share: number): void
  /** Unloads everything and lets llama.cpp go. Twice is safe. */
  dispose(): Promise<void>
}

/** llama.cpp in this process. Its crash is the process's crash: outside of tests and benches it runs in a child. */
export function createLlamaEngine(
  components: { log: Log },
  /** `off` keeps every model from the GPU, whatever its own request says; a backend's name allows no other. */
  init: { gpu?: WantedGpu } = {},
): LlamaEngine {
  return new Engine(components.log, init.gpu ?? 'auto')
}

class Engine implements LlamaEngine {
  progress = 0
  onThreads: LlamaEngine['onThreads'] = () => {}
  readonly #log: Log
  readonly #gpu: WantedGpu
  readonly #turns = new ComputeTurns()
  readonly #models = new Map<string, Promise<ServedModel>>()
  readonly #backends = new Map<WantedGpu, Promise<Backend>>()
  readonly #cpu = new CpuWatch()
  readonly #served = new Set<ServedModel>()
  #cpuTimer: NodeJS.Timeout | undefined
  #governing = false
  #disposed = false

  constructor(log: Log, gpu: WantedGpu) {
    this.#log = log
    this.#gpu = gpu
  }

  async warmUp(): Promise<string> {
    this.#cpuTimer ??= setInterval(() => void this.#govern(), CPU_LOOK_MS).unref()
    const { llama } = await this.#backend('auto')
    return llama.gpu === false ? 'cpu' : llama.gpu
  }

  async load(request: LoadRequest, options: { signal?: AbortSignal } = {}): Promise<LoadedModel> {
    this.#checkOpen()
    options.signal?.throwIfAborted()
    if (this.#models.size >= MAX_MODELS && !this.#models.has(request.name)) {
      throw new DriadError('no_capacity', `${MAX_MODELS} models are loaded already`)
    }
    // A model of the same name makes way first, so that both never need memory at once.
    const previous = this.#models.get(request.name)
    const loading = this.#replace(previous, request, options)
    this.#models.set(request.name, loading)
    try {
      const { info } = await loading
      this.#log(
        'info',
        `${info.name} is loaded: ${info.threads === 1 ? 'one thread' : `${info.threads} threads`}, ${info.tokensPerSecond.toFixed(1)} tokens/s`,
      )
      return info
    } catch (error) {
      if (this.#models.get(request.name) === loading) this.#models.delete(request.name)
      throw error
    }
  }

  async unload(name: string): Promise<void> {
    const model = this.#models.get(name)
    if (model === undefined) return
    this.#models.delete(name)
    await this.#disposeQuietly(model)
  }

  async generate(request: GenerateRequest, options: GenerateOptions = {}): Promise<GenerateResult> {
    return (await this.#loaded(request.model)).generate(request, options)
  }

  async embed(request: EmbedRequest, options: { signal?: AbortSignal } = {}): Promise<EmbedResult> {
    return (await this.#loaded(request.model)).embed(request, options)
  }

  async score(request: ScoreRequest, options: { signal?: AbortSignal } = {}): Promise<ScoreResult> {
    return (await this.#loaded(request.model)).score(request, options)
  }

  async benchmark(name: string, options: { signal?: AbortSignal } = {}): Promise<BenchmarkFigures> {
    return (await this.#loaded(name)).benchmark(options)
  }

  limitCompute(share: number): void {
    this.#turns.limit(share)
  }

  async dispose(): Promise<void> {
    this.#disposed = true
    // What is to end need not rest.
    this.#turns.limit(1)
    clearInterval(this.#cpuTimer)
    await Promise.allSettled([...this.#models.keys()].map((name) => this.unload(name)))
    const backends = await Promise.allSettled(this.#backends.values())
    this.#backends.clear()
    for (const backend of backends) {
      if (backend.status === 'fulfilled') await backend.value.llama.dispose()
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose()
  }

  async #loaded(name: string): Promise<ServedModel> {
    this.#checkOpen()
    const model = this.#models.get(name)
    if (model === undefined) throw new DriadError('model_unavailable', `The model ${name} is not loaded`)
    return model
  }

  /** One library serves all models; a second one is loaded only to keep a model off a GPU that there is. */
  async #backend(gpu: LoadRequest['gpu']): Promise<Backend> {
    const shared = await this.#loadBackend(this.#gpu)
    return gpu === 'auto' || shared.llama.gpu === false ? shared : this.#loadBackend('off')
  }

  #loadBackend(gpu: WantedGpu): Promise<Backend> {
    const known = this.#backends.get(gpu)
    if (known !== undefined) return known
    const loading = loadBackend(gpu, { log: this.#log, turns: this.#turns }).catch((cause: unknown) => {
      this.#backends.delete(gpu)
      throw new DriadError('internal', `llama.cpp could not be started on this computer: ${cause}`, { cause })
    })
    this.#backends.set(gpu, loading)
    return loading
  }

  async #replace(
    previous: Promise<ServedModel> | undefined,
    request: LoadRequest,
    options: { signal?: AbortSignal },
  ): Promise<ServedModel> {
    if (previous !== undefined) await this.#disposeQuietly(previous)
    const served = await loadModel(request, (gpu) => this.#backend(gpu), {
      ...options,
      onProgress: () => this.progress++,
      othersCores: this.#cpu.othersCores,
    })
    this.#served.add(served)
    return served
  }

  /** Lets each model fit its threads to what other processes leave. One measures at a time, and none beside work. */
  async #govern(): Promise<void> {
    const othersCores = this.#cpu.sample()
    if (this.#governing) return
    this.#governing = true
    try {
      for (const model of this.#served) {
        const before = model.threads
        const loading = this.#served.size < this.#models.size
        const idle = !loading && [...this.#served].every((served) => served.idle)
        await model.govern({ othersCores, idle })
        if (model.threads !== before) {
          this.onThreads(model.info.name, model.threads)
          const others = `other processes keep ${othersCores.toFixed(1)} cores busy`
          this.#log(
            'info',
            `${model.info.name} uses ${model.threads === 1 ? 'one thread' : `${model.threads} threads`} instead of ${before}: ${others}`,
          )
        }
      }
    } finally {
      this.#governing = false
    }
  }

  async #disposeQuietly(model: Promise<ServedModel>): Promise<void> {
    const loaded = await model.catch(() => undefined)
    if (loaded === undefined) return
    this.#served.delete(loaded)
    await loaded.dispose()
  }

  #checkOpen(): void {
    if (this.#disposed) throw new DriadError('stopping', 'The inference engine is shutting down')
  }
}
