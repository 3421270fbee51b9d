import { DriadError } from '../../../protocol/errors.ts'
import type { LessCause, LoadedLess, LoadPlan } from '../../../protocol/load-views.ts'
import type { LoadedModel, LoadRequest } from '../../inference/contract.ts'
import type { InferenceSupervisor } from '../../inference/supervisor.ts'
import type { Logger } from '../../logs/contract.ts'
import { lessText, planDifference, samePlan, smallerPlans } from './load-plan.ts'
import type { PlanKey, PlanRows, RememberedPlan } from './plan-rows.ts'

/** Crashes while loading that one load may cause, each with less memory than the one before. */
const MAX_CRASHES = 3
/** A smaller plan is kept until there is clearly more room than when the larger one did not fit. */
const CLEARLY_MORE_ROOM = 1.1

export interface StepwiseComponents {
  readonly engine: Pick<InferenceSupervisor, 'load'>
  readonly plans: PlanRows
  readonly logger: Logger
  /** Bytes that the model would take. */
  readonly estimateBytes: (plan: LoadPlan) => number
}

export interface StepwiseInit {
  readonly request: Omit<LoadRequest, 'slots' | 'contextSize' | 'kvType' | 'gpuLayers' | 'draftPath'>
  readonly wanted: LoadPlan
  /** Layers that a GPU could take; 0 without one. */
  readonly gpuLayers: number
  /** Keys and values may be kept in half the memory: nobody chose how, and they can be. */
  readonly halvableCache: boolean
  /** Memory that it may take. */
  readonly roomBytes: number
  /** What it is remembered by; absent where the file's digest is not known yet. */
  readonly key: PlanKey | undefined
  /** Tries what is wanted even if less was remembered: the operator asks for it. */
  readonly afresh?: boolean
  readonly now: () => number
}

export interface StepwiseLoaded {
  readonly loaded: LoadedModel
  /** Absent where it is loaded as wanted. */
  readonly notice: LoadedLess | undefined
}

/**
 * Loads a model with what is wanted, or with ever less where memory does not suffice: what the estimate rules out is not
 * tried, and a draft that cannot be used is left out. The plan that worked is remembered for the file and device. Throws what `load` throws; `out_of_memory` where
 * not even the smallest plan fits.
 */
export async function loadStepwise(
  components: StepwiseComponents,
  init: StepwiseInit,
  options: { signal?: AbortSignal } = {},
): Promise<StepwiseLoaded> {
  const { engine, logger, plans, estimateBytes } = components
  const { request, wanted, roomBytes, key, gpuLayers, halvableCache } = init
  const remembered = init.afresh === true || key === undefined ? undefined : plans.get(key)
  const holds = remembered !== undefined && stillHolds(remembered, init)
  const first = holds ? remembered.used : wanted
  let queue = [first, ...smallerPlans(first, { gpuLayers: first.gpuLayers ?? gpuLayers, halvableCache })]
  let because: LessCause = holds ? remembered.because : { code: 'memory' }
  let failure: unknown
  let crashes = 0
  let draftFailed = false
  for (let plan = queue.shift(); plan !== undefined; plan = queue.shift()) {
    const bytes = estimateBytes(plan)
    if (bytes > roomBytes) {
      because = { code: 'room', neededBytes: bytes, roomBytes }
      continue
    }
    try {
      const loaded = await engine.load({ ...request, ...plan, maxCrashes: 1 }, options)
      const less = samePlan(plan, wanted) ? undefined : { wanted, used: plan, because }
      if (less !== undefined)
        logger.warn(
          `${request.name} is loaded with ${planDifference(plan, wanted)}, because ${lessText(because)}`,
        )
      // Another file may be there the next time.
      if (!draftFailed) await remember(components, init, less)
      return { loaded, notice: less }
    } catch (cause) {
      options.signal?.throwIfAborted()
      failure = cause
      const why = whyNot(cause)
      if (why === undefined) {
        // Without it, the model itself is tried: if that is to blame, it fails in the same way.
        if (plan.draftPath === undefined || !isInvalid(cause)) throw cause
        draftFailed = true
        because = { code: 'draft', reason: cause.message }
        logger.warn(`${request.name} did not load with its draft model`, { reason: cause.message })
        continue
      }
      if (why === 'crash' && ++crashes >= MAX_CRASHES) throw cause
      because = { code: why }
      logger.warn(`${request.name} did not load with ${plan.contextSize} tokens and ${plan.slots} slots`, {
        reason: lessText(because),
      })
      // A crash is dear: the next attempt goes half of the way down at once.
      if (why === 'crash') queue = queue.slice(Math.floor(queue.length / 2))
    }
  }
  if (failure instanceof Error) throw failure
  throw new DriadError(
    'out_of_memory',
    `There is not enough memory for ${request.name}: even with the shortest context ${lessText(because)}. Unload other models, choose a smaller one, or raise the memory budget`,
  )
}

async function remember(
  { plans, logger }: StepwiseComponents,
  { key, roomBytes, now }: StepwiseInit,
  less: LoadedLess | undefined,
): Promise<void> {
  if (key === undefined) return
  try {
    if (less !== undefined) await plans.put(key, { ...less, roomBytes }, now())
    else if (plans.get(key) !== undefined) await plans.remove(key)
  } catch (error) {
    logger.warn('How a model was loaded could not be remembered', { error })
  }
}

function stillHolds(
  remembered: RememberedPlan,
  { wanted, roomBytes, halvableCache }: Pick<StepwiseInit, 'wanted' | 'roomBytes' | 'halvableCache'>,
): boolean {
  if (remembered.used.kvType !== wanted.kvType && !halvableCache) return false
  return samePlan(remembered.wanted, wanted) && roomBytes < remembered.roomBytes * CLEARLY_MORE_ROOM
}

function whyNot(cause: unknown): 'memory' | 'crash' | undefined {
  if (!(cause instanceof DriadError)) return undefined
  if (cause.code === 'out_of_memory') return 'memory'
  return cause.cause instanceof DriadError && cause.cause.code === 'inference_crashed' ? 'crash' : undefined
}

function isInvalid(cause: unknown): cause is DriadError {
  return cause instanceof DriadError && (cause.code === 'model_invalid' || cause.code === 'model_not_found')
}
