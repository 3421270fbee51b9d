import { DriadError } from '../../protocol/errors.ts'
import { cancelReasons } from '../../protocol/task-actors.ts'
import { taskNotes } from '../../protocol/task-notes.ts'
import { peerIdOfPublicKey } from '../../protocol/wire/keys.ts'
import type { Signed } from '../../protocol/wire/messages.pb.ts'
import type { Workflow } from '../../protocol/workflow/schema.ts'
import type { StepReport } from '../../protocol/workflow/step-report.ts'
import type { Exposure } from '../exposure/exposure.ts'
import type { Identity } from '../identity/contract.ts'
import type { TextPiece } from '../inference/contract.ts'
import type { Logger } from '../logs/contract.ts'
import { LeftLetters } from '../mailbox/left-letters.ts'
import { LetterCollector } from '../mailbox/letter-collector.ts'
import { LetterSender } from '../mailbox/letter-sender.ts'
import type { MailLimits } from '../mailbox/limits.ts'
import { type NetworkHost, RESULT_PROTOCOL } from '../network/contract.ts'
import type { ToolBox } from '../tools/contract.ts'
import type { ActiveTask } from './active-task.ts'
import { AssignmentIntake, reject } from './assignment-intake.ts'
import { ClaimService } from './claim-service.ts'
import type { ModelSource } from './contract.ts'
import { Deliveries } from './deliveries.ts'
import type { TakenDispute } from './disputes.ts'
import type { TaskLimits } from './limits.ts'
import { Outbox } from './outbox.ts'
import type { TakenReceipt } from './receipts.ts'
import { ResultService } from './result-service.ts'
import type { TaskExecutor } from './task-executor.ts'
import type { TaskEnd, TaskStore } from './task-store.ts'
import type { WorkSession } from './work-session.ts'
import { WorkSessions } from './work-sessions.ts'

export interface ServingNodeComponents {
  readonly network: NetworkHost
  readonly identity: Identity
  readonly models: ModelSource
  readonly toolBox: ToolBox
  readonly tasks: TaskStore
  readonly executor: TaskExecutor
  readonly exposure: Pick<Exposure, 'allowance' | 'require'>
  /** Refuses workflows whose tools this node lacks now. */
  readonly parseWorkflow: (json: string) => Workflow
  /** Writes the credit. Throws what `takeReceipt` throws. */
  readonly takeReceipt: (signed: Signed, deliveries: Deliveries) => Promise<TakenReceipt>
  /** Throws what `takeDispute` throws. */
  readonly takeDispute: (signed: Signed) => Promise<TakenDispute>
  readonly logger: Logger
}

/** The node while it is on a network: offers in, claims out, assignments in, outcomes out. Started and stopped once. */
export class ServingNode {
  readonly #components: ServingNodeComponents
  readonly #limits: TaskLimits
  readonly #sessions: WorkSessions
  readonly #claims: ClaimService
  readonly #intake: AssignmentIntake
  readonly #outbox: Outbox
  readonly #results: ResultService
  readonly #sender: LetterSender
  readonly #collector: LetterCollector
  readonly #mailLimits: MailLimits
  /** Letters that are being left while the node stays. */
  #leaving: Promise<unknown> | undefined
  readonly #stopLeaving = new AbortController()
  readonly #deliveries: Deliveries
  #unsubscribe: (() => void)[] = []
  #unhandle: (() => Promise<void>) | undefined
  #stopping = false

