import { randomUUID } from 'node:crypto'
import { DriadError } from '../../protocol/errors.ts'
import type { Price } from '../../protocol/money.ts'
import type { TaskDetailView, TaskPage, TaskView } from '../../protocol/views.ts'
import { ResultAnswer } from '../../protocol/wire/messages.pb.ts'
import type { Identity } from '../identity/contract.ts'
import type { Ledger } from '../ledger/contract.ts'
import type { Logger } from '../logs/contract.ts'
import type { NetworkHost } from '../network/contract.ts'
import type { Store } from '../store/contract.ts'
import { pause, settledWithin } from '../tasks/abort.ts'
import { abandonable } from './abandonable.ts'
import { Assigner } from './assigner.ts'
import { ClaimTable } from './claims.ts'
import type {
  RequestEvent,
  Requester,
  RequestPageQuery,
  TaskRequest,
  TaskResult,
  WaitOptions,
} from './contract.ts'
import { Deadlines } from './deadlines.ts'
import { DriverLease } from './driver-lease.ts'
import { RequestEvents } from './events.ts'
import { type RequesterLimits, requesterLimits } from './limits.ts'
import { NodeSessions } from './node-sessions.ts'
import { type Offer, Offers } from './offers.ts'
import { PlacedTasks } from './placed-tasks.ts'
import { RequestPreparer } from './prepare-request.ts'
import { ProgressWriter } from './progress-writer.ts'
import { type NewRequest, RequestStore, type StoredRequest } from './request-store.ts'
import { requestDetail, requestPage, requestViewOf, taskResult } from './request-views.ts'
import { ResultPoller } from './result-poller.ts'
import { Settler } from './settlement.ts'
import { TaskDesk } from './task-desk.ts'

export interface RequesterComponents {
  readonly store: Store
  /** Signs and pays. Not necessarily the key of the transport. */
  readonly identity: Identity
  /** Shared with the node, where there is one in this process. A node never gets tasks of its own process. */
  readonly network: NetworkHost
  readonly ledger: Ledger
  readonly logger: Logger
}

export interface RequesterInit {
  /** What is paid at most for 1,000 tokens where a task does not say. */
  readonly defaultMaxPrice?: Price
  /** Take up, at the start, every task of the data folder that no living process drives. For programs that stay. */
  readonly recover?: boolean
  readonly limits?: Partial<RequesterLimits>
}

/** A credit for 1,000 tokens: many times what nodes ask by default. */
const DEFAULT_MAX_PRICE: Price = { promptMicroPer1k: 1_000_000n, completionMicroPer1k: 1_000_000n }

const NOTICE_REPEAT_MS = 10_000
/** Tasks of this process are told about by events; only another process could change them unnoticed. */
const SAFETY_LOOK_MS = 5_000
const RECOVERY_BATCH = 500
const PUBLISHED_BATCH = 500

/** Makes the requester's side. It does nothing before `start`. */
export function createRequester(components: RequesterComponents, init: RequesterInit = {}): Requester {
  return new NetworkRequester(components, init)
}

class NetworkRequester implements Requester {
  readonly #network: NetworkHost
  readonly #logger: Logger
  readonly #limits: RequesterLimits
  readonly #recover: boolean
  readonly #requests: RequestStore
  readonly #events: RequestEvents
  readonly #lease: DriverLease
  readonly #placed = new PlacedTasks()
  readonly #progress: ProgressWriter
  readonly #offers: Offers
  readonly #sessions: NodeSessions
  readonly #desk: TaskDesk
  readonly #assigner: Assigner
  readonly #poller: ResultPoller
  readonly #deadlines: Deadlines
  readonly #preparer: RequestPreparer
  readonly #stopping = new AbortController()
  /** Wakes each of those who wait for a task. */
  readonly #waiting = new Set<() => void>()
  #sweeper: NodeJS.Timeout | undefined
  #started = false
  #stop: Promise<void> | undefined

