import type { AgreementRule, AgreementView } from '../../protocol/agreement.ts'
import type { DriadError, DriadErrorCode } from '../../protocol/errors.ts'
import type { Price } from '../../protocol/money.ts'
import type { DisputeCode } from '../../protocol/payment.ts'
import type { TaskPriority } from '../../protocol/priority.ts'
import type { SamplingOptions } from '../../protocol/sampling.ts'
import type { TaskState, TaskStats } from '../../protocol/task.ts'
import type { CheckView, ReceiptView, TaskDetailView, TaskPage, TaskView } from '../../protocol/views.ts'
import type { WaitReason } from '../../protocol/wait-reasons.ts'
import type { StepReport } from '../../protocol/workflow/step-report.ts'
import type { Standing } from '../reputation/peer-record.ts'

/** A task to be executed by somebody else. */
export interface TaskRequest {
  /** A new UUIDv7, where the caller has to know it beforehand; one is made where absent. */
  readonly taskId?: string
  /** As JSON text, or as the object that such a text holds. */
  readonly workflow: unknown
  /** Any of these may execute it. At least one. */
  readonly models: readonly string[]
  /** The run's input, `__input`. */
  readonly input?: string
  readonly sampling?: SamplingOptions
  /** The most that is paid for 1,000 tokens. */
  readonly maxPrice?: Price
  /** Unix time in milliseconds; 10 minutes from now where absent. */
  readonly deadlineMs?: number
  /** Before or after other tasks of this requester that wait; `normal` where absent. A lower one waits longer, never for ever. */
  readonly priority?: TaskPriority
  /**
   * Give it to this many different nodes (2 to 9) and compare what they answer, letter for letter; each is paid. It needs one
   * model, and gets a seed where it has none. Its text is not streamed.
   */
  readonly redundancy?: number
  /** When the answers count as one: more than half of all asked are the same (where absent), or all of them. */
  readonly agreement?: AgreementRule
  /**
   * A name of the caller's for it, at most 200 characters. A second task of the same name is not published: the first one's id is
   * given back, whatever became of it, also in a later run.
   */
  readonly key?: string
  /** The node is to send text while it generates. */
  readonly stream?: boolean
  /** Asks how likely this answer of the workflow is, instead of an answer; the result is a `ScoreReport`. */
  readonly scoreText?: string
  /** Peer ids of nodes that are not to have it. */
  readonly notTo?: readonly string[]
  /** The node is to stop when this process goes away, instead of keeping the result for later. */
  readonly cancelOnDisconnect?: boolean
}

/** What happens to a task while somebody watches it. */
export type RequestEvent =
  | {
      readonly type: 'state'
      readonly taskId: string
      readonly state: TaskState
      readonly atMs: number
      readonly reason?: string
      readonly node?: string
      readonly model?: string
    }
  | { readonly type: 'text'; readonly taskId: string; readonly text: string; readonly tokens: number }
  /** The step trace of a task that streams, as the node tells it: clipped, and unproven until the outcome. */
  | { readonly type: 'step'; readonly taskId: string; readonly report: StepReport }
  /** Nothing changed, and this is why: `No node has answered yet`. */
  | {
      readonly type: 'notice'
      readonly taskId: string
      readonly message: string
      readonly reason: WaitReason
    }

/** What `driad publish --json` prints and the SDK returns. */
export interface TaskResult {
  readonly taskId: string
  /** `completed` from the moment that a valid result is here; what follows concerns its payment only. */
  readonly status: Exclude<TaskState, 'retrieved' | 'acknowledged'>
  readonly result?: string
  readonly model?: string
  /** Peer id of the node that has or had it. */
  readonly node?: string
  readonly stats?: TaskStats
  readonly amountMicro?: string
  readonly receipt?: ReceiptView
  /** Of a task with redundancy: how many agree, and what each node came to. Payment and receipts are there, one for each. */
  readonly agreement?: AgreementView
  readonly checks?: readonly CheckView[]
  readonly error?: { readonly code: DriadErrorCode; readonly message: string }
}

export interface RequestPageQuery {
  readonly state?: TaskState
  readonly model?: string
  /** Part of the title, the task's id or the node's peer id. */
  readonly search?: string
  /** From the page before; absent for the newest. */
  readonly cursor?: string
  readonly limit: number
}

