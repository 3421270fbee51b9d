import { publicKeyOfPeerId } from '../../protocol/wire/keys.ts'
import { signMessage } from '../../protocol/wire/signing.ts'
import { type Clock, systemClock } from '../clock.ts'
import type { Identity } from '../identity/contract.ts'
import type { Logger } from '../logs/contract.ts'
import { DIRECTLY } from './assignment-store.ts'
import type { ClaimTable, NodeClaim } from './claims.ts'
import type { RequestEvents } from './events.ts'
import { FairStart } from './fair-start.ts'
import type { RequesterLimits } from './limits.ts'
import type { Offer, Offers } from './offers.ts'
import type { PlacedTask, PlacedTasks } from './placed-tasks.ts'
import type { RequestStore } from './request-store.ts'
import type { NewRequest, RequestAssignment, RequestContents } from './request-types.ts'
import { type Choice, chooseClaim, type Standing } from './select.ts'
import type { WorkSession } from './work-session.ts'

export interface AssignerComponents {
  readonly requests: RequestStore
  readonly identity: Pick<Identity, 'publicKey' | 'sign'>
  readonly offers: Offers
  readonly claims: ClaimTable
  readonly placed: PlacedTasks
  readonly events: RequestEvents
  readonly sessionOf: (node: string) => Pick<WorkSession, 'open' | 'assign' | 'cancel'> | undefined
  /** What is thought of a node, by its peer id; neutral where nobody says. */
  readonly standing?: (node: string) => Standing
  readonly logger: Logger
  readonly clock?: Clock
}

/** Gives unplaced tasks to nodes that have answered, one credit a task. */
export class Assigner {
  readonly #components: AssignerComponents
  readonly #limits: RequesterLimits
  readonly #fairStart: FairStart
  readonly #clock: Clock
  #stopped = false