  constructor(
    { store, identity, network, ledger, logger: parent }: RequesterComponents,
    init: RequesterInit,
  ) {
    const logger = parent.scope('requester')
    const limits = { ...requesterLimits, ...init.limits }
    const requests = new RequestStore(store)
    // Not the peer id: a node that starts again has the same one, and knows nothing of what it did before.
    const driver = randomUUID()
    const claims = new ClaimTable((node) => this.#placed.countOf(node))
    const sessionOf = (node: string) => this.#sessions.get(node)

    this.#network = network
    this.#logger = logger
    this.#limits = limits
    this.#recover = init.recover === true
    this.#requests = requests
    this.#events = new RequestEvents(logger)
    this.#lease = new DriverLease(
      { store, logger },
      { driver, leaseMs: limits.leaseMs, renewMs: limits.leaseRenewMs },
    )
    this.#progress = new ProgressWriter({ requests, logger }, { flushMs: limits.transitionFlushMs })
    this.#offers = new Offers(
      { network, identity, logger, requests },
      {
        driver,
        limits,
        isPlaced: (taskId) => this.#placed.has(taskId),
        onPublished: (offer, recipients) => this.#offerPublished(offer, recipients),
        onClosed: (offer) => this.#sessions.deny(offer, 'All tasks of this offer are placed'),
      },
    )
    this.#sessions = new NodeSessions(
      {
        network,
        offers: this.#offers,
        claims,
        assigner: () => this.#assigner,
        desk: () => this.#desk,
        poller: () => this.#poller,
        logger,
      },
      limits,
    )
    this.#desk = new TaskDesk(
      {
        requests,
        identity,
        settler: new Settler({ requests, identity, ledger, logger }),
        offers: this.#offers,
        placed: this.#placed,
        progress: this.#progress,
        events: this.#events,
        poller: () => this.#poller,
        sessionOf,
        addressesOf: (node) => claims.find(node)?.addresses ?? [],
        unplaced: (key) => this.#place(key),
        logger,
      },
      limits,
    )
    this.#assigner = new Assigner(
      {
        requests,
        identity,
        offers: this.#offers,
        claims,
        placed: this.#placed,
        events: this.#events,
        sessionOf,
        logger,
      },
      limits,
    )
    this.#poller = new ResultPoller({ network, identity, events: this.#desk, logger }, limits)
    this.#deadlines = new Deadlines(
      { requests, logger },
      {
        driver,
        graceMs: limits.outcomeGraceMs,
        isAccepted: (taskId) => this.#placed.get(taskId)?.accepted === true,
        expire: (request) => this.#expire(request),
      },
    )
    this.#preparer = new RequestPreparer({
      driver,
      defaultTimeoutMs: limits.defaultTimeoutMs,
      defaultMaxPrice: init.defaultMaxPrice ?? DEFAULT_MAX_PRICE,
    })
  }

  async start(): Promise<void> {
    if (this.#started || this.#stop !== undefined) return
    this.#started = true
    await this.#lease.start()
    await this.#sessions.start()
    this.#sweeper = setInterval(() => {
      this.#desk.dropUnanswered()
      this.#noticeWaiting()
    }, this.#limits.sweepMs)
    this.#sweeper.unref()
    const sinceMs = Date.now() - this.#limits.receiptRetentionMs
    for (const { taskId, node } of this.#requests.undelivered(sinceMs, this.#limits.maxReceiptsTakenUp)) {
      this.#poller.owe(this.#targetOf(taskId, node), taskId)
    }
    if (this.#recover) await this.#recoverAll()
  }

  stop(): Promise<void> {
    this.#stop ??= this.#stopAll()
    return this.#stop
  }

  async #stopAll(): Promise<void> {
    this.#stopping.abort(new DriadError('stopping', 'The requester is being stopped'))
    for (const wake of this.#waiting) wake()
    if (!this.#started) return
    clearInterval(this.#sweeper)
    this.#assigner.stop()
    await this.#deadlines.stop()
    await settledWithin(
      Promise.all([this.#offers.stop(), this.#desk.receiptsDelivered()]),
      this.#limits.stopWaitMs,
    )
    await this.#sessions.stop()
    await this.#poller.stop()
    await this.#progress.flush()
    await this.#lease
      .stop()
      .catch((error: unknown) => this.#logger.warn('The lease on tasks could not be given back', { error }))
  }

  // ---- Publishing. ----

  async publish(task: TaskRequest, options: { signal?: AbortSignal } = {}): Promise<string> {
    const [taskId] = await this.publishMany([task], options)
    return taskId as string
  }

  async publishMany(
    tasks: Iterable<TaskRequest> | AsyncIterable<TaskRequest>,
    { signal }: { signal?: AbortSignal } = {},
  ): Promise<readonly string[]> {
    const taskIds: string[] = []
    let batch: NewRequest[] = []
    const flush = async () => {
      await this.#publishBatch(batch)
      for (const { taskId } of batch) taskIds.push(taskId)
      batch = []
    }
    for await (const task of tasks) {
      signal?.throwIfAborted()
      this.#requireRunning()
      batch.push(this.#preparer.prepare(task))
      if (batch.length >= this.#limits.publishBatch) await flush()
    }
    if (batch.length > 0) await flush()
    return taskIds
  }

  /** Stores the tasks, all or none, and then offers them. */
  async #publishBatch(batch: readonly NewRequest[]): Promise<void> {
    this.#requireRunning()
    const counts = new Map<string, number>()
    for (const { offerKey } of batch) {
      this.#offers.checkRoom(offerKey)
      counts.set(offerKey, (counts.get(offerKey) ?? 0) + 1)
    }
    await this.#requests.store.write((tx) => {
      for (const request of batch) this.#requests.insert(tx, request)
    })
    for (const { taskId, createdAtMs, deadlineMs } of batch) {
      this.#deadlines.note(deadlineMs)
      this.#events.emit({ type: 'state', taskId, state: 'created', atMs: createdAtMs })
    }
    for (const [key, count] of counts) {
      this.#offers.open(key).queue.added(count)
      this.#place(key)
    }
  }

  #requireRunning(): void {
    this.#stopping.signal.throwIfAborted()
    if (!this.#started) throw new DriadError('internal', 'The requester was not started')
  }

  /** Gives out what can be given out now, and offers the rest. */
  #place(key: string): void {
    const offer = this.#offers.byKey(key)
    if (offer !== undefined) this.#assigner.run([offer])
  }

  #offerPublished(offer: Offer, recipients: number): void {
    offer.recipients = recipients
    if (recipients === 0) return
    this.#markPublished(offer.key).catch((error: unknown) => {
      this.#logger.warn('Tasks could not be marked as published', { error })
    })
  }

  /** Tells those who wait why nothing happens, now and then. */
  #noticeWaiting(): void {
    const now = performance.now()
    for (const offer of this.#offers.all()) {
      const waitedMs = now - offer.waitingSince
      if (offer.queue.count === 0 || waitedMs < this.#limits.noAnswerNoticeMs) continue
      if (now - offer.noticedAt < NOTICE_REPEAT_MS) continue
      offer.noticedAt = now
      const message = noticeText(offer, this.#network.peers().length)
      for (const taskId of [...this.#events.watched()]) {
        if (this.#placed.has(taskId)) continue
        const request = this.#requests.get(taskId)
        if (request?.offerKey === offer.key && request.endedAtMs === undefined) {
          this.#events.emit({ type: 'notice', taskId, message })
        }
      }
    }
  }

  async #markPublished(key: string): Promise<void> {
    const driver = this.#lease.driver
    for (;;) {
      const atMs = Date.now()
      const taskIds = await this.#requests.store.write((tx) =>
        this.#requests.publish(tx, driver, key, atMs, PUBLISHED_BATCH),
      )
      for (const taskId of taskIds) this.#events.emit({ type: 'state', taskId, state: 'published', atMs })
      if (taskIds.length < PUBLISHED_BATCH) return
    }
  }

  // ---- Following a task. ----

  wait(taskId: string, options: WaitOptions = {}): Promise<TaskResult> {
    return this.#until(taskId, ({ endedAtMs }) => endedAtMs !== undefined, options)
  }

  waitUntilPlaced(taskId: string, options: WaitOptions = {}): Promise<TaskResult> {
    return this.#until(
      taskId,
      ({ endedAtMs, state }) => endedAtMs !== undefined || state === 'accepted' || state === 'executing',
      options,
    )
  }

  async #until(
    taskId: string,
    reached: (request: StoredRequest) => boolean,
    { signal, onEvent }: WaitOptions,
  ): Promise<TaskResult> {
    let look = new AbortController()
    const wake = () => look.abort()
    const unwatch = this.#events.watch(taskId, (event) => {
      onEvent?.(event)
      if (event.type === 'state') wake()
    })
    signal?.addEventListener('abort', wake)
    this.#waiting.add(wake)
    try {
      for (;;) {
        look = new AbortController()
        signal?.throwIfAborted()
        const request = this.#require(taskId)
        if (reached(request)) return this.#resultOf(taskId)
        this.#stopping.signal.throwIfAborted()
        // Its process may have gone since the last look.
        const own = request.driver === this.#lease.driver || (await this.attach(taskId))
        await pause(own ? SAFETY_LOOK_MS : this.#limits.followMs, look.signal)
        // Progress is written a moment after it is told.
        await this.#progress.flush()
      }
    } finally {
      unwatch()
      signal?.removeEventListener('abort', wake)
      this.#waiting.delete(wake)
    }
  }

  async result(taskId: string, { signal }: { signal?: AbortSignal } = {}): Promise<TaskResult> {
    const request = this.#require(taskId)
    if (request.endedAtMs === undefined && request.node !== undefined) {
      await this.#ask(request.node, taskId, { cancel: false, signal }).catch((error: unknown) => {
        signal?.throwIfAborted()
        this.#logger.debug('The node of a task does not answer', { taskId, error })
      })
    }
    await this.#progress.flush()
    return this.#resultOf(taskId)
  }

  async cancel(taskId: string, { signal }: { signal?: AbortSignal } = {}): Promise<TaskResult> {
    const request = this.#require(taskId)
    if (request.endedAtMs !== undefined) return this.#resultOf(taskId)
    await this.attach(taskId)
    const node = this.#placed.get(taskId)?.node ?? request.node
    // Only the node knows whether it was done already; then it counts.
    if (node !== undefined) {
      const waited = AbortSignal.timeout(this.#limits.cancelWaitMs)
      const cancelled = this.#cancelAt(
        node,
        taskId,
        signal === undefined ? waited : AbortSignal.any([signal, waited]),
      )
      await abandonable(cancelled, signal)
    }
    await this.#desk.end(taskId, {
      state: 'cancelled',
      error: { code: 'cancelled', message: 'The requester cancelled the task' },
    })
    return this.#resultOf(taskId)
  }

  /** Asks the node to stop, and waits until it said how the task ended or the signal aborts. Never rejects. */
  async #cancelAt(node: string, taskId: string, signal: AbortSignal): Promise<void> {
    const session = this.#sessions.get(node)
    if (session?.open !== true) {
      await this.#ask(node, taskId, { cancel: true, signal }).catch(() => undefined)
      return
    }
    const ended = new AbortController()
    const unwatch = this.#events.watch(taskId, (event) => {
      // A node that refuses it, or does not know it, has nothing to stop.
      if (event.type === 'state' && !['accepted', 'executing'].includes(event.state)) ended.abort()
    })
    try {
      session.cancel(taskId)
      await pause(this.#limits.cancelWaitMs, AbortSignal.any([ended.signal, signal]))
    } finally {
      unwatch()
    }
  }

  async attach(taskId: string): Promise<boolean> {
    const request = this.#require(taskId)
    if (request.endedAtMs !== undefined) return false
    if (request.driver === this.#lease.driver) return true
    this.#requireRunning()
    if (this.#lease.lives(request.driver)) return false
    if (!(await this.#requests.store.write((tx) => this.#lease.take(tx, taskId)))) return false
    this.#adopt(taskId)
    return true
  }

  async #recoverAll(): Promise<void> {
    for (;;) {
      const taskIds = await this.#requests.store.write((tx) => this.#lease.takeOrphans(tx, RECOVERY_BATCH))
      if (taskIds.length > 0)
        this.#logger.info('Taking up tasks that had not ended', { tasks: taskIds.length })
      for (const taskId of taskIds) this.#adopt(taskId)
      if (taskIds.length < RECOVERY_BATCH) return
    }
  }

  #adopt(taskId: string): void {
    const request = this.#requests.get(taskId)
    if (request === undefined || request.endedAtMs !== undefined) return
    this.#deadlines.note(request.deadlineMs)
    this.#desk.adopt(request)
  }

  /** One question to the task's node. What it answers has been stored when this resolves. */
  async #ask(
    node: string,
    taskId: string,
    options: { cancel: boolean; signal?: AbortSignal },
  ): Promise<void> {
    await this.#poller.askOnce(
      this.#targetOf(taskId, node),
      taskId,
      options,
      async (answer, exchange, signal) => {
        if (answer.status === ResultAnswer.Status.RUNNING) this.#desk.has(node, taskId, true)
        if (answer.outcome === undefined) return
        const receipt = await this.#desk.outcome(node, answer.outcome)
        if (receipt === undefined) return
        const { status } = await exchange.deliver(receipt, { signal })
        if (status === ResultAnswer.Status.ACKNOWLEDGED) this.#desk.receiptTaken(node, taskId)
      },
    )
  }

  #targetOf(taskId: string, node: string) {
    return { peerId: node, addresses: this.#requests.assignment(taskId, node)?.addresses ?? [] }
  }

  async #expire(request: StoredRequest): Promise<void> {
    const { taskId } = request
    const terms = this.#requests.terms(taskId)
    const answered =
      this.#offers.byKey(request.offerKey)?.answered === true || this.#requests.wasAssigned(taskId)
    const seconds = Math.round((request.deadlineMs - request.createdAtMs) / 100) / 10
    const error = answered
      ? ({ code: 'deadline_exceeded', message: `The task was not done within ${seconds} s` } as const)
      : ({
          code: 'no_node',
          message: `No node that serves ${terms?.models.join(' or ')} at this price answered within ${seconds} s. Check that one is online on the network ${this.#network.networkName} and can be reached from here (--bootstrap)`,
        } as const)
    await this.#desk.end(taskId, { state: 'expired', error })
  }

  // ---- Views. ----

  list(query: RequestPageQuery): TaskPage {
    return requestPage(this.#requests.store, query)
  }

  get(taskId: string): TaskDetailView | undefined {
    return requestDetail(this.#requests.store, taskId, this.#placed.get(taskId)?.tokens)
  }

  view(taskId: string): TaskView | undefined {
    return requestViewOf(this.#requests.store, taskId, this.#placed.get(taskId)?.tokens)
  }

  onEvent(listener: (event: RequestEvent) => void): () => void {
    return this.#events.watchAll(listener)
  }

  #require(taskId: string): StoredRequest {
    const request = this.#requests.get(taskId)
    if (request !== undefined) return request
    throw new DriadError(
      'unknown_task',
      `There is no task ${taskId} in this data folder. Check the id and --data-dir`,
    )
  }

  #resultOf(taskId: string): TaskResult {
    this.#require(taskId)
    return taskResult(this.#requests.store, taskId) as TaskResult
  }
}

function noticeText(offer: Offer, peers: number): string {
  const models = offer.terms.models.join(' or ')
  if (offer.answered) return `Waiting for a node with room for ${models}`
  if (peers === 0) return 'No peer is connected yet: is a node running, and is it reachable from here?'
  if (offer.recipients === 0)
    return `No node that serves ${models} is in reach yet (${peers} peers connected)`
  return `No node has answered yet; ${offer.recipients} were asked for ${models}`
}
