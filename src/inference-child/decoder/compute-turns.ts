/** Rests shorter than that are saved up: timers count in whole milliseconds. */
const LEAST_REST_MS = 10
/** Longest rest at a time: whoever watches from outside must not take it for a standstill. */
const MOST_REST_MS = 10_000

/**
 * Whose turn it is to compute, among all contexts of a process, first come first served. Threads of two computations
 * would wait for each other by spinning, on half of the cores each, and Vulkan does not survive two at once. Where the
 * operator limits the share of the time that is computed, all rest between turns, as long as the turns before were.
 */
export class ComputeTurns {
  #taken = false
  #share = 1
  /** Rest that is due for turns that have ended. */
  #dueMs = 0
  #startedMs = 0
  #rest: { readonly sinceMs: number; readonly timer: NodeJS.Timeout } | undefined
  readonly #waiting: (() => void)[] = []

  /** Resolves with how to end the turn, which must be called once. */
  async take(): Promise<() => void> {
    if (this.#taken) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    this.#taken = true
    this.#startedMs = performance.now()
    return () => this.#end()
  }

  /** Whether one that asks now has to wait. */
  get taken(): boolean {
    return this.#taken
  }

  /** Computes for that share of the time from now on: above 0, to 1. A rest that is under way ends where there is no limit. */
  limit(share: number): void {
    this.#share = share
    if (share < 1) return
    this.#dueMs = 0
    if (this.#rest === undefined) return
    clearTimeout(this.#rest.timer)
    this.#rest = undefined
    this.#next()
  }

  #end(): void {
    if (this.#share < 1) {
      const tookMs = performance.now() - this.#startedMs
      this.#dueMs = Math.min(MOST_REST_MS, this.#dueMs + (tookMs * (1 - this.#share)) / this.#share)
      if (this.#dueMs >= LEAST_REST_MS) {
        const sinceMs = performance.now()
        this.#rest = { sinceMs, timer: setTimeout(() => this.#rested(sinceMs), this.#dueMs) }
        return
      }
    }
    this.#next()
  }

  #rested(sinceMs: number): void {
    this.#rest = undefined
    // A timer that fires a little late has rested for what comes.
    this.#dueMs = Math.max(-LEAST_REST_MS, this.#dueMs - (performance.now() - sinceMs))
    this.#next()
  }

  #next(): void {
    const next = this.#waiting.shift()
    // The turn is handed on without a gap, so that nobody who comes in between gets ahead.
    if (next === undefined) this.#taken = false
    else next()
  }
}
