import type { KvType } from './model-fit/memory-plan.ts'

/** How a model is loaded, as far as memory goes. */
export interface LoadPlan {
  /** Tokens per sequence. */
  readonly contextSize: number
  readonly slots: number
  readonly kvType: KvType
  /** Layers on the GPU, at most; as many as fit where absent. */
  readonly gpuLayers?: number
  /** GGUF of a small model that guesses ahead. */
  readonly draftPath?: string
}

/** Why a model is not loaded as wanted. */
export type LessCause =
  /** The estimate ruled it out. */
  | { readonly code: 'room'; readonly neededBytes: number; readonly roomBytes: number }
  /** It was tried, and there was not enough memory. */
  | { readonly code: 'memory' }
  /** It was tried, and the inference process ended. */
  | { readonly code: 'crash' }
  /** Its draft model cannot be used: the message of the error, in English. */
  | { readonly code: 'draft'; readonly reason: string }

/** A model that is loaded with less than was wanted. */
export interface LoadedLess {
  readonly wanted: LoadPlan
  readonly used: LoadPlan
  readonly because: LessCause
}
