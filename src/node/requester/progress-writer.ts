import type { Logger } from '../logs/contract.ts'
import type { RequestStore } from './request-store.ts'

interface Progress {
  readonly taskId: string
  readonly node: string
  readonly state: 'accepted' | 'executing'
  readonly atMs: number
}

/**
 * Writes what nodes tell of their progress. Nothing depends on it being on disk at once (a crash loses a line of
 * history), so what comes within a moment shares one commit.
 */
export class ProgressWriter {
  readonly #requests: RequestStore
  readonly #logger: Logger
  readonly #flushMs: number
  #pending: Progress[] = []
  #timer: NodeJS.Timeout | undefined
  #writing: Promise<void> = Promise.resolve()

  constructor(components: { requests: RequestStore; logger: Logger }, init: { flushMs: number }) {
    this.#requests = components.requests
    this.#logger = components.logger
    this.#flushMs = init.flushMs
  }

  add(taskId: string, node: string, state: Progress['state']): void {
    this.#pending.push({ taskId, node, state, atMs: Date.now() })
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
        for (const { taskId, node, state, atMs } of pending)
          this.#requests.assignments.progress(tx, taskId, node, state, atMs)
      })
      .catch((error: unknown) => this.#logger.warn('The progress of tasks could not be written', { error }))
    return this.#writing
  }
}
