import { type Clock, systemClock } from '../clock.ts'
import { BoundedMap } from '../network/bounded-map.ts'

/** Remembers, for a bounded number of peers, when each may be dialled again: 1 s, 2 s, 4 s… with a little chance in it. */
export class DialBackoff {
  readonly #minMs: number
  readonly #maxMs: number
  readonly #entries: BoundedMap<string, { failures: number; untilMs: number }>

  readonly #clock: Clock

  constructor(init: { minMs: number; maxMs: number; maxEntries: number; clock?: Clock }) {
    this.#clock = init.clock ?? systemClock
    this.#minMs = init.minMs
    this.#maxMs = init.maxMs
    this.#entries = new BoundedMap(init.maxEntries)
  }

  ready(peerId: string): boolean {
    return (this.#entries.get(peerId)?.untilMs ?? 0) <= this.#clock.now()
  }

  succeeded(peerId: string): void {
    this.#entries.delete(peerId)
  }

  /** Returns the milliseconds until it may be tried again. */
  failed(peerId: string): number {
    const failures = (this.#entries.get(peerId)?.failures ?? 0) + 1
    const waitMs = backoffMs(failures, this.#minMs, this.#maxMs, this.#clock.random())
    this.#entries.set(peerId, { failures, untilMs: this.#clock.now() + waitMs })
    return waitMs
  }
}

/** Doubles with each failure, from `minMs` to `maxMs`, less up to a fifth so that peers do not dial in step. */
export function backoffMs(failures: number, minMs: number, maxMs: number, chance = Math.random()): number {
  const fullMs = Math.min(maxMs, minMs * 2 ** Math.min(failures - 1, 20))
  return Math.round(fullMs * (1 - chance * 0.2))
}
