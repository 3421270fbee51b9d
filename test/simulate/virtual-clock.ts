import type { Clock, Timer } from '../../src/node/clock.ts'
import type { Random } from './random.ts'

/** A moment that tasks' times are counted from; any will do, so it is always the same. */
const EPOCH_MS = Date.UTC(2026, 0, 1)

class Event implements Timer {
  readonly at: number
  readonly order: number
  run: (() => void) | undefined

  constructor(at: number, order: number, run: () => void) {
    this.at = at
    this.order = order
    this.run = run
  }

  unref(): this {
    return this
  }
}

/**
 * Time that passes only when something happens: a binary heap of events, the earliest first, and of one moment the one that was
 * scheduled first. What has begun promises says so, and they are settled before the next event.
 */
export class VirtualClock implements Clock {
  readonly #random: Random
  readonly #heap: Event[] = []
  #now = 0
  #scheduled = 0
  #hasPromises = false
  #most = 0
  events = 0

  constructor(random: Random) {
    this.#random = random
  }

  now(): number {
    return this.#now
  }

  wallMs(): number {
    return EPOCH_MS + Math.floor(this.#now)
  }

  random(): number {
    return this.#random.next()
  }

  setTimeout(run: () => void, delayMs: number): Timer {
    const event = new Event(this.#now + Math.max(0, delayMs), this.#scheduled++, run)
    this.#push(event)
    return event
  }

  clearTimeout(timer: Timer | undefined): void {
    if (timer instanceof Event) timer.run = undefined
  }

  soon(run: () => void): void {
    this.setTimeout(run, 0)
  }

  /** Something awaits something now: it is to go on before time does. */
  promised(): void {
    this.#hasPromises = true
  }

  /** How many events waited at the same time, at most. */
  get most(): number {
    return this.#most
  }

  /** Runs until that is so, or nothing is left to happen. */
  async run(isDone: () => boolean): Promise<void> {
    while (!isDone()) {
      const event = this.#pop()
      if (event === undefined) return
      if (event.run === undefined) continue
      this.#now = event.at
      this.events++
      event.run()
      if (!this.#hasPromises) continue
      this.#hasPromises = false
      // By the next turn all that was settled in this one has gone on, however long the chain.
      await new Promise<void>((resolve) => setImmediate(resolve))
    }
  }

  #push(event: Event): void {
    const heap = this.#heap
    let at = heap.length
    heap.push(event)
    if (heap.length > this.#most) this.#most = heap.length
    while (at > 0) {
      const parent = (at - 1) >> 1
      const above = heap[parent] as Event
      if (isBefore(above, event)) break
      heap[at] = above
      at = parent
    }
    heap[at] = event
  }

  #pop(): Event | undefined {
    const heap = this.#heap
    const first = heap[0]
    const last = heap.pop()
    if (first === undefined || last === undefined || heap.length === 0) return first
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= heap.length) break
      const right = heap[child + 1]
      if (right !== undefined && isBefore(right, heap[child] as Event)) child++
      const below = heap[child] as Event
      if (isBefore(last, below)) break
      heap[at] = below
      at = child
    }
    heap[at] = last
    return first
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order)
}
