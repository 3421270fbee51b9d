import { BoundedMap } from './bounded-map.ts'

export interface RateLimiterInit {
  /** How many may come at once. */
  readonly burst: number
  /** How many may come in the long run. */
  readonly perSecond: number
  /** How many keys are remembered; a forgotten key starts with a full bucket. */
  readonly keys?: number
  readonly now?: () => number
}

const DEFAULT_KEYS = 4096

/** One token bucket a key. */
export class RateLimiter {
  readonly #buckets: BoundedMap<string, { tokens: number; atMs: number }>
  readonly #burst: number
  readonly #perSecond: number
  readonly #now: () => number

  constructor({ burst, perSecond, keys = DEFAULT_KEYS, now = Date.now }: RateLimiterInit) {
    this.#buckets = new BoundedMap(keys)
    this.#burst = burst
    this.#perSecond = perSecond
    this.#now = now
  }

  /** Takes a token of the key's bucket. False if there is none. */
  take(key: string): boolean {
    const atMs = this.#now()
    let bucket = this.#buckets.get(key)
    if (bucket === undefined) {
      bucket = { tokens: this.#burst, atMs }
      this.#buckets.set(key, bucket)
    }
    // A clock that was set back gives nothing, and takes nothing.
    const elapsedMs = Math.max(0, atMs - bucket.atMs)
    bucket.tokens = Math.min(this.#burst, bucket.tokens + (elapsedMs / 1000) * this.#perSecond)
    bucket.atMs = atMs
    if (bucket.tokens < 1) return false
    bucket.tokens -= 1
    return true
  }
}
