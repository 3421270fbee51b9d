import { BoundedMap } from './bounded-map.ts'
import { TokenBucket, type TokenBucketInit } from './token-bucket.ts'

export interface RateLimiterInit extends TokenBucketInit {
  /** How many keys are remembered; a forgotten key starts with a full bucket. */
  readonly keys?: number
  readonly now?: () => number
}

const DEFAULT_KEYS = 4096

/** One token bucket a key. */
export class RateLimiter {
  readonly #buckets: BoundedMap<string, TokenBucket>
  readonly #init: TokenBucketInit
  readonly #now: () => number

  constructor({ keys = DEFAULT_KEYS, now = Date.now, ...init }: RateLimiterInit) {
    this.#buckets = new BoundedMap(keys)
    this.#init = init
    this.#now = now
  }

  /** Takes a token of the key's bucket. False if there is none. */
  take(key: string): boolean {
    const nowMs = this.#now()
    let bucket = this.#buckets.get(key)
    if (bucket === undefined) {
      bucket = new TokenBucket(this.#init, nowMs)
      this.#buckets.set(key, bucket)
    }
    return bucket.take(nowMs)
  }
}
