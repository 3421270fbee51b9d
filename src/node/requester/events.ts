import type { Logger } from '../logs/contract.ts'
import type { RequestEvent } from './contract.ts'

type Listener = (event: RequestEvent) => void

/** Tells those who watch one task, and those who watch all. A listener that throws hurts nobody else. */
export class RequestEvents {
  readonly #byTask = new Map<string, Set<Listener>>()
  readonly #all = new Set<Listener>()
  readonly #logger: Logger

  constructor(logger: Logger) {
    this.#logger = logger
  }

  watch(taskId: string, listener: Listener): () => void {
    const listeners = this.#byTask.get(taskId) ?? new Set()
    listeners.add(listener)
    this.#byTask.set(taskId, listeners)
    return () => {
      listeners.delete(listener)
      if (listeners.size === 0 && this.#byTask.get(taskId) === listeners) this.#byTask.delete(taskId)
    }
  }

  watchAll(listener: Listener): () => void {
    this.#all.add(listener)
    return () => this.#all.delete(listener)
  }

  /** Ids of the tasks that somebody watches. */
  watched(): Iterable<string> {
    return this.#byTask.keys()
  }

  isWatched(taskId: string): boolean {
    return this.#byTask.has(taskId)
  }

  emit(event: RequestEvent): void {
    for (const listener of [...(this.#byTask.get(event.taskId) ?? []), ...this.#all]) {
      try {
        listener(event)
      } catch (error) {
        this.#logger.error('A listener for task events failed', { taskId: event.taskId, error })
      }
    }
  }
}
