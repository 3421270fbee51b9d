import { roomFor } from './thread-choice.ts'

/** A change of the others' load by so many cores is worth a new measurement, if it lasts that many ticks. */
const CHANGED_CORES = 0.5
const LASTING_TICKS = 5
/** More threads than free cores cost nearly all speed, so it is not waited as long. */
const BRAKE_TICKS = 2
/** Between two measurements at least; twice as long each time that one is wanted soon again, up to the limit. Ticks. */
const REST_TICKS = 30
const MAX_REST_TICKS = 600

export interface GovernedModel {
  /** Threads that it uses from now on. */
  setThreads(threads: number): void
  /** The best number of threads beside others that use so many cores. */
  measure(othersCores: number): Promise<number>
}

/**
 * Keeps a model's number of threads right while the machine's other work comes and goes. Told once a second how many
 * cores others use: where its threads no longer fit beside them it takes fewer at once, and it measures anew when idle.
 */
export class ThreadGovernor {
  readonly #model: GovernedModel
  readonly #cores: number
  #threads: number
  /** The others' load when it was measured last. */
  #measuredAt: number
  #changedTicks = 0
  #crowdedTicks = 0
  #restTicks = REST_TICKS
  #sinceTicks = 0
  #stale = false
  #measuring = false

  constructor(
    model: GovernedModel,
    init: { readonly cores: number; readonly threads: number; readonly othersCores: number },
  ) {
    this.#model = model
    this.#cores = init.cores
    this.#threads = init.threads
    this.#measuredAt = init.othersCores
  }

  get threads(): number {
    return this.#threads
  }

  /**
   * `idle` says that nothing runs, on this model or another, so that measuring disturbs nobody. Resolves when what it led
   * to is done. Errors of a measurement leave things as they are.
   */
  async tick({ othersCores, idle }: { othersCores: number; idle: boolean }): Promise<void> {
    if (this.#measuring) return
    this.#sinceTicks++
    const room = roomFor(this.#cores, othersCores)
    this.#crowdedTicks = this.#threads > room ? this.#crowdedTicks + 1 : 0
    if (this.#crowdedTicks >= BRAKE_TICKS) {
      this.#crowdedTicks = 0
      this.#stale = true
      this.#set(room)
    }
    const changed = Math.abs(othersCores - this.#measuredAt) > CHANGED_CORES
    this.#changedTicks = changed ? this.#changedTicks + 1 : 0
    if (this.#changedTicks >= LASTING_TICKS) this.#stale = true
    if (this.#stale && this.#sinceTicks >= this.#restTicks && idle) {
      await this.#measure(othersCores)
    }
  }

  async #measure(othersCores: number): Promise<void> {
    this.#measuring = true
    try {
      const best = await this.#model.measure(othersCores)
      const soon = this.#sinceTicks < this.#restTicks * 2
      this.#restTicks = soon ? Math.min(MAX_REST_TICKS, this.#restTicks * 2) : REST_TICKS
      if (best !== this.#threads) this.#set(best)
    } catch {
      // It was unloaded meanwhile, or there is no memory to measure in.
    } finally {
      this.#measuring = false
      this.#stale = false
      this.#changedTicks = 0
      this.#sinceTicks = 0
      this.#measuredAt = othersCores
    }
  }

  #set(threads: number): void {
    this.#threads = threads
    this.#model.setThreads(threads)
  }
}
