import { randomUUID } from 'node:crypto'
import { v7 as uuidv7 } from 'uuid'
import { emptyCatalogue } from '../../protocol/catalogue/parse.ts'
import type { Catalogue } from '../../protocol/catalogue/schema.ts'
import { DriadError } from '../../protocol/errors.ts'
import type { Price } from '../../protocol/money.ts'
import type { DisputeCode } from '../../protocol/payment.ts'
import { cancelReasons } from '../../protocol/task-actors.ts'
import type { TaskDetailView, TaskPage, TaskView } from '../../protocol/views.ts'
import { TaskOutcome } from '../../protocol/wire/messages.pb.ts'
import { createWorkflowParser } from '../../protocol/workflow/parse-cache.ts'
import type { Workflow } from '../../protocol/workflow/schema.ts'
import type { Identity } from '../identity/contract.ts'
import type { Ledger } from '../ledger/contract.ts'
import type { Logger } from '../logs/contract.ts'
import { LetterSearch } from '../mailbox/letter-search.ts'
import { mailLimits } from '../mailbox/limits.ts'
import type { NetworkHost } from '../network/contract.ts'
import type { Standing } from '../reputation/peer-record.ts'
import { Reputation } from '../reputation/reputation.ts'
import type { Store } from '../store/contract.ts'
import { settledWithin } from '../tasks/abort.ts'
import { CheckDraw, type CheckDrawInit } from '../verification/check-draw.ts'
import type { Checker } from '../verification/contract.ts'
import { SecondNodeChecker } from '../verification/second-node.ts'
import { Verifier, type VerifierLimits } from '../verification/verifier.ts'
import { Assigner } from './assigner.ts'
import { ClaimTable } from './claims.ts'
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
import type { CopiesChange } from './copy-store.ts'
import { Deadlines } from './deadlines.ts'
import { DisputeDelivery } from './dispute-delivery.ts'
import { DisputeStore } from './dispute-store.ts'
import { DriverLease } from './driver-lease.ts'
import { RequestEvents } from './events.ts'
import { Homecoming } from './homecoming.ts'
import { Inquiry } from './inquiry.ts'
import { Letters } from './letters.ts'
import { type RequesterLimits, requesterLimits } from './limits.ts'
import { ModelSets } from './model-sets.ts'
import { NodeConduct } from './node-conduct.ts'
import { NodeSessions } from './node-sessions.ts'
import { Offers } from './offers.ts'
import { PlacedTasks } from './placed-tasks.ts'
import { RequestPreparer } from './prepare-request.ts'
import { ProgressWriter } from './progress-writer.ts'
import { Publisher } from './publisher.ts'
import { ReceiptDelivery } from './receipt-delivery.ts'
import { RequestStore } from './request-store.ts'
import type { StoredRequest } from './request-types.ts'
import { requestDetail, requestPage, requestViewOf, taskResult } from './request-views.ts'
import { ResultPoller } from './result-poller.ts'
import { Settler } from './settlement.ts'
import { TaskDesk } from './task-desk.ts'
import { TaskStream } from './task-stream.ts'
import { TaskWatch } from './task-watch.ts'

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
  /** What groups, wildcards and aliases in sets of models mean; without one there are none. */
  readonly catalogue?: () => Catalogue
  /** What is paid at most for 1,000 tokens where a task does not say. */
  readonly defaultMaxPrice?: Price
  /** Take up, at the start, every task of the data folder that no living process drives. For programs that stay. */
  readonly recover?: boolean
  /** Nodes that are being dialled already and will answer offers, too: those of the bootstrap list. */
  readonly expectedNodes?: number
  readonly limits?: Partial<RequesterLimits>
  /** Checks of results; none where absent. */
  readonly verification?: VerificationInit | undefined
}

export interface VerificationInit extends CheckDrawInit {
  /** Checks on models of the requester's own, where they have the weights. */
  readonly own?: Checker | undefined
  /** Has other nodes look at what cannot be checked here; they are paid for that. */
  readonly onNodes?: boolean
  readonly limits?: Partial<VerifierLimits>
}

/** A credit for 1,000 tokens: many times what nodes ask by default. */
const DEFAULT_MAX_PRICE: Price = { promptMicroPer1k: 1_000_000n, completionMicroPer1k: 1_000_000n }

