import { DriadError } from '../../protocol/errors.ts'
import type { Chunk, Claim, Credit, Signed } from '../../protocol/wire/messages.pb.ts'
import { stepReport } from '../../protocol/workflow/step-report.ts'
import type { Logger } from '../logs/contract.ts'
import { type FramedStream, type NetworkHost, WORK_PROTOCOL } from '../network/contract.ts'
import type { Assigner } from './assigner.ts'
import type { ClaimTable } from './claims.ts'
import type { RequesterLimits } from './limits.ts'
import type { Offer, Offers } from './offers.ts'
import type { ResultPoller } from './result-poller.ts'
import type { TaskDesk } from './task-desk.ts'
import { WorkSession, type WorkSessionHandler } from './work-session.ts'

export interface NodeSessionsComponents {
  readonly network: Pick<NetworkHost, 'handle'>
  readonly offers: Offers
  readonly claims: ClaimTable
  readonly assigner: () => Assigner
  readonly desk: () => TaskDesk
  readonly poller: () => ResultPoller
  readonly logger: Logger
}

/** The work streams that nodes opened to us, one for each node; what comes in goes to those whom it concerns. */
export class NodeSessions implements WorkSessionHandler {
  readonly #components: NodeSessionsComponents
  readonly #limits: RequesterLimits
  readonly #sessions = new Map<string, WorkSession>()
  readonly #running = new Set<Promise<void>>()
  #unhandle: (() => Promise<void>) | undefined
  #stopped = false

  constructor(components: NodeSessionsComponents, limits: RequesterLimits) {
    this.#components = components
    this.#limits = limits
  }

  get size(): number {
    return this.#sessions.size
  }

  get(node: string): WorkSession | undefined {
    return this.#sessions.get(node)
  }

  async start(): Promise<void> {
    this.#unhandle = await this.#components.network.handle(WORK_PROTOCOL, (stream) => this.#serve(stream))
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await this.#unhandle?.()
    this.#unhandle = undefined
    await Promise.all([...this.#sessions.values()].map((session) => session.close()))
    await Promise.allSettled(this.#running)
  }

  async #serve(stream: FramedStream): Promise<void> {
    if (
      this.#stopped ||
      (this.#sessions.size >= this.#limits.maxSessions && !this.#sessions.has(stream.remotePeerId))
    ) {
      throw new DriadError('no_capacity', 'This requester has as many work streams as it takes')
    }
    const session = new WorkSession(stream, { logger: this.#components.logger, limits: this.#limits })
    const { node } = session
    const earlier = this.#sessions.get(node)
    this.#sessions.set(node, session)
    if (earlier !== undefined) {
      // The node knows best which of its streams is alive. What it promised on the other does not hold here.
      earlier.abort(new DriadError('network_unreachable', 'The node opened another stream'))
      this.#components.desk().sessionLost(node)
      this.#components.claims.remove(node)
    }
    const run = session.run(this).finally(() => {
      this.#running.delete(run)
      this.#ended(session)
    })
    this.#running.add(run)
    this.#components.poller().reachable(node, [])
    await run
  }

  #ended(session: WorkSession): void {
    const { node } = session
    if (this.#sessions.get(node) !== session) return
    this.#sessions.delete(node)
    this.#components.desk().sessionLost(node)
    this.#components.claims.remove(node)
  }

  /** Tells the nodes that hold credits for an offer that there is nothing left. */
  deny(offer: Offer, reason: string): void {
    for (const claim of this.#components.claims.forOffer(offer.terms.offerId)) {
      claim.offers.delete(offer.terms.offerId)
      this.#sessions.get(claim.node)?.deny(offer.terms.offerId, reason)
    }
  }

  // ---- What nodes say. ----

  claim(session: WorkSession, claim: Claim): void {
    const { offers, claims, assigner } = this.#components
    const offer = offers.byId(claim.offerId)
    if (offer === undefined) {
      session.deny(claim.offerId, 'All tasks of this offer are placed')
      return
    }
    offers.claimed(claim.offerId, session.node, claim.credits)
    claims.of(session.node).update(claim, session.creditsLeft(claim))
    assigner().run([offer])
  }

  credit(session: WorkSession, credit: Credit): void {
    const { offers, claims, assigner } = this.#components
    const claim = claims.find(session.node)
    if (claim === undefined) return
    claim.credits = session.creditsLeft(credit)
    if (claim.credits === 0) return
    const open = [...claim.offers]
      .map((offerId) => offers.byId(offerId))
      .filter((offer) => offer !== undefined)
    assigner().run(open)
  }

  accepted(session: WorkSession, taskId: string): void {
    // It was given to somebody else, or has ended, while the node thought about it.
    if (!this.#components.desk().accepted(session.node, taskId)) session.cancel(taskId)
  }

  started(session: WorkSession, taskId: string): void {
    this.#components.desk().started(session.node, taskId)
  }

  rejected(session: WorkSession, taskId: string, errorCode: string, errorMessage: string): void {
    const { claims, desk, poller } = this.#components
    // Until it says otherwise, it takes nothing.
    if (exhausting.has(errorCode)) claims.find(session.node)?.exhaust()
    if (errorCode === 'unpaid_limit') poller().reachable(session.node, [])
    desk().rejected(session.node, taskId, errorCode, errorMessage)
  }

  chunk(session: WorkSession, { taskId, text, tokens }: Chunk): void {
    this.#components.desk().text(session.node, taskId, text, tokens)
  }

  step(session: WorkSession, taskId: string, reportJson: string): void {
    const parsed = stepReport.safeParse(jsonOf(reportJson))
    if (parsed.success) this.#components.desk().step(session.node, taskId, parsed.data)
    else session.fault('bad_message', 'A report of a step is not one')
  }

  async outcome(session: WorkSession, signed: Signed): Promise<void> {
    try {
      const reply = await this.#components.desk().outcomeFrom(session.node, signed)
      if (reply.kind === 'refused')
        session.fault(reply.code ?? 'bad_message', reply.reason ?? 'An outcome was refused')
      else if (reply.receipt !== undefined) session.receipt(reply.receipt)
      else if (reply.taskId !== undefined) session.cancel(reply.taskId)
      // An honest node does not do it often; one that makes tasks up is to cost us no more than others that are wrong.
      if (reply.kind === 'unknown') session.fault('unknown_task', 'An outcome of a task that is not ours')
    } catch (error) {
      this.#components.logger.error('An outcome could not be stored; the node will send it again', { error })
    }
  }

  acknowledged(session: WorkSession, taskId: string): void {
    this.#components.desk().receiptTaken(session.node, taskId)
  }

  bye(session: WorkSession, reason: string): void {
    this.#components.logger.debug('A node takes no more tasks', { peer: session.node, reason })
    this.#components.claims.find(session.node)?.exhaust()
  }
}

/** Rejections after which a node takes nothing until it grants credits again. */
const exhausting: ReadonlySet<string> = new Set(['no_capacity', 'unpaid_limit', 'stopping'])

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
