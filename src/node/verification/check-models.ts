import { DriadError } from '../../protocol/errors.ts'
import type { InferenceEngine, LoadedModel } from '../inference/contract.ts'
import type { ModelSource } from '../tasks/contract.ts'

/** What a node says that it used: the name decides whether a chat template is, too. */
export interface UsedModel {
  readonly model: string
  readonly modelDigest: Uint8Array
}

/** Models of the requester's own, by what identifies their weights. */
export interface CheckModels {
  has(used: UsedModel): boolean
  /** The model, ready to compute. Throws `model_unavailable`, or what keeps it from being loaded. */
  ready(used: UsedModel): Promise<{ readonly name: string; readonly contextSize: number }>
}

/** The models that a node serves are there for its own checks, too. */
export function nodeModels(models: Pick<ModelSource, 'get'>): CheckModels {
  const find = ({ model, modelDigest }: UsedModel) => {
    const own = models.get(model)
    return own !== undefined && Buffer.from(modelDigest).equals(own.digest) ? own : undefined
  }
  return {
    has: (used) => find(used) !== undefined,
    ready: async (used) => {
      const own = find(used)
      if (own === undefined) throw new DriadError('model_unavailable', 'The model is not served any more')
      return own
    },
  }
}

export interface FileModelsComponents {
  readonly engine: Pick<InferenceEngine, 'load'>
  /** What identifies the weights of a file; reads all of it where that is not known. */
  readonly digestOf: (path: string, options: { signal: AbortSignal }) => Promise<Uint8Array>
}

/** Checks under way at a time. */
const SLOTS = 2

interface FileModel {
  readonly name: string
  readonly path: string
  readonly digest: Uint8Array
  /** By the name that it is loaded for. */
  readonly loading: Map<string, Promise<LoadedModel>>
}

/** GGUF files that are loaded at the first check that needs them, and stay. */
export class FileModels implements CheckModels {
  readonly #engine: Pick<InferenceEngine, 'load'>
  readonly #models: readonly FileModel[]

  /** Reads the files for their digests. Throws `model_not_found`, `model_invalid`, or the signal's reason. */
  static async open(
    { engine, digestOf }: FileModelsComponents,
    { paths }: { readonly paths: readonly string[] },
    options: { signal: AbortSignal },
  ): Promise<FileModels> {
    const models: FileModel[] = []
    for (const [index, path] of paths.entries()) {
      const digest = await digestOf(path, options)
      models.push({ name: `verification-${index + 1}`, path, digest, loading: new Map() })
    }
    return new FileModels(engine, models)
  }

  private constructor(engine: Pick<InferenceEngine, 'load'>, models: readonly FileModel[]) {
    this.#engine = engine
    this.#models = models
  }

  has(used: UsedModel): boolean {
    return this.#find(used) !== undefined
  }

  async ready(used: UsedModel): Promise<LoadedModel> {
    const own = this.#find(used)
    if (own === undefined) throw new DriadError('model_unavailable', 'There is no such model here')
    const known = own.loading.get(used.model)
    if (known !== undefined) return known
    const loading = this.#engine
      .load({ name: `${own.name} ${used.model}`, path: own.path, slots: SLOTS, gpu: 'auto' })
      .catch((error: unknown) => {
        // The next check tries again.
        own.loading.delete(used.model)
        throw error
      })
    own.loading.set(used.model, loading)
    return loading
  }

  #find({ modelDigest }: UsedModel): FileModel | undefined {
    return this.#models.find((model) => Buffer.from(modelDigest).equals(model.digest))
  }
}
