import { cpus } from 'node:os'

/** What all cores did since the computer started, and this program since it did. Milliseconds of one core. */
export interface LoadSample {
  readonly busyMs: number
  readonly totalMs: number
  readonly ownMs: number
}

/** Less time than that, of one core, says nothing: the system counts in hundredths of seconds. */
const LEAST_MS = 200

/** How much of the computer other programs use, from one look to the next. Our own share is left out of it. */
export class OthersLoad {
  readonly #take: () => LoadSample
  #last: LoadSample | undefined
  #percent: number | undefined

  constructor(take: () => LoadSample) {
    this.#take = take
  }

  /** 0 to 100 of all cores since the last look. Undefined at the first one. */
  percent(): number | undefined {
    const now = this.#take()
    const last = this.#last
    if (last === undefined) {
      this.#last = now
      return undefined
    }
    const totalMs = now.totalMs - last.totalMs
    if (totalMs < LEAST_MS) return this.#percent
    this.#last = now
    // A process of ours that ended has taken its time with it: then nothing is known of this while.
    if (now.ownMs < last.ownMs) return this.#percent
    const othersMs = now.busyMs - last.busyMs - (now.ownMs - last.ownMs)
    this.#percent = Math.min(100, Math.max(0, (othersMs / totalMs) * 100))
    return this.#percent
  }
}

/** `ownMs` tells the processor time that all processes of this program have used. */
export function takeLoadSample(ownMs: () => number): LoadSample {
  let busyMs = 0
  let totalMs = 0
  for (const { times } of cpus()) {
    const working = times.user + times.nice + times.sys + times.irq
    busyMs += working
    totalMs += working + times.idle
  }
  return { busyMs, totalMs, ownMs: ownMs() }
}
