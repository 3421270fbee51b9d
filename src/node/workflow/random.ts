/**
 * Mulberry32 (Tommy Ettinger, public domain): 32 bits of state, and the same draws from the same seed on every
 * machine. It picks items for `sample`; nothing secret depends on it.
 */
export class Random {
  #state: number

  /** @param seed Unsigned 32 bits; without one the draws differ from run to run. */
  constructor(seed: number | undefined) {
    this.#state = (seed ?? (crypto.getRandomValues(new Uint32Array(1))[0] as number)) >>> 0
  }

  /** To be given as the seed of a generator that goes on where this one is. */
  get state(): number {
    return this.#state
  }

  /** A whole number from 0 up to and without `end`. */
  below(end: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let bits = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1)
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61)
    return Math.floor((((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32) * end)
  }
}
