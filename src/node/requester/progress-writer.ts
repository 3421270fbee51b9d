import type { Logger } from '../logs/contract.ts'
import type { TaskProgress } from './assignment-store.ts'
import type { RequestStore } from './request-store.ts'

/**
 * Writes what nodes tell of their progress. Nothing depends on it being on disk at once (a crash loses a line of
 * history), so what comes within a moment shares one commit.
 */
export class ProgressWriter {
  readonly #requests: RequestStore
  readonly #logger: Logger
  readonly #flushMs: number
  #pending: TaskProgress[] = []
  #timer: NodeJS.Timeout | undefined
  #writing: Promise<void> = Promise.resolve()

  constructor(components: { requests: RequestStore; logger: Logger }, init: { flushMs: number }) {
    this.#requests = components.requests
    this.#logger = components.logger
    this.#flushMs = init.flushMs
  }

  add(progress: Omit<TaskProgress, 'atMs'>): void {
    this.#pending.push({ ...progress, atMs: Date.now() })
    this.#timer ??= setTimeout(() => void this.flush(), this.#flushMs)
  }

  /** Queues what is pending, before any write that is queued after this call; resolves when it is on disk. */
  flush(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#pending.length === 0) return this.#writing
    const pending = this.#pending
    this.#pending = []
    this.#writing = this.#requests.store
      .write((tx) => {
        for (const progress of pending) this.#requests.assignments.progress(tx, progress)
      })
      .catch((error: unknown) => this.#logger.warn('The progress of tasks could not be written', { error }))
    return this.#writing
  }
}
