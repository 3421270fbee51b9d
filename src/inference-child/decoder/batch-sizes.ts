/** Rounds of each size that are remembered. The shortest counts: whatever disturbs a round only makes it longer. */
const REMEMBERED = 8
/** Rounds of a size before it is believed. */
const TRIALS = 4
/** A smaller size is taken only if it is that much cheaper: below it, the difference may be noise. */
const CLEARLY_CHEAPER = 1.1
/** One round of so many tries another size again, as machines and their load change. */
const TRY_EVERY = 200

/**
 * How many sequences to compute at once when each wants one token. More at once is what makes GPUs fast, and large models
 * on CPUs; but for some kinds of weights llama.cpp takes longer for four together than for four one after the other, so
 * it is looked at how long rounds of each size take.
 */
export class BatchSizes {
  readonly #roundsMs = new Map<number, number[]>()
  #choices = 0

  /** How many of `waiting` sequences the next round should take: 1 to `waiting`. */
  choose(waiting: number): number {
    if (waiting <= 1) return waiting
    this.#choices++
    const sizes = sizesUpTo(waiting)
    const untried = sizes.find((size) => (this.#roundsMs.get(size)?.length ?? 0) < TRIALS)
    if (untried !== undefined) return untried
    if (this.#choices % TRY_EVERY === 0)
      return sizes[Math.floor(this.#choices / TRY_EVERY) % sizes.length] ?? waiting
    let best = waiting
    for (const size of sizes) {
      if (this.#cost(size) * (best === waiting ? CLEARLY_CHEAPER : 1) < this.#cost(best)) best = size
    }
    return best
  }

  /** A round of `size` sequences, one token each, took so long. */
  learn(size: number, ms: number): void {
    const known = this.#roundsMs.get(size) ?? []
    known.push(ms)
    if (known.length > REMEMBERED) known.shift()
    this.#roundsMs.set(size, known)
  }

  /** Milliseconds a token. */
  #cost(size: number): number {
    return Math.min(...(this.#roundsMs.get(size) ?? [])) / size
  }
}

/** All of them, and powers of two below. */
function sizesUpTo(waiting: number): number[] {
  const sizes = [waiting]
  for (let size = 2 ** Math.floor(Math.log2(waiting - 1)); size >= 1; size /= 2) sizes.push(size)
  return sizes
}
