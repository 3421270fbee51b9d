import type { LlamaModel, Token } from 'node-llama-cpp'
import type { Decoder } from './decoder.ts'
import { TokenSampler } from './token-sampler.ts'

/** Tokens that are guessed at once, at most. */
export const MAX_GUESSES = 8
const FIRST_GUESSES = 4
/** Of the tokens guessed lately, so many must have come, or guessing costs more than it gives. */
const MIN_HIT_RATE = 0.4
/** Weight of the newest guesses in the running hit rate. */
const NEWEST_WEIGHT = 0.2
/** Answers that are guessed badly are tried again after so many tokens. */
const PAUSE_TOKENS = 64

interface Luck {
  /** How many to guess next. */
  guesses: number
  hitRate: number
  /** Tokens without guessing that are left. */
  pause: number
}

/** What knows, or guesses, which tokens come next. */
export interface Guesser {
  /** What may follow `tokens`, all that the sequence holds; at most the sequence's share of a batch, less one. */
  guess(sequenceId: number, tokens: readonly Token[]): Promise<readonly Token[]>
  /** How many of the last guesses came. */
  learn(sequenceId: number, luck: { readonly guessed: number; readonly came: number }): void
}

/**
 * A small model that guesses what a large one of the same vocabulary writes next: speculative decoding. The large one
 * computes the guesses along with its own token, which costs little more where weights are slow to read, and takes those
 * that it would have written itself, so that the text is the same.
 */
export class Draft implements Guesser {
  readonly #decoder: Decoder
  readonly #model: LlamaModel
  /** By sequence; as many as there are. */
  readonly #luck = new Map<number, Luck>()

  /** The decoder needs as many sequences, of the same size, as the large model's. */
  constructor(parts: { decoder: Decoder; model: LlamaModel }) {
    this.#decoder = parts.decoder
    this.#model = parts.model
  }

  /** What may follow `tokens`, all that the large model's sequence holds. Empty where guessing does not pay. */
  async guess(sequenceId: number, tokens: readonly Token[]): Promise<readonly Token[]> {
    const luck = this.#luckOf(sequenceId)
    const sequence = this.#decoder.sequences[sequenceId]
    if (luck.pause > 0 || sequence === undefined) {
      luck.pause--
      return []
    }
    const guessed: Token[] = []
    await this.#decoder.keep(sequence, tokens.slice(0, -1))
    const sampler = new TokenSampler(this.#model, { temperature: 0 })
    try {
      await this.#decoder.generate(sequence, tokens.slice(sequence.tokens.length), sampler, {
        take: ({ token }) => {
          if (this.#model.isEogToken(token)) return false
          guessed.push(token)
          return guessed.length < luck.guesses
        },
        isLast: (token) => this.#model.isEogToken(token) || guessed.length + 1 >= luck.guesses,
      })
    } finally {
      sampler.dispose()
    }
    return guessed
  }

  learn(sequenceId: number, { guessed, came }: { readonly guessed: number; readonly came: number }): void {
    const luck = this.#luckOf(sequenceId)
    luck.hitRate += (came / guessed - luck.hitRate) * NEWEST_WEIGHT
    luck.guesses = came === guessed ? Math.min(MAX_GUESSES, luck.guesses + 2) : Math.max(1, came + 1)
    if (luck.hitRate >= MIN_HIT_RATE) return
    this.#luck.set(sequenceId, { ...freshLuck(), pause: PAUSE_TOKENS })
  }

  #luckOf(sequenceId: number): Luck {
    const known = this.#luck.get(sequenceId)
    if (known !== undefined) return known
    const luck = freshLuck()
    this.#luck.set(sequenceId, luck)
    return luck
  }
}

function freshLuck(): Luck {
  return { guesses: FIRST_GUESSES, hitRate: 1, pause: 0 }
}
