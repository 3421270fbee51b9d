import type { GgufInfo } from '../../protocol/gguf/inspect-gguf.ts'
import { estimateMemory, type MemoryShare } from '../../protocol/model-fit/estimate-memory.ts'
import { plainPlan } from '../../protocol/model-fit/memory-plan.ts'
import type { ModelMemoryView } from '../../protocol/views.ts'
import type { LoadedModel } from '../inference/contract.ts'
import { fitModelOf } from './fit/fit-view.ts'

/**
 * What a loaded model's memory is for, and where it is. llama.cpp tells the sums; how they are divided is worked out of
 * the model's shape, which is exact for the cache.
 */
export function memoryParts(
  info: GgufInfo,
  loaded: Pick<
    LoadedModel,
    'memoryBytes' | 'contextBytes' | 'contextSize' | 'slots' | 'gpuLayers' | 'kvType'
  >,
): ModelMemoryView {
  const { contextSize, slots, gpuLayers, memoryBytes, kvType } = loaded
  const estimate = estimateMemory(fitModelOf(info), plainPlan({ contextSize, slots, gpuLayers, kvType }))
  const contextBytes = Math.min(memoryBytes, Math.max(0, loaded.contextBytes))
  const cacheBytes = Math.min(contextBytes, estimate.cache.ram + estimate.cache.vram)
  return {
    weights: shared(memoryBytes - contextBytes, estimate.weights),
    cache: shared(cacheBytes, estimate.cache),
    buffers: shared(contextBytes - cacheBytes, estimate.compute),
  }
}

function shared(bytes: number, like: MemoryShare): MemoryShare {
  const all = like.ram + like.vram
  const vram = all > 0 ? Math.round((bytes * like.vram) / all) : 0
  return { ram: bytes - vram, vram }
}
