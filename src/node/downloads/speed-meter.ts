/** The window over which speed is told. */
const WINDOW_MS = 5000
const SAMPLES = 64

/** Bytes per second over the last few seconds. */
export class SpeedMeter {
  readonly #samples: { readonly atMs: number; bytes: number }[] = []
  readonly #now: () => number

  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  add(bytes: number): void {
    const atMs = this.#now()
    const last = this.#samples.at(-1)
    if (last !== undefined && atMs - last.atMs < WINDOW_MS / SAMPLES) last.bytes += bytes
    else this.#samples.push({ atMs, bytes })
    this.#forget(atMs)
  }

  bytesPerSecond(): number {
    const now = this.#now()
    this.#forget(now)
    const [first] = this.#samples
    if (first === undefined) return 0
    const bytes = this.#samples.reduce((sum, sample) => sum + sample.bytes, 0)
    return (bytes * 1000) / Math.max(1000, now - first.atMs)
  }

  #forget(now: number): void {
    while ((this.#samples[0]?.atMs ?? now) < now - WINDOW_MS) this.#samples.shift()
  }
}