export interface WaitOptions {
  readonly signal?: AbortSignal
  readonly onEvent?: (event: RequestEvent) => void
}

export interface PublishOptions {
  readonly signal?: AbortSignal
  readonly onEvent?: (event: RequestEvent) => void
}

export interface StreamOptions {
  /** Tasks that are under way at a time; 256 where absent. */
  readonly concurrency?: number
  /** Yield a task once a node has accepted it, or it has ended; otherwise when it has ended. */
  readonly until?: 'placed' | 'ended'
  /** What becomes of those under way if the stream is left before its end: they go on where absent. */
  readonly onLeave?: 'keep' | 'cancel'
  readonly signal?: AbortSignal
}

/** One task of a stream; `index` counts what was given in, from 0. */
export type StreamedTask = { readonly index: number } & (
  | { readonly task: TaskResult; readonly refused?: undefined }
  /** It was not published, and this is what is wrong with it. */
  | { readonly task?: undefined; readonly refused: DriadError }
)

/** The requester's side of tasks: publishes, places, checks, pays, and tells. */
export interface Requester {
  /** Begins to serve nodes that answer our offers, and takes up receipts that were not delivered. */
  start(): Promise<void>
  /** Withdraws the offers and waits, at most a few seconds, for receipts to be acknowledged. Safe twice. */
  stop(): Promise<void>

  /**
   * Stores the task and offers it. Resolves with its id once it is on disk. `onEvent` is told what happens until then: the first
   * text may be here before.
   * Throws `bad_workflow`, `bad_offer` (a model's name, the price, the deadline), `too_large`; nothing is stored then.
   */
  publish(task: TaskRequest, options?: PublishOptions): Promise<string>
  /** The same for any number of tasks; those of earlier batches stay published when a later one is refused. */
  publishMany(
    tasks: Iterable<TaskRequest> | AsyncIterable<TaskRequest>,
    options?: { signal?: AbortSignal },
  ): Promise<readonly string[]>
  /**
   * Publishes tasks as they come and yields each when it has ended, in the order in which they end. Not more than `concurrency`
   * are under way or wait to be taken; the next one is asked for when there is room. Ends with the last of them.
   */
  stream(
    tasks: Iterable<TaskRequest> | AsyncIterable<TaskRequest>,
    options?: StreamOptions,
  ): AsyncGenerator<StreamedTask, void>
  /** Resolves when a node has accepted the task (it survives this process from then on), or it has ended. */
  waitUntilPlaced(taskId: string, options?: WaitOptions): Promise<TaskResult>
  /**
   * Resolves when the task has ended, well or not. Takes over a task whose process is gone, and watches one that another
   * process drives. Throws `unknown_task`, or the signal's reason; the task goes on then.
   */
  wait(taskId: string, options?: WaitOptions): Promise<TaskResult>
  /** The task as it is now; asks its node once where it is not ended. Throws `unknown_task`. */
  result(taskId: string, options?: { signal?: AbortSignal }): Promise<TaskResult>
  /** Ends the task if it has not ended. A result that was already on its way still counts, and is paid. */
  cancel(taskId: string, options?: { signal?: AbortSignal }): Promise<TaskResult>
  /** Drives a stored task on. False if it has ended or a living process drives it. Throws `unknown_task`. */
  attach(taskId: string): Promise<boolean>

  /**
   * Tells the node whose result a task has, by a signed message, what is wrong with it. What was paid stays paid. Resolves once
   * it is on disk; the node is told as soon as it can be reached, for a week. Throws `unknown_task`, and `bad_usage` where
   * the task has no result.
   */
  dispute(taskId: string, complaint: { readonly code: DisputeCode; readonly reason: string }): Promise<void>

  /** Receipts, and disputes, that their nodes have not taken yet and still may. */
  undelivered(): number

  list(query: RequestPageQuery): TaskPage
  get(taskId: string): TaskDetailView | undefined
  view(taskId: string): TaskView | undefined
  /** What this data folder's experience says of a node, by its peer id. */
  standing(node: string): Standing
  /** Every change of state of the tasks that this process drives, and streamed text. */
  onEvent(listener: (event: RequestEvent) => void): () => void
}
