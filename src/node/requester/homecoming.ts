/**
 * Tasks that were taken up again and whose nodes have not answered yet. What was done while nobody was here counts, though
 * the deadline is over by now: a task is not ended before those who had it, or their mailboxes, were asked once.
 */
export class Homecoming {
  readonly #waitMs: number
  readonly #onAsked: () => void
  readonly #tasks = new Map<string, { readonly untilMs: number; readonly nodes: Set<string> }>()

  /** `onAsked`: a task may be ended that was not to be before. */
  constructor({ waitMs, onAsked }: { waitMs: number; onAsked: () => void }) {
    this.#waitMs = waitMs
    this.#onAsked = onAsked
  }

  expect(taskId: string, nodes: readonly string[]): void {
    if (nodes.length > 0)
      this.#tasks.set(taskId, { untilMs: Date.now() + this.#waitMs, nodes: new Set(nodes) })
  }

  asked(taskId: string, node: string): void {
    const task = this.#tasks.get(taskId)
    if (task?.nodes.delete(node) !== true || task.nodes.size > 0) return
    this.#tasks.delete(taskId)
    this.#onAsked()
  }

  /** Unix time before which the task is not to be ended; 0 if it may be at any time. */
  untilMs(taskId: string): number {
    return this.#tasks.get(taskId)?.untilMs ?? 0
  }

  forget(taskId: string): void {
    this.#tasks.delete(taskId)
  }
}
