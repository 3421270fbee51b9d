import { cacheBytes } from './cache-bytes.ts'
import { computeBytes } from './compute-bytes.ts'
import { type MemoryModel, type MemoryPlan, offloadableLayers, whole } from './memory-plan.ts'
import { weightParts } from './weight-parts.ts'

/** Bytes in the computer's memory and in the GPU's. */
export interface MemoryShare {
  readonly ram: number
  readonly vram: number
}

/** Memory that a loaded model takes, by what it is for. */
export interface MemoryEstimate {
  readonly weights: MemoryShare
  /** Keys, values and states. */
  readonly cache: MemoryShare
  /** What a batch is computed in. */
  readonly compute: MemoryShare
  /** Vocabulary, graphs and the library's own. llama.cpp reports nothing of it. */
  readonly overhead: MemoryShare
  readonly total: MemoryShare
  readonly gpuLayers: number
  /** What `gpuLayers` would be with all of the model on the GPU. */
  readonly totalLayers: number
}

/** Of the library's own, for each model. */
const OVERHEAD_BYTES = 12 * 1024 * 1024
/** Text, score and type of a token, and where it is looked up. */
const TOKEN_BYTES = 320
/** Of a layer's nodes in the three graphs that a context keeps. */
const LAYER_BYTES = 128 * 1024
/** Pipelines and staging buffers that a GPU's driver takes. */
const GPU_OVERHEAD_BYTES = 64 * 1024 * 1024

/**
 * What a model needs with so many slots of so much context. Plain arithmetic, for the window while a slider moves.
 * Grows with context and slots, and is a finite number of bytes whatever the shape says.
 */
export function estimateMemory(model: MemoryModel, plan: MemoryPlan): MemoryEstimate {
  const { shape } = model
  const layers = whole(shape.layers, 1)
  const totalLayers = offloadableLayers(shape)
  const gpuLayers = Math.min(totalLayers, whole(plan.gpuLayers))
  const outputOnGpu = gpuLayers > 0
  const shareOnGpu = Math.max(0, gpuLayers - 1) / layers
  const overhead: MemoryShare = {
    ram: whole(OVERHEAD_BYTES + whole(shape.vocabulary) * TOKEN_BYTES + layers * LAYER_BYTES),
    vram: outputOnGpu ? GPU_OVERHEAD_BYTES : 0,
  }
  const parts = {
    weights: weightsShare(model, { shareOnGpu, outputOnGpu }),
    cache: divided(cacheBytes(shape, plan), shareOnGpu),
    compute: computeShare(computeBytes(shape, plan), { shareOnGpu, outputOnGpu }),
    overhead,
  }
  const all = Object.values(parts)
  return {
    ...parts,
    total: {
      ram: whole(all.reduce((sum, { ram }) => sum + ram, 0)),
      vram: whole(all.reduce((sum, { vram }) => sum + vram, 0)),
    },
    gpuLayers,
    totalLayers,
  }
}

/** Both together: what a model takes of a computer whose GPU has no memory of its own. */
export function allBytes({ ram, vram }: MemoryShare): number {
  return whole(ram + vram)
}

interface Placement {
  readonly shareOnGpu: number
  readonly outputOnGpu: boolean
}

function weightsShare(model: MemoryModel, { shareOnGpu, outputOnGpu }: Placement): MemoryShare {
  const { input, output, tied, layers } = weightParts(model)
  const layersShare = divided(layers, shareOnGpu)
  // The table is looked up by the processor; where the output uses it too, the GPU gets a copy.
  const outputShare = outputOnGpu ? { ram: 0, vram: output } : { ram: tied ? 0 : output, vram: 0 }
  return { ram: input + layersShare.ram + outputShare.ram, vram: layersShare.vram + outputShare.vram }
}

/** Each side has buffers of its own for its part of the graph; the mask goes to both. */
function computeShare(
  { mask, layer, output }: ReturnType<typeof computeBytes>,
  { shareOnGpu, outputOnGpu }: Placement,
): MemoryShare {
  // By the time of the output the mask is free again, but holes are left where it was.
  const peak = (withLayers: boolean, withOutput: boolean) =>
    whole(
      Math.max(
        withLayers ? mask + layer : 0,
        withOutput ? output + (withLayers ? Math.min(mask, layer) / 2 : 0) : 0,
      ),
    )
  return {
    ram: Math.max(mask, peak(shareOnGpu < 1, !outputOnGpu)),
    vram: peak(shareOnGpu > 0, outputOnGpu),
  }
}

function divided(bytes: number, shareOnGpu: number): MemoryShare {
  const vram = whole(bytes * shareOnGpu)
  return { ram: Math.max(0, bytes - vram), vram }
}
