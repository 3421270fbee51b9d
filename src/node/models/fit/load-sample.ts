import type { GgufInfo } from '../../../protocol/gguf/inspect-gguf.ts'
import { allBytes, estimateMemory } from '../../../protocol/model-fit/estimate-memory.ts'
import { plainPlan } from '../../../protocol/model-fit/memory-plan.ts'
import type { LoadedModel } from '../../inference/contract.ts'

/** What a process grows by for other reasons while it loads a model. */
const RESIDENT_NOISE_BYTES = 96 * 1024 ** 2
/** Below it, the growth of the process says nothing of the model. */
const LEAST_RESIDENT_BYTES = 512 * 1024 ** 2

type Measured = Pick<
  LoadedModel,
  'contextSize' | 'slots' | 'gpuLayers' | 'backend' | 'memoryBytes' | 'contextBytes' | 'residentBytes'
>

/**
 * What a load took over what was estimated for it, of all but the weights: as llama.cpp reports it, or by what the
 * process grew where that is more. Undefined where there is nothing to compare.
 */
export function loadSample(info: GgufInfo, loaded: Measured): number | undefined {
  const { shape, weights } = info
  if (shape === undefined) return undefined
  const { contextSize, slots, gpuLayers } = loaded
  const { cache, compute, overhead } = estimateMemory(
    { shape, weightsBytes: weights.all, weights },
    plainPlan({ contextSize, slots, gpuLayers }),
  )
  const context = allBytes(cache) + allBytes(compute)
  if (context === 0 || loaded.contextBytes <= 0) return undefined
  const reported = loaded.contextBytes / context
  if (loaded.backend !== 'cpu' || context < LEAST_RESIDENT_BYTES) return reported
  const weightsBytes = loaded.memoryBytes - loaded.contextBytes
  const grown = loaded.residentBytes - weightsBytes - RESIDENT_NOISE_BYTES
  return Math.max(reported, grown / (context + overhead.ram))
}
