/** Seconds of the allowance that may be saved up and used at once. */
const BURST_S = 0.25

/** Shares one allowance of bytes per second among all that take from it. */
export class Bandwidth {
  #bytesPerSecond: number | undefined
  /** When, on the monotonic clock, everything taken so far will have been allowed. */
  #paidUntilMs = 0
  /** Of those who wait: each ends its wait. At most one for each connection. */
  readonly #waiting = new Set<() => void>()

  /** @param bytesPerSecond No limit where absent. */
  constructor(bytesPerSecond?: number) {
    this.#bytesPerSecond = bytesPerSecond
  }

  /** Takes effect at once, also for those who wait under the old one. */
  limit(bytesPerSecond: number | undefined): void {
    if (bytesPerSecond === this.#bytesPerSecond) return
    this.#bytesPerSecond = bytesPerSecond
    this.#paidUntilMs = 0
    for (const wake of [...this.#waiting]) wake()
  }

  /** Resolves when so many bytes may pass. Rejects with the signal's reason. */
  async take(bytes: number, { signal }: { signal: AbortSignal }): Promise<void> {
    for (;;) {
      signal.throwIfAborted()
      if (this.#bytesPerSecond === undefined) return
      const now = performance.now()
      this.#paidUntilMs =
        Math.max(this.#paidUntilMs, now - BURST_S * 1000) + (bytes * 1000) / this.#bytesPerSecond
      const waitMs = this.#paidUntilMs - now
      // Whoever waits when the limit changes asks again under the new one.
      if (waitMs <= 0 || (await this.#wait(waitMs, signal))) return
    }
  }

  /** Resolves to whether the time has passed, as it does unless the limit changes before. */
  #wait(waitMs: number, signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const end = (act: () => void) => {
        clearTimeout(timer)
        this.#waiting.delete(wake)
        signal.removeEventListener('abort', abort)
        act()
      }
      const wake = () => end(() => resolve(false))
      const abort = () => end(() => reject(signal.reason as Error))
      const timer = setTimeout(() => end(() => resolve(true)), waitMs)
      this.#waiting.add(wake)
      signal.addEventListener('abort', abort)
    })
  }
}
