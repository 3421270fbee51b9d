import type { LlamaModel, Token } from 'node-llama-cpp'
import { commonLength } from '../slot-pool.ts'
import { type NativeCheckpoint, type NativeContext, newNativeCheckpoint } from './bindings.ts'

/** Checkpoints of one sequence; each is as large as a recurrent state, or the window of a windowed model. */
const MAX_CHECKPOINTS = 3
/** Reading fewer tokens again costs less than a checkpoint. */
const MIN_CHECKPOINT_TOKENS = 32

interface Checkpoint {
  readonly tokens: number
  readonly native: NativeCheckpoint
}

/**
 * One sequence of a context: the tokens that its memory holds, and how to get back to an earlier state of it. Most models
 * forget from any token on. Recurrent ones and those that see a window only get back to a checkpoint, so one is kept where a
 * prompt ends, and one where prompts were seen to part.
 */
export class KeptSequence {
  readonly id: number
  readonly #context: NativeContext
  readonly #model: LlamaModel
  readonly #checkpointed: boolean
  #tokens: Token[] = []
  /** Shortest first. */
  #checkpoints: Checkpoint[] = []

  constructor(
    parts: { context: NativeContext; model: LlamaModel },
    init: { id: number; checkpointed: boolean },
  ) {
    this.id = init.id
    this.#context = parts.context
    this.#model = parts.model
    this.#checkpointed = init.checkpointed
  }

  get tokens(): readonly Token[] {
    return this.#tokens
  }

  /** They were computed. */
  append(tokens: readonly Token[]): void {
    for (const token of tokens) this.#tokens.push(token)
  }

  /** Forgets what comes after `length` tokens. Not for models with checkpoints. */
  cut(length: number): void {
    if (length >= this.#tokens.length) return
    if (!this.#context.removeTokenCellsFromSequence(this.id, length, -1))
      throw new Error('This memory cannot forget a part')
    this.#tokens.length = length
  }

  /** Forgets whatever does not begin `prompt`. Returns where a checkpoint is worth taking on the way, if anywhere. */
  async keep(prompt: readonly Token[]): Promise<number | undefined> {
    const shared = commonLength(this.#tokens, prompt)
    if (shared === this.#tokens.length) return undefined
    if (this.#forgets(shared)) {
      this.#tokens.length = shared
      this.#dropCheckpoints((checkpoint) => checkpoint.tokens > shared)
      return undefined
    }
    await this.#restore(shared)
    // Prompts that parted here will part here again.
    return shared - this.#tokens.length >= MIN_CHECKPOINT_TOKENS ? shared : undefined
  }

  /** Takes over what another sequence holds, as far as it begins `prompt`. For models that forget from any token on. */
  async copyFrom(other: KeptSequence, prompt: readonly Token[]): Promise<void> {
    await this.#context.copySequenceStateFromOtherSequence(this.id, other.id)
    this.#tokens = [...other.tokens]
    await this.keep(prompt)
  }

  /** Keeps the present state, where the model needs that to come back to it. */
  async checkpoint(): Promise<void> {
    const { length } = this.#tokens
    const nearest = this.#checkpoints.findLast(({ tokens }) => tokens <= length)?.tokens ?? 0
    if (!this.#checkpointed || length - nearest < MIN_CHECKPOINT_TOKENS) return
    const native = newNativeCheckpoint(this.#model)
    try {
      await native.init(this.#context, this.id)
    } catch (error) {
      native.dispose()
      throw error
    }
    this.#checkpoints.push({ tokens: length, native })
    this.#checkpoints.sort((a, b) => a.tokens - b.tokens)
    // The shortest one is the beginning that most prompts share; of the others the oldest state is the least wanted.
    if (this.#checkpoints.length > MAX_CHECKPOINTS) this.#checkpoints.splice(1, 1)[0]?.native.dispose()
  }

  /** Forgets everything, whatever state it is in. */
  clear(): void {
    this.#tokens = []
    this.#dropCheckpoints(() => true)
    this.#context.disposeSequence(this.id)
  }

  dispose(): void {
    this.#dropCheckpoints(() => true)
  }

  /** What comes after `length` tokens, if that is possible. */
  #forgets(length: number): boolean {
    // A window that has moved on lacks what comes before the new end.
    if (this.#checkpointed && this.#context.getSequenceKvCacheMinPosition(this.id) >= length) return false
    return length > 0 && this.#context.removeTokenCellsFromSequence(this.id, length, -1)
  }

  async #restore(shared: number): Promise<void> {
    this.#dropCheckpoints((checkpoint) => checkpoint.tokens > shared)
    const last = this.#checkpoints.at(-1)
    if (
      last !== undefined &&
      (await this.#context.restoreCheckpoint(last.native, last.tokens - 1, this.id))
    ) {
      this.#tokens.length = last.tokens
      return
    }
    this.clear()
  }

  #dropCheckpoints(dropped: (checkpoint: Checkpoint) => boolean): void {
    this.#checkpoints = this.#checkpoints.filter((checkpoint) => {
      if (!dropped(checkpoint)) return true
      checkpoint.native.dispose()
      return false
    })
  }
}
