import type { MemoryChange, StepEnded, StepReport } from '../../protocol/workflow/step-report.ts'

/** Changes of memory that are gathered over steps that are not told of. */
const MERGED_CHANGES = 256

export interface StepFeedInit {
  /** Reports a second, on average. Steps that used the model or a tool always come. */
  readonly perSecond?: number
  /** Reports that may come at once. */
  readonly burst?: number
  readonly now?: () => number
}

/**
 * Thins out a run's reports: a loop over memory makes hundreds of thousands of steps a second, which nobody can read and
 * no stream should carry. What is left out is counted in the next report, and its changes of memory are in it.
 */
export class StepFeed {
  readonly #tell: (report: StepReport) => void
  readonly #perSecond: number
  readonly #burst: number
  readonly #now: () => number
  #budget: number
  #refilledAt: number
  #held: StepEnded | undefined
  #skipped = 0
  #changes: MemoryChange[] = []
  #clipped = false

  constructor(tell: (report: StepReport) => void, init: StepFeedInit = {}) {
    this.#tell = tell
    this.#perSecond = init.perSecond ?? 50
    this.#burst = init.burst ?? 200
    this.#now = init.now ?? (() => performance.now())
    this.#budget = this.#burst
    this.#refilledAt = this.#now()
  }

  push(report: StepReport): void {
    if (report.type === 'step') {
      // That a step begins matters where it takes time; its end tells the rest.
      const waits = report.operator !== 'sample' && report.operator !== 'check'
      if (waits || this.#take()) this.#tell(report)
      return
    }
    const waited = report.messages !== undefined || report.calls !== undefined || report.branch === 'failed'
    if (this.#take() || waited) this.#send(report)
    else this.#hold(report)
  }

  /** Tells of the last step, where it was held back. To be called when the run is over. */
  end(): void {
    const held = this.#held
    if (held === undefined) return
    this.#skipped--
    // Its changes were gathered with the others'.
    this.#send({ ...held, changes: [] })
  }

  #send(report: StepEnded): void {
    const merged = this.#skipped > 0 || this.#changes.length > 0
    this.#tell(
      merged
        ? {
            ...report,
            changes: [...this.#changes, ...report.changes],
            skipped: this.#skipped,
            ...(this.#clipped ? { clipped: true } : {}),
          }
        : report,
    )
    this.#held = undefined
    this.#skipped = 0
    this.#changes = []
    this.#clipped = false
  }

  #hold(report: StepEnded): void {
    this.#held = report
    this.#skipped++
    const room = MERGED_CHANGES - this.#changes.length
    if (report.changes.length > room) this.#clipped = true
    this.#changes.push(...report.changes.slice(0, room))
  }

  #take(): boolean {
    const now = this.#now()
    this.#budget = Math.min(this.#burst, this.#budget + ((now - this.#refilledAt) * this.#perSecond) / 1000)
    this.#refilledAt = now
    if (this.#budget < 1) return false
    this.#budget--
    return true
  }
}
