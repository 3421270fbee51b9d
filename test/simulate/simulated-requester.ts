import { Assigner } from '../../src/node/requester/assigner.ts'
import { ClaimTable } from '../../src/node/requester/claims.ts'
import { RequestEvents } from '../../src/node/requester/events.ts'
import { Homecoming } from '../../src/node/requester/homecoming.ts'
import { type RequesterLimits, requesterLimits } from '../../src/node/requester/limits.ts'
import type { PollerEvents } from '../../src/node/requester/node-poller.ts'
import { NodeSessions } from '../../src/node/requester/node-sessions.ts'
import { offerKey } from '../../src/node/requester/offer-key.ts'
import { type Offer, Offers } from '../../src/node/requester/offers.ts'
import { PlacedTasks } from '../../src/node/requester/placed-tasks.ts'
import type { Settled } from '../../src/node/requester/request-types.ts'
import { type Settlement, targetsOf } from '../../src/node/requester/settlement.ts'
import { TaskDesk, type TaskDeskComponents } from '../../src/node/requester/task-desk.ts'
import type { WorkSession } from '../../src/node/requester/work-session.ts'
import { DEFAULT_PRIORITY } from '../../src/protocol/priority.ts'
import { peerIdOfPublicKey } from '../../src/protocol/wire/keys.ts'
import { type FromNode, type Signed, TaskOutcome } from '../../src/protocol/wire/messages.pb.ts'
import type { Link, LinkEnd } from './link.ts'
import { MemoryRequests } from './memory-requests.ts'
import { deadlineMs } from './options.ts'
import type { GossipPeer } from './simulated-gossip.ts'
import type { Place, SimulatedNetwork } from './simulated-network.ts'
import type { SimulatedNode, SimulatedNodeInit } from './simulated-node.ts'
import { SimulatedPoller } from './simulated-poller.ts'
import { Standings } from './standings.ts'

/** Like the real one's: tokens and hashes, signed. */
const RECEIPT_BYTES = 150
/** Nodes that the DHT names for a model, at most. */
const PROVIDERS = 16
const SIGNATURE = new Uint8Array(64)
const maxPrice = { promptMicroPer1k: 20_000n, completionMicroPer1k: 40_000n }

export interface SimulatedRequesterInit {
  readonly publicKey: Uint8Array
  readonly gossip: GossipPeer
  readonly network: SimulatedNetwork
  readonly nodeOf: (peerId: string) => SimulatedNode | undefined
  readonly pays: boolean
  readonly checks: { readonly strangers: number; readonly trusted: number }
  readonly logger: SimulatedNodeInit['logger']
  /** A task has come to its end. */
  readonly onEnd: () => void
}

/** A requester's process: the real offers, claims, selection, credits and desk; tables in memory and streams made up. */
export class SimulatedRequester implements LinkEnd<FromNode> {
  readonly peerId: string
  readonly place: Place
  readonly pays: boolean
  readonly requests: MemoryRequests
  readonly links = new Map<string, Link>()
  readonly standings: Standings
  readonly limits: RequesterLimits = requesterLimits
  paidMicro = 0n
  /** Its offers by id: what they were opened for, and the nodes that claimed them. */
  readonly offered = new Map<string, { tasks: number; at: number; claimedBy: Set<string> }>()
  mostPlaced = 0
  readonly #init: SimulatedRequesterInit
  readonly #placed = new PlacedTasks()
  readonly #offers: Offers
  readonly #assigner: Assigner
  readonly #desk: TaskDesk
  readonly #voices: NodeSessions
  readonly #poller: SimulatedPoller
  readonly #claims: ClaimTable
  /** Receipts that were not acknowledged, by node. */
  readonly #owed = new Map<string, Set<string>>()
  /** How many tasks are being published. */
  #publishing = 0

