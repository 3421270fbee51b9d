import type { RequestStore } from './request-store.ts'

export interface UnplacedLaneInit {
  readonly driver: string
  readonly offerKey: string
  /** Of `taskPriorities`, by index. */
  readonly priority: number
  readonly windowTasks: number
  /** Whether a node has the task by now, although the disk does not have that yet. */
  readonly isPlaced: (taskId: string) => boolean
}

/**
 * The tasks of one offer and one priority that no node has. The first few are in memory by id; the rest are in the store,
 * and are read on as the window empties, so that a million queued tasks take no more memory than a few hundred.
 */
export class UnplacedLane {
  readonly #requests: Pick<RequestStore, 'unplaced'>
  readonly #init: UnplacedLaneInit
  /** Oldest first. Tasks that came back from a node are put in front. */
  #window: string[] = []
  readonly #inWindow = new Set<string>()
  /** Everything up to here was read from the store. */
  #readSeq = 0
  #count = 0

  constructor(requests: Pick<RequestStore, 'unplaced'>, init: UnplacedLaneInit) {
    this.#requests = requests
    this.#init = init
  }

  /** All of them, in memory or not. */
  get count(): number {
    return this.#count
  }

  added(count: number): void {
    this.#count += count
  }

  putBack(taskId: string): void {
    if (this.#inWindow.has(taskId)) return
    this.#inWindow.add(taskId)
    this.#window.unshift(taskId)
    this.#count++
  }

  /** Ids from the front, at most `limit`. */
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
    if (this.#window.length >= this.#init.windowTasks || this.#read() > 0) return
    // Tasks that were taken over from another process may be older than what was read.
    this.#readSeq = 0
    // The count is kept by arithmetic; the store knows better when it has no more.
    if (this.#read() === 0) this.#count = this.#window.length
  }

  /** Returns how many were new. */
  #read(): number {
    const { driver, offerKey, priority, windowTasks, isPlaced } = this.#init
    let fresh = 0
    for (;;) {
      const room = windowTasks - this.#window.length
      const query = { driver, offerKey, priority, afterSeq: this.#readSeq, limit: room }
      const rows = room <= 0 ? [] : this.#requests.unplaced(query)
      for (const { seq, taskId } of rows) {
        this.#readSeq = seq
        if (this.#inWindow.has(taskId) || isPlaced(taskId)) continue
        this.#inWindow.add(taskId)
        this.#window.push(taskId)
        fresh++
      }
      if (rows.length === 0 || fresh > 0) return fresh
    }
  }
}
