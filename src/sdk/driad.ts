import type { Logger } from '../node/logs/contract.ts'
import type { RequestEvent, StreamedTask, TaskResult } from '../node/requester/contract.ts'
import { type OpenedRequester, openRequester } from '../node/requester/open-requester.ts'
import { DriadError } from '../protocol/errors.ts'
import type { TaskInit } from './task.ts'
import { TaskFailedError } from './task-failed-error.ts'

export interface DriadInit {
  /** Folder for identity, tasks and ledger; this user's own folder for Driad where absent. Processes may share it. */
  readonly dataDir?: string
  /** Name of the network; that of the data folder's settings where absent. */
  readonly network?: string
  /** Nodes to start from, as multiaddrs that end in `/p2p/<peer id>`. Nodes of the local network are found without. */
  readonly bootstrap?: readonly string[]
  /** Multiaddrs that nodes can open their streams to; any free TCP port where absent. */
  readonly listen?: readonly string[]
  /** Look for nodes on the local network; on where absent. */
  readonly mdns?: boolean
  /** How results are checked before they are paid; as the data folder's settings say where absent. */
  readonly verify?: VerifyInit
  /** File with the key of a private network (`driad network key`); that of the data folder's settings where absent. */
  readonly networkKeyFile?: string
  readonly logger?: Logger
}

export interface VerifyInit {
  /** Share of results that are checked, from 0 to 1; new nodes are checked more often, trusted ones less. A tenth where absent. */
  readonly share?: number
  /** GGUF files of this computer, of the models that your tasks name: with them, nobody else has to be believed. */
  readonly models?: readonly string[]
  /** Have other nodes look at what these models cannot check. They see prompt and answer, and are paid for reading them. */
  readonly onNodes?: boolean
}

export interface ExecuteOptions {
  /** From publishing to the result, in milliseconds; 10 minutes where absent, at most a week. */
  readonly timeoutMs?: number
  /** Aborting cancels the task and rejects with the signal's reason. */
  readonly signal?: AbortSignal
  /** Gets text while it is generated, in small pieces. `tokens` counts all of the task so far. */
  readonly onText?: (text: string, tokens: number) => void
  /** Gets every change of the task's state, its steps, and notices such as that no node has answered yet. */
  readonly onEvent?: (event: RequestEvent) => void
}

export interface PublishOptions {
  /** How long the task may take until its result, in milliseconds; 10 minutes where absent, at most a week. */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

export interface ExecuteAllOptions {
  /** Tasks that are under way at a time; 256 where absent. */
  readonly concurrency?: number
  /** What each task may take, from its publishing to its result, in milliseconds; 10 minutes where absent, at most a week. */
  readonly timeoutMs?: number
  /** Aborting cancels the tasks under way and throws the signal's reason. */
  readonly signal?: AbortSignal
}

/** How long an aborted `execute` goes on to tell the node. */
const CANCEL_TIMEOUT_MS = 3_000

/**
 * A requester: publishes tasks, gets their results, and pays for them. It goes on the network with the first task (or
 * `start`) and must be closed: `await using driad = new Driad()`, or `close()`.
 */
export class Driad implements AsyncDisposable {
  readonly #init: DriadInit
  #opening: Promise<OpenedRequester> | undefined
  #closed = false

  constructor(init: DriadInit = {}) {
    this.#init = init
  }

  /** Goes on the network now. Throws what is wrong with the data folder or the addresses. */
  async start(): Promise<void> {
    await this.#open()
  }

  /**
   * Publishes a task and resolves with its result.
   *
   * Throws `bad_workflow`, `operator_unavailable` or `bad_offer` (with `issues`) before anything is published;
   * `TaskFailedError` with the reason (`no_node`, `deadline_exceeded`, `inference_crashed`…) where there is no result.
   */
  async execute(
    task: TaskInit,
    options: ExecuteOptions = {},
  ): Promise<TaskResult & { readonly result: string }> {
    const { signal, onText, onEvent, timeoutMs } = options
    const { requester } = await this.#open()
    const watching = {
      ...(signal !== undefined && { signal }),
      onEvent: (event: RequestEvent) => {
        if (event.type === 'text') onText?.(event.text, event.tokens)
        else onEvent?.(event)
      },
    }
    const taskId = await requester.publish(
      { ...task, stream: onText !== undefined || onEvent !== undefined, ...deadlineOf(timeoutMs) },
      watching,
    )
    try {
      const ended = await requester.wait(taskId, watching)
      const { result } = ended
      if (ended.status !== 'completed' || result === undefined) throw new TaskFailedError(ended)
      return { ...ended, result }
    } catch (error) {
      if (signal?.aborted !== true) throw error
      // Whatever the node says now, the caller is gone.
      await requester
        .cancel(taskId, { signal: AbortSignal.timeout(CANCEL_TIMEOUT_MS) })
        .catch(() => undefined)
      throw signal.reason
    }
  }

