import { v7 as uuidv7 } from 'uuid'
import { DriadError } from '../../protocol/errors.ts'
import type { DisputeCode } from '../../protocol/payment.ts'
import { cancelReasons } from '../../protocol/task-actors.ts'
import type { TaskDetailView, TaskPage, TaskView } from '../../protocol/views.ts'
import { TaskOutcome } from '../../protocol/wire/messages.pb.ts'
import type { Standing } from '../reputation/peer-record.ts'
import { sharedInterval } from '../shared-interval.ts'
import { settledWithin } from '../tasks/abort.ts'
import type {
  PublishOptions,
  RequestEvent,
  Requester,
  RequestPageQuery,
  StreamedTask,
  StreamOptions,
  TaskRequest,
  TaskResult,
  WaitOptions,
} from './contract.ts'
import type { StoredRequest } from './request-types.ts'
import { requestDetail, requestPage, requestViewOf, taskResult } from './request-views.ts'
import {
  makeParts,
  type RequesterComponents,
  type RequesterInit,
  type RequesterParts,
} from './requester-parts.ts'
import { TaskStream } from './task-stream.ts'

const RECOVERY_BATCH = 500

/** Makes the requester's side. It does nothing before `start`. */
export function createRequester(components: RequesterComponents, init: RequesterInit = {}): Requester {
  return new NetworkRequester(components, init)
}

class NetworkRequester implements Requester {
  readonly #recover: boolean
  readonly #parts: RequesterParts
  readonly #stopping = new AbortController()
  #stopSweeping: (() => void) | undefined
  #started = false
  #stop: Promise<void> | undefined