const RECOVERY_BATCH = 500

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
  readonly #receipts: ReceiptDelivery
  readonly #disputes: DisputeStore
  readonly #disputeDelivery: DisputeDelivery
  readonly #publisher: Publisher
  readonly #watch: TaskWatch
  readonly #inquiry: Inquiry
  readonly #letters: Letters
  readonly #reputation: Reputation
  readonly #verifier: Verifier | undefined
  readonly #stopping = new AbortController()
  #sweeper: NodeJS.Timeout | undefined
  #started = false
  #stop: Promise<void> | undefined

  constructor(
    { store, identity, network, ledger, logger: parent }: RequesterComponents,
    init: RequesterInit,
  ) {
    const logger = parent.scope('requester')
    const limits = { ...requesterLimits, ...init.limits }
    const requests = new RequestStore(store, (change) => this.#copiesChanged(change))
    const parseWorkflow = createWorkflowParser()
    // Not the peer id: a node that starts again has the same one, and knows nothing of what it did before.
    const driver = randomUUID()
    const claims = new ClaimTable((node) => this.#placed.countOf(node))
    const sessionOf = (node: string) => this.#sessions.get(node)

    const { verification } = init
    this.#reputation = new Reputation({ store, logger })
    this.#verifier =
      verification &&
      new Verifier(
        {
          requests,
          reputation: this.#reputation,
          draw: new CheckDraw(verification),
          checkers: [
            ...(verification.own === undefined ? [] : [verification.own]),
            ...(verification.onNodes === true ? [this.#secondNode(requests, parseWorkflow)] : []),
          ],
          logger,
        },
        verification.limits,
      )
    const isHeld = (taskId: string) => this.#verifier?.holds(taskId) === true

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
        onPublished: (offer, recipients) => this.#publisher.offerPublished(offer, recipients),
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
    this.#receipts = new ReceiptDelivery({
      requests,
      identity,
      events: this.#events,
      poller: () => this.#poller,
      logger,
    })
    this.#disputes = new DisputeStore(store, identity)
    this.#disputeDelivery = new DisputeDelivery(
      { disputes: this.#disputes, network, identity, logger },
      limits,
    )
    const homecoming = new Homecoming({
      waitMs: limits.homecomingMs,
      onAsked: () => this.#deadlines.note(Date.now()),
    })
    this.#desk = new TaskDesk(
      {
        requests,
        receipts: this.#receipts,
        settler: new Settler({
          requests,
          identity,
          ledger,
          placed: this.#placed,
          disputes: this.#disputes,
          disputed: () => this.#disputeDelivery.kick(),
          parseWorkflow,
          verifier: this.#verifier,
          logger,
        }),
        conduct: new NodeConduct({
          reputation: this.#reputation,
          claimed: (node, model) => {
            const claim = claims.find(node)
            return claim && { speed: claim.models.get(model)?.tokensPerSecond ?? 0, load: claim.load }
          },
        }),
        isHeld,
        offers: this.#offers,
        placed: this.#placed,
        progress: this.#progress,
        events: this.#events,
        homecoming,
        poller: () => this.#poller,
        sessionOf,
        addressesOf: (node) => claims.find(node)?.addresses ?? [],
        unplaced: (key) => this.#place(key),
        answeredIn: (node, ms) => claims.find(node)?.answeredIn(ms),
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
        standing: (node) => this.#reputation.standing(node),
        logger,
      },
      limits,
      { expectedNodes: init.expectedNodes ?? 0 },
    )
    this.#letters = new Letters({
      requests,
      search: new LetterSearch({ network, identity, logger }, mailLimits),
      receipts: () => this.#receipts,
      outcome: (node, signed) => this.#desk.letter(node, signed),
    })
    this.#poller = new ResultPoller(
      { network, identity, events: this.#desk, letters: this.#letters, logger },
      limits,
    )
    this.#deadlines = new Deadlines(
      { requests, logger },
      {
        driver,
        notBeforeMs: ({ taskId, deadlineMs }) =>
          Math.max(
            homecoming.untilMs(taskId),
            this.#placed.get(taskId)?.accepted === true ? deadlineMs + limits.outcomeGraceMs : 0,
            // A check takes no longer than it takes.
            isHeld(taskId) ? Date.now() + limits.outcomeGraceMs : 0,
          ),
        expire: (request) => this.#expire(request),
      },
    )
    const modelSets = new ModelSets(
      { catalogue: init.catalogue ?? (() => emptyCatalogue), network, logger },
      { waitMs: limits.servedWaitMs },
    )
    this.#publisher = new Publisher(
      {
        requests,
        modelSets,
        preparer: new RequestPreparer({
          driver,
          parseWorkflow,
          resolveModels: (patterns) => modelSets.resolve(patterns),
          defaultTimeoutMs: limits.defaultTimeoutMs,
          defaultMaxPrice: init.defaultMaxPrice ?? DEFAULT_MAX_PRICE,
        }),
        offers: this.#offers,
        deadlines: this.#deadlines,
        placed: this.#placed,
        events: this.#events,
        network,
        assignNew: (request) => this.#assigner.assignNew(request),
        place: (key) => this.#place(key),
        logger,
      },
      { driver, limits },
    )
    this.#watch = new TaskWatch(
      {
        events: this.#events,
        find: (taskId) => this.#require(taskId),
        attach: (taskId) => this.attach(taskId),
        flush: () => this.#progress.flush(),
      },
      limits,
    )
    this.#inquiry = new Inquiry({
      poller: this.#poller,
      desk: this.#desk,
      receipts: this.#receipts,
      events: this.#events,
      sessionOf,
    })
  }

  async start(): Promise<void> {
    if (this.#started || this.#stop !== undefined) return
    this.#started = true
    await this.#lease.start()
    await this.#sessions.start()
    this.#sweeper = setInterval(() => {
      this.#desk.dropUnanswered()
      this.#publisher.noticeWaiting()
    }, this.#limits.sweepMs)
    this.#sweeper.unref()
    const sinceMs = Date.now() - this.#limits.receiptRetentionMs
    for (const { taskId, node } of this.#requests.undelivered(sinceMs, this.#limits.maxReceiptsTakenUp)) {
      this.#poller.owe(this.#targetOf(taskId, node), taskId)
    }
    this.#disputeDelivery.kick()
    if (this.#recover) await this.#recoverAll()
  }

  stop(): Promise<void> {
    this.#stop ??= this.#stopAll()
    return this.#stop
  }

  async #stopAll(): Promise<void> {
    const reason = new DriadError('stopping', 'The requester is being stopped')
    this.#stopping.abort(reason)
    this.#watch.stop(reason)
    if (!this.#started) return
    clearInterval(this.#sweeper)
    this.#assigner.stop()
    await this.#deadlines.stop()
    await settledWithin(
      Promise.all([this.#offers.stop(), this.#receipts.delivered(), this.#disputeDelivery.idle()]),
      this.#limits.stopWaitMs,
    )
    // Sessions wait for the outcomes that they passed on.
    await this.#verifier?.stop()
    await this.#sessions.stop()
    await this.#disputeDelivery.stop()
    await this.#poller.stop()
    await this.#progress.flush()
    await this.#reputation.flush()
    await this.#lease
      .stop()
      .catch((error: unknown) => this.#logger.warn('The lease on tasks could not be given back', { error }))
  }

  #secondNode(requests: RequestStore, parseWorkflow: (json: string) => Workflow): Checker {
    return new SecondNodeChecker({
      requester: () => this,
      requests,
      standing: (node) => this.#reputation.standing(node),
      parseWorkflow,
    })
  }

  // ---- Publishing. ----

  async publish(task: TaskRequest, { onEvent, signal }: PublishOptions = {}): Promise<string> {
    const options = signal === undefined ? {} : { signal }
    if (onEvent === undefined) {
      const [published] = await this.publishMany([task], options)
      return published as string
    }
    const taskId = task.taskId ?? uuidv7()
    const unwatch = this.#events.watch(taskId, onEvent)
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
    return this.#publisher.publish(tasks, () => {
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
        events: this.#events,
        publish: (task, publishOptions) => this.publish(task, publishOptions),
        find: (taskId) => this.#requests.get(taskId),
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

  /** Gives out what can be given out now, and offers the rest. */
  #place(key: string): void {
    const offer = this.#offers.byKey(key)
    if (offer !== undefined) this.#assigner.run([offer])
  }

  // ---- Following a task. ----

  async wait(taskId: string, options: WaitOptions = {}): Promise<TaskResult> {
    await this.#watch.until(taskId, ({ endedAtMs }) => endedAtMs !== undefined, options)
    return this.#resultOf(taskId)
  }

  async waitUntilPlaced(taskId: string, options: WaitOptions = {}): Promise<TaskResult> {
    const placed = ({ endedAtMs, state }: StoredRequest) =>
      endedAtMs !== undefined || state === 'accepted' || state === 'executing'
    await this.#watch.until(taskId, placed, options)
    return this.#resultOf(taskId)
  }

  async result(taskId: string, { signal }: { signal?: AbortSignal } = {}): Promise<TaskResult> {
    const request = this.#require(taskId)
    if (request.endedAtMs === undefined && request.node !== undefined)
      await this.#askFor(taskId, request.node, signal)
    await this.#progress.flush()
    return this.#resultOf(taskId)
  }

  /** Asks the node, or else those that it may have left the result with. */
  async #askFor(taskId: string, node: string, signal: AbortSignal | undefined): Promise<void> {
    const options = { cancel: false, ...(signal !== undefined && { signal }) }
    try {
      await this.#inquiry.ask(this.#targetOf(taskId, node), taskId, options)
    } catch (error) {
      signal?.throwIfAborted()
      this.#logger.debug('The node of a task does not answer', { taskId, error })
      const bound = signal === undefined ? [] : [signal]
      await this.#letters.search(
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
      await Promise.all(this.#requests.copies.open(taskId).map((copy) => this.cancel(copy, options)))
      return this.#resultOf(taskId)
    }
    const node = this.#placed.get(taskId)?.node ?? request.node
    // Only the node knows whether it was done already; then it counts.
    if (node !== undefined) {
      const waited = AbortSignal.timeout(this.#limits.cancelWaitMs)
      const bound = signal === undefined ? waited : AbortSignal.any([signal, waited])
      await this.#inquiry.cancel(this.#targetOf(taskId, node), taskId, bound)
      signal?.throwIfAborted()
    }
    await this.#desk.end(taskId, {
      state: 'cancelled',
      error: { code: 'cancelled', message: cancelReasons.requester },
    })
    return this.#resultOf(taskId)
  }

  async attach(taskId: string): Promise<boolean> {
    const request = this.#require(taskId)
    if (request.endedAtMs !== undefined) return false
    if (request.driver === this.#lease.driver) return true
    this.#requireRunning()
    if (this.#lease.lives(request.driver)) return false
    if (!(await this.#requests.store.write((tx) => this.#lease.take(tx, taskId)))) return false
    if (request.copies > 1) {
      for (const copy of this.#requests.copies.open(taskId)) await this.attach(copy)
      return true
    }
    const offerKey = this.#adopt(taskId)
    if (offerKey !== undefined) this.#place(offerKey)
    return true
  }

  async #recoverAll(): Promise<void> {
    for (;;) {
      const taskIds = await this.#requests.store.write((tx) => this.#lease.takeOrphans(tx, RECOVERY_BATCH))
      if (taskIds.length > 0) {
        this.#logger.info('Taking up tasks that had not ended', { tasks: taskIds.length })
      }
      for (const taskId of taskIds) this.#adopt(taskId)
      if (taskIds.length < RECOVERY_BATCH) break
    }
    this.#assigner.run()
  }

  /** Returns the offer that it belongs to, if it has not ended. */
  #adopt(taskId: string): string | undefined {
    const request = this.#requests.get(taskId)
    if (request === undefined || request.endedAtMs !== undefined) return undefined
    if (request.copies > 1) return undefined
    this.#deadlines.note(request.deadlineMs)
    this.#desk.adopt(request)
    return request.offerKey
  }

  #targetOf(taskId: string, node: string) {
    return { peerId: node, addresses: this.#requests.assignments.get(taskId, node)?.addresses ?? [] }
  }

  /** What the copies of a task make of it is on disk. */
  #copiesChanged({ taskId, state, atMs, reason, ended }: CopiesChange): void {
    this.#events.emit({ type: 'state', taskId, state, atMs, ...(reason !== undefined && { reason }) })
    if (ended) this.#desk.endUnplacedCopies(taskId)
  }

  async #expire(request: StoredRequest): Promise<void> {
    const { taskId } = request
    const terms = this.#requests.terms(taskId)
    const answered =
      this.#offers.byKey(request.offerKey)?.answered === true || this.#requests.assignments.any(taskId)
    const seconds = Math.round((request.deadlineMs - request.createdAtMs) / 100) / 10
    const error = answered
      ? ({ code: 'deadline_exceeded', message: `The task was not done within ${seconds} s` } as const)
      : ({
          code: 'no_node',
          message: `No node that serves ${terms?.models.join(' or ')} at this price answered within ${seconds} s. Check that one is online on the network ${this.#network.networkName} and can be reached from here (--bootstrap)`,
        } as const)
    await this.#desk.end(taskId, { state: 'expired', error })
  }

  async dispute(taskId: string, complaint: { code: DisputeCode; reason: string }): Promise<void> {
    this.#require(taskId)
    this.#requireRunning()
    const found = this.#requests.outcome(taskId)
    if (found === undefined || !TaskOutcome.decode(found.signed.payload).ok) {
      throw new DriadError('bad_usage', 'The task has no result that could be disputed')
    }
    const target = this.#targetOf(taskId, found.node)
    await this.#requests.store.write((tx) => {
      this.#disputes.record(tx, { taskId, target, ...complaint, outcome: found.signed })
    })
    this.#disputeDelivery.kick()
  }

  undelivered(): number {
    const sinceMs = Date.now() - this.#limits.receiptRetentionMs
    return this.#requests.countUndelivered(sinceMs) + this.#disputes.countWaiting(sinceMs)
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

  standing(node: string): Standing {
    return this.#reputation.standing(node)
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
