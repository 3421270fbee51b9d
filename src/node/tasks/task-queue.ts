import { DriadError } from '../../protocol/errors.ts'

export interface QueueEntry {
  readonly id: string
  /** The model: each has slots of its own. */
  readonly lane: string
  /** The requester: each gets its turn, however much another one sends. */
  readonly owner: string
  /** Runs the task. The place is free again when the promise settles. */
  start(): Promise<void>
}

export interface TaskQueueInit {
  /** How many of a lane may be under way now; 0 while its model is not there. */
  placesOf(lane: string): number
  readonly maxQueued: number
}

class Lane {
  readonly running = new Set<string>()
  /** Owners in the order of their turns, each with its tasks in the order of their arrival. */
  readonly waiting = new Map<string, QueueEntry[]>()
}

/** Bounded concurrency and a bounded queue: first in, first out for each requester, round-robin between them. */
export class TaskQueue {
  readonly #placesOf: (lane: string) => number
  readonly #maxQueued: number
  readonly #lanes = new Map<string, Lane>()
  #queued = 0
  #held = false
  #idle: (() => void)[] = []

  constructor(init: TaskQueueInit) {
    this.#placesOf = init.placesOf
    this.#maxQueued = init.maxQueued
  }

  /**
   * Starts the entry before it returns if there is a free place, else queues it.
   * Throws `no_capacity` if the queue is full, unless `beyondLimit`.
   */
  enqueue(entry: QueueEntry, options: { beyondLimit?: boolean } = {}): void {
    if (this.#queued >= this.#maxQueued && options.beyondLimit !== true) {
      throw new DriadError('no_capacity', 'This node has as many tasks waiting as it takes')
    }
    const lane = this.#lane(entry.lane)
    const turn = lane.waiting.get(entry.owner)
    if (turn === undefined) lane.waiting.set(entry.owner, [entry])
    else turn.push(entry)
    this.#queued++
    this.#pump(entry.lane, lane)
  }

  /** Takes a waiting entry out. False if it is not waiting (any more). */
  remove(id: string, laneName: string): boolean {
    const lane = this.#lanes.get(laneName)
    if (lane === undefined) return false
    for (const [owner, turn] of lane.waiting) {
      const at = turn.findIndex((entry) => entry.id === id)
      if (at === -1) continue
      turn.splice(at, 1)
      if (turn.length === 0) lane.waiting.delete(owner)
      this.#queued--
      this.#tidy(laneName, lane)
      return true
    }
    return false
  }

  /** To be called when the number of places may have changed. */
  pump(): void {
    for (const [name, lane] of [...this.#lanes]) this.#pump(name, lane)
  }

  /** Starts nothing more until `release`. What runs goes on. */
  hold(): void {
    this.#held = true
  }

  release(): void {
    this.#held = false
    this.pump()
  }

  get queued(): number {
    return this.#queued
  }

  get running(): number {
    let sum = 0
    for (const lane of this.#lanes.values()) sum += lane.running.size
    return sum
  }

  /** Resolves when nothing runs. */
  idle(): Promise<void> {
    if (this.running === 0) return Promise.resolve()
    return new Promise((resolve) => {
      this.#idle.push(resolve)
    })
  }

  #lane(name: string): Lane {
    let lane = this.#lanes.get(name)
    if (lane === undefined) {
      lane = new Lane()
      this.#lanes.set(name, lane)
    }
    return lane
  }

  #pump(name: string, lane: Lane): void {
    while (!this.#held && lane.running.size < this.#placesOf(name)) {
      const entry = takeNext(lane)
      if (entry === undefined) break
      this.#queued--
      this.#start(name, lane, entry)
    }
    this.#tidy(name, lane)
  }

  #start(name: string, lane: Lane, entry: QueueEntry): void {
    lane.running.add(entry.id)
    const ended = () => {
      lane.running.delete(entry.id)
      this.#pump(name, lane)
      if (this.running > 0) return
      for (const resolve of this.#idle.splice(0)) resolve()
    }
    // An entry tells its own failures; the queue only wants its place back.
    entry.start().then(ended, ended)
  }

  #tidy(name: string, lane: Lane): void {
    if (lane.running.size === 0 && lane.waiting.size === 0) this.#lanes.delete(name)
  }
}

/** The first task of the owner whose turn it is; the owner goes to the end of the line. */
function takeNext(lane: Lane): QueueEntry | undefined {
  for (const [owner, turn] of lane.waiting) {
    lane.waiting.delete(owner)
    const entry = turn.shift()
    if (turn.length > 0) lane.waiting.set(owner, turn)
    if (entry !== undefined) return entry
  }
  return undefined
}
