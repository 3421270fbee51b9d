import { type TaskPriority, taskPriorities } from '../../protocol/priority.ts'
import type { RequestStore } from './request-store.ts'
import { UnplacedLane } from './unplaced-lane.ts'

export interface UnplacedQueueInit {
  readonly driver: string
  readonly windowTasks: number
  /** Whether a node has the task by now, although the disk does not have that yet. */
  readonly isPlaced: (taskId: string) => boolean
}

/** Of tasks that wait, one of a lower priority goes out for each so many of the next one: none waits for ever. */
const SHARE = 8

interface Lane {
  readonly tasks: UnplacedLane
  /** What one task of it costs its turn. */
  readonly stride: number
  /** Whose turn is the least comes next. */
  turn: number
}

/**
 * The tasks of one offer that no node has, in the order in which they go out: those of the highest priority first, but for a
 * share of the others; within a priority the oldest first.
 */
export class UnplacedQueue {
  /** Highest priority first. */
  readonly #lanes: readonly Lane[]
  readonly #byPriority: Readonly<Record<TaskPriority, Lane>>
  #turn = 0

  constructor(requests: Pick<RequestStore, 'unplaced'>, offerKey: string, init: UnplacedQueueInit) {
    const lanes = taskPriorities.map((name, priority): readonly [TaskPriority, Lane] => [
      name,
      {
        tasks: new UnplacedLane(requests, { ...init, offerKey, priority }),
        stride: SHARE ** (taskPriorities.length - 1 - priority),
        turn: 0,
      },
    ])
    this.#byPriority = Object.fromEntries(lanes) as Record<TaskPriority, Lane>
    this.#lanes = lanes.map(([, lane]) => lane).toReversed()
  }

  /** All of them, in memory or not. */
  get count(): number {
    let count = 0
    for (const { tasks } of this.#lanes) count += tasks.count
    return count
  }

  /** Tasks that the store has as unplaced now, and had not before. */
  added(count: number, priority: TaskPriority): void {
    this.#enter(this.#byPriority[priority]).added(count)
  }

  /** A task that came back from a node. The store may not have that yet. */
  putBack(taskId: string, priority: TaskPriority): void {
    this.#enter(this.#byPriority[priority]).putBack(taskId)
  }

  /** Ids in the order in which they go out, at most `limit`. Take what is used. */
  peek(limit: number): readonly string[] {
    const waiting = this.#lanes.filter(({ tasks }) => tasks.count > 0)
    const [only] = waiting
    if (only !== undefined && waiting.length === 1) return only.tasks.peek(limit)
    const ids: string[] = []
    // A stable sort: where turns are equal the higher priority comes first.
    for (const { tasks } of waiting.sort((one, other) => one.turn - other.turn)) {
      if (ids.length >= limit) break
      ids.push(...tasks.peek(limit - ids.length))
    }
    return ids
  }

  take(taskId: string): boolean {
    for (const lane of this.#lanes) {
      if (!lane.tasks.take(taskId)) continue
      this.#turn = Math.max(this.#turn, lane.turn)
      lane.turn += lane.stride
      return true
    }
    return false
  }

  /** A task ended before a node had it, and the store has it so. */
  ended(taskId: string, priority: TaskPriority): void {
    this.#byPriority[priority].tasks.ended(taskId)
  }

  /** Time without tasks earns no turns, and a lower priority begins behind its share of the higher ones. */
  #enter(lane: Lane): UnplacedLane {
    if (lane.tasks.count === 0) lane.turn = Math.max(lane.turn, this.#turn + lane.stride - 1)
    return lane.tasks
  }
}
