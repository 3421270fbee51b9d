import type { FitView, MachineView } from '../../../protocol/fit-views.ts'
import type { GgufInfo } from '../../../protocol/gguf/inspect-gguf.ts'
import { correctEstimate } from '../../../protocol/model-fit/correct-estimate.ts'
import { expectedSpeed, type SpeedFacts } from '../../../protocol/model-fit/expected-speed.ts'
import { bestFit } from '../../../protocol/model-fit/fit-of.ts'
import { type KvType, type MemoryModel, plainPlan } from '../../../protocol/model-fit/memory-plan.ts'
import { mostContext, mostSlots } from '../../../protocol/model-fit/most-that-fits.ts'
import { typicalShape } from '../../../protocol/model-fit/typical-shape.ts'
import { fitMachine } from './machine-facts.ts'

/** A model whose fit is asked for. */
export interface FitModel extends MemoryModel {
  /** Tokens that it was trained on; no slot gets more. */
  readonly contextLength?: number
  /** False where the shape is a typical one. */
  readonly exact: boolean
}

export interface FitWish {
  readonly contextSize: number
  readonly slots: number
  readonly kvType?: KvType
}

/** What is known of this computer when a fit is worked out. */
export interface FitSituation {
  readonly machine: MachineView
  readonly speeds: SpeedFacts
  /** Taken over estimated, for an architecture on the device that models would be on. */
  correction(architecture: string): number
}

/** More layers than any model has: as many on the GPU as have room. */
const ALL_LAYERS = 1024

/** The model of a file, by its head. */
export function fitModelOf(info: GgufInfo): FitModel {
  const { shape, weights, parameterCount, contextLength } = info
  return {
    shape: shape ?? typicalShape(parameterCount),
    weightsBytes: weights.all,
    weights,
    exact: shape !== undefined,
    ...(contextLength !== undefined && { contextLength }),
  }
}

/** What a model takes here, whether there is that much, and how fast it would be. */
export function fitView(model: FitModel, wish: FitWish, situation: FitSituation): FitView {
  const plan = plainPlan({
    contextSize: Math.min(wish.contextSize, model.contextLength ?? wish.contextSize),
    slots: wish.slots,
    gpuLayers: ALL_LAYERS,
    ...(wish.kvType !== undefined && { kvType: wish.kvType }),
  })
  const machine = fitMachine(situation.machine)
  const correction = situation.correction(model.shape.architecture)
  const correct = (estimate: Parameters<typeof correctEstimate>[0]) => correctEstimate(estimate, correction)
  const fit = bestFit(model, plan, machine, correct)
  const { gpuLayers, totalLayers, ...memory } = fit.estimate
  const share = Math.max(0, gpuLayers - 1) / Math.max(1, totalLayers - 1)
  const speed = fit.verdict === 'tooLarge' ? undefined : expectedSpeed(model, plan, situation.speeds, share)
  return {
    verdict: fit.verdict,
    contextSize: plan.contextSize,
    slots: plan.slots,
    kvType: plan.kvType,
    gpuLayers,
    totalLayers,
    memory,
    ram: fit.ram,
    vram: fit.vram,
    mostSlots: mostSlots(model, plan, machine, { correct }),
    mostContext: mostContext(model, plan, machine, { correct }),
    correction,
    ...(speed !== undefined && { speed }),
    exact: model.exact,
  }
}