  constructor(components: RequesterComponents, init: RequesterInit) {
    this.#recover = init.recover === true
    this.#parts = makeParts(components, init, {
      requester: () => this,
      find: (taskId) => this.#require(taskId),
      attach: (taskId) => this.attach(taskId),
    })
  }

  async start(): Promise<void> {
    if (this.#started || this.#stop !== undefined) return
    this.#started = true
    await this.#parts.lease.start()
    await this.#parts.sessions.start()
    this.#stopSweeping = sharedInterval(this.#parts.limits.sweepMs, () => {
      this.#parts.desk.dropUnanswered()
      this.#parts.publisher.noticeWaiting()
    })
    const sinceMs = Date.now() - this.#parts.limits.receiptRetentionMs
    for (const { taskId, node } of this.#parts.requests.undelivered(
      sinceMs,
      this.#parts.limits.maxReceiptsTakenUp,
    )) {
      this.#parts.receipts.sent(node, taskId)
      this.#parts.poller.owe(this.#targetOf(taskId, node), taskId)
    }
    this.#parts.disputeDelivery.kick()
    if (this.#recover) await this.#recoverAll()
  }

  stop(): Promise<void> {
    this.#stop ??= this.#stopAll()
    return this.#stop
  }

  async #stopAll(): Promise<void> {
    const reason = new DriadError('stopping', 'The requester is being stopped')
    this.#stopping.abort(reason)
    this.#parts.watch.stop(reason)
    if (!this.#started) return
    this.#stopSweeping?.()
    this.#parts.assigner.stop()
    await this.#parts.deadlines.stop()
    await settledWithin(
      Promise.all([
        this.#parts.offers.stop(),
        this.#parts.receipts.delivered(),
        this.#parts.disputeDelivery.idle(),
      ]),
      this.#parts.limits.stopWaitMs,
    )
    // Sessions wait for the outcomes that they passed on.
    await this.#parts.verifier?.stop()
    await this.#parts.sessions.stop()
    await this.#parts.disputeDelivery.stop()
    await this.#parts.poller.stop()
    await this.#parts.progress.flush()
    await this.#parts.reputation.flush()
    await this.#parts.lease
      .stop()
      .catch((error: unknown) =>
        this.#parts.logger.warn('The lease on tasks could not be given back', { error }),
      )
  }

  // ---- Publishing. ----

  async publish(task: TaskRequest, { onEvent, signal }: PublishOptions = {}): Promise<string> {
    const options = signal === undefined ? {} : { signal }
    if (onEvent === undefined) {
      const [published] = await this.publishMany([task], options)
      return published as string
    }
    const taskId = task.taskId ?? uuidv7()
    const unwatch = this.#parts.events.watch(taskId, onEvent)
    try {
      const [published] = await this.publishMany([{ ...task, taskId }], options)
      return published as string
    } finally {
      unwatch()
    }
  }

  publishMany(
    tasks: Iterable<TaskRequest> | AsyncIterable<TaskRequest>,
    { signal }: { signal?: AbortSignal } = {},
  ): Promise<readonly string[]> {
    return this.#parts.publisher.publish(tasks, () => {
      signal?.throwIfAborted()
      this.#requireRunning()
    })
  }

  stream(
    tasks: Iterable<TaskRequest> | AsyncIterable<TaskRequest>,
    options: StreamOptions = {},
  ): AsyncGenerator<StreamedTask, void> {
    this.#requireRunning()
    const stream = new TaskStream(
      {
        events: this.#parts.events,
        publish: (task, publishOptions) => this.publish(task, publishOptions),
        find: (taskId) => this.#parts.requests.get(taskId),
        resultOf: (taskId) => this.#resultOf(taskId),
        attach: (taskId) => this.attach(taskId),
        cancel: (taskId) => this.cancel(taskId),
      },
      options,
    )
    return stream.run(tasks, this.#stopping.signal)
  }

  #requireRunning(): void {
    this.#stopping.signal.throwIfAborted()
    if (!this.#started) throw new DriadError('internal', 'The requester was not started')
  }

  // ---- Following a task. ----

  async wait(taskId: string, options: WaitOptions = {}): Promise<TaskResult> {
    await this.#parts.watch.until(taskId, ({ endedAtMs }) => endedAtMs !== undefined, options)
    return this.#resultOf(taskId)
  }

  async waitUntilPlaced(taskId: string, options: WaitOptions = {}): Promise<TaskResult> {
    const placed = ({ endedAtMs, state }: StoredRequest) =>
      endedAtMs !== undefined || state === 'accepted' || state === 'executing'
    await this.#parts.watch.until(taskId, placed, options)
    return this.#resultOf(taskId)
  }

  async result(taskId: string, { signal }: { signal?: AbortSignal } = {}): Promise<TaskResult> {
    const request = this.#require(taskId)
    if (request.endedAtMs === undefined && request.node !== undefined)
      await this.#askFor(taskId, request.node, signal)
    await this.#parts.progress.flush()
    return this.#resultOf(taskId)
  }

  /** Asks the node, or else those that it may have left the result with. */
  async #askFor(taskId: string, node: string, signal: AbortSignal | undefined): Promise<void> {
    const options = { cancel: false, ...(signal !== undefined && { signal }) }
    try {
      await this.#parts.inquiry.ask(this.#targetOf(taskId, node), taskId, options)
    } catch (error) {
      signal?.throwIfAborted()
      this.#parts.logger.debug('The node of a task does not answer', { taskId, error })
      const bound = signal === undefined ? [] : [signal]
      await this.#parts.letters.search(
        node,
        { tasks: [taskId], receipts: [] },
        { signal: AbortSignal.any([...bound, this.#stopping.signal]) },
      )
    }
  }

  async cancel(taskId: string, { signal }: { signal?: AbortSignal } = {}): Promise<TaskResult> {
    const request = this.#require(taskId)
    if (request.endedAtMs !== undefined) return this.#resultOf(taskId)
    await this.attach(taskId)
    if (request.copies > 1) {
      // It ends with them, unless enough have answered already.
      const options = signal === undefined ? {} : { signal }
      await Promise.all(this.#parts.requests.copies.open(taskId).map((copy) => this.cancel(copy, options)))
      return this.#resultOf(taskId)
    }
    const node = this.#parts.placed.get(taskId)?.node ?? request.node
    // Only the node knows whether it was done already; then it counts.
    if (node !== undefined) {
      const waited = AbortSignal.timeout(this.#parts.limits.cancelWaitMs)
      const bound = signal === undefined ? waited : AbortSignal.any([signal, waited])
      await this.#parts.inquiry.cancel(this.#targetOf(taskId, node), taskId, bound)
      signal?.throwIfAborted()
    }
    await this.#parts.desk.end(taskId, {
      state: 'cancelled',
      error: { code: 'cancelled', message: cancelReasons.requester },
    })
    return this.#resultOf(taskId)
  }

  async attach(taskId: string): Promise<boolean> {
    const request = this.#require(taskId)
    if (request.endedAtMs !== undefined) return false
    if (request.driver === this.#parts.lease.driver) return true
    this.#requireRunning()
    if (this.#parts.lease.lives(request.driver)) return false
    if (!(await this.#parts.requests.store.write((tx) => this.#parts.lease.take(tx, taskId)))) return false
    if (request.copies > 1) {
      for (const copy of this.#parts.requests.copies.open(taskId)) await this.attach(copy)
      return true
    }
    const offerKey = this.#adopt(taskId)
    if (offerKey !== undefined) this.#parts.place(offerKey)
    return true
  }

  async #recoverAll(): Promise<void> {
    for (;;) {
      const taskIds = await this.#parts.requests.store.write((tx) =>
        this.#parts.lease.takeOrphans(tx, RECOVERY_BATCH),
      )
      if (taskIds.length > 0) {
        this.#parts.logger.info('Taking up tasks that had not ended', { tasks: taskIds.length })
      }
      for (const taskId of taskIds) this.#adopt(taskId)
      if (taskIds.length < RECOVERY_BATCH) break
    }
    this.#parts.assigner.run()
  }

  /** Returns the offer that it belongs to, if it has not ended. */
  #adopt(taskId: string): string | undefined {
    const request = this.#parts.requests.get(taskId)
    if (request === undefined || request.endedAtMs !== undefined) return undefined
    if (request.copies > 1) return undefined
    this.#parts.deadlines.note(request.deadlineMs)
    this.#parts.desk.adopt(request)
    return request.offerKey
  }

  #targetOf(taskId: string, node: string) {
    return { peerId: node, addresses: this.#parts.requests.assignments.get(taskId, node)?.addresses ?? [] }
  }

  async dispute(taskId: string, complaint: { code: DisputeCode; reason: string }): Promise<void> {
    this.#require(taskId)
    this.#requireRunning()
    const found = this.#parts.requests.outcome(taskId)
    if (found === undefined || !TaskOutcome.decode(found.signed.payload).ok) {
      throw new DriadError('bad_usage', 'The task has no result that could be disputed')
    }
    const target = this.#targetOf(taskId, found.node)
    await this.#parts.requests.store.write((tx) => {
      this.#parts.disputes.record(tx, { taskId, target, ...complaint, outcome: found.signed })
    })
    this.#parts.disputeDelivery.kick()
  }

  undelivered(): number {
    const sinceMs = Date.now() - this.#parts.limits.receiptRetentionMs
    return this.#parts.requests.countUndelivered(sinceMs) + this.#parts.disputes.countWaiting(sinceMs)
  }

  // ---- Views. ----

  list(query: RequestPageQuery): TaskPage {
    return requestPage(this.#parts.requests.store, query)
  }

  get(taskId: string): TaskDetailView | undefined {
    return requestDetail(this.#parts.requests.store, taskId, this.#parts.placed.get(taskId)?.tokens)
  }

  view(taskId: string): TaskView | undefined {
    return requestViewOf(this.#parts.requests.store, taskId, this.#parts.placed.get(taskId)?.tokens)
  }

  standing(node: string): Standing {
    return this.#parts.reputation.standing(node)
  }

  onEvent(listener: (event: RequestEvent) => void): () => void {
    return this.#parts.events.watchAll(listener)
  }

  #require(taskId: string): StoredRequest {
    const request = this.#parts.requests.get(taskId)
    if (request !== undefined) return request
    throw new DriadError(
      'unknown_task',
      `There is no task ${taskId} in this data folder. Check the id and --data-dir`,
    )
  }

  #resultOf(taskId: string): TaskResult {
    this.#require(taskId)
    return taskResult(this.#parts.requests.store, taskId) as TaskResult
  }
}
