import type { ExposureBounds } from '../../src/node/exposure/exposure-rule.ts'
import type { VerifiedOffer } from '../../src/node/network/contract.ts'
import { ClaimService } from '../../src/node/tasks/claim-service.ts'
import type { ModelSource, ServedModel } from '../../src/node/tasks/contract.ts'
import { taskLimits } from '../../src/node/tasks/limits.ts'
import { TaskQueue } from '../../src/node/tasks/task-queue.ts'
import { amountMicro } from '../../src/protocol/money.ts'
import { peerIdOfPublicKey } from '../../src/protocol/wire/keys.ts'
import {
  Assignment,
  type FromRequester,
  type Signed,
  TaskOutcome,
} from '../../src/protocol/wire/messages.pb.ts'
import type { Link, LinkEnd } from './link.ts'
import { tokens } from './options.ts'
import { SimulatedAccounts } from './simulated-accounts.ts'
import type { Listener } from './simulated-gossip.ts'
import type { Place, SimulatedNetwork } from './simulated-network.ts'

/** `liar`: makes results up in no time. `mute`: accepts everything and never says anything again. */
export type Character = 'honest' | 'liar' | 'mute'

interface HeldTask {
  readonly taskId: string
  readonly assignment: Assignment
  /** Process of the requester. */
  readonly contact: string
  readonly payer: Uint8Array
  state: 'waiting' | 'running' | 'done'
  outcome?: Signed
}

export interface SimulatedNodeInit {
  readonly publicKey: Uint8Array
  readonly place: Place
  readonly models: readonly ServedModel[]
  readonly character: Character
  readonly exposure: ExposureBounds
  readonly network: SimulatedNetwork
  /** Opens a stream to a process of a requester; rejects where that is not to be had. */
  readonly open: (node: SimulatedNode, contact: string) => Promise<Link>
  readonly logger: ConstructorParameters<typeof ClaimService>[0]['logger']
}

const LIE_MS = 50

/** A node: the real claims, credits and queue; generations that take as long as their tokens, and no disk. */
export class SimulatedNode implements Listener, LinkEnd<FromRequester> {
  readonly peerId: string
  readonly publicKey: Uint8Array
  readonly place: Place
  readonly character: Character
  readonly models: readonly ServedModel[]
  readonly serves: readonly string[]
  readonly links = new Map<string, Link>()
  online = true
  onlineMs = 0
  #since = 0
  /** What it was paid, and by whom it was not. */
  earnedMicro = 0n
  done = 0
  busyMs = 0
  /** Tasks that it had accepted and not done, at most. */
  mostHeld = 0
  mostOffers = 0
  readonly accounts: SimulatedAccounts
  readonly #init: SimulatedNodeInit
  readonly #tasks = new Map<string, HeldTask>()
  #claims: ClaimService
  #queue: TaskQueue
  /** Counts its runs: what an earlier one began does not end in a later one. */
  #run = 0

  constructor(init: SimulatedNodeInit) {
    this.#init = init
    this.publicKey = init.publicKey
    this.peerId = peerIdOfPublicKey(init.publicKey)
    this.place = init.place
    this.character = init.character
    this.models = init.models
    this.serves = init.models.map(({ name }) => name)
    this.accounts = new SimulatedAccounts(
      init.models.map(({ price }) => price),
      init.exposure,
    )
    this.#claims = this.#newClaims()
    this.#queue = this.#newQueue()
  }

