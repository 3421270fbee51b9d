import { DriadError, type DriadErrorCode, isDriadErrorCode } from '../../protocol/errors.ts'
import type { TaskState } from '../../protocol/task.ts'
import type { FromRequester, Signed } from '../../protocol/wire/messages.pb.ts'
import type { StepReport } from '../../protocol/workflow/step-report.ts'
import { type Clock, systemClock } from '../clock.ts'
import type { Logger } from '../logs/contract.ts'
import type { PeerTarget } from '../network/contract.ts'
import type { RequestEvents } from './events.ts'
import type { Homecoming } from './homecoming.ts'
import type { RequesterLimits } from './limits.ts'
import type { NodeConduct } from './node-conduct.ts'
import type { PollerEvents } from './node-poller.ts'
import type { Offers } from './offers.ts'
import type { PlacedTask, PlacedTasks } from './placed-tasks.ts'
import type { ProgressWriter } from './progress-writer.ts'
import type { ReceiptDelivery } from './receipt-delivery.ts'
import type { RequestStore } from './request-store.ts'
import type { StoredRequest } from './request-types.ts'
import type { ResultPoller } from './result-poller.ts'
import { type Settlement, type Settler, targetsOf } from './settlement.ts'
import type { WorkSession } from './work-session.ts'
import type { WorkTime } from './work-time.ts'

export interface TaskDeskComponents {
  readonly requests: RequestStore
  readonly receipts: ReceiptDelivery
  /** What was said against a node's result of a task, signed. */
  readonly disputeOf: (node: string, taskId: string) => Signed | undefined
  readonly settler: Settler
  readonly conduct: NodeConduct
  /** Whether a result of the task is here and is being checked. */
  readonly isHeld: (taskId: string) => boolean
  readonly offers: Offers
  readonly placed: PlacedTasks
  readonly progress: ProgressWriter
  readonly events: RequestEvents
  readonly homecoming: Homecoming
  readonly poller: () => ResultPoller
  readonly sessionOf: (node: string) => Pick<WorkSession, 'open' | 'cancel'> | undefined
  /** Addresses that a node gave with its claim. */
  readonly addressesOf: (node: string) => readonly string[]
  /** There is something to place again. */
  readonly unplaced: (offerKey: string) => void
  /** How long the node may have a task. */
  readonly workTime: (task: PlacedTask) => WorkTime | undefined
  /** A node accepted an assignment after so long. */
  readonly answeredIn: (node: string, ms: number) => void
  readonly logger: Logger
  readonly clock?: Clock
}

export interface TaskEnd {
  readonly state: 'failed' | 'expired' | 'cancelled'
  readonly error: { readonly code: DriadErrorCode; readonly message: string }
}

/** What a node is to be told after it sent an outcome. */
export interface OutcomeReply {
  readonly kind: Settlement['kind']
  readonly taskId?: string
  readonly receipt?: Signed
  readonly reason?: string
  readonly code?: DriadErrorCode
}

/** Codes of a rejection that says something about the node and not about the task. */
const nodeCodes: ReadonlySet<string> = new Set([
  'no_capacity',
  'model_unavailable',
  'stopping',
  'unpaid_limit',
  'price_too_high',
  'bad_offer',
])
/** Of these, what may be over in a moment: the same node may have the task again when it grants a credit. */
const passingCodes: ReadonlySet<string> = new Set(['no_capacity', 'bad_offer', 'unpaid_limit'])

const NOT_NEEDED: TaskEnd = {
  state: 'cancelled',
  error: { code: 'cancelled', message: 'Enough other nodes had done it' },
}

/** Text of a task that is not on disk yet; what is beyond is left out, for the outcome has it all. */
const MAX_EARLY_CHARS = 64 * 1024

/** The life of each task that this process drives: who has it, what came of it, and how it ends. */
export class TaskDesk implements PollerEvents {
  readonly #components: TaskDeskComponents
  readonly #limits: RequesterLimits
  readonly #clock: Clock

  constructor(components: TaskDeskComponents, limits: RequesterLimits) {
    this.#components = components
    this.#limits = limits
    this.#clock = components.clock ?? systemClock
  }

  accepted(node: string, taskId: string): boolean {
    const task = this.#heardOf(node, taskId)
    if (task === undefined) return false
    if (!task.accepted) {
      task.accepted = true
      if (task.assignedAt !== undefined)
        this.#components.answeredIn(node, this.#clock.now() - task.assignedAt)
      this.#progress(task, 'accepted')
    }
    return true
  }

