import { setTimeout as sleep } from 'node:timers/promises'

/** Seconds of the allowance that may be saved up and used at once. */
const BURST_S = 0.25

/** Shares one allowance of bytes per second among all that take from it. */
export class Bandwidth {
  #bytesPerSecond: number | undefined
  /** When, on the monotonic clock, everything taken so far will have been allowed. */
  #paidUntilMs = 0
  #changed = new AbortController()

  /** @param bytesPerSecond No limit where absent. */
  constructor(bytesPerSecond?: number) {
    this.#bytesPerSecond = bytesPerSecond
  }

  /** Takes effect at once, also for those who wait under the old one. */
  limit(bytesPerSecond: number | undefined): void {
    if (bytesPerSecond === this.#bytesPerSecond) return
    this.#bytesPerSecond = bytesPerSecond
    this.#paidUntilMs = 0
    const changed = this.#changed
    this.#changed = new AbortController()
    changed.abort()
  }

  /** Resolves when so many bytes may pass, with the milliseconds waited. Rejects with the signal's reason. */
  async take(bytes: number, { signal }: { signal: AbortSignal }): Promise<number> {
    const startedMs = performance.now()
    for (let waited = false; ; waited = true) {
      signal.throwIfAborted()
      const now = performance.now()
      if (this.#bytesPerSecond === undefined) return waited ? now - startedMs : 0
      this.#paidUntilMs =
        Math.max(this.#paidUntilMs, now - BURST_S * 1000) + (bytes * 1000) / this.#bytesPerSecond
      const waitMs = this.#paidUntilMs - now
      if (waitMs <= 0) return now - startedMs
      const changed = this.#changed.signal
      // Whoever waits when the limit changes asks again under the new one.
      const interrupted = await sleep(waitMs, false, { signal: AbortSignal.any([signal, changed]) }).catch(
        () => true,
      )
      signal.throwIfAborted()
      if (!interrupted) return performance.now() - startedMs
    }
  }
}
