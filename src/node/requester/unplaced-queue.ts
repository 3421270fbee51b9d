import type { RequestStore } from './request-store.ts'

export interface UnplacedQueueInit {
  readonly driver: string
  readonly windowTasks: number
  /** Whether a node has the task by now, although the disk does not have that yet. */
  readonly isPlaced: (taskId: string) => boolean
}

/**
 * The tasks of one offer that no node has. The first few are in memory by id; the rest are in the store, and are
 * read on as the window empties, so that a million queued tasks take no more memory than a few hundred.
 */
export class UnplacedQueue {
  readonly #requests: Pick<RequestStore, 'unplaced'>
  readonly #offerKey: string
  readonly #init: UnplacedQueueInit
  /** Oldest first. Tasks that came back from a node are put in front. */
  #window: string[] = []
  readonly #inWindow = new Set<string>()
  /** Everything up to here was read from the store. */
  #readSeq = 0
  #count = 0

  constructor(requests: Pick<RequestStore, 'unplaced'>, offerKey: string, init: UnplacedQueueInit) {
    this.#requests = requests
    this.#offerKey = offerKey
    this.#init = init
  }

  /** All of them, in memory or not. */
  get count(): number {
    return this.#count
  }

  /** Tasks that were just written to the store, after all that were there. */
  added(count: number): void {
    this.#count += count
  }

  /** A task of the store that may be older than what was read: it came back from a node, or was taken over. */
  putBack(taskId: string): void {
    if (this.#inWindow.has(taskId)) return
    this.#inWindow.add(taskId)
    this.#window.unshift(taskId)
    this.#count++
  }

  /** Ids from the front, at most `limit`. Take what is used. */
  peek(limit: number): readonly string[] {
    if (this.#window.length < Math.min(limit, this.#count)) this.#readOn()
    return this.#window.slice(0, limit)
  }

  take(taskId: string): boolean {
    if (!this.#inWindow.delete(taskId)) return false
    this.#window.splice(this.#window.indexOf(taskId), 1)
    this.#count--
    return true
  }

  /** A task ended before a node had it, and the store has it so. */
  ended(taskId: string): void {
    if (!this.take(taskId)) this.#count = Math.max(this.#window.length, this.#count - 1)
  }

  #readOn(): void {
    const { driver, windowTasks, isPlaced } = this.#init
    const read = this.#requests.unplaced(
      driver,
      this.#offerKey,
      this.#readSeq,
      windowTasks - this.#window.length,
    )
    for (const { seq, taskId } of read) {
      this.#readSeq = seq
      if (this.#inWindow.has(taskId) || isPlaced(taskId)) continue
      this.#inWindow.add(taskId)
      this.#window.push(taskId)
    }
    // The count is kept by arithmetic; the store knows better when it has no more.
    if (read.length === 0) this.#count = this.#window.length
  }
}