  started(node: string, taskId: string): boolean {
    const task = this.#heardOf(node, taskId)
    if (task === undefined) return false
    if (!task.running) {
      task.accepted = true
      task.running = true
      task.progressAt = task.heardAt
      this.#progress(task, 'executing')
    }
    return true
  }

  text(node: string, taskId: string, text: string, tokens: number): boolean {
    const task = this.#heardOf(node, taskId)
    if (task === undefined) return false
    if (tokens > task.tokens) task.progressAt = task.heardAt
    task.tokens = Math.max(task.tokens, tokens)
    const { events } = this.#components
    // Whoever watches it already need not wait for the disk.
    if (task.early === undefined || events.isWatched(taskId))
      events.emit({ type: 'text', taskId, text, tokens })
    else if (task.early.text.length + text.length <= MAX_EARLY_CHARS)
      task.early = { text: task.early.text + text, tokens }
    return true
  }

  /** A step of a task's trace. Of one whose acceptance is not here yet it is dropped: text alone is worth keeping. */
  step(node: string, taskId: string, report: StepReport): void {
    const task = this.#heardOf(node, taskId)
    if (task === undefined) return
    task.progressAt = task.heardAt
    if (task.early !== undefined) return
    this.#components.events.emit({ type: 'step', taskId, report })
  }

  /** The node does not take the task. */
  rejected(node: string, taskId: string, code: string, message: string): boolean {
    const { placed } = this.#components
    const task = placed.at(node, taskId)
    if (task === undefined) return false
    const reason = `${shortNode(node)} did not take it: ${message} (${code})`
    if (nodeCodes.has(code)) {
      this.#release(task, { reason, forget: true, exclude: !passingCodes.has(code) })
      return true
    }
    const known = isDriadErrorCode(code) ? code : 'internal'
    if (known === 'internal') this.#components.conduct.failed(node)
    const state = known === 'deadline_exceeded' ? 'expired' : 'failed'
    void this.end(taskId, { state, error: { code: known, message: message || reason } })
    return true
  }

  /** Judges an outcome that came over either protocol. Rejects where the store does: the node will send it again. */
  async outcomeFrom(node: string, signed: Signed): Promise<OutcomeReply> {
    const { placed, poller, progress, receipts, settler, logger } = this.#components
    void progress.flush()
    // A check may take its time, which is not the node's.
    const atMs = Date.now()
    const settlement = await settler.settle(node, signed)
    if (settlement.kind === 'settled') {
      const { taskId, settled } = settlement
      this.#noteConduct(settlement, atMs)
      this.#left(taskId)
      poller().forget(taskId)
      receipts.sent(node, taskId)
      const states: TaskState[] = settled.error === undefined ? ['completed', settled.state] : [settled.state]
      for (const state of states) this.#emit(taskId, state, settled.error?.message, settled)
      logger.info('A task ended', {
        taskId,
        node,
        state: settled.state,
        amountMicro: settled.amountMicro.toString(),
      })
      this.#stop(taskId, settlement.others)
      return { kind: 'settled', taskId, receipt: settled.receipt }
    }
    if (settlement.kind === 'refused') {
      // What a check found is noted by the check.
      if (settlement.taskId !== undefined && settlement.code === undefined)
        this.#components.conduct.failed(node)
      const task = settlement.taskId === undefined ? undefined : placed.at(node, settlement.taskId)
      if (task !== undefined) this.#again(task, { reason: settlement.reason, exclude: true })
      else if (settlement.taskId !== undefined) poller().forget(settlement.taskId, node)
    } else if (settlement.kind === 'unknown') {
      logger.info('A node did a task that is not in this data folder', { taskId: settlement.taskId, node })
    } else if (placed.at(node, settlement.taskId) !== undefined) {
      // Another process of this data folder ended it.
      placed.forget(settlement.taskId)
      poller().forget(settlement.taskId)
      const state = this.#components.requests.get(settlement.taskId)?.state
      if (state !== undefined) this.#emit(settlement.taskId, state)
    }
    return settlement
  }