  constructor(init: SimulatedRequesterInit) {
    const { network, gossip, logger } = init
    const { clock } = network
    this.#init = init
    this.peerId = peerIdOfPublicKey(init.publicKey)
    this.place = gossip.place
    this.pays = init.pays
    this.standings = new Standings(network.random, init.checks)
    const driver = 'simulated'
    this.requests = new MemoryRequests({ driver, promised: () => clock.promised() })
    const requests = this.requests as unknown as TaskDeskComponents['requests']
    const identity = { publicKey: init.publicKey, sign: () => SIGNATURE }
    const claims = new ClaimTable((node) => this.#placed.countOf(node))
    const events = new RequestEvents(logger)
    const sessionOf = (node: string) => this.links.get(node)?.requesterEnd
    const limits = this.limits
    this.#offers = new Offers(
      {
        requests,
        identity,
        logger,
        clock,
        network: {
          peerId: this.peerId,
          addresses: () => ['/ip4/10.0.0.2/tcp/4001'],
          peers: () => [...gossip.peers].map(() => ({}) as never),
          onPeersChanged: (listener) => gossip.onChanged(listener),
          offerShard: (models) => gossip.shardFor(models),
          publishOffer: (signed, models) => gossip.publish(signed, models),
          connectToProviders: (models) => {
            for (let found = 0; found < PROVIDERS; found++) gossip.connect(models)
            return Promise.resolve(PROVIDERS)
          },
        },
      },
      {
        driver,
        limits,
        isPlaced: (taskId) => this.#placed.has(taskId),
        onPublished: (offer, recipients) => {
          offer.recipients = recipients
        },
        onClosed: (offer) => this.#closed(offer),
        newId: () => {
          const id = network.random.uuid(clock.wallMs())
          this.offered.set(id, { tasks: this.#publishing, at: clock.now(), claimedBy: new Set() })
          return id
        },
      },
    )
    this.#poller = new SimulatedPoller(network, {
      place: this.place,
      limits,
      nodeOf: init.nodeOf,
      events: () => ({
        ...forward(this.#desk),
        receiptTaken: (node, taskId) => this.#owed.get(node)?.delete(taskId),
        lost: (node, taskId) => {
          this.standings.lost(node)
          this.#desk.lost(node, taskId)
        },
      }),
    })
    this.#desk = new TaskDesk(
      {
        requests,
        receipts: {
          sent: none,
          taken: (node: string, taskId: string) => this.#owed.get(node)?.delete(taskId),
          sessionLost: ({ peerId }: { peerId: string }) => {
            for (const taskId of this.#owed.get(peerId) ?? []) this.#poller.owe({ peerId }, taskId)
          },
        } as never,
        // Its nodes do what they claim to do, or are gone.
        workTime: () => undefined,
        // Nothing is refused here that would be disputed.
        disputeOf: () => undefined,
        settler: { settle: (node: string, signed: Signed) => this.#settle(node, signed) } as never,
        offers: this.#offers,
        placed: this.#placed,
        progress: { add: none, flush: () => Promise.resolve() } as never,
        events,
        // Nobody comes back to tasks of an earlier process.
        // Its standings are a model of their own.
        conduct: { settled: none, failed: none } as never,
        isHeld: () => false,
        homecoming: new Homecoming({ waitMs: 0, onAsked: none }),
        poller: () => this.#poller as never,
        sessionOf,
        addressesOf: () => [],
        unplaced: (key) => this.#place(key),
        answeredIn: (node, ms) => claims.find(node)?.answeredIn(ms),
        logger,
        clock,
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
        events,
        sessionOf: sessionOf as never,
        standing: (node) => this.standings.of(node),
        logger,
        clock,
      },
      limits,
      { expectedNodes: 0 },
    )
    this.#voices = new NodeSessions(
      {
        network: { handle: () => Promise.reject(new Error('Streams are made up here')) },
        offers: this.#offers,
        claims,
        assigner: () => this.#assigner,
        desk: () => this.#desk,
        poller: () => this.#poller as never,
        logger,
      },
      limits,
    )
    this.#claims = claims
    const sweep = () => {
      this.#desk.dropUnanswered()
      clock.setTimeout(sweep, limits.sweepMs)
    }
    clock.setTimeout(sweep, limits.sweepMs)
  }

  get openLinks(): number {
    return this.links.size
  }

  get unplacedNow(): number {
    let sum = 0
    for (const { queue } of this.#offers.all()) sum += queue.count
    return sum
  }

  get placedNow(): number {
    return this.#placed.size
  }

  /** What it paid and does not know to have arrived. */
  get owedMicro(): bigint {
    let sum = 0n
    for (const taskIds of this.#owed.values())
      for (const taskId of taskIds) sum += this.requests.find(taskId)?.paidMicro ?? 0n
    return sum
  }

  /** Publishes so many tasks at once, as Publisher does; their ids are noted where that is asked for. */
  publish(model: string, count: number, ids?: Set<string>): void {
    const { clock, random } = this.#init.network
    const key = offerKey({ models: [model], maxPrice, tools: [], copies: false })
    let waiting = 0
    this.#publishing = count
    for (let index = 0; index < count; index++) {
      const createdAtMs = clock.wallMs()
      const taskId = random.uuid(createdAtMs)
      const task = { taskId, offerKey: key, createdAtMs, deadlineMs: createdAtMs + deadlineMs }
      this.requests.insert(task)
      ids?.add(taskId)
      const fresh = { ...this.requests.contents(taskId), ...task }
      if (!this.#assigner.assignNew(fresh as never)) waiting++
      clock.setTimeout(() => this.#expire(taskId), deadlineMs)
    }
    if (waiting > 0) {
      this.#offers.open(key).queue.added(waiting, DEFAULT_PRIORITY)
      this.#place(key)
    }
  }

  // ---- Its end of the streams. ----

  opened(link: Link): void {
    const { peerId } = link.node
    const earlier = this.links.get(peerId)
    this.links.set(peerId, link)
    if (earlier !== undefined) {
      earlier.requesterOpen = false
      this.#desk.sessionLost(peerId)
      this.#claims.remove(peerId)
    }
    this.#poller.reachable(peerId)
  }

  lost(link: Link): void {
    const { peerId } = link.node
    if (this.links.get(peerId) !== link) return
    this.links.delete(peerId)
    this.#desk.sessionLost(peerId)
    this.#claims.remove(peerId)
  }

  received(link: Link, message: FromNode): void {
    // The one cast: the real sessions look at no more of a session than what our end has.
    const session = link.requesterEnd as unknown as WorkSession
    const voices = this.#voices
    if (message.outcome !== undefined) {
      this.#init.network.clock.promised()
      // Who does not pay takes the result and says nothing.
      if (this.pays) void voices.outcome(session, message.outcome)
      else void this.#desk.outcomeFrom(session.node, message.outcome)
    } else if (message.claim !== undefined) {
      this.offered.get(message.claim.offerId)?.claimedBy.add(session.node)
      voices.claim(session, message.claim)
    } else if (message.credit !== undefined) voices.credit(session, message.credit)
    else if (message.accepted !== undefined) voices.accepted(session, message.accepted.taskId)
    else if (message.started !== undefined) voices.started(session, message.started.taskId)
    else if (message.acknowledged !== undefined) voices.acknowledged(session, message.acknowledged.taskId)
    else if (message.bye !== undefined) voices.bye(session, message.bye.reason)
    else if (message.rejected !== undefined) {
      const { taskId, errorCode, errorMessage } = message.rejected
      voices.rejected(session, taskId, errorCode, errorMessage)
    }
    this.mostPlaced = Math.max(this.mostPlaced, this.#placed.size)
  }

  #place(key: string): void {
    const offer = this.#offers.byKey(key)
    if (offer !== undefined) this.#assigner.run([offer])
  }

  #closed(offer: Offer): void {
    for (const claim of this.#claims.forOffer(offer.terms.offerId)) {
      claim.offers.delete(offer.terms.offerId)
      this.links.get(claim.node)?.requesterEnd.deny(offer.terms.offerId, 'All tasks of this offer are placed')
    }
  }

  #expire(taskId: string): void {
    if (this.requests.find(taskId)?.endedAtMs !== undefined) return
    this.#init.network.clock.promised()
    const error = { code: 'deadline_exceeded', message: 'Too late' } as const
    void this.#desk.end(taskId, { state: 'expired', error }).then(() => this.#init.onEnd())
  }

  /** The one outcome that counts is paid, unless it is looked at and found to be made up. */
  #settle(node: string, signed: Signed): Promise<Settlement> {
    const outcome = TaskOutcome.decode(signed.payload)
    const { taskId } = outcome
    const request = this.requests.find(taskId)
    if (request === undefined || !request.assignments.has(node))
      return Promise.resolve({ kind: 'refused', reason: 'It was not given to that node' })
    if (request.endedAtMs !== undefined) {
      const receipt = receiptFor(taskId)
      const isPaid = request.node === node && request.paidMicro > 0n
      return Promise.resolve(isPaid ? { kind: 'again', taskId, receipt } : { kind: 'late', taskId })
    }
    if (this.standings.isChecked(node) && outcome.result !== 'right') {
      this.standings.caught(node)
      this.requests.assignments.unassign(undefined, taskId, node, { forget: true })
      return Promise.resolve({ kind: 'refused', taskId, reason: 'It is made up' })
    }
    this.standings.good(node, outcome.result === 'right')
    const { clock } = this.#init.network
    this.requests.finish(taskId, 'retrieved', clock.wallMs())
    const receipt = receiptFor(taskId)
    if (this.pays) {
      request.paidMicro = outcome.amountMicro
      this.paidMicro += outcome.amountMicro
      const owed = this.#owed.get(node)
      if (owed === undefined) this.#owed.set(node, new Set([taskId]))
      else owed.add(taskId)
    }
    this.#init.onEnd()
    const settled = {
      state: 'retrieved',
      node,
      amountMicro: outcome.amountMicro,
      ...(this.pays && { receipt }),
    }
    const given = this.requests.assignments.all(taskId)
    return Promise.resolve({
      kind: 'settled',
      taskId,
      settled: settled as unknown as Settled,
      assignedAtMs: given.find((one) => one.node === node)?.assignedAtMs ?? 0,
      others: targetsOf(given.filter((one) => one.node !== node)),
    })
  }
}

/** Of the size of a real one; all that is read of it is whose it is. */
function receiptFor(taskId: string): Signed {
  return {
    payload: new Uint8Array(Buffer.from(taskId)),
    publicKey: new Uint8Array(RECEIPT_BYTES - SIGNATURE.length),
    signature: SIGNATURE,
  }
}

function none(): void {}

/** What the desk is told by the poller, as a plain object of which parts can be replaced. */
function forward(desk: TaskDesk): PollerEvents {
  return {
    outcome: (node, signed) => desk.outcome(node, signed),
    has: (node, taskId, running) => desk.has(node, taskId, running),
    hasNot: (node, taskId, reason) => desk.hasNot(node, taskId, reason),
    alreadyPaid: (node, taskId) => desk.alreadyPaid(node, taskId),
    lost: (node, taskId) => desk.lost(node, taskId),
    notReached: none,
    nothingLeft: (node, taskId) => desk.nothingLeft(node, taskId),
    receiptOf: () => undefined,
    receiptTaken: none,
    receiptRefused: none,
  }
}