  constructor(components: ServingNodeComponents, limits: TaskLimits, mailLimits: MailLimits) {
    const { network, identity, models, tasks, executor, logger } = components
    this.#components = components
    this.#limits = limits
    this.#mailLimits = mailLimits
    const left = new LeftLetters(tasks.store)
    this.#sender = new LetterSender({ network, identity, tasks, left, logger }, mailLimits)
    this.#collector = new LetterCollector(
      {
        network,
        identity,
        tasks,
        left,
        logger,
        takeReceipt: (signed) => this.#takeReceipt(signed),
        takeDispute: (signed) => this.#takeDispute(signed),
        superseded: (taskId) => this.#superseded(taskId),
      },
      mailLimits,
    )
    this.#deliveries = new Deliveries(tasks)
    this.#sessions = new WorkSessions({
      network,
      logger,
      limits,
      handler: {
        assign: (session, signed) => this.#intake.take(session, signed),
        cancel: (session, taskId) => this.#cancelled(session, taskId),
        receipt: (session, signed) => this.#receipt(session, signed),
        denied: (session, offerId) => this.#claims.denied(session, offerId),
        dispute: (session, signed) => this.#disputed(session, signed),
      },
      onOpened: (session) => {
        this.#claims.sessionOpened(session)
        this.#outbox.sessionOpened(session)
      },
      onEnded: (session) => this.#sessionEnded(session),
      inUse: (session) =>
        this.#claims.inUse(session) || this.#outbox.inUse(session) || this.#hasTasksOf(session.peerId),
    })
    this.#claims = new ClaimService(
      {
        network,
        identity,
        models,
        toolBox: components.toolBox,
        logger,
        sessions: this.#sessions,
        tasksIn: (model) => executor.countIn(model),
        running: () => executor.running,
        allowance: (requester) => components.exposure.allowance(requester).tasks,
        mailboxesFor: (requester) => this.#sender.mailboxAddresses(requester),
      },
      limits,
    )
    this.#intake = new AssignmentIntake(
      {
        tasks,
        executor,
        identity,
        models,
        logger,
        parseWorkflow: components.parseWorkflow,
        claims: this.#claims,
        requireAllowance: (requester) => components.exposure.require(requester),
        isStopping: () => this.#stopping,
      },
      limits,
    )
    this.#outbox = new Outbox(
      {
        tasks,
        identity,
        logger,
        deliveries: this.#deliveries,
        sessions: this.#sessions,
        away: (contact, forMs) => this.#away(contact, forMs),
      },
      limits,
    )
    this.#results = new ResultService(
      {
        tasks,
        executor,
        identity,
        logger,
        deliveries: this.#deliveries,
        takeReceipt: (signed) => this.#takeReceipt(signed),
        takeDispute: (signed) => this.#takeDispute(signed),
      },
      limits,
    )
  }

  async start(): Promise<void> {
    const { network, models } = this.#components
    this.#unhandle = await network.handle(RESULT_PROTOCOL, (stream) => this.#results.serve(stream))
    this.#unsubscribe = [
      network.onOffer((verified) => {
        this.#claims.onOffer(verified)
        const { contact, addresses } = verified.offer
        if (contact !== network.peerId)
          this.#outbox.heard(peerIdOfPublicKey(verified.requester), { peerId: contact, addresses })
      }),
      models.onChange(() => this.#modelsChanged()),
    ]
    this.#modelsChanged()
    this.#outbox.start()
    this.#collector.start()
  }

  pause(): void {
    this.#claims.pause()
  }

  resume(): void {
    this.#claims.resume()
  }

  /** Takes no more tasks and says so. What runs may go on, and its outcomes and receipts still pass. */
  refuseWork(): void {
    if (this.#stopping) return
    this.#stopping = true
    for (const unsubscribe of this.#unsubscribe) unsubscribe()
    this.#components.network.listenForOffers([])
    this.#claims.stop()
    for (const session of this.#sessions.all()) void session.bye('stopping')
  }

  /** Waits a moment for the last receipts, leaves with others what nobody has taken, then closes everything. */
  async stop(): Promise<void> {
    this.refuseWork()
    await this.#outbox.quiet(this.#limits.lastReceiptsMs)
    this.#stopLeaving.abort(new DriadError('stopping', 'The node is being stopped'))
    await this.#leaving
    await this.#sender.leave({}, { signal: AbortSignal.timeout(this.#mailLimits.leaveTimeoutMs) })
    await this.#collector.stop()
    await this.#unhandle?.()
    this.#results.stop()
    const outboxStopped = this.#outbox.stop()
    await this.#sessions.close('stopping')
    await outboxStopped
    await this.#deliveries.flush()
  }

  // What the executor tells.

  accepted(task: ActiveTask): void {
    void this.#sessionOf(task)?.send({ accepted: { taskId: task.taskId } })
  }

  started(task: ActiveTask): void {
    void this.#sessionOf(task)?.send({ started: { taskId: task.taskId } })
  }

  /**
   * Text may leave before the task's acceptance is on disk: it promises nothing. A requester that loses the node now
   * asks for the task, is told that it is unknown, and places it again.
   */
  text(task: ActiveTask, piece: TextPiece): void {
    if (task.assignment.stream) this.#sessionOf(task)?.sendText(task.taskId, piece.text, piece.tokens)
  }

  step(task: ActiveTask, report: StepReport): void {
    if (task.assignment.stream) this.#sessionOf(task)?.sendStep(task.taskId, report)
  }

  rejected(task: ActiveTask, error: DriadError): void {
    const session = this.#sessionOf(task)
    if (session !== undefined) reject(session, task.taskId, error, this.#components.logger)
  }

  ended(task: ActiveTask, { outcome }: TaskEnd): void {
    this.#sessionOf(task)?.forget(task.taskId)
    this.#outbox.ended({ taskId: task.taskId, outcome }, task.contact)
  }

  room(): void {
    this.#claims.roomChanged()
  }

  // What requesters say.

  /** For a task that has ended it means that the requester took another node's result. */
  #cancelled(session: WorkSession, taskId: string): void {
    const { tasks, executor, logger } = this.#components
    const active = executor.get(taskId)
    if (active !== undefined) {
      if (active.contact.peerId !== session.peerId) return
      executor.cancel(taskId, new DriadError('cancelled', cancelReasons.requester))
      return
    }
    if (tasks.get(taskId)?.contact.peerId !== session.peerId) return
    this.#superseded(taskId).catch((error: unknown) =>
      logger.warn('A superseded result could not be marked', { error }),
    )
  }

  async #superseded(taskId: string): Promise<void> {
    const { tasks } = this.#components
    const stored = tasks.get(taskId)
    if (stored?.receiptState !== 'waiting') return
    this.#outbox.settled(taskId, stored.contact.peerId)
    await tasks.store.write((tx) => tasks.markSuperseded(tx, taskId, taskNotes.superseded))
  }

  /** The node may be gone before the requester is back, without a chance to say so. */
  #away(contact: string, forMs: number): void {
    if (forMs < this.#mailLimits.awayMs || this.#leaving !== undefined || this.#stopping) return
    const leaving = this.#sender
      .leave({ contact }, { signal: this.#stopLeaving.signal })
      .then((count) => {
        if (count > 0) this.#collector.letterLeft()
      })
      .finally(() => {
        if (this.#leaving === leaving) this.#leaving = undefined
      })
    this.#leaving = leaving
  }

  async #receipt(session: WorkSession, signed: Signed): Promise<void> {
    const taken = await this.#fromStream(session, this.#takeReceipt(signed))
    if (taken !== undefined) void session.send({ acknowledged: { taskId: taken.taskId } })
  }

  /** A receipt, or a dispute. Undefined where it could not be taken. */
  async #fromStream<Taken>(session: WorkSession, taking: Promise<Taken>): Promise<Taken | undefined> {
    try {
      return await taking
    } catch (cause) {
      const error = DriadError.from(cause)
      if (receiptFaultCodes.has(error.code)) session.fault(error)
      // Our own trouble, as a full disk: the requester sends it again.
      else this.#components.logger.error('What a requester signed could not be taken', { error: cause })
      return undefined
    }
  }

  async #takeReceipt(signed: Signed): Promise<TakenReceipt> {
    const taken = await this.#components.takeReceipt(signed, this.#deliveries)
    this.#deliveries.forget(taken.taskId)
    this.#outbox.settled(taken.taskId, taken.contact)
    // Who paid may be served again.
    if (taken.isNew) this.#claims.roomChanged()
    return taken
  }

  async #disputed(session: WorkSession, signed: Signed): Promise<void> {
    await this.#fromStream(session, this.#takeDispute(signed))
  }

  async #takeDispute(signed: Signed): Promise<TakenDispute> {
    const taken = await this.#components.takeDispute(signed)
    this.#outbox.settled(taken.taskId, taken.contact)
    return taken
  }

  #sessionEnded(session: WorkSession): void {
    this.#claims.sessionEnded(session)
    this.#outbox.sessionEnded(session)
    for (const task of [...this.#components.executor.active()]) {
      if (task.contact.peerId !== session.peerId || !task.assignment.cancelOnDisconnect || this.#stopping)
        continue
      this.#components.executor.cancel(task.taskId, new DriadError('cancelled', cancelReasons.lost))
    }
  }

  #modelsChanged(): void {
    const names = this.#components.models.served().map((model) => model.name)
    this.#components.network.listenForOffers(names)
    this.#components.executor.modelsChanged()
    this.#claims.modelsChanged()
  }

  #hasTasksOf(peerId: string): boolean {
    for (const task of this.#components.executor.active()) if (task.contact.peerId === peerId) return true
    return false
  }

  #sessionOf(task: ActiveTask): WorkSession | undefined {
    return this.#sessions.get(task.contact.peerId)
  }
}

/** Of receipts that no honest requester sends. */
const receiptFaultCodes = new Set<string>(['bad_signature', 'bad_message', 'too_large', 'unknown_task'])