  constructor(components: AssignerComponents, limits: RequesterLimits, init: { expectedNodes: number }) {
    this.#components = components
    this.#limits = limits
    this.#clock = components.clock ?? systemClock
    this.#fairStart = new FairStart({
      clock: this.#clock,
      windowMs: limits.fairStartMs,
      expectedNodes: init.expectedNodes,
      onEnd: (offer) => this.run([offer]),
    })
  }

  /**
   * Places what can be placed of one offer, or of all. To be called when there are new tasks or credits. Offers take turns,
   * for a node's credits are good for all that it answered.
   */
  run(offers: Iterable<Offer> = this.#components.offers.all()): void {
    const all = [...offers]
    const used = new Set<Offer>()
    for (let left = all; left.length > 0 && !this.#stopped; ) {
      left = left.filter((offer) => this.#placeOne(offer))
      for (const offer of left) used.add(offer)
    }
    if (this.#stopped) return
    for (const offer of all) this.#components.offers.changed(offer.key, { used: used.has(offer) })
  }

  /**
   * Gives a task to a node in the turn in which its insertion was queued, so that it travels while the disk works. Its
   * assignment is in the same commit. False if it has to wait its turn. See ADR 0010.
   */
  assignNew(request: NewRequest): boolean {
    const { offers, placed } = this.#components
    const offer = offers.byKey(request.offerKey)
    // Those that wait come first.
    if (offer === undefined || offer.queue.count > 0) return false
    if (this.#stopped || placed.size >= this.#limits.maxPlaced) return false
    const choice = this.#choose(offer, this.#excludedFrom(request.taskId, request.copyOf))
    if (choice === undefined || !this.#assign(offer, request.taskId, choice, request)) return false
    offers.changed(offer.key, { used: true })
    return true
  }

  stop(): void {
    this.#stopped = true
    this.#fairStart.stop()
  }

  #placeOne(offer: Offer): boolean {
    const { placed, requests } = this.#components
    if (placed.size >= this.#limits.maxPlaced) return false
    // Those in front may be of no use to the nodes that are free now: excluded from them, or copies of what they have.
    for (const taskId of offer.queue.peek(this.#limits.windowTasks)) {
      const copyOf = offer.terms.copies ? requests.copies.originalOf(taskId) : undefined
      const excluded = this.#excludedFrom(taskId, copyOf)
      const choice = this.#choose(offer, excluded)
      if (choice === undefined) {
        // A task that no node was excluded from shows that there is no credit left at all.
        if (excluded === undefined || excluded.size === 0) return false
        continue
      }
      offer.queue.take(taskId)
      this.#assign(offer, taskId, choice)
      return true
    }
    return false
  }

  /** Nodes that must not have the task: those it came back from, and those with a copy of the same. */
  #excludedFrom(taskId: string, copyOf: string | undefined): ReadonlySet<string> | undefined {
    const { placed, requests } = this.#components
    const excluded = placed.excludedFrom(taskId)
    if (copyOf === undefined) return excluded
    return new Set([
      ...(excluded ?? []),
      ...placed.nodesWithCopies(copyOf),
      ...requests.copies.nodesOf(copyOf, taskId),
    ])
  }

  #choose(offer: Offer, excluded: ReadonlySet<string> | undefined): Choice<NodeClaim> | undefined {
    const { claims, sessionOf, standing } = this.#components
    return chooseClaim(claims.forOffer(offer.terms.offerId), offer.terms, {
      mayHave: ({ node }) =>
        excluded?.has(node) !== true && sessionOf(node)?.open === true && this.#fairStart.allows(offer, node),
      ...(standing !== undefined && { standing }),
    })
  }

  /** `fresh` are the contents of a task that is not on disk yet. */
  #assign(
    offer: Offer,
    taskId: string,
    { claim, model }: Choice<NodeClaim>,
    fresh?: RequestContents,
  ): boolean {
    const { requests, identity, placed, events, sessionOf, logger } = this.#components
    const contents = fresh ?? requests.contents(taskId)
    const session = sessionOf(claim.node)
    if (contents === undefined || session === undefined) return false
    const assignment: RequestAssignment = {
      taskId,
      node: claim.node,
      addresses: claim.addresses,
      mailboxes: claim.mailboxes,
      model: model.name,
      modelDigest: model.digest,
      contextSize: model.contextSize,
      price: model.price,
      assignedAtMs: this.#clock.wallMs(),
    }
    const signed = signMessage(
      'assignment',
      {
        taskId,
        offerId: offer.terms.offerId,
        node: new Uint8Array(publicKeyOfPeerId(claim.node)),
        model: model.name,
        workflowJson: contents.workflowJson,
        deadlineMs: contents.deadlineMs,
        promptMicroPer1k: model.price.promptMicroPer1k,
        completionMicroPer1k: model.price.completionMicroPer1k,
        stream: contents.stream,
        cancelOnDisconnect: contents.cancelOnDisconnect,
        stop: [],
        ...contents.sampling,
        ...(contents.input !== undefined && { input: contents.input }),
        ...(contents.scoreText !== undefined && { scoreText: contents.scoreText }),
      },
      identity,
    )
    claim.credits--
    this.#fairStart.gave(offer, claim.node)
    // Queued before it is sent and not awaited: the node's own disk is waited for anyhow. If we die in between, the task
    // is placed once more, and still only one outcome is paid.
    const stored = requests.store
      .write((tx) => requests.assignments.assign(tx, assignment))
      .then(
        (assigned) => {
          if (assigned === 'published-and-assigned') {
            events.emit({
              type: 'state',
              taskId,
              state: 'published',
              atMs: assignment.assignedAtMs,
              reason: DIRECTLY,
            })
          }
          if (assigned !== 'ended') return
          logger.debug('A task ended while it was being assigned', { taskId })
          placed.forget(taskId)
          session.cancel(taskId)
        },
        (error: unknown) => {
          logger.error('An assignment could not be written down; it is taken back', { taskId, error })
          placed.remove(taskId)
          session.cancel(taskId)
        },
      )
    const task: PlacedTask = {
      taskId,
      node: claim.node,
      offerKey: offer.key,
      priority: contents.priority,
      ...(contents.copyOf !== undefined && { copyOf: contents.copyOf }),
      accepted: false,
      running: false,
      assignedAt: this.#clock.now(),
      heardAt: this.#clock.now(),
      progressAt: this.#clock.now(),
      tokens: 0,
      stored: fresh === undefined ? stored : stored.then(nextTurn),
      ...(fresh !== undefined && { early: { text: '', tokens: 0 } }),
    }
    placed.add(task)
    if (fresh !== undefined) void task.stored.then(() => this.#landed(task))
    session.assign(signed)
    return true
  }

  /** The task is on disk, and who published it could begin to watch. */
  #landed(task: PlacedTask): void {
    const { early, taskId } = task
    delete task.early
    if (early === undefined || early.text === '' || this.#components.placed.get(taskId) !== task) return
    this.#components.events.emit({ type: 'text', taskId, ...early })
  }
}

/** By then those whose promises were settled in this turn have gone on. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
