import { DriadError } from '../../protocol/errors.ts'
import type { InferenceEngine, LoadedModel } from '../inference/contract.ts'
import type { ModelSource } from '../tasks/contract.ts'

/** Models of the requester's own, by what identifies their weights. */
export interface CheckModels {
  has(digest: Uint8Array): boolean
  /** The model, ready to compute. Throws `model_unavailable`, or what keeps it from being loaded. */
  ready(digest: Uint8Array): Promise<{ readonly name: string; readonly contextSize: number }>
}

/** The models that a node serves are there for its own checks, too. */
export function nodeModels(models: Pick<ModelSource, 'served'>): CheckModels {
  const find = (digest: Uint8Array) =>
    models.served().find((model) => Buffer.from(digest).equals(model.digest))
  return {
    has: (digest) => find(digest) !== undefined,
    ready: async (digest) => {
      const model = find(digest)
      if (model === undefined) throw new DriadError('model_unavailable', 'The model is not served any more')
      return model
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
  loading: Promise<LoadedModel> | undefined
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
      models.push({ name: `verification-${index + 1}`, path, digest, loading: undefined })
    }
    return new FileModels(engine, models)
  }

  private constructor(engine: Pick<InferenceEngine, 'load'>, models: readonly FileModel[]) {
    this.#engine = engine
    this.#models = models
  }

  has(digest: Uint8Array): boolean {
    return this.#find(digest) !== undefined
  }

  async ready(digest: Uint8Array): Promise<LoadedModel> {
    const model = this.#find(digest)
    if (model === undefined) throw new DriadError('model_unavailable', 'There is no such model here')
    model.loading ??= this.#engine
      .load({ name: model.name, path: model.path, slots: SLOTS, gpu: 'auto' })
      .catch((error: unknown) => {
        // The next check tries again.
        model.loading = undefined
        throw error
      })
    return model.loading
  }

  #find(digest: Uint8Array): FileModel | undefined {
    return this.#models.find((model) => Buffer.from(digest).equals(model.digest))
  }
}
