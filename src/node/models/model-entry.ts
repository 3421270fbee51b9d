import type { BenchmarkView } from '../../protocol/benchmark-views.ts'
import type { DriadError } from '../../protocol/errors.ts'
import type { GgufInfo } from '../../protocol/gguf/inspect-gguf.ts'
import type { LoadedLess } from '../../protocol/load-views.ts'
import type { Price } from '../../protocol/money.ts'
import type { LoadedModel } from '../inference/contract.ts'
import type { ModelWish } from './model-rows.ts'

/** One model that the node knows, loaded or not. */
export interface ModelEntry {
  readonly name: string
  readonly path: string
  readonly builtIn: boolean
  /** False for models of this run only. */
  readonly kept: boolean
  /** Whether it is served: loaded, or loaded when it is asked for. */
  enabled: boolean
  /** Its own price, where it has one. */
  price: Price | undefined
  wish: ModelWish
  info: GgufInfo | undefined
  digest: Uint8Array | undefined
  /** The load that the digest belongs to, since another one may be of another file, and when it is there. */
  digesting: { readonly of: LoadedModel | undefined; readonly done: Promise<void> } | undefined
  /** The last load of this run, whether or not it is in memory now. */
  lastLoad: LoadedModel | undefined
  /** The plan that it was loaded for, which another wish makes old. */
  loadedFor: string | undefined
  benchmark: BenchmarkView | undefined
  /** Why it is not loaded as wanted. */
  notice: LoadedLess | undefined
  /** Why it cannot be loaded, if the file or its digest says so. */
  error: DriadError | undefined
}

/** An entry of which nothing is known but what the operator said. */
export function newEntry(
  model: Pick<ModelEntry, 'name' | 'path' | 'builtIn' | 'kept' | 'enabled' | 'price' | 'wish'>,
): ModelEntry {
  return {
    ...model,
    info: undefined,
    digest: undefined,
    digesting: undefined,
    lastLoad: undefined,
    loadedFor: undefined,
    benchmark: undefined,
    notice: undefined,
    error: undefined,
  }
}
