import { v7 as uuidv7 } from 'uuid'
import { DriadError } from '../../protocol/errors.ts'
import type { TaskState } from '../../protocol/task.ts'
import type { RequestEvent, StreamedTask, StreamOptions, TaskRequest, TaskResult } from './contract.ts'
import type { RequestEvents } from './events.ts'
import type { StoredRequest } from './request-types.ts'

export interface TaskStreamComponents {
  readonly events: Pick<RequestEvents, 'watchAll'>
  readonly publish: (task: TaskRequest, options: { signal?: AbortSignal }) => Promise<string>
  readonly find: (taskId: string) => StoredRequest | undefined
  readonly resultOf: (taskId: string) => TaskResult
  /** Makes this process the driver of the task if its own is gone. True if this process drives it now. */
  readonly attach: (taskId: string) => Promise<boolean>
  readonly cancel: (taskId: string) => Promise<unknown>
}

interface UnderWay {
  readonly index: number
  /** Another process drives it, so no event tells of its end. */
  foreign: boolean
}

export const STREAM_CONCURRENCY = 256
const MAX_CONCURRENCY = 16_384
/** Tasks of this process are told about by events; only another process could change them unnoticed. */
const SAFETY_LOOK_MS = 5_000
const FOREIGN_LOOK_MS = 500

const ended: ReadonlySet<TaskState> = new Set<TaskState>([
  'retrieved',
  'acknowledged',
  'failed',
  'expired',
  'cancelled',
])
const placed: ReadonlySet<TaskState> = new Set<TaskState>(['accepted', 'executing', ...ended])

/**
 * Any number of tasks, of which a bounded number is under way: they are asked for as others are taken out. One listener and one
 * timer serve them all.
 */
export class TaskStream {
  readonly #components: TaskStreamComponents
  readonly #options: StreamOptions
  readonly #concurrency: number
  readonly #reached: ReadonlySet<TaskState>
  /** By task id. */
  readonly #underWay = new Map<string, UnderWay>()
  readonly #publishing = new Set<Promise<void>>()
  readonly #ready: StreamedTask[] = []
  /** Asked for and not yet taken out. */
  #open = 0
  #adopting = false
  #sourceEnded = false
  #failure: { readonly error: unknown } | undefined
  #wake: (() => void)[] = []

