import { setTimeout as sleep } from 'node:timers/promises'

/** Seconds of the allowance that may be saved up and used at once. */
const BURST_S = 0.25

/** Shares one allowance of bytes per second among all that take from it. */
export class Bandwidth {
  #bytesPerSecond: number | undefined
  /** When, on the monotonic clock, everything taken so far will have been allowed. */
  #paidUntilMs = 0

  /** @param bytesPerSecond No limit where absent. */
  constructor(bytesPerSecond?: number) {
    this.#bytesPerSecond = bytesPerSecond
  }

  /** Takes effect with the next bytes taken. */
  limit(bytesPerSecond: number | undefined): void {
    this.#bytesPerSecond = bytesPerSecond
  }

  /** Resolves when so many bytes may pass, with the milliseconds waited. Rejects with the signal's reason. */
  async take(bytes: number, { signal }: { signal: AbortSignal }): Promise<number> {
    if (this.#bytesPerSecond === undefined) return 0
    const now = performance.now()
    this.#paidUntilMs =
      Math.max(this.#paidUntilMs, now - BURST_S * 1000) + (bytes * 1000) / this.#bytesPerSecond
    const waitMs = this.#paidUntilMs - now
    if (waitMs <= 0) return 0
    await sleep(waitMs, undefined, { signal }).catch(() => signal.throwIfAborted())
    return waitMs
  }
}
