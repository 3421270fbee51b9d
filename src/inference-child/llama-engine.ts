import type {
  EmbedRequest,
  EmbedResult,
  GenerateOptions,
  GenerateRequest,
  GenerateResult,
  InferenceEngine,
  LoadedModel,
  LoadRequest,
} from '../node/inference/contract.ts'
import { DriadError } from '../protocol/errors.ts'
import { ComputeTurns } from './decoder/compute-turns.ts'
import { type Backend, type Log, loadBackend, type WantedGpu } from './llama-backend.ts'
import { loadModel } from './load-model.ts'
import type { ServedModel } from './served-model.ts'

/** Models side by side in one process. */
const MAX_MODELS = 32

export interface LlamaEngine extends InferenceEngine, AsyncDisposable {
  /** Grows with each token read or written: standing still while there is work means that llama.cpp hangs. */
  readonly progress: number
  /** Loads the native library ahead of the first model. Returns what it computes on: `cpu`, `vulkan`... */
  warmUp(): Promise<string>
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
  readonly #log: Log
  readonly #gpu: WantedGpu
  readonly #turns = new ComputeTurns()
  readonly #models = new Map<string, Promise<ServedModel>>()
  readonly #backends = new Map<WantedGpu, Promise<Backend>>()
  #disposed = false

  constructor(log: Log, gpu: WantedGpu) {
    this.#log = log
    this.#gpu = gpu
  }

  async warmUp(): Promise<string> {
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
        `${info.name} is loaded: ${info.threads} threads, ${info.tokensPerSecond.toFixed(1)} tokens/s`,
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
    await disposeQuietly(model)
  }

  async generate(request: GenerateRequest, options: GenerateOptions = {}): Promise<GenerateResult> {
    return (await this.#loaded(request.model)).generate(request, options)
  }

  async embed(request: EmbedRequest, options: { signal?: AbortSignal } = {}): Promise<EmbedResult> {
    return (await this.#loaded(request.model)).embed(request, options)
  }

  async dispose(): Promise<void> {
    this.#disposed = true
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
    if (previous !== undefined) await disposeQuietly(previous)
    return loadModel(request, (gpu) => this.#backend(gpu), { ...options, onProgress: () => this.progress++ })
  }

  #checkOpen(): void {
    if (this.#disposed) throw new DriadError('stopping', 'The inference engine is shutting down')
  }
}

async function disposeQuietly(model: Promise<ServedModel>): Promise<void> {
  const loaded = await model.catch(() => undefined)
  await loaded?.dispose()
}
