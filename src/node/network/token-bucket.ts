export interface TokenBucketInit {
  /** How much may come at once. */
  readonly burst: number
  /** How much may come in the long run. */
  readonly perSecond: number
}

/** Fills at a rate, up to its size. Times are given, so that many buckets share one look at the clock. */
export class TokenBucket {
  readonly #init: TokenBucketInit
  #tokens: number
  #atMs: number

  constructor(init: TokenBucketInit, nowMs: number) {
    this.#init = init
    this.#tokens = init.burst
    this.#atMs = nowMs
  }

  /** Takes so much if it is there, and nothing otherwise. */
  take(nowMs: number, amount = 1): boolean {
    this.#fill(nowMs)
    if (this.#tokens < amount) return false
    this.#tokens -= amount
    return true
  }

  /** Whether `take` would be given so much. */
  has(nowMs: number, amount = 1): boolean {
    this.#fill(nowMs)
    return this.#tokens >= amount
  }

  /** Takes what was used already, into debt if need be. Returns how long it takes to be out of it, 0 where there is none. */
  charge(nowMs: number, amount: number): number {
    this.#fill(nowMs)
    this.#tokens -= amount
    return this.#tokens >= 0 ? 0 : (-this.#tokens / this.#init.perSecond) * 1000
  }

  #fill(nowMs: number): void {
    // A clock that was set back gives nothing, and takes nothing.
    const elapsedMs = Math.max(0, nowMs - this.#atMs)
    this.#tokens = Math.min(this.#init.burst, this.#tokens + (elapsedMs / 1000) * this.#init.perSecond)
    this.#atMs = nowMs
  }
}