  /** True while it has promised anything to anybody. */
  get hasPromises(): boolean {
    return [...this.links.values()].some((link) => this.#claims.inUse(link.nodeEnd))
  }

  heard(offer: VerifiedOffer): void {
    this.#claims.onOffer(offer)
    this.mostOffers = Math.max(this.mostOffers, this.#claims.openOffers)
  }

  /** Gone at once, with or without a word. What it accepted is on its disk. */
  leave({ orderly }: { orderly: boolean }): void {
    const { clock } = this.#init.network
    this.online = false
    this.onlineMs += clock.now() - this.#since
    this.#run++
    for (const link of [...this.links.values()]) {
      if (orderly) link.toRequester({ bye: { reason: 'stopping' } })
      link.cut({ noticed: orderly })
    }
    this.links.clear()
    this.#claims.stop()
  }

  come(): void {
    this.online = true
    this.#since = this.#init.network.clock.now()
    this.#claims = this.#newClaims()
    this.#queue = this.#newQueue()
    for (const task of this.#tasks.values()) {
      if (task.state === 'done') this.#push(task)
      else this.#begin(task)
    }
  }

  /** How long it has been there until now. */
  get onlineUntilNowMs(): number {
    return this.onlineMs + (this.online ? this.#init.network.clock.now() - this.#since : 0)
  }

  /** Counts anew from here. */
  mark(): void {
    this.onlineMs = 0
    this.busyMs = 0
    this.#since = this.#init.network.clock.now()
  }

  endOfTime(): void {
    this.onlineMs = this.onlineUntilNowMs
  }

  /** What the result protocol answers; undefined for one that does not. */
  ask(taskId: string): { state: 'unknown' | 'waiting' | 'running' } | { outcome: Signed } | undefined {
    if (!this.online || this.character === 'mute') return undefined
    const task = this.#tasks.get(taskId)
    if (task === undefined) return { state: 'unknown' }
    if (task.outcome !== undefined) return { outcome: task.outcome }
    return { state: task.state === 'running' ? 'running' : 'waiting' }
  }

  // ---- Its end of the streams. ----

  opened(link: Link): void {
    this.links.set(link.requester.peerId, link)
    this.#claims.sessionOpened(link.nodeEnd)
    for (const task of this.#tasks.values())
      if (task.outcome !== undefined && task.contact === link.requester.peerId)
        link.toRequester({ outcome: task.outcome })
  }

  lost(link: Link): void {
    if (this.links.get(link.requester.peerId) !== link) return
    this.links.delete(link.requester.peerId)
    this.#claims.sessionEnded(link.nodeEnd)
  }

  received(link: Link, message: FromRequester): void {
    if (message.assign !== undefined) this.#assigned(link, message.assign)
    else if (message.cancel !== undefined) this.cancelled(message.cancel.taskId)
    else if (message.denied !== undefined) this.#claims.denied(link.nodeEnd, message.denied.offerId)
    else if (message.receipt !== undefined) this.paid(Buffer.from(message.receipt.payload).toString())
  }

  /** A receipt is here; what is in it was checked by who made it. */
  paid(taskId: string): boolean {
    const task = this.#tasks.get(taskId)
    if (task?.outcome === undefined) return false
    this.#tasks.delete(taskId)
    const { amountMicro } = TaskOutcome.decode(task.outcome.payload)
    this.accounts.paid(peerIdOfPublicKey(task.payer), amountMicro)
    this.earnedMicro += amountMicro
    this.links.get(task.contact)?.toRequester({ acknowledged: { taskId } })
    this.#claims.roomChanged()
    return true
  }

  cancelled(taskId: string): void {
    const task = this.#tasks.get(taskId)
    if (task === undefined) return
    // A result that is not wanted any more goes on counting as unpaid, as in the real store.
    if (task.state === 'waiting') this.#queue.remove(taskId, task.assignment.model)
    this.#tasks.delete(taskId)
    this.#claims.roomChanged()
  }

  #assigned(link: Link, signed: Signed): void {
    const assignment = Assignment.decode(signed.payload)
    const { taskId } = assignment
    const known = this.#tasks.get(taskId)
    if (known !== undefined) {
      link.toRequester({ accepted: { taskId } })
      if (known.outcome !== undefined) link.toRequester({ outcome: known.outcome })
      return
    }
    const model = this.models.find(({ name }) => name === assignment.model)
    const hasCredit = this.#claims.spendCredit(link.nodeEnd, assignment.offerId)
    if (model === undefined || (!hasCredit && !this.#claims.hasPlace(model))) {
      link.toRequester({ rejected: { taskId, errorCode: 'no_capacity', errorMessage: 'No room' } })
      return
    }
    const contact = link.requester.peerId
    const task: HeldTask = { taskId, assignment, contact, payer: signed.publicKey, state: 'waiting' }
    this.#tasks.set(taskId, task)
    link.toRequester({ accepted: { taskId } })
    if (this.character !== 'mute') this.#begin(task)
    this.mostHeld = Math.max(this.mostHeld, this.#unfinished())
  }

  #begin(task: HeldTask): void {
    task.state = 'waiting'
    const { taskId, assignment } = task
    this.#queue.enqueue(
      { id: taskId, lane: assignment.model, owner: task.contact, start: () => this.#generate(task) },
      { beyondLimit: true },
    )
  }

  #generate(task: HeldTask): Promise<void> {
    const { network } = this.#init
    const { taskId, assignment } = task
    const run = this.#run
    const model = this.models.find(({ name }) => name === assignment.model)
    const count = Math.max(1, Math.round(network.random.logNormal(tokens.median, tokens.sigma)))
    const takesMs =
      this.character === 'liar'
        ? LIE_MS
        : tokens.firstTokenMs + (count / (model?.tokensPerSecond ?? 1)) * 1000
    task.state = 'running'
    this.links.get(task.contact)?.toRequester({ started: { taskId } })
    return new Promise((resolve) => {
      network.clock.setTimeout(() => {
        network.clock.promised()
        resolve()
        if (run !== this.#run) return
        this.busyMs += takesMs
        this.#claims.roomChanged()
        if (this.#tasks.get(taskId) === task) this.#finish(task, count, takesMs)
      }, takesMs)
    })
  }

  #finish(task: HeldTask, completionTokens: number, takesMs: number): void {
    const { assignment, taskId } = task
    const price = {
      promptMicroPer1k: assignment.promptMicroPer1k,
      completionMicroPer1k: assignment.completionMicroPer1k,
    }
    const counted = { promptTokens: tokens.prompt, completionTokens }
    const earned = amountMicro(price, counted)
    const payload = TaskOutcome.encode({
      taskId,
      requester: new Uint8Array(task.payer),
      ok: true,
      // The only thing that a check can find out.
      result: this.character === 'liar' ? 'made up' : 'right',
      errorCode: '',
      errorMessage: '',
      model: assignment.model,
      modelDigest: new Uint8Array(32),
      ...counted,
      totalMs: Math.round(takesMs),
      amountMicro: earned,
      finishedAtMs: this.#init.network.clock.wallMs(),
    })
    task.state = 'done'
    task.outcome = { payload, publicKey: new Uint8Array(this.publicKey), signature: new Uint8Array(64) }
    this.done++
    this.accounts.done(peerIdOfPublicKey(task.payer), earned)
    this.#push(task)
  }

  #push(task: HeldTask): void {
    if (task.outcome === undefined) return
    const link = this.links.get(task.contact)
    if (link !== undefined) link.toRequester({ outcome: task.outcome })
    else this.#init.open(this, task.contact).catch(() => undefined)
  }

  #newQueue(): TaskQueue {
    return new TaskQueue({
      placesOf: (name) => this.models.find((model) => model.name === name)?.slots ?? 0,
      maxQueued: taskLimits.maxQueued,
    })
  }

  #newClaims(): ClaimService {
    const { network, logger, models } = this.#init
    const source: ModelSource = {
      served: () => models,
      get: (name) => models.find((model) => model.name === name),
      expected: (name) => this.serves.includes(name),
      whyNot: () => undefined,
      onChange: () => () => undefined,
    }
    return new ClaimService(
      {
        identity: { publicKey: this.publicKey },
        network: { peerId: this.peerId, addresses: () => ['/ip4/10.0.0.1/tcp/4001'] },
        models: source,
        toolBox: { available: () => new Set() },
        sessions: {
          get: (contact) => this.links.get(contact)?.nodeEnd,
          open: ({ peerId }) => this.#init.open(this, peerId),
        },
        // Of a mute one nobody can tell: it says that it has room.
        tasksIn: (name) => (this.character === 'mute' ? 0 : this.#countIn(name)),
        running: () => this.#queue.running,
        mailboxesFor: () => [],
        allowance: (requester) => this.accounts.allowance(requester, this.#inFlight()),
        logger,
        clock: network.clock,
      },
      taskLimits,
    )
  }

  /** Tasks that have not ended, by who pays. */
  #inFlight(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>()
    for (const { payer, state } of this.#tasks.values()) {
      if (state === 'done') continue
      const requester = peerIdOfPublicKey(payer)
      counts.set(requester, (counts.get(requester) ?? 0) + 1)
    }
    return counts
  }

  #unfinished(): number {
    let count = 0
    for (const { state } of this.#tasks.values()) if (state !== 'done') count++
    return count
  }

  #countIn(name: string): number {
    let count = 0
    for (const { assignment, state } of this.#tasks.values())
      if (state !== 'done' && assignment.model === name) count++
    return count
  }
}
