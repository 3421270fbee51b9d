/** Sizes are compared by what they come to in spans of this length: short ones dodge what disturbs long ones. */
const SPAN_MS = 40
/** Spans of each size that are remembered. The best counts: whatever disturbs a span only makes it slower. */
const REMEMBERED = 5
/** Spans of a size before it is believed. */
const TRIALS = 2
/** A smaller size is taken only if it is that much cheaper: below it, the difference may be noise. */
const CLEARLY_CHEAPER = 1.03
/** After so many spans another size is tried again, as machines and their load change. */
const TRY_EVERY = 200

/**
 * How many sequences to compute at once when each wants one token. More at once is what makes GPUs fast, and large models
 * on CPUs; but for some kinds of weights llama.cpp takes longer for four together than for four one after the other, so
 * it is looked at how many tokens come of each size.
 */
export class BatchSizes {
  /** Milliseconds a token, of whole spans. */
  readonly #costs = new Map<number, number[]>()
  readonly #openSpans = new Map<number, { tokens: number; ms: number }>()
  #spans = 0
  /** The size that is tried again, until it has had a span. */
  #trial: number | undefined

  /** How many of `waiting` sequences the next round should take: 1 to `waiting`. */
  choose(waiting: number): number {
    if (waiting <= 1) return waiting
    const sizes = sizesUpTo(waiting)
    const untried = sizes.find((size) => (this.#costs.get(size)?.length ?? 0) < TRIALS)
    if (untried !== undefined) return untried
    if (this.#trial !== undefined && sizes.includes(this.#trial)) return this.#trial
    if (this.#spans >= TRY_EVERY) {
      this.#spans = 0
      // The one that was looked at longest ago.
      this.#trial = [...this.#costs.keys()].find((size) => sizes.includes(size))
      if (this.#trial !== undefined) return this.#trial
    }
    let best = waiting
    for (const size of sizes) {
      if (this.#cost(size) * (best === waiting ? CLEARLY_CHEAPER : 1) < this.#cost(best)) best = size
    }
    return best
  }

  /** A round of `size` sequences, one token each, took so long, sampling included. */
  learn(size: number, ms: number): void {
    const span = this.#openSpans.get(size) ?? { tokens: 0, ms: 0 }
    span.tokens += size
    span.ms += ms
    this.#openSpans.set(size, span)
    if (span.ms < SPAN_MS) return
    this.#openSpans.delete(size)
    const costs = this.#costs.get(size) ?? []
    costs.push(span.ms / span.tokens)
    if (costs.length > REMEMBERED) costs.shift()
    this.#costs.delete(size)
    this.#costs.set(size, costs)
    this.#spans++
    if (this.#trial === size) this.#trial = undefined
  }

  /** Milliseconds a token. */
  #cost(size: number): number {
    return Math.min(...(this.#costs.get(size) ?? []))
  }
}

/** All of them, and powers of two below. */
function sizesUpTo(waiting: number): number[] {
  const sizes = [waiting]
  for (let size = 2 ** Math.floor(Math.log2(waiting - 1)); size >= 1; size /= 2) sizes.push(size)
  return sizes
}
