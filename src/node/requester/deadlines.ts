import type { Logger } from '../logs/contract.ts'
import type { RequestStore } from './request-store.ts'
import type { StoredRequest } from './request-types.ts'

export interface DeadlinesInit {
  readonly driver: string
  /** Unix time before which an overdue task is not to be ended yet: its outcome may be on its way, or is being checked. */
  readonly notBeforeMs: (request: StoredRequest) => number
  readonly expire: (request: StoredRequest) => Promise<void>
}

/** Tasks ended in one go. */
const BATCH = 200
/** Timers for later than this are set again then: deadlines may be a week away. */
const LONGEST_MS = 3_600_000
const RETRY_MS = 1_000

/** Ends tasks whose deadline is over. One timer, for the earliest of all deadlines in the store. */
export class Deadlines {
  readonly #requests: RequestStore
  readonly #logger: Logger
  readonly #init: DeadlinesInit
  #timer: NodeJS.Timeout | undefined
  #timerAtMs = Number.POSITIVE_INFINITY
  #running: Promise<void> | undefined
  #stopped = false

  constructor(components: { requests: RequestStore; logger: Logger }, init: DeadlinesInit) {
    this.#requests = components.requests
    this.#logger = components.logger
    this.#init = init
  }

  /** There is a task with this deadline now. */
  note(deadlineMs: number): void {
    if (deadlineMs < this.#timerAtMs) this.#arm(deadlineMs)
  }

  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timer)
    await this.#running
  }

  #arm(atMs: number): void {
    if (this.#stopped) return
    clearTimeout(this.#timer)
    this.#timerAtMs = atMs
    // A little late, so that the clock has passed the deadline when it is looked at.
    const inMs = Math.min(Math.max(0, atMs - Date.now()) + 2, LONGEST_MS)
    this.#timer = setTimeout(() => {
      this.#timerAtMs = Number.POSITIVE_INFINITY
      this.#running ??= this.#run().finally(() => {
        this.#running = undefined
      })
    }, inMs)
    this.#timer.unref()
  }

  async #run(): Promise<void> {
    let nextMs: number | undefined
    try {
      nextMs = await this.#expireDue()
    } catch (error) {
      this.#logger.error('Tasks whose deadline is over could not be ended; it will be tried again', { error })
      nextMs = Date.now() + RETRY_MS
    }
    if (nextMs !== undefined) this.note(nextMs)
  }

  /** Returns when there is something to do next. */
  async #expireDue(): Promise<number | undefined> {
    const { driver, notBeforeMs, expire } = this.#init
    let soonest = Number.POSITIVE_INFINITY
    for (;;) {
      const nowMs = Date.now()
      const due: StoredRequest[] = []
      soonest = Number.POSITIVE_INFINITY
      const overdue = this.#requests.overdue(driver, nowMs, BATCH)
      for (const request of overdue) {
        const endMs = notBeforeMs(request)
        if (nowMs < endMs) soonest = Math.min(soonest, endMs)
        else due.push(request)
      }
      if (this.#stopped) return undefined
      await Promise.all(due.map(expire))
      if (overdue.length < BATCH || due.length === 0) break
    }
    const later = this.#requests.nextDeadlineMs(driver, Date.now())
    const nextMs = Math.min(soonest, later ?? Number.POSITIVE_INFINITY)
    return Number.isFinite(nextMs) ? nextMs : undefined
  }
}
