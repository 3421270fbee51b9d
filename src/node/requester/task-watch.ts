import { pause } from '../tasks/abort.ts'
import type { WaitOptions } from './contract.ts'
import type { RequestEvents } from './events.ts'
import type { StoredRequest } from './request-types.ts'

export interface TaskWatchComponents {
  readonly events: RequestEvents
  /** The task as it is on disk. Throws `unknown_task`. */
  readonly find: (taskId: string) => StoredRequest
  /** Makes this process the driver of the task if its own is gone. True if this process drives it now. */
  readonly attach: (taskId: string) => Promise<boolean>
  /** Brings progress that was told of to the disk. */
  readonly flush: () => Promise<void>
}

/** Tasks of this process are told about by events; only another process could change them unnoticed. */
const SAFETY_LOOK_MS = 5_000

/** Waits for tasks, whoever drives them. */
export class TaskWatch {
  readonly #components: TaskWatchComponents
  readonly #followMs: number
  /** Wakes each of those who wait. */
  readonly #waiting = new Set<() => void>()
  #stopReason: Error | undefined

  constructor(components: TaskWatchComponents, init: { readonly followMs: number }) {
    this.#components = components
    this.#followMs = init.followMs
  }

  /** Resolves when the task is as it is waited for. Throws `unknown_task`, the signal's reason, or that of `stop`. */
  async until(
    taskId: string,
    reached: (request: StoredRequest) => boolean,
    { signal, onEvent }: WaitOptions,
  ): Promise<void> {
    const { events, find, attach, flush } = this.#components
    let look = new AbortController()
    const wake = () => look.abort()
    const unwatch = events.watch(taskId, (event) => {
      onEvent?.(event)
      if (event.type === 'state') wake()
    })
    signal?.addEventListener('abort', wake)
    this.#waiting.add(wake)
    try {
      for (;;) {
        look = new AbortController()
        signal?.throwIfAborted()
        if (reached(find(taskId))) return
        if (this.#stopReason !== undefined) throw this.#stopReason
        // The more there are, the less often each of them looks.
        const safetyMs = SAFETY_LOOK_MS + this.#waiting.size
        await pause((await attach(taskId)) ? safetyMs : this.#followMs, look.signal)
        // What was told may be on its way to the disk still.
        await flush()
      }
    } finally {
      unwatch()
      signal?.removeEventListener('abort', wake)
      this.#waiting.delete(wake)
    }
  }

  /** Everybody who waits, and who will, gets this reason. */
  stop(reason: Error): void {
    this.#stopReason = reason
    for (const wake of this.#waiting) wake()
  }
}
