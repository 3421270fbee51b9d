import { cpus } from 'node:os'

/** Weight of the newest sample in what is told: the sum of about three seconds. */
const WEIGHT = 0.4

interface Sample {
  readonly atMs: number
  /** Of all processors since the machine started, in milliseconds. */
  readonly busyMs: number
  readonly totalMs: number
  /** Of this process. */
  readonly ownMs: number
}

/** How much of the machine other processes use, of what the system counts anyway. */
export class CpuWatch {
  readonly cores: number
  readonly #take: () => Sample
  #last: Sample
  #others: number | undefined

  constructor(take: () => Sample = takeSample, cores = cpus().length) {
    this.cores = Math.max(1, cores)
    this.#take = take
    this.#last = take()
  }

  /** As it was sampled last; 0 before. */
  get othersCores(): number {
    return this.#others ?? 0
  }

  /** Cores that others kept busy lately, 0 to all of them. Call it about once a second. */
  sample(): number {
    const now = this.#take()
    const totalMs = now.totalMs - this.#last.totalMs
    // The system counts in hundredths of seconds; less than a few of them says nothing.
    if (totalMs < 100) return this.othersCores
    const perCore = totalMs / this.cores
    const busy = (now.busyMs - this.#last.busyMs) / perCore
    const own = (now.ownMs - this.#last.ownMs) / Math.max(1, now.atMs - this.#last.atMs)
    const others = Math.min(this.cores, Math.max(0, busy - own))
    this.#last = now
    this.#others = this.#others === undefined ? others : this.#others + (others - this.#others) * WEIGHT
    return this.#others
  }
}

function takeSample(): Sample {
  let busyMs = 0
  let totalMs = 0
  for (const { times } of cpus()) {
    const { user, nice, sys, idle, irq } = times
    busyMs += user + nice + sys + irq
    totalMs += user + nice + sys + irq + idle
  }
  const { user, system } = process.cpuUsage()
  return { atMs: performance.now(), busyMs, totalMs, ownMs: (user + system) / 1000 }
}
