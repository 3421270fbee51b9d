import type { Logger } from './logs/contract.ts'
import { returnMemory } from './return-memory.ts'
import type { TaskService } from './tasks/task-service.ts'

/** Without a task for so long, nothing is hurried. */
const IDLE_MS = 60_000

export interface IdleMemoryComponents {
  readonly tasks: Pick<TaskService, 'stats' | 'onStats'>
  readonly giveBack?: () => Promise<void>
  readonly logger: Logger
}

/**
 * Gives back the memory that a start or a burst of tasks made the process take: V8 keeps its nursery at the size that it grew to,
 * 16 MB of pages here, until a collection that a process without work may not see for hours.
 */
export class IdleMemory {
  readonly #components: IdleMemoryComponents
  readonly #idleMs: number
  #unsubscribe: (() => void) | undefined
  #timer: NodeJS.Timeout | undefined
  #busyAt = 0

  constructor(components: IdleMemoryComponents, init: { idleMs?: number } = {}) {
    this.#components = components
    this.#idleMs = init.idleMs ?? IDLE_MS
  }

  /** To be called when the node has come up, which takes more memory than anything else. */
  start(): void {
    if (this.#unsubscribe !== undefined) return
    this.#unsubscribe = this.#components.tasks.onStats(() => this.#busy())
    this.#busy()
  }

  stop(): void {
    this.#unsubscribe?.()
    this.#unsubscribe = undefined
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  /** Tasks tell of themselves dozens of times each: the timer is set once, and looks again where it comes too early. */
  #busy(): void {
    this.#busyAt = performance.now()
    this.#timer ??= setTimeout(() => this.#look(), this.#idleMs).unref()
  }

  #look(): void {
    this.#timer = undefined
    const { running, queued } = this.#components.tasks.stats()
    const leftMs = this.#busyAt + this.#idleMs - performance.now()
    if (running + queued > 0 || leftMs > 0) {
      this.#timer = setTimeout(() => this.#look(), Math.max(leftMs, this.#idleMs / 4)).unref()
      return
    }
    const { giveBack = returnMemory, logger } = this.#components
    const before = process.memoryUsage.rss()
    giveBack().then(
      () => logger.debug('Memory was given back', { before, after: process.memoryUsage.rss() }),
      (error: unknown) => logger.warn('Memory could not be given back', { error }),
    )
  }
}
