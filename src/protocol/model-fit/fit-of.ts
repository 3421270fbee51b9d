import { estimateMemory, type MemoryEstimate } from './estimate-memory.ts'
import { type MemoryModel, type MemoryPlan, offloadableLayers, whole } from './memory-plan.ts'

/** What a machine has for models, after what is kept back for the rest of the system. Bytes. */
export interface FitMachine {
  readonly ramBytes: number
  /** Of all GPUs together; 0 without one. */
  readonly vramBytes: number
  /** True where the GPU uses the computer's own memory: then both come out of `ramBytes`. */
  readonly unified?: boolean
}

/** `partly`: it fits, but not with all layers on the GPU that there is. */
export type FitVerdict = 'fits' | 'partly' | 'tooLarge'

export interface Fit {
  readonly verdict: FitVerdict
  readonly estimate: MemoryEstimate
  readonly ram: FitNumbers
  readonly vram: FitNumbers
  readonly gpuLayers: number
  readonly totalLayers: number
}

export interface FitNumbers {
  readonly neededBytes: number
  readonly availableBytes: number
  /** What is missing; 0 where it fits. */
  readonly missingBytes: number
}

/** How an estimate stands on a machine. `gpuLayers` are the estimate's own. */
export function fitOf(estimate: MemoryEstimate, machine: FitMachine): Fit {
  const { ram, vram } = needed(estimate, machine)
  const fits = ram.missingBytes === 0 && vram.missingBytes === 0
  const allThere = !hasGpu(machine) || estimate.gpuLayers >= estimate.totalLayers
  const { gpuLayers, totalLayers } = estimate
  return {
    verdict: !fits ? 'tooLarge' : allThere ? 'fits' : 'partly',
    estimate,
    ram,
    vram,
    gpuLayers,
    totalLayers,
  }
}

/**
 * The same with as many layers on the GPU as fit, at most the plan's. Where nothing fits, the fit is that without a
 * GPU's help, so that its numbers say what memory is missing.
 * @param correct what is known of this machine's estimates: see `correctEstimate`
 */
export function bestFit(
  model: MemoryModel,
  plan: MemoryPlan,
  machine: FitMachine,
  correct: (estimate: MemoryEstimate) => MemoryEstimate = (estimate) => estimate,
): Fit {
  const fitWith = (gpuLayers: number) =>
    fitOf(correct(estimateMemory(model, { ...plan, gpuLayers })), machine)
  const most = hasGpu(machine) ? Math.min(offloadableLayers(model.shape), whole(plan.gpuLayers)) : 0
  if (most === 0) return fitWith(0)
  const all = fitWith(most)
  if (all.verdict !== 'tooLarge') return all
  // The fewer layers on the GPU, the more in the computer's memory: between them there may be one that suits both.
  const onGpu = largest(0, most, (layers) => fitWith(layers).vram.missingBytes === 0)
  return fitWith(onGpu ?? 0)
}

/** The largest number from `from` to `to` that `suits`, where all below one that suits do. Undefined where none does. */
export function largest(from: number, to: number, suits: (value: number) => boolean): number | undefined {
  if (to < from || !suits(from)) return undefined
  let low = from
  let high = to
  while (low < high) {
    const middle = low + Math.ceil((high - low) / 2)
    if (suits(middle)) low = middle
    else high = middle - 1
  }
  return low
}

function hasGpu({ vramBytes, unified }: FitMachine): boolean {
  return unified === true || vramBytes > 0
}

function needed({ total }: MemoryEstimate, machine: FitMachine): { ram: FitNumbers; vram: FitNumbers } {
  if (machine.unified === true) {
    const ram = numbers(whole(total.ram + total.vram), machine.ramBytes)
    const vramBytes = machine.vramBytes > 0 ? machine.vramBytes : machine.ramBytes
    return { ram, vram: numbers(total.vram, vramBytes) }
  }
  return { ram: numbers(total.ram, machine.ramBytes), vram: numbers(total.vram, machine.vramBytes) }
}

function numbers(neededBytes: number, available: number): FitNumbers {
  const availableBytes = whole(available)
  return { neededBytes, availableBytes, missingBytes: Math.max(0, neededBytes - availableBytes) }
}
