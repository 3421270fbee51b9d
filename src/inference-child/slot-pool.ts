import { DriadError } from '../protocol/errors.ts'

/** One sequence of a context, with what it has in its memory from earlier generations. */
export interface Slot {
  /** The tokens whose evaluation the sequence still holds. */
  tokens(): readonly number[]
}

/** A shorter common beginning than this is not worth giving up somebody else's longer memory for. */
const MIN_REUSED_TOKENS = 16

/**
 * Hands out slots: to a waiting prompt in order of arrival, and of several free slots the one that already holds the
 * longest beginning of the prompt, else the one that was not used for the longest time.
 */
export class SlotPool<S extends Slot> {
  readonly size: number
  readonly #maxWaiting: number
  /** Least recently used first. */
  readonly #free: S[]
  readonly #waiting = new Set<(slot: S) => void>()

  constructor(slots: readonly S[], init: { maxWaiting: number }) {
    this.size = slots.length
    this.#free = [...slots]
    this.#maxWaiting = init.maxWaiting
  }

  get running(): number {
    return this.size - this.#free.length
  }

  get waiting(): number {
    return this.#waiting.size
  }

  /** Throws `no_capacity` if too many wait already, or the signal's reason. */
  async acquire(prompt: readonly number[], options: { signal?: AbortSignal } = {}): Promise<S> {
    const { signal } = options
    signal?.throwIfAborted()
    const best = chooseSlot(
      this.#free.map((slot) => slot.tokens()),
      prompt,
    )
    const slot = best === undefined ? undefined : this.#free.splice(best, 1)[0]
    if (slot !== undefined) return slot
    if (this.#waiting.size >= this.#maxWaiting) {
      throw new DriadError('no_capacity', `${this.#waiting.size} generations wait for this model already`)
    }
    return new Promise<S>((resolve, reject) => {
      const take = (given: S) => {
        signal?.removeEventListener('abort', abort)
        resolve(given)
      }
      const abort = () => {
        this.#waiting.delete(take)
        reject(signal?.reason)
      }
      signal?.addEventListener('abort', abort, { once: true })
      this.#waiting.add(take)
    })
  }

  release(slot: S): void {
    const [next] = this.#waiting
    if (next === undefined) {
      this.#free.push(slot)
      return
    }
    this.#waiting.delete(next)
    next(slot)
  }
}

/**
 * Index of the slot to use, given what each holds, least recently used first; undefined if there is none.
 * An empty slot is preferred to one whose memory would be lost for a few tokens.
 */
export function chooseSlot(
  held: readonly (readonly number[])[],
  prompt: readonly number[],
): number | undefined {
  let best: number | undefined
  let longest = Math.min(MIN_REUSED_TOKENS, Math.ceil(prompt.length / 2)) - 1
  for (const [index, tokens] of held.entries()) {
    const shared = commonLength(tokens, prompt)
    if (shared > longest) {
      longest = shared
      best = index
    }
  }
  if (best !== undefined) return best
  const empty = held.findIndex((tokens) => tokens.length === 0)
  if (empty >= 0) return empty
  return held.length > 0 ? 0 : undefined
}

/** How many items two lists begin with in common. */
export function commonLength(a: readonly number[], b: readonly number[]): number {
  const end = Math.min(a.length, b.length)
  let index = 0
  while (index < end && a[index] === b[index]) index++
  return index
}
