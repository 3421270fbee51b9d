import type { ThroughputPoint } from '../../protocol/views.ts'

const MINUTE_MS = 60_000
const MINUTES = 60
const SPEED_SECONDS = 10

/** What was done in a minute before this process was started. */
export interface MinuteFigures {
  readonly minuteMs: number
  readonly tokens: number
  readonly earnedMicro: bigint
}

/** Figures of the recent past, in buckets that are used again and again. */
export class TaskFigures {
  readonly #now: () => number
  /** Tokens of each of the last seconds, by second modulo the number of buckets. */
  readonly #seconds = Array.from({ length: SPEED_SECONDS + 1 }, () => ({ second: -1, tokens: 0 }))
  readonly #minutes = Array.from({ length: MINUTES }, () => ({ minute: -1, tokens: 0, earnedMicro: 0n }))
  #day: { readonly startMs: number; completed: number; failed: number } | undefined
  readonly #countSince: (sinceMs: number) => { completed: number; failed: number }

  /**
   * `countSince` reads from the store what ended since a time; it is asked once a day. `minutesSince` reads minutes; it is
   * asked now.
   */
  constructor(init: {
    now?: () => number
    countSince: (sinceMs: number) => { completed: number; failed: number }
    minutesSince: (sinceMs: number) => Iterable<MinuteFigures>
  }) {
    this.#now = init.now ?? Date.now
    this.#countSince = init.countSince
    const nowMs = this.#now()
    const firstMs = (Math.floor(nowMs / MINUTE_MS) - MINUTES + 1) * MINUTE_MS
    for (const { minuteMs, tokens, earnedMicro } of init.minutesSince(firstMs)) {
      // The clock may have been set back since.
      if (minuteMs > nowMs) continue
      const bucket = this.#minute(minuteMs)
      bucket.tokens += tokens
      bucket.earnedMicro += earnedMicro
    }
  }

  addTokens(count: number): void {
    const nowMs = this.#now()
    const second = Math.floor(nowMs / 1_000)
    const bucket = this.#seconds[second % this.#seconds.length]
    if (bucket !== undefined) {
      if (bucket.second !== second) Object.assign(bucket, { second, tokens: 0 })
      bucket.tokens += count
    }
    this.#minute(nowMs).tokens += count
  }

  addEarning(amountMicro: bigint): void {
    this.#minute(this.#now()).earnedMicro += amountMicro
  }

  addEnded(state: 'completed' | 'failed' | 'expired' | 'cancelled'): void {
    const known = this.#day
    const day = this.#today()
    // Read from the store just now, so this task is in it.
    if (day !== known) return
    if (state === 'completed') day.completed++
    else if (state !== 'cancelled') day.failed++
  }

  /** Completion tokens a second over the last 10 whole seconds. */
  tokensPerSecond(): number {
    const now = Math.floor(this.#now() / 1_000)
    let tokens = 0
    for (const bucket of this.#seconds) {
      if (bucket.second >= now - SPEED_SECONDS && bucket.second < now) tokens += bucket.tokens
    }
    return tokens / SPEED_SECONDS
  }

  /** Of the local day. */
  tasksToday(): { completed: number; failed: number } {
    const { completed, failed } = this.#today()
    return { completed, failed }
  }

  /** The last hour, oldest first, one point a minute with empty ones in between. */
  throughput(): readonly ThroughputPoint[] {
    const last = Math.floor(this.#now() / MINUTE_MS)
    return Array.from({ length: MINUTES }, (_, i) => {
      const minute = last - MINUTES + 1 + i
      const bucket = this.#minutes[minute % MINUTES]
      const known = bucket?.minute === minute ? bucket : undefined
      return {
        atMs: minute * MINUTE_MS,
        intervalMs: MINUTE_MS,
        tokens: known?.tokens ?? 0,
        earnedMicro: (known?.earnedMicro ?? 0n).toString(),
      }
    })
  }

  #minute(nowMs: number): { tokens: number; earnedMicro: bigint } {
    const minute = Math.floor(nowMs / MINUTE_MS)
    const bucket = this.#minutes[minute % MINUTES] as { minute: number; tokens: number; earnedMicro: bigint }
    if (bucket.minute !== minute) Object.assign(bucket, { minute, tokens: 0, earnedMicro: 0n })
    return bucket
  }

  #today(): { startMs: number; completed: number; failed: number } {
    const date = new Date(this.#now())
    const startMs = new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime()
    if (this.#day?.startMs !== startMs) this.#day = { startMs, ...this.#countSince(startMs) }
    return this.#day
  }
}