  /** Throws `bad_usage` for a concurrency that cannot be. */
  constructor(components: TaskStreamComponents, options: StreamOptions) {
    this.#components = components
    this.#options = options
    this.#concurrency = options.concurrency ?? STREAM_CONCURRENCY
    this.#reached = options.until === 'placed' ? placed : ended
    if (
      !Number.isInteger(this.#concurrency) ||
      this.#concurrency < 1 ||
      this.#concurrency > MAX_CONCURRENCY
    ) {
      throw new DriadError('bad_usage', `concurrency is a whole number from 1 to ${MAX_CONCURRENCY}`)
    }
  }

  async *run(
    tasks: Iterable<TaskRequest> | AsyncIterable<TaskRequest>,
    stopping: AbortSignal,
  ): AsyncGenerator<StreamedTask, void> {
    const signal =
      this.#options.signal === undefined ? stopping : AbortSignal.any([this.#options.signal, stopping])
    const leave = new AbortController()
    const unwatch = this.#components.events.watchAll((event) => this.#heard(event))
    const timer = setInterval(() => {
      for (const taskId of [...this.#underWay.keys()]) this.#look(taskId)
    }, SAFETY_LOOK_MS)
    const foreignTimer = setInterval(() => void this.#adoptForeign(), FOREIGN_LOOK_MS)
    const onAbort = () => this.#fail(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    if (signal.aborted) onAbort()
    const source = asyncIterator(tasks)
    const pulling = this.#pull(source, AbortSignal.any([signal, leave.signal]))
    try {
      for (;;) {
        if (this.#failure !== undefined) throw this.#failure.error
        const next = this.#ready.shift()
        if (next !== undefined) {
          this.#open--
          this.#tell()
          yield next
        } else if (this.#sourceEnded && this.#open === 0) {
          return
        } else {
          await this.#change()
        }
      }
    } finally {
      leave.abort()
      this.#tell()
      clearInterval(timer)
      clearInterval(foreignTimer)
      signal.removeEventListener('abort', onAbort)
      unwatch()
      // What makes the tasks may have a file open; it is not waited for, as it may be in the middle of anything.
      source.return?.().catch(() => undefined)
      void pulling
      await Promise.allSettled(this.#publishing)
      if (this.#options.onLeave === 'cancel' && !stopping.aborted) await this.#cancelAll()
    }
  }

  async #pull(source: AsyncIterator<TaskRequest>, signal: AbortSignal): Promise<void> {
    try {
      for (let index = 0; ; index++) {
        while (this.#open >= this.#concurrency && !signal.aborted) await this.#change()
        if (signal.aborted) return
        const next = await source.next()
        if (signal.aborted) return
        if (next.done === true) break
        this.#open++
        const publishing = this.#publish(index, next.value, signal).finally(() =>
          this.#publishing.delete(publishing),
        )
        this.#publishing.add(publishing)
      }
      this.#sourceEnded = true
      this.#tell()
    } catch (error) {
      this.#fail(error)
    }
  }

  async #publish(index: number, task: TaskRequest, signal: AbortSignal): Promise<void> {
    const { publish, attach, find } = this.#components
    // Known beforehand, so that nothing that is told of it is missed.
    const ownId = task.taskId ?? uuidv7()
    this.#underWay.set(ownId, { index, foreign: false })
    try {
      const taskId = await publish({ ...task, taskId: ownId }, { signal })
      if (taskId === ownId) return
      // One of the same key was published before.
      this.#underWay.delete(ownId)
      if (this.#underWay.has(taskId)) {
        const message = `The key ${task.key} stands for two tasks of this stream`
        this.#push({ index, refused: new DriadError('bad_offer', message) })
        return
      }
      const known = { index, foreign: false }
      this.#underWay.set(taskId, known)
      if (find(taskId)?.endedAtMs === undefined) known.foreign = !(await attach(taskId))
      this.#look(taskId)
    } catch (error) {
      this.#underWay.delete(ownId)
      if (signal.aborted) return
      this.#push({ index, refused: DriadError.from(error) })
    }
  }

  #heard(event: RequestEvent): void {
    if (event.type === 'state' && this.#reached.has(event.state)) this.#take(event.taskId)
  }

  /** Takes up tasks whose process is gone by now, and looks at those of living ones. */
  async #adoptForeign(): Promise<void> {
    if (this.#adopting) return
    this.#adopting = true
    try {
      for (const [taskId, task] of [...this.#underWay]) {
        if (!task.foreign) continue
        task.foreign = !(await this.#components.attach(taskId))
        this.#look(taskId)
      }
    } catch {
      // The store says no for the moment, or the requester is being stopped: the next look tells.
    } finally {
      this.#adopting = false
    }
  }

  #look(taskId: string): void {
    const request = this.#components.find(taskId)
    if (request !== undefined && (request.endedAtMs !== undefined || this.#reached.has(request.state)))
      this.#take(taskId)
  }

  #take(taskId: string): void {
    const task = this.#underWay.get(taskId)
    if (task === undefined) return
    this.#underWay.delete(taskId)
    try {
      this.#push({ index: task.index, task: this.#components.resultOf(taskId) })
    } catch (error) {
      this.#fail(error)
    }
  }

  #push(item: StreamedTask): void {
    this.#ready.push(item)
    this.#tell()
  }

  #fail(error: unknown): void {
    this.#failure ??= { error }
    this.#tell()
  }

  async #cancelAll(): Promise<void> {
    const { cancel } = this.#components
    await Promise.allSettled([...this.#underWay.keys()].map((taskId) => cancel(taskId)))
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#wake.push(resolve))
  }

  #tell(): void {
    for (const wake of this.#wake.splice(0)) wake()
  }
}

function asyncIterator<T>(items: Iterable<T> | AsyncIterable<T>): AsyncIterator<T> {
  return (async function* () {
    yield* items
  })()
}
