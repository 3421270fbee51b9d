import type { ModelShape } from '../gguf/model-shape.ts'
import { cellsOf } from './cache-bytes.ts'
import { type MemoryPlan, whole } from './memory-plan.ts'

const FLOAT_BYTES = 4

export interface ComputeBytes {
  /** Which token sees which: an input, held apart from all else. */
  readonly mask: number
  /** What the widest stage of a layer needs at once. */
  readonly layer: number
  /** The same for the output: a number for each token of the vocabulary. */
  readonly output: number
}

/**
 * What llama.cpp reserves for a graph of `batchTokens` at once. Its allocator gives memory free as soon as nothing
 * needs it any more, so the widest stage counts. How many vectors live at the same time in each stage was read from
 * the graphs (`build_attn_mha`, `build_ffn`, `build_moe_ffn`) and measured with models of several shapes: docs/models.md.
 */
export function computeBytes(shape: ModelShape, plan: MemoryPlan): ComputeBytes {
  const cells = cellsOf(shape, plan)
  const slots = whole(plan.slots, 1)
  const batch = Math.min(cells.full * slots, whole(plan.batchTokens, 1))
  const tokens = Math.ceil(batch / slots) * slots
  const hasCache = (shape.kvElements?.full ?? 1) + (shape.kvElements?.window ?? 0) > 0
  const seen = hasCache ? cells.full + cells.window : 0
  const ofTokens = (floats: number) => whole(floats * tokens * FLOAT_BYTES)
  return {
    mask: whole(seen * tokens * (plan.flashAttention ? 2 : FLOAT_BYTES)),
    layer: ofTokens(
      Math.max(
        attentionFloats(shape, hasCache && !plan.flashAttention ? cells.full : 0),
        feedForwardFloats(shape),
        stateFloats(shape),
      ),
    ),
    output: ofTokens(whole(shape.vocabulary) + 2 * whole(shape.embedding)),
  }
}

/** Without flash attention, each head has a number for each pair of tokens. */
function attentionFloats(shape: ModelShape, scoredCells: number): number {
  const heads = whole(shape.heads)
  const queries = heads * whole(shape.keyLength)
  const keysAndValues = whole(shape.kvHeads) * (whole(shape.keyLength) + whole(shape.valueLength))
  return 3 * whole(shape.embedding) + 2 * queries + keysAndValues + heads * scoredCells
}

function feedForwardFloats({ embedding, feedForward, experts }: ModelShape): number {
  const width = whole(embedding)
  if (experts === undefined) return 3 * whole(feedForward) + 4 * width
  const used = whole(experts.used, 1)
  const inner = whole(experts.feedForward)
  return Math.max(3 * used * inner + 4 * width, used * (width + inner) + 3 * width)
}

function stateFloats({ recurrent }: ModelShape): number {
  return recurrent === undefined ? 0 : 6.6 * whole(recurrent.width)
}