  #noteConduct({ taskId, settled, assignedAtMs }: Settlement & { kind: 'settled' }, atMs: number): void {
    const { conduct, placed, sessionOf } = this.#components
    const { node } = settled
    const isLive = placed.at(node, taskId) !== undefined && sessionOf(node)?.open === true
    conduct.settled(settled, isLive ? { atMs, assignedAtMs } : undefined)
  }

  // ---- What the poller hears. ----

  async outcome(node: string, signed: Signed): Promise<Signed | undefined> {
    return (await this.outcomeFrom(node, signed)).receipt
  }

  /** Judges an outcome that a node left for us. Returns what is to be left for the node. */
  async letter(node: string, signed: Signed): Promise<FromRequester | undefined> {
    const { kind, receipt, taskId } = await this.outcomeFrom(node, signed)
    if (receipt !== undefined) return { receipt }
    if (kind === 'refused' && taskId !== undefined) {
      const dispute = this.#components.disputeOf(node, taskId)
      return dispute && { dispute }
    }
    if (taskId === undefined || (kind !== 'late' && kind !== 'unknown')) return undefined
    return { cancel: { taskId } }
  }

  has(node: string, taskId: string, running: boolean): void {
    this.#components.homecoming.asked(taskId, node)
    if (this.#components.placed.at(node, taskId) === undefined && !this.#takeBack(node, taskId)) return
    this.accepted(node, taskId)
    if (running) this.started(node, taskId)
    const task = this.#components.placed.at(node, taskId)
    if (task !== undefined && this.#isDue(task)) this.#overdue(task)
  }

  hasNot(node: string, taskId: string, reason: string): void {
    const { placed, poller, requests, homecoming } = this.#components
    poller().forget(taskId, node)
    homecoming.asked(taskId, node)
    const task = placed.at(node, taskId)
    if (task !== undefined) {
      if (task.accepted) this.#components.conduct.failed(node)
      this.#release(task, { reason: `${shortNode(node)}: ${reason}`, forget: true, exclude: false })
      return
    }
    placed.admit(taskId, node)
    this.#write('forget an assignment', (tx) => requests.assignments.forget(tx, taskId, node))
  }

  alreadyPaid(node: string, taskId: string): void {
    this.#components.poller().forget(taskId, node)
    const message =
      'The node says that it was paid for this task, but its result is not in this data folder. Was the folder restored from a backup?'
    void this.end(taskId, { state: 'failed', error: { code: 'store_corrupt', message } })
  }

  lost(node: string, taskId: string): void {
    const task = this.#components.placed.at(node, taskId)
    if (task === undefined || this.#components.isHeld(taskId)) return
    this.#components.conduct.failed(node)
    const reason = `${shortNode(node)} has not been reachable for ${Math.round(this.#limits.lostNodeGraceMs / 1000)} s`
    this.#release(task, { reason, forget: false, exclude: true })
  }

  notReached(node: string): void {
    this.#components.receipts.notReached(node)
  }

  nothingLeft(node: string, taskId: string): void {
    this.#components.homecoming.asked(taskId, node)
  }

  receiptOf(taskId: string): Signed | undefined {
    return this.#components.receipts.receiptOf(taskId)
  }

  receiptTaken(node: string, taskId: string): void {
    this.#components.receipts.taken(node, taskId)
  }

  receiptRefused(node: string, taskId: string, reason: string): void {
    this.#components.receipts.refused(node, taskId, reason)
  }

  // ---- Streams. ----

  /** The work stream of a node is gone: its tasks are asked for, and its receipts brought to it. */
  sessionLost(node: string): void {
    const target = { peerId: node, addresses: this.#components.addressesOf(node) }
    const { placed, poller, receipts } = this.#components
    for (const taskId of placed.of(node)) poller().follow(target, taskId)
    receipts.sessionLost(target, this.#limits.pollMinMs)
  }

  /**
   * Takes tasks from nodes that have said neither yes nor no for too long, and asks those that said yes and nothing since, or
   * have had the task too long: a node that does not answer that either loses its tasks like one that cannot be reached.
   */
  dropUnanswered(): void {
    const { placed, poller, sessionOf, addressesOf, conduct, isHeld } = this.#components
    const { acceptTimeoutMs, silenceMs } = this.#limits
    const now = this.#clock.now()
    for (const task of [...placed.all()]) {
      const { taskId, node, assignedAt } = task
      if (isHeld(taskId)) continue
      if (!task.accepted && assignedAt !== undefined && assignedAt + acceptTimeoutMs <= now) {
        conduct.failed(node)
        sessionOf(node)?.cancel(taskId)
        const reason = `${shortNode(node)} did not answer the assignment`
        this.#release(task, { reason, forget: false, exclude: true })
      } else if (task.accepted && (task.heardAt + silenceMs <= now || this.#isDue(task))) {
        task.heardAt = now
        poller().follow({ peerId: node, addresses: addressesOf(node) }, taskId, 0)
      }
    }
  }

  /** Whether the node has had it too long, with nothing to show for it. */
  #isDue(task: PlacedTask): boolean {
    const { silenceMs, workMinMs } = this.#limits
    const now = this.#clock.now()
    const { assignedAt = task.progressAt, progressAt } = task
    if (now - assignedAt < workMinMs || now - progressAt < silenceMs) return false
    if (task.due === undefined) {
      const time = this.#components.workTime(task)
      task.due = {
        at: time === undefined ? Number.POSITIVE_INFINITY : assignedAt + time.ms,
        claimed: time?.claimed === true,
      }
    }
    return task.due.at <= now && !this.#components.isHeld(task.taskId)
  }

  /** Another node may have the task, too. This one was asked, and says that it still has it: if its result is the first, it counts. */
  #overdue(task: PlacedTask): void {
    const { placed, conduct } = this.#components
    const { taskId, node, assignedAt = task.progressAt } = task
    // Half of a short time may be too little for an honest node: that is not held against it.
    if (task.due?.claimed === true) conduct.failed(node)
    placed.markOverdue(taskId, node)
    const seconds = Math.round((this.#clock.now() - assignedAt) / 1000)
    const reason = `${shortNode(node)} has had it for ${seconds} s and shows no progress`
    this.#release(task, { reason, forget: false, exclude: true })
  }

  // ---- Beginning and end. ----

  /** Takes up a stored task that this process drives from now on. The caller has it placed. */
  adopt(request: StoredRequest): void {
    const { requests, placed, poller, offers } = this.#components
    // One with copies is never placed; it ends with them.
    if (placed.has(request.taskId) || request.copies > 1) return
    const assignments = requests.assignments.all(request.taskId)
    this.#components.homecoming.expect(
      request.taskId,
      assignments.map(({ node }) => node),
    )
    for (const assignment of assignments) {
      const { node, addresses } = assignment
      poller().follow({ peerId: node, addresses }, request.taskId, 0)
      if (node === request.node) {
        placed.add({
          taskId: request.taskId,
          node,
          offerKey: request.offerKey,
          priority: request.priority,
          ...(request.copyOf !== undefined && { copyOf: request.copyOf }),
          accepted: request.state !== 'created' && request.state !== 'published',
          running: request.state === 'executing',
          assignedAt: undefined,
          heardAt: this.#clock.now(),
          progressAt: this.#clock.now(),
          tokens: 0,
          stored: Promise.resolve(),
        })
      } else {
        placed.exclude(request.taskId, node)
      }
    }
    if (placed.has(request.taskId)) return
    offers.open(request.offerKey).queue.added(1, request.priority)
    if (request.copyOf !== undefined && requests.get(request.copyOf)?.endedAtMs !== undefined) {
      void this.end(request.taskId, NOT_NEEDED)
    }
  }

  /** What a task's copies came to is decided: those that no node has are not needed. The others go on, and are paid. */
  endUnplacedCopies(taskId: string): void {
    const { requests, placed } = this.#components
    for (const copy of requests.copies.open(taskId)) {
      if (!placed.has(copy)) void this.end(copy, NOT_NEEDED)
    }
  }

  /** Ends a task without an outcome. False if it has ended before. */
  async end(taskId: string, end: TaskEnd): Promise<boolean> {
    const { requests, placed, poller, progress, sessionOf, logger } = this.#components
    const task = placed.get(taskId)
    void progress.flush()
    this.#left(taskId)
    let ended = false
    try {
      ended = await requests.store.write((tx) =>
        requests.end(tx, taskId, { ...end, atMs: this.#clock.wallMs() }),
      )
    } catch (error) {
      this.#notWritten('the end of a task', taskId, error)
    }
    poller().forget(taskId)
    if (task !== undefined) sessionOf(task.node)?.cancel(taskId)
    if (!ended) return false
    logger.info('A task ended', { taskId, state: end.state, code: end.error.code })
    this.#emit(taskId, end.state, end.error.message)
    const told = task !== undefined && sessionOf(task.node)?.open === true ? task.node : undefined
    const others = requests.assignments.all(taskId).filter(({ node }) => node !== told)
    this.#stop(taskId, targetsOf(others))
    return true
  }

  /** Takes the task from its node and offers it again. */
  #release(task: PlacedTask, how: { reason: string; forget: boolean; exclude: boolean }): void {
    const { requests, progress, placed } = this.#components
    const landing = placed.landing(task.taskId)
    if (landing !== undefined) {
      // Another node is found by what the disk has.
      void landing.then(() => {
        if (placed.get(task.taskId) === task) this.#release(task, how)
      })
      return
    }
    void progress.flush()
    const end = { atMs: this.#clock.wallMs(), reason: how.reason, forget: how.forget }
    this.#write('the loss of a node', (tx) => requests.assignments.unassign(tx, task.taskId, task.node, end))
    this.#again(task, how)
  }

  /** Puts a task back that the store has as unplaced already. */
  #again(task: PlacedTask, { reason, exclude }: { reason: string; exclude: boolean }): void {
    const { placed, offers, logger } = this.#components
    const { taskId, node, offerKey, priority } = task
    placed.remove(taskId)
    if (exclude) placed.exclude(taskId, node)
    logger.info('A task is offered again', { taskId, node, reason })
    offers.open(offerKey).queue.putBack(taskId, priority)
    this.#emit(taskId, 'published', reason)
    this.#components.unplaced(offerKey)
  }

  /** A node that had lost its task has it after all, and nobody else does. */
  #takeBack(node: string, taskId: string): boolean {
    const { placed, requests, offers } = this.#components
    const request = requests.get(taskId)
    if (placed.has(taskId) || placed.isOverdue(taskId, node)) return false
    if (request === undefined || request.endedAtMs !== undefined) return false
    if (offers.byKey(request.offerKey)?.queue.take(taskId) !== true) return false
    const reason = `${shortNode(node)} is back and still has it`
    const stored = Promise.resolve()
    placed.add({
      taskId,
      node,
      offerKey: request.offerKey,
      priority: request.priority,
      ...(request.copyOf !== undefined && { copyOf: request.copyOf }),
      accepted: true,
      running: false,
      assignedAt: undefined,
      heardAt: this.#clock.now(),
      progressAt: this.#clock.now(),
      tokens: 0,
      stored,
    })
    placed.admit(taskId, node)
    this.#write('the return of a node', (tx) =>
      requests.assignments.reassign(tx, taskId, node, this.#clock.wallMs(), reason),
    )
    this.#emit(taskId, 'accepted', reason, { node })
    offers.changed(request.offerKey)
    return true
  }

  /** The task, if the node has it: it is alive, and so is what it has. */
  #heardOf(node: string, taskId: string): PlacedTask | undefined {
    const task = this.#components.placed.at(node, taskId)
    if (task !== undefined) task.heardAt = this.#clock.now()
    return task
  }

  /** The task is neither placed nor waiting any more. */
  #left(taskId: string): void {
    const { placed, offers, requests } = this.#components
    const wasPlaced = placed.has(taskId)
    placed.forget(taskId)
    this.#components.homecoming.forget(taskId)
    if (wasPlaced) return
    const request = requests.get(taskId)
    if (request === undefined || request.copies > 1) return
    offers.byKey(request.offerKey)?.queue.ended(taskId, request.priority)
    offers.changed(request.offerKey)
  }

  /** Other nodes that may still be at it: what they do is not paid. Best effort, and once. */
  #stop(taskId: string, others: readonly PeerTarget[]): void {
    const { sessionOf, poller, logger } = this.#components
    for (const target of others) {
      const session = sessionOf(target.peerId)
      if (session?.open === true) session.cancel(taskId)
      else {
        poller()
          .askOnce(target, taskId, { cancel: true }, async () => undefined)
          .catch((error: unknown) =>
            logger.debug('A node could not be told to stop', { taskId, node: target.peerId, error }),
          )
      }
    }
  }

  #progress(task: PlacedTask, state: 'accepted' | 'executing'): void {
    const { taskId, node, copyOf } = task
    this.#components.progress.add({ taskId, node, state, ...(copyOf !== undefined && { copyOf }) })
    // Told in order: that it was published may be on its way to the disk still.
    void task.stored.then(() => this.#emit(task.taskId, state, undefined, { node: task.node }))
  }

  #emit(taskId: string, state: TaskState, reason?: string, by?: { node: string; model?: string }): void {
    this.#components.events.emit({
      type: 'state',
      taskId,
      state,
      atMs: this.#clock.wallMs(),
      ...(reason !== undefined && { reason }),
      ...(by !== undefined && { node: by.node }),
      ...(by?.model !== undefined && { model: by.model }),
    })
  }

  #write(what: string, work: Parameters<RequestStore['store']['write']>[0]): void {
    this.#components.requests.store
      .write(work)
      .catch((error: unknown) => this.#notWritten(what, undefined, error))
  }

  #notWritten(what: string, taskId: string | undefined, error: unknown): void {
    if (error instanceof DriadError && error.code === 'stopping') return
    this.#components.logger.error(`The store did not take ${what}`, { taskId, error })
  }
}

/** What people see of a node in a reason: the end of its peer id differs, the beginning never does. */
function shortNode(node: string): string {
  return `Node …${node.slice(-8)}`
}
