import type { TaskStore } from './task-store.ts'

/** How many hand-overs are remembered until they are on disk. */
const MAX_PENDING = 4_096
const FLUSH_MS = 5_000

/**
 * When outcomes were handed over. Most are acknowledged within milliseconds and take the time along in that write;
 * for the rest it is written now and then, so that delivering costs no commit of its own.
 */
export class Deliveries {
  readonly #tasks: TaskStore
  readonly #pending = new Map<string, number>()
  #timer: NodeJS.Timeout | undefined

  constructor(tasks: TaskStore) {
    this.#tasks = tasks
  }

  note(taskId: string): void {
    if (this.#pending.has(taskId)) return
    this.#pending.set(taskId, Date.now())
    const oldest = this.#pending.keys().next()
    if (this.#pending.size > MAX_PENDING && !oldest.done) this.#pending.delete(oldest.value)
    this.#timer ??= setTimeout(() => void this.flush(), FLUSH_MS).unref()
  }

  at(taskId: string): number | undefined {
    return this.#pending.get(taskId)
  }

  forget(taskId: string): void {
    this.#pending.delete(taskId)
  }

  /** Never rejects: a time that was not written is only missing from a view. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const pending = [...this.#pending]
    this.#pending.clear()
    if (pending.length === 0) return
    await this.#tasks.store
      .write((tx) => {
        for (const [taskId, atMs] of pending) this.#tasks.markDelivered(tx, taskId, atMs)
      })
      .catch(() => undefined)
  }
}
