import type { ModelShape } from '../gguf/model-shape.ts'
import { kvBytes, type MemoryPlan, whole } from './memory-plan.ts'

/** Places for tokens are made in steps of so many, for each slot. */
const CELLS_STEP = 256
/** Of a state's element. */
const STATE_BYTES = 4

/** Places for tokens that one slot has, in layers that see everything and in those with a window. */
export function cellsOf(
  shape: ModelShape,
  { contextSize, batchTokens }: Pick<MemoryPlan, 'contextSize' | 'batchTokens'>,
): { full: number; window: number } {
  const full = step(whole(contextSize, 1))
  const window = shape.slidingWindow?.tokens
  return {
    full,
    window: window === undefined ? 0 : step(Math.min(full, whole(window) + whole(batchTokens, 1))),
  }
}

/**
 * Bytes of keys, values and states of all slots. As in `llama_kv_cache`, `llama_kv_cache_iswa` and
 * `llama_memory_recurrent`: each slot has its own places, and a window needs room for one batch besides.
 */
export function cacheBytes(
  shape: ModelShape,
  plan: Pick<MemoryPlan, 'contextSize' | 'batchTokens' | 'slots' | 'kvType'>,
): number {
  const cells = cellsOf(shape, plan)
  const elements = kvElements(shape)
  const perSlot =
    (elements.full * cells.full + elements.window * cells.window) * kvBytes[plan.kvType] +
    whole(shape.recurrent?.elements ?? 0) * STATE_BYTES
  return whole(perSlot * whole(plan.slots, 1))
}

/** Elements of keys and values that a token leaves in all layers together. */
export function kvElements(shape: ModelShape): { full: number; window: number } {
  if (shape.kvElements !== undefined) {
    return { full: whole(shape.kvElements.full), window: whole(shape.kvElements.window) }
  }
  const ofLayer = whole(shape.kvHeads) * (whole(shape.keyLength) + whole(shape.valueLength))
  const layers = whole(shape.layers, 1)
  const windowed = Math.min(layers, whole(shape.slidingWindow?.layers ?? 0))
  return { full: ofLayer * (layers - windowed), window: ofLayer * windowed }
}

function step(tokens: number): number {
  return Math.ceil(tokens / CELLS_STEP) * CELLS_STEP
}
