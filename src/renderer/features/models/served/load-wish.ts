import { t } from '../../../../locales/translate.ts'
import type { FitFactsView } from '../../../../protocol/fit-views.ts'
import { correctEstimate } from '../../../../protocol/model-fit/correct-estimate.ts'
import { bestFit, type Fit } from '../../../../protocol/model-fit/fit-of.ts'
import { type KvType, plainPlan } from '../../../../protocol/model-fit/memory-plan.ts'
import { mostContext, mostSlots } from '../../../../protocol/model-fit/most-that-fits.ts'
import type { ModelView } from '../../../../protocol/views.ts'

/** How a model is to be loaded, as its controls show it. */
export interface LoadWish {
  /** Tokens that one task sees. */
  readonly contextSize: number
  readonly slots: number
  readonly kvType: KvType
}

export type WishPatch = {
  readonly contextSize?: number | null
  readonly slots?: number | null
  readonly kvType?: KvType | null
}

/** More layers than any model has: as many on the GPU as have room. */
const ALL_LAYERS = 1024
const LEAST_CONTEXT_TOKENS = 256
/** Where a model does not say what it was trained on. */
const MOST_CONTEXT_TOKENS = 131_072
/** Below it a model is of little use. */
const USEFUL_CONTEXT_TOKENS = 512
const SLOT_STEPS = [1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 16, 20, 24, 32, 48, 64] as const

/** What is set for the model, and what holds by itself where nothing is. */
export function wishOf(
  model: Pick<ModelView, 'ownContextSize' | 'ownSlots' | 'ownKvType'>,
  { automatic }: Pick<FitFactsView, 'automatic'>,
): LoadWish {
  return {
    contextSize: model.ownContextSize ?? automatic.contextSize,
    slots: model.ownSlots ?? automatic.slots,
    kvType: model.ownKvType ?? automatic.kvType,
  }
}

/** What is to be saved to get from one wish to the other; what did not change is left out. */
export function wishPatch(from: LoadWish, to: LoadWish): WishPatch {
  return {
    ...(from.contextSize !== to.contextSize && { contextSize: to.contextSize }),
    ...(from.slots !== to.slots && { slots: to.slots }),
    ...(from.kvType !== to.kvType && { kvType: to.kvType }),
  }
}

export function fitOfWish({ model, machine, correction }: FitFactsView, wish: LoadWish): Fit {
  return bestFit(model, planOf(wish), machine, (estimate) => correctEstimate(estimate, correction))
}

/** The most of each that fits while the other stays; 0 where none does. */
export function mostOf(
  { model, machine, correction }: FitFactsView,
  wish: LoadWish,
): { contextSize: number; slots: number } {
  const correct = (estimate: Parameters<typeof correctEstimate>[0]) => correctEstimate(estimate, correction)
  const plan = planOf(wish)
  return {
    contextSize: mostContext(model, plan, machine, { correct }),
    slots: mostSlots(model, plan, machine, { correct }),
  }
}

function planOf(wish: LoadWish) {
  return plainPlan({ ...wish, gpuLayers: ALL_LAYERS })
}

/** Places on the slider for context: powers of two and the halves between them, the model's own most, and what is set. */
export function contextSteps(trained: number | undefined, ...set: readonly number[]): number[] {
  const most = Math.max(1, trained ?? MOST_CONTEXT_TOKENS)
  const steps = new Set([most, ...set.filter((size) => size > 0)])
  for (let size = LEAST_CONTEXT_TOKENS; size < most; size *= 2) {
    steps.add(size)
    if (size >= 1024 && size * 1.5 < most) steps.add(size * 1.5)
  }
  return [...steps].sort((a, b) => a - b)
}

export function slotSteps(...set: readonly number[]): number[] {
  return [...new Set([...SLOT_STEPS, ...set.filter((slots) => slots > 0)])].sort((a, b) => a - b)
}

/** One change that lets a model fit. */
export interface Relief {
  readonly label: string
  readonly patch: WishPatch
}

/** What can be given up, one at a time, so that a model fits into memory; where one is not enough, all of it together. */
export function reliefs(facts: FitFactsView, wish: LoadWish): Relief[] {
  const fits = (changed: LoadWish) => fitOfWish(facts, changed).verdict !== 'tooLarge'
  const most = mostOf(facts, wish)
  const found: Relief[] = []
  const context = contextSteps(facts.model.contextLength)
    .filter((size) => size < wish.contextSize && size <= most.contextSize && size >= USEFUL_CONTEXT_TOKENS)
    .at(-1)
  if (context !== undefined)
    found.push({
      label: t('models-served:relief.context', { tokens: context }),
      patch: { contextSize: context },
    })
  const slots = Math.min(wish.slots - 1, most.slots)
  if (slots > 0) found.push({ label: t('models-served:relief.slots', { slots }), patch: { slots } })
  if (wish.kvType === 'f16' && fits({ ...wish, kvType: 'q8_0' }))
    found.push({ label: t('models-served:relief.cache'), patch: { kvType: 'q8_0' } })
  if (found.length > 0) return found
  const least: LoadWish = {
    contextSize: Math.min(wish.contextSize, USEFUL_CONTEXT_TOKENS),
    slots: 1,
    kvType: 'q8_0',
  }
  return fits(least) ? [{ label: t('models-served:relief.least'), patch: wishPatch(wish, least) }] : []
}
