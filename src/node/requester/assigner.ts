import { publicKeyOfPeerId } from '../../protocol/wire/keys.ts'
import { signMessage } from '../../protocol/wire/signing.ts'
import type { Identity } from '../identity/contract.ts'
import type { Logger } from '../logs/contract.ts'
import { DIRECTLY } from './assignment-store.ts'
import type { ClaimTable, NodeClaim } from './claims.ts'
import type { RequestEvents } from './events.ts'
import type { RequesterLimits } from './limits.ts'
import type { Offer, Offers } from './offers.ts'
import type { PlacedTasks } from './placed-tasks.ts'
import type { RequestStore } from './request-store.ts'
import type { RequestAssignment } from './request-types.ts'
import { type Choice, chooseClaim } from './select.ts'
import type { WorkSession } from './work-session.ts'

export interface AssignerComponents {
  readonly requests: RequestStore
  readonly identity: Identity
  readonly offers: Offers
  readonly claims: ClaimTable
  readonly placed: PlacedTasks
  readonly events: RequestEvents
  readonly sessionOf: (node: string) => WorkSession | undefined
  readonly logger: Logger
}

/** Gives unplaced tasks to nodes that have answered, one credit a task. */
export class Assigner {
  readonly #components: AssignerComponents
  readonly #limits: RequesterLimits
  #stopped = false

  constructor(components: AssignerComponents, limits: RequesterLimits) {
    this.#components = components
    this.#limits = limits
  }

  /** Places what can be placed of one offer, or of all. To be called when there are new tasks or credits. */
  run(offers: Iterable<Offer> = this.#components.offers.all()): void {
    for (const offer of [...offers]) {
      while (!this.#stopped && this.#placeOne(offer));
      if (!this.#stopped) this.#components.offers.changed(offer.key)
    }
  }

  stop(): void {
    this.#stopped = true
  }

  #placeOne(offer: Offer): boolean {
    const { claims, placed, sessionOf } = this.#components
    if (placed.size >= this.#limits.maxPlaced) return false
    for (const taskId of offer.queue.peek(this.#limits.windowLookahead)) {
      const excluded = placed.excludedFrom(taskId)
      const choice = chooseClaim(
        claims.forOffer(offer.terms.offerId),
        offer.terms,
        ({ node }) => excluded?.has(node) !== true && sessionOf(node)?.open === true,
      )
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

  #assign(offer: Offer, taskId: string, { claim, model }: Choice<NodeClaim>): void {
    const { requests, identity, placed, events, sessionOf, logger } = this.#components
    const contents = requests.contents(taskId)
    const session = sessionOf(claim.node)
    if (contents === undefined || session === undefined) return
    const assignment: RequestAssignment = {
      taskId,
      node: claim.node,
      addresses: claim.addresses,
      model: model.name,
      modelDigest: model.digest,
      contextSize: model.contextSize,
      price: model.price,
      assignedAtMs: Date.now(),
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
        ...(contents.input !== undefined && { input: contents.input }),
        ...(contents.temperature !== undefined && { temperature: contents.temperature }),
        ...(contents.seed !== undefined && { seed: contents.seed }),
      },
      identity,
    )
    claim.credits--
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
    placed.add({
      taskId,
      node: claim.node,
      offerKey: offer.key,
      accepted: false,
      running: false,
      acceptBy: performance.now() + this.#limits.acceptTimeoutMs,
      tokens: 0,
      stored,
    })
    session.assign(signed)
  }
}
