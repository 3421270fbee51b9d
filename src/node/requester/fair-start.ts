import { type Clock, systemClock, type Timer } from '../clock.ts'
import type { Offer } from './offers.ts'

interface Start {
  readonly share: number
  readonly given: Map<string, number>
}

export interface FairStartInit {
  /** How long answers to a new offer are waited for before the first ones may have everything. */
  readonly windowMs: number
  /** Nodes that will answer besides those that an offer was sent to, because they are still being dialled. */
  readonly expectedNodes: number
  /** To be called when an offer's window is over: the rest may be given out. */
  readonly onEnd: (offer: Offer) => void
  readonly clock?: Clock
}

/** A public network has many peers; a share that shrinks with all of them would leave the first nodes idle. */
const MAX_EXPECTED = 4

/**
 * Shares the first tasks of an offer between the nodes that are about to answer it: the one whose answer is here some
 * milliseconds before the others would have all of them otherwise. It only holds while an offer is new.
 */
export class FairStart {
  readonly #init: FairStartInit
  readonly #starts = new WeakMap<Offer, Start | 'over'>()
  readonly #clock: Clock
  readonly #timers = new Set<Timer>()

  constructor(init: FairStartInit) {
    this.#init = init
    this.#clock = init.clock ?? systemClock
  }

  /** Whether a node may have one more of the offer's tasks now. Its first answer opens the window. */
  allows(offer: Offer, node: string): boolean {
    const start = this.#starts.get(offer) ?? this.#begin(offer)
    return start === 'over' || (start.given.get(node) ?? 0) < start.share
  }

  gave(offer: Offer, node: string): void {
    const start = this.#starts.get(offer)
    if (start !== undefined && start !== 'over') start.given.set(node, (start.given.get(node) ?? 0) + 1)
  }

  stop(): void {
    for (const timer of this.#timers) this.#clock.clearTimeout(timer)
    this.#timers.clear()
  }

  #begin(offer: Offer): Start | 'over' {
    const expected = Math.min(MAX_EXPECTED, Math.max(offer.recipients, this.#init.expectedNodes))
    const waiting = offer.queue.count
    if (expected <= 1 || waiting <= 1) {
      this.#starts.set(offer, 'over')
      return 'over'
    }
    const start: Start = { share: Math.ceil(waiting / expected), given: new Map() }
    this.#starts.set(offer, start)
    const timer = this.#clock.setTimeout(() => {
      this.#timers.delete(timer)
      this.#starts.set(offer, 'over')
      this.#init.onEnd(offer)
    }, this.#init.windowMs)
    this.#timers.add(timer)
    return start
  }
}
