import { kvElements } from './cache-bytes.ts'
import { kvBytes, type MemoryModel, type MemoryPlan, whole } from './memory-plan.ts'
import { weightParts } from './weight-parts.ts'

/** A speed that some model had on this machine. */
export interface MeasuredSpeed {
  readonly model: MemoryModel
  /** Of one sequence. */
  readonly tokensPerSecond: number
  readonly promptTokensPerSecond?: number
  /** Whether all of it was on a GPU. */
  readonly onGpu: boolean
}

/** A machine that somebody measured, for those where nothing was measured yet. */
export interface ReferenceSpeed {
  readonly name: string
  readonly onGpu: boolean
  /** What generation reached: bytes of weights read for each token, times tokens in a second. */
  readonly bytesPerSecond: number
  /** The same for prompts, whose tokens are read many at a time. */
  readonly promptBytesPerSecond?: number
}

/** What is known of a machine's speed. */
export interface SpeedFacts {
  readonly measured: readonly MeasuredSpeed[]
  /**
   * What its memory was measured to copy in a second, bytes read and written. Reading alone is half as fast again, of
   * which llama.cpp reaches two thirds on a processor.
   */
  readonly memoryBytesPerSecond?: number
  /** Threads that llama.cpp would work with. */
  readonly threads?: number
  readonly references?: readonly ReferenceSpeed[]
}

export interface ExpectedSpeed {
  /** Of one sequence, at a context that is a quarter full. */
  readonly tokensPerSecond: number
  /** Between these it is likely to be. */
  readonly range: { readonly low: number; readonly high: number }
  readonly promptTokensPerSecond?: number
  /** Where the figures are from: this model here, another model here, this machine's memory, or another machine. */
  readonly basis: 'thisModel' | 'measured' | 'memory' | 'reference'
}

/** What one thread takes in of quantised weights, however fast the memory is. Measured: 11e9 to 25e9. */
const THREAD_BYTES_PER_SECOND = 15e9
/** Between tokens: sampling, thread hops, the loop around it. Small models are bound by this. */
const BETWEEN_TOKENS_S = 0.0004
/** How far off an expectation may be, by where it comes from. */
const SPREAD: Readonly<Record<ExpectedSpeed['basis'], number>> = {
  thisModel: 0.15,
  measured: 0.35,
  memory: 0.5,
  reference: 0.6,
}
/** A model of that many times another's bytes is like it. */
const ALIKE = 1.02
/**
 * A small model stays in the processor's caches and spends its time between tokens: of one that is larger by more than
 * this it tells nothing. The built-in one would promise a thousand tokens/s of any.
 */
const MOST_TIMES_LARGER = 16

/**
 * How fast a model will write here. Each token needs all weights that it uses and all keys and values so far, so
 * generation goes as fast as these can be read. Undefined where nothing at all is known of the machine.
 * @param onGpu the share of the model that is on a GPU, from 0 to 1
 */
export function expectedSpeed(
  model: MemoryModel,
  plan: MemoryPlan,
  facts: SpeedFacts,
  onGpu = 0,
): ExpectedSpeed | undefined {
  const ofGpu = onGpu > 0 ? bandwidthOf(model, facts, true) : undefined
  const ofCpu = onGpu < 1 ? bandwidthOf(model, facts, false) : undefined
  if ((onGpu > 0 && ofGpu === undefined) || (onGpu < 1 && ofCpu === undefined)) return undefined
  const bytes = tokenBytes(model, plan)
  const seconds =
    (ofGpu === undefined ? 0 : (bytes * onGpu) / ofGpu.bytesPerSecond) +
    (ofCpu === undefined ? 0 : (bytes * (1 - onGpu)) / ofCpu.bytesPerSecond) +
    BETWEEN_TOKENS_S
  const tokensPerSecond = 1 / seconds
  const basis = [ofGpu?.basis, ofCpu?.basis]
    .filter((found) => found !== undefined)
    .reduce(
      (worst, next) => (SPREAD[next] > SPREAD[worst] ? next : worst),
      'thisModel' as ExpectedSpeed['basis'],
    )
  const prompt = onGpu >= 0.5 ? ofGpu?.promptBytesPerSecond : ofCpu?.promptBytesPerSecond
  const spread = SPREAD[basis]
  return {
    tokensPerSecond,
    range: { low: tokensPerSecond * (1 - spread), high: tokensPerSecond * (1 + spread) },
    ...(prompt !== undefined && { promptTokensPerSecond: prompt / activeBytes(model) }),
    basis,
  }
}

/** Bytes of the weights that one token uses: not the input's table, and of the experts only those it is given to. */
export function activeBytes(model: MemoryModel): number {
  const { output, layers, experts } = weightParts(model)
  const { count, used } = model.shape.experts ?? { count: 1, used: 1 }
  const share = Math.min(1, whole(used, 1) / whole(count, 1))
  return Math.max(1, output + layers - experts * (1 - share))
}

/** With the keys and values of a context that is a quarter full. */
function tokenBytes(model: MemoryModel, plan: MemoryPlan): number {
  const { shape } = model
  const seen = whole(plan.contextSize, 1) / 4
  const { full, window } = kvElements(shape)
  const windowSeen = Math.min(seen, whole(shape.slidingWindow?.tokens ?? 0))
  const states = whole(shape.recurrent?.elements ?? 0) * 8
  return activeBytes(model) + (full * seen + window * windowSeen) * kvBytes[plan.kvType] + states
}

interface Bandwidth {
  readonly bytesPerSecond: number
  readonly promptBytesPerSecond?: number
  readonly basis: ExpectedSpeed['basis']
}

/** The best that is known: of a model most like this one, else of the memory, else of another machine. */
function bandwidthOf(model: MemoryModel, facts: SpeedFacts, onGpu: boolean): Bandwidth | undefined {
  const bytes = activeBytes(model)
  const apart = (other: MeasuredSpeed) => Math.abs(Math.log(activeBytes(other.model) / bytes))
  const alike = facts.measured
    .filter((one) => one.onGpu === onGpu && one.tokensPerSecond > 0)
    .filter((one) => bytes <= activeBytes(one.model) * MOST_TIMES_LARGER)
    .sort((a, b) => apart(a) - apart(b))
    .at(0)
  if (alike !== undefined) {
    const seconds = Math.max(1e-7, 1 / alike.tokensPerSecond - BETWEEN_TOKENS_S)
    return {
      bytesPerSecond: activeBytes(alike.model) / seconds,
      ...(alike.promptTokensPerSecond !== undefined && {
        promptBytesPerSecond: alike.promptTokensPerSecond * activeBytes(alike.model),
      }),
      basis: apart(alike) < Math.log(ALIKE) ? 'thisModel' : 'measured',
    }
  }
  if (!onGpu && facts.memoryBytesPerSecond !== undefined && facts.memoryBytesPerSecond > 0) {
    const threads = whole(facts.threads ?? Number.MAX_SAFE_INTEGER, 1)
    const bytesPerSecond = Math.min(facts.memoryBytesPerSecond, threads * THREAD_BYTES_PER_SECOND)
    return { bytesPerSecond, basis: 'memory' }
  }
  const reference = facts.references?.find((one) => one.onGpu === onGpu && one.bytesPerSecond > 0)
  if (reference === undefined) return undefined
  return {
    bytesPerSecond: reference.bytesPerSecond,
    ...(reference.promptBytesPerSecond !== undefined && {
      promptBytesPerSecond: reference.promptBytesPerSecond,
    }),
    basis: 'reference',
  }
}
