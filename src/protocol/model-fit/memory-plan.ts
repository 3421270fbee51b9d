import type { ModelShape } from '../gguf/model-shape.ts'

/** Types that keys and values can be kept in, the most exact first. */
export const kvTypes = ['f16', 'q8_0', 'q4_0'] as const
export type KvType = (typeof kvTypes)[number]

/** Of one element: q8_0 keeps 32 of them in 34 bytes, q4_0 in 18. */
export const kvBytes: Readonly<Record<KvType, number>> = { f16: 2, q8_0: 34 / 32, q4_0: 18 / 32 }

/** What is wanted of a model in memory. */
export interface MemoryPlan {
  /** Tokens that one slot sees. */
  readonly contextSize: number
  /** Generations side by side, each with a context of its own. */
  readonly slots: number
  readonly kvType: KvType
  readonly flashAttention: boolean
  /** Tokens decoded at once. */
  readonly batchTokens: number
  /** As llama.cpp counts them: the output is the first to go to the GPU, then the layers from the last on. */
  readonly gpuLayers: number
}

/** Tokens that the engine decodes at once, over all sequences. */
export const PLAN_BATCH_TOKENS = 512

/** The plan of an engine that is asked for slots and context alone. */
export function plainPlan(plan: Pick<MemoryPlan, 'contextSize' | 'slots'> & Partial<MemoryPlan>): MemoryPlan {
  return { kvType: 'f16', flashAttention: true, batchTokens: PLAN_BATCH_TOKENS, gpuLayers: 0, ...plan }
}

/** A model as far as its memory goes: read from a file's head, or from the catalogue. */
export interface MemoryModel {
  readonly shape: ModelShape
  readonly weightsBytes: number
  /** Parts of the weights, in bytes; worked out of the shape where absent. */
  readonly weights?: { readonly input: number; readonly output: number; readonly experts: number }
}

/** llama.cpp's layers and the output, which it counts as one more. */
export function offloadableLayers(shape: ModelShape): number {
  return whole(shape.layers, 1) + 1
}

/** What nobody can have is cut off here, so that no estimate becomes infinite or no number. */
export function whole(value: number, least = 0): number {
  if (!(value > least)) return least
  return Math.min(Math.floor(value), Number.MAX_SAFE_INTEGER)
}