  /**
   * Executes any number of tasks, which may be generated on the way, and yields each as it ends: `index` counts the tasks given
   * in, `task` is how it ended (also a failure: look at `status`), `refused` what was wrong with one that could not be published.
   * Tasks are asked for as results are taken out, so memory does not grow with their number. Leaving the loop cancels those that
   * are under way.
   */
  async *executeAll(
    tasks: Iterable<TaskInit> | AsyncIterable<TaskInit>,
    { concurrency, timeoutMs, signal }: ExecuteAllOptions = {},
  ): AsyncGenerator<StreamedTask, void> {
    const { requester } = await this.#open()
    yield* requester.stream(withDeadlines(tasks, timeoutMs), {
      onLeave: 'cancel',
      ...(concurrency !== undefined && { concurrency }),
      ...(signal !== undefined && { signal }),
    })
  }

  /**
   * Publishes a task without waiting for it. Resolves with its id once it is on disk: from then on `wait` and `result`
   * find it, in this process or a later one of the same data folder.
   */
  async publish(task: TaskInit, { timeoutMs, signal }: PublishOptions = {}): Promise<string> {
    const { requester } = await this.#open()
    return requester.publish(
      { ...task, ...deadlineOf(timeoutMs) },
      { ...(signal !== undefined && { signal }) },
    )
  }

  /** The same for any number of tasks, which may be generated on the way: memory does not grow with them. */
  async publishMany(
    tasks: Iterable<TaskInit> | AsyncIterable<TaskInit>,
    { timeoutMs, signal }: PublishOptions = {},
  ): Promise<readonly string[]> {
    const { requester } = await this.#open()
    return requester.publishMany(withDeadlines(tasks, timeoutMs), { ...(signal !== undefined && { signal }) })
  }

  /** Resolves when a node has taken the task, so that this process may end; the result can be fetched later. */
  async placed(taskId: string, options: { signal?: AbortSignal } = {}): Promise<TaskResult> {
    return (await this.#open()).requester.waitUntilPlaced(taskId, options)
  }

  /** Resolves when the task has ended, well or not; a failure is in `error`. Throws `unknown_task`. */
  async wait(taskId: string, options: { signal?: AbortSignal } = {}): Promise<TaskResult> {
    return (await this.#open()).requester.wait(taskId, options)
  }

  /** The task as it is now; its node is asked once if it has not ended. Throws `unknown_task`. */
  async result(taskId: string, options: { signal?: AbortSignal } = {}): Promise<TaskResult> {
    return (await this.#open()).requester.result(taskId, options)
  }

  /** Ends the task, unless it has ended: what is done already counts, and is paid. Throws `unknown_task`. */
  async cancel(taskId: string, options: { signal?: AbortSignal } = {}): Promise<TaskResult> {
    return (await this.#open()).requester.cancel(taskId, options)
  }

  /** Leaves the network, once receipts have arrived or a few seconds are over. Safe twice. */
  async close(): Promise<void> {
    this.#closed = true
    const opened = await this.#opening?.catch(() => undefined)
    await opened?.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #open(): Promise<OpenedRequester> {
    if (this.#closed)
      return Promise.reject(new DriadError('stopping', 'This Driad was closed. Make a new one'))
    if (this.#opening === undefined) {
      const opening = openRequester(this.#init)
      this.#opening = opening
      // What was wrong may be put right: the next call tries again.
      opening.catch(() => {
        if (this.#opening === opening) this.#opening = undefined
      })
    }
    return this.#opening
  }
}

async function* withDeadlines(
  tasks: Iterable<TaskInit> | AsyncIterable<TaskInit>,
  timeoutMs: number | undefined,
): AsyncGenerator<TaskInit & { deadlineMs?: number }> {
  for await (const task of tasks) yield { ...task, ...deadlineOf(timeoutMs) }
}

function deadlineOf(timeoutMs: number | undefined): { deadlineMs?: number } {
  if (timeoutMs === undefined) return {}
  if (!Number.isFinite(timeoutMs) || timeoutMs <= 0) {
    throw new DriadError(
      'bad_offer',
      'timeoutMs is the time that the task may take, in milliseconds: more than 0',
      {
        issues: [{ path: 'timeoutMs', expected: 'a number above 0', found: String(timeoutMs) }],
      },
    )
  }
  return { deadlineMs: Math.ceil(Date.now() + timeoutMs) }
}
