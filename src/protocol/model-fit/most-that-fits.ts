import type { MemoryEstimate } from './estimate-memory.ts'
import { bestFit, type FitMachine, type FitVerdict, largest } from './fit-of.ts'
import { type MemoryModel, type MemoryPlan, whole } from './memory-plan.ts'

export const MAX_SLOTS = 64
export const CONTEXT_STEP = 256
/** Where a model does not say what it was trained on. */
const MOST_CONTEXT_TOKENS = 2 ** 20

export interface MostOptions {
  /** What is still good enough; `partly` where absent. */
  readonly verdict?: Exclude<FitVerdict, 'tooLarge'>
  readonly correct?: (estimate: MemoryEstimate) => MemoryEstimate
}

/** Slots that fit with the plan's context; 0 where not even one does. */
export function mostSlots(
  model: MemoryModel,
  plan: MemoryPlan,
  machine: FitMachine,
  options: MostOptions = {},
): number {
  return largest(1, MAX_SLOTS, (slots) => goodEnough(model, { ...plan, slots }, machine, options)) ?? 0
}

/** Tokens that each of the plan's slots can have, in steps of 256, at most what the model was trained on; 0 for none. */
export function mostContext(
  model: MemoryModel & { readonly contextLength?: number },
  plan: MemoryPlan,
  machine: FitMachine,
  options: MostOptions = {},
): number {
  const trained = Math.min(MOST_CONTEXT_TOKENS, whole(model.contextLength ?? MOST_CONTEXT_TOKENS, 1))
  const steps = largest(1, Math.ceil(trained / CONTEXT_STEP), (count) =>
    goodEnough(model, { ...plan, contextSize: count * CONTEXT_STEP }, machine, options),
  )
  return Math.min(trained, (steps ?? 0) * CONTEXT_STEP)
}

function goodEnough(
  model: MemoryModel,
  plan: MemoryPlan,
  machine: FitMachine,
  { verdict = 'partly', correct }: MostOptions,
): boolean {
  const found = bestFit(model, plan, machine, correct).verdict
  return found === 'fits' || found === verdict
}
