import type { TaskPriority } from '../../protocol/priority.ts'
import { BoundedMap } from '../network/bounded-map.ts'

/** Tasks of which it is remembered which nodes they are not to be given to; forgetting costs one more try. */
const MAX_EXCLUDED = 16_384

/** A task that a node has, as far as we know. */
export interface PlacedTask {
  readonly taskId: string
  /** Peer id. */
  readonly node: string
  readonly offerKey: string
  readonly priority: TaskPriority
  /** The task that it is a copy of. */
  readonly copyOf?: string
  /** The node has it on its disk. */
  accepted: boolean
  running: boolean
  /** When it was assigned, by `performance.now()`; undefined if that was in an earlier run, and it is asked for anyhow. */
  readonly assignedAt: number | undefined
  /** When the node last said anything about it, by the same clock. */
  heardAt: number
  /** When it last showed that it gets on with it: by a beginning, a token, a step. By the same clock. */
  progressAt: number
  /** Since when it has had the task too long without such a sign; absent until that is looked at. By the same clock. */
  due?: { readonly at: number; readonly claimed: boolean }
  /** Completion tokens so far, as far as the node tells. */
  tokens: number
  /** Resolves, never rejects, when the store has it as this node's, or will never have it so. */
  readonly stored: Promise<unknown>
  /**
   * Text that came before `stored`, of a task that was assigned while it was on its way to the disk: nobody has its id
   * yet to watch it. Absent for all others.
   */
  early?: { text: string; tokens: number }
}

/** The tasks that nodes have, and which nodes a task is not to be given to (again). */
export class PlacedTasks {
  readonly #tasks = new Map<string, PlacedTask>()
  readonly #byNode = new Map<string, Set<string>>()
  readonly #excluded = new BoundedMap<string, Set<string>>(MAX_EXCLUDED)
  /** Nodes that have had a task for too long; their results still count. */
  readonly #overdue = new BoundedMap<string, Set<string>>(MAX_EXCLUDED)
  /** Nodes that have copies of one task, by that task. */
  readonly #ofCopies = new Map<string, Set<string>>()

  get size(): number {
    return this.#tasks.size
  }

  has(taskId: string): boolean {
    return this.#tasks.has(taskId)
  }

  get(taskId: string): PlacedTask | undefined {
    return this.#tasks.get(taskId)
  }

  /** What to wait for where the task's own row may not be on disk yet. */
  landing(taskId: string): Promise<unknown> | undefined {
    const task = this.#tasks.get(taskId)
    return task?.early === undefined ? undefined : task.stored
  }

  /** The task, if that node is the one that has it. */
  at(node: string, taskId: string): PlacedTask | undefined {
    const task = this.#tasks.get(taskId)
    return task?.node === node ? task : undefined
  }

  of(node: string): readonly string[] {
    return [...(this.#byNode.get(node) ?? [])]
  }

  countOf(node: string): number {
    return this.#byNode.get(node)?.size ?? 0
  }

  all(): Iterable<PlacedTask> {
    return this.#tasks.values()
  }

  add(task: PlacedTask): void {
    this.#tasks.set(task.taskId, task)
    const ofNode = this.#byNode.get(task.node) ?? new Set()
    ofNode.add(task.taskId)
    this.#byNode.set(task.node, ofNode)
    if (task.copyOf === undefined) return
    const nodes = this.#ofCopies.get(task.copyOf) ?? new Set()
    nodes.add(task.node)
    this.#ofCopies.set(task.copyOf, nodes)
  }

  /** Nodes that have copies of a task now. */
  nodesWithCopies(taskId: string): Iterable<string> {
    return this.#ofCopies.get(taskId) ?? []
  }

  remove(taskId: string): PlacedTask | undefined {
    const task = this.#tasks.get(taskId)
    if (task === undefined) return undefined
    this.#tasks.delete(taskId)
    const ofNode = this.#byNode.get(task.node)
    ofNode?.delete(taskId)
    if (ofNode?.size === 0) this.#byNode.delete(task.node)
    if (task.copyOf !== undefined) {
      const nodes = this.#ofCopies.get(task.copyOf)
      nodes?.delete(task.node)
      if (nodes?.size === 0) this.#ofCopies.delete(task.copyOf)
    }
    return task
  }

  exclude(taskId: string, node: string): void {
    const nodes = this.#excluded.get(taskId) ?? new Set()
    nodes.add(node)
    this.#excluded.set(taskId, nodes)
  }

  /** The task is another's from now on, even if this node says that it still has it. */
  markOverdue(taskId: string, node: string): void {
    const nodes = this.#overdue.get(taskId) ?? new Set()
    nodes.add(node)
    this.#overdue.set(taskId, nodes)
  }

  isOverdue(taskId: string, node: string): boolean {
    return this.#overdue.get(taskId)?.has(node) === true
  }

  admit(taskId: string, node: string): void {
    this.#excluded.get(taskId)?.delete(node)
  }

  excludedFrom(taskId: string): ReadonlySet<string> | undefined {
    return this.#excluded.get(taskId)
  }

  /** The task has ended: nothing of it is remembered. */
  forget(taskId: string): void {
    this.remove(taskId)
    this.#excluded.delete(taskId)
    this.#overdue.delete(taskId)
  }
}
