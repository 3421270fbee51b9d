/** Numbers that look random and are the same for the same seed. Enough for fuzzing, and for nothing else. */
export class Random {
  #state: number

  constructor(seed: number) {
    this.#state = (seed ^ 0x9e3779b9) >>> 0 || 1
  }

  /** A whole number from 0 to below `bound`. */
  below(bound: number): number {
    // Marsaglia's xorshift with 32 bits.
    let x = this.#state
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    this.#state = x >>> 0
    return this.#state % Math.max(1, bound)
  }

  of<T>(values: readonly T[]): T {
    return values[this.below(values.length)] as T
  }
}
