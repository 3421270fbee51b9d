import type { ModelShape } from '../../../protocol/gguf/model-shape.ts'
import type { LessCause, LoadPlan } from '../../../protocol/load-views.ts'

/** Tokens per sequence where the operator does not say: what a model was trained on may need all the memory. */
export const CONTEXT_TOKENS = 8192
/** A context that most tasks still fit in; slots are given up before it gets shorter. */
const USEFUL_CONTEXT_TOKENS = 2048
/** Below it a model is of no use to anybody. */
const LEAST_CONTEXT_TOKENS = 512
/** Elements that q8_0 keeps together. */
const Q8_BLOCK = 32
/** However large the wish: each further step costs a load. */
const MAX_STEPS = 16

export interface LadderInit {
  /** Layers on the GPU in the last attempt, where it got that far. */
  readonly gpuLayers?: number
  /** Keys and values may be kept in half the memory: see `halvableCache`. */
  readonly halvableCache?: boolean
}

/**
 * Ever smaller plans after one that did not fit: first without its draft, then keys and values in half the memory, then
 * less context, then fewer slots, then less context still, then fewer layers on the GPU. At most 16.
 */
export function smallerPlans(
  wanted: LoadPlan,
  { gpuLayers = 0, halvableCache = false }: LadderInit = {},
): LoadPlan[] {
  const plans: LoadPlan[] = []
  let plan = wanted
  const step = (change: Partial<LoadPlan>) => {
    plan = { ...plan, ...change }
    plans.push(plan)
  }
  if (wanted.draftPath !== undefined) {
    const { draftPath: _, ...without } = wanted
    plan = without
    plans.push(plan)
  }
  if (halvableCache && wanted.kvType === 'f16') step({ kvType: 'q8_0' })
  const shorten = (least: number) => {
    while (plan.contextSize > least) step({ contextSize: Math.max(least, halved(plan.contextSize)) })
  }
  shorten(USEFUL_CONTEXT_TOKENS)
  while (plan.slots > 1) step({ slots: halved(plan.slots) })
  shorten(LEAST_CONTEXT_TOKENS)
  for (let layers = halved(gpuLayers); layers > 0; layers = halved(layers)) step({ gpuLayers: layers })
  if (gpuLayers > 0) step({ gpuLayers: 0 })
  // Of many steps the last ones matter: a plan that needs hardly anything must be among them.
  return plans.length <= MAX_STEPS ? plans : [...plans.slice(0, MAX_STEPS - 1), ...plans.slice(-1)]
}

/**
 * Whether keys and values can be kept as q8_0, which costs next to no speed and accuracy (see docs/models.md). It takes
 * 32 elements at a time, and none where there is no attention.
 */
export function halvableCache(shape: ModelShape | undefined): boolean {
  if (shape === undefined || shape.keyLength === 0) return false
  return shape.keyLength % Q8_BLOCK === 0 && shape.valueLength % Q8_BLOCK === 0
}

export function samePlan(a: LoadPlan, b: LoadPlan): boolean {
  return (
    a.contextSize === b.contextSize &&
    a.slots === b.slots &&
    a.kvType === b.kvType &&
    a.gpuLayers === b.gpuLayers &&
    a.draftPath === b.draftPath
  )
}

/** "4096 instead of 8192 tokens and 2 instead of 4 slots" */
export function planDifference(used: LoadPlan, wanted: LoadPlan): string {
  const parts: string[] = []
  if (used.contextSize !== wanted.contextSize)
    parts.push(`${used.contextSize} instead of ${wanted.contextSize} tokens`)
  if (used.kvType !== wanted.kvType) parts.push(`keys and values as ${used.kvType}`)
  if (used.slots !== wanted.slots) parts.push(`${used.slots} instead of ${wanted.slots} slots`)
  if (used.gpuLayers !== wanted.gpuLayers) parts.push(`${used.gpuLayers ?? 'all'} layers on the GPU`)
  if (used.draftPath !== wanted.draftPath) parts.push('no draft model')
  return parts.join(' and ')
}

/** In English, for the log and for errors. */
export function lessText(cause: LessCause): string {
  switch (cause.code) {
    case 'room':
      return `it would take ${megabytes(cause.neededBytes)} and models may take ${megabytes(cause.roomBytes)} now`
    case 'memory':
      return 'there was not enough memory for more'
    case 'crash':
      return 'the inference process did not survive loading more'
    case 'draft':
      return cause.reason
  }
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1e6)} MB`
}

function halved(value: number): number {
  return Math.floor(value / 2)
}
