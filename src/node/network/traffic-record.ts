import type { TrafficBytesView, TrafficPointView, TrafficView } from '../../protocol/network-views.ts'

/** Each of the points is of so much time, and there are so many: the last five minutes. */
export const TRAFFIC_INTERVAL_MS = 5_000
export const TRAFFIC_POINTS = 60

/**
 * Bytes in and out: in all, and by the last five minutes. There is no timer, so an idle connection costs nothing: time is
 * made up for when something is counted, or looked at.
 */
export class TrafficRecord {
  readonly #now: () => number
  readonly #beganMs: number
  readonly #received = new Float64Array(TRAFFIC_POINTS)
  readonly #sent = new Float64Array(TRAFFIC_POINTS)
  /** Number of the newest interval since the clock's zero; its place in the rings is the rest by their length. */
  #interval: number
  #receivedBytes = 0
  #sentBytes = 0

  /** @param now a clock that nobody sets, in milliseconds. */
  constructor(now: () => number) {
    this.#now = now
    this.#beganMs = now()
    this.#interval = Math.floor(this.#beganMs / TRAFFIC_INTERVAL_MS)
  }

  get receivedBytes(): number {
    return this.#receivedBytes
  }

  received(bytes: number): void {
    this.#receivedBytes += bytes
    add(this.#received, this.#place(), bytes)
  }

  sent(bytes: number): void {
    this.#sentBytes += bytes
    add(this.#sent, this.#place(), bytes)
  }

  bytes(): TrafficBytesView {
    const nowMs = this.#now()
    const newest = this.#place()
    const before = (newest + TRAFFIC_POINTS - 1) % TRAFFIC_POINTS
    const sinceMs = Math.max(this.#beganMs, (this.#interval - 1) * TRAFFIC_INTERVAL_MS)
    // Of the first moments a rate would say too much.
    const seconds = Math.max(1, (nowMs - sinceMs) / 1_000)
    const rate = (ring: Float64Array) => ((ring[before] ?? 0) + (ring[newest] ?? 0)) / seconds
    return {
      receivedBytes: this.#receivedBytes,
      sentBytes: this.#sentBytes,
      receivedPerSecond: rate(this.#received),
      sentPerSecond: rate(this.#sent),
    }
  }

  view(): TrafficView {
    const bytes = this.bytes()
    const atMs = Date.now() - (this.#now() - this.#interval * TRAFFIC_INTERVAL_MS)
    const points = Array.from({ length: TRAFFIC_POINTS }, (_, index): TrafficPointView => {
      const place = (this.#interval + 1 + index) % TRAFFIC_POINTS
      return {
        atMs: Math.round(atMs - (TRAFFIC_POINTS - 1 - index) * TRAFFIC_INTERVAL_MS),
        receivedBytes: this.#received[place] ?? 0,
        sentBytes: this.#sent[place] ?? 0,
      }
    })
    return { ...bytes, intervalMs: TRAFFIC_INTERVAL_MS, points }
  }

  /** Where what happens now is counted; empties what is older than the rings are long. */
  #place(): number {
    const interval = Math.floor(this.#now() / TRAFFIC_INTERVAL_MS)
    const first = Math.max(this.#interval, interval - TRAFFIC_POINTS) + 1
    for (let passed = first; passed <= interval; passed++) {
      this.#received[passed % TRAFFIC_POINTS] = 0
      this.#sent[passed % TRAFFIC_POINTS] = 0
    }
    this.#interval = Math.max(this.#interval, interval)
    return this.#interval % TRAFFIC_POINTS
  }
}

function add(ring: Float64Array, place: number, bytes: number): void {
  ring[place] = (ring[place] ?? 0) + bytes
}
