import type { LlamaContext, LlamaModel } from 'node-llama-cpp'

/**
 * The native objects beneath node-llama-cpp 3.22.1, which it keeps to itself. Its own loop around them takes 0.2 to 1 ms
 * a token (locks, generators, three turns of the event loop), which is as much as a small model computes, and leaves
 * batches short; so the decoder drives them itself. The version is pinned, and a test looks at everything named here.
 */
export interface NativeContext {
  /** Makes room for a batch; what was in it is gone. */
  initBatch(tokens: number): void
  /** Returns where in the batch the logits of each of `logitIndexes` (within `tokens`) will be. */
  addToBatch(
    sequence: number,
    firstPosition: number,
    tokens: Uint32Array,
    logitIndexes: Uint32Array,
  ): Uint32Array
  /** Computes the batch, on a thread of its own. */
  decodeBatch(): Promise<void>
  /**
   * Samples at a place of the batch, on a thread of its own. With the further arguments the answer is a list: token,
   * probabilities, confidence, logits (as token, value, token, value…), and the sum of exp(logit - the highest).
   */
  sampleToken(place: number, sampler: NativeSampler): Promise<number>
  sampleToken(
    place: number,
    sampler: NativeSampler,
    probabilities: boolean,
    confidence: boolean,
    logits: NativeLogitFilter,
    totalWeight: boolean,
  ): Promise<readonly [number, unknown, unknown, (readonly number[])?, number?]>
  /** False where the memory cannot forget a part: recurrent ones never can, windowed ones not always. */
  removeTokenCellsFromSequence(sequence: number, from: number, to: number): boolean
  /** Forgets all of a sequence. */
  disposeSequence(sequence: number): void
  /** Position of the first token that is still remembered; -1 if none is. */
  getSequenceKvCacheMinPosition(sequence: number): number
  copySequenceStateFromOtherSequence(target: number, source: number): Promise<number>
  restoreCheckpoint(checkpoint: NativeCheckpoint, maxPosition: number, sequence: number): Promise<boolean>
  setThreads(threads: number): void
}

/** Tokens, the highest, the lowest, the sampled one, and how many of the highest. */
export type NativeLogitFilter = readonly [readonly number[], boolean, boolean, boolean, number]

export interface NativeSampler {
  applyConfig(config: NativeSamplerConfig): unknown
  dispose(): void
}

/** Absent fields leave out their sampler. */
export interface NativeSamplerConfig {
  temperature: number
  topK?: number
  topP?: number
  minP?: number
  seed?: number
  repeatPenalty?: number
  repeatPenaltyMaxTokens?: number
  /** Must be there for any of the three penalties to act. */
  repeatPenaltyTokens?: Uint32Array
  repeatPenaltyPresencePenalty?: number
  repeatPenaltyFrequencyPenalty?: number
  tokenBiasKeys?: Uint32Array
  tokenBiasValues?: Float32Array
  grammarEvaluationState?: unknown
}

/** A copy of what a recurrent or windowed memory cannot get back. */
export interface NativeCheckpoint {
  init(context: NativeContext, sequence: number): Promise<void>
  dispose(): void
  readonly size: number
  readonly minPos: number
  readonly maxPos: number
}

interface Bindings {
  readonly AddonSampler: new (model: unknown) => NativeSampler
  readonly AddonContextSequenceCheckpoint: new () => NativeCheckpoint
}

interface ContextInternals {
  readonly _ctx: NativeContext
}

interface ModelInternals {
  readonly _model: unknown
  readonly _llama: { readonly _bindings: Bindings }
}

export function nativeContext(context: LlamaContext): NativeContext {
  return (context as unknown as ContextInternals)._ctx
}

export function newNativeSampler(model: LlamaModel): NativeSampler {
  const { _model, _llama } = model as unknown as ModelInternals
  return new _llama._bindings.AddonSampler(_model)
}

export function newNativeCheckpoint(model: LlamaModel): NativeCheckpoint {
  const { _llama } = model as unknown as ModelInternals
  return new _llama._bindings.AddonContextSequenceCheckpoint()
}
