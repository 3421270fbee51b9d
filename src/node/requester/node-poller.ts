import { DriadError } from '../../protocol/errors.ts'
import { ResultAnswer, type Signed } from '../../protocol/wire/messages.pb.ts'
import type { Identity } from '../identity/contract.ts'
import type { Logger } from '../logs/contract.ts'
import type { NetworkHost, PeerTarget } from '../network/contract.ts'
import { pause } from '../tasks/abort.ts'
import type { Letters } from './letters.ts'
import type { RequesterLimits } from './limits.ts'
import { ResultExchange } from './result-exchange.ts'

/** What a node said when it was asked, and what it did not say. Called for tasks that are still polled. */
export interface PollerEvents {
  /** Judges an outcome; gives back the receipt to be handed over, if there is one. */
  outcome(node: string, signed: Signed): Promise<Signed | undefined>
  /** The node has the task, and runs it or not yet. */
  has(node: string, taskId: string, running: boolean): void
  /** The node does not have the task, or does not want to talk about it. */
  hasNot(node: string, taskId: string, reason: string): void
  /** The node says that it was paid for the task. */
  alreadyPaid(node: string, taskId: string): void
  /** The node could not be reached for so long that somebody else should do it. Polling goes on, less often. */
  lost(node: string, taskId: string): void
  /** The node could not be reached this time. It is tried again. */
  notReached(node: string): void
  /** Nor had the mailboxes anything of it. */
  nothingLeft(node: string, taskId: string): void
  /** The receipt to be delivered, as stored. */
  receiptOf(taskId: string): Signed | undefined
  receiptTaken(node: string, taskId: string): void
  receiptRefused(node: string, taskId: string, reason: string): void
}

export interface NodePollerComponents {
  readonly network: Pick<NetworkHost, 'openStream'>
  readonly identity: Identity
  readonly events: PollerEvents
  readonly logger: Logger
  /** Resolves with a function that gives the turn back. */
  readonly turn: (signal: AbortSignal) => Promise<() => void>
  /** The same, for a search of mailboxes: it takes longer. */
  readonly searchTurn: (signal: AbortSignal) => Promise<() => void>
  readonly letters: Letters
}

interface PolledTask {
  /** By `performance.now()`. */
  nextAt: number
  delayMs: number
  lost: boolean
  /** Mailboxes were asked for it since they were for all others. */
  searched: boolean
}

interface OwedReceipt {
  nextAt: number
  delayMs: number
  /** A mailbox keeps it for the node. */
  left: boolean
}

const { UNKNOWN, PENDING, RUNNING, ENDED, ACKNOWLEDGED, REFUSED } = ResultAnswer.Status

/** Asks one node for the tasks that it has, and hands it the receipts that it is owed, until there is nothing left. */
export class NodePoller {
  readonly #components: NodePollerComponents
  readonly #limits: RequesterLimits
  #target: PeerTarget
  readonly #tasks = new Map<string, PolledTask>()
  readonly #receipts = new Map<string, OwedReceipt>()
  readonly #stopping = new AbortController()
  #kick = new AbortController()
  #exchange: ResultExchange | undefined
  #unreachableSince: number | undefined
  #searching: Promise<void> | undefined
  #searchAt = 0
  #searchDelayMs: number
  #finished = false
  readonly done: Promise<void>

  constructor(components: NodePollerComponents, target: PeerTarget, limits: RequesterLimits) {
    this.#components = components
    this.#limits = limits
    this.#target = target
    this.#searchDelayMs = limits.searchMinMs
    // Not before whoever made it has said what it is for.
    this.done = Promise.resolve().then(() => this.#run())
  }

  /** It does nothing more, whatever it is given. */
  get finished(): boolean {
    return this.#finished
  }

  get idle(): boolean {
    return this.#tasks.size === 0 && this.#receipts.size === 0
  }

  add(taskId: string, delayMs: number): void {
    if (this.#tasks.has(taskId)) return
    this.#tasks.set(taskId, {
      nextAt: performance.now() + delayMs,
      delayMs: this.#limits.pollMinMs,
      lost: false,
      searched: false,
    })
    this.wake()
  }

  owe(taskId: string, delayMs: number): void {
    if (this.#receipts.has(taskId)) return
    this.#receipts.set(taskId, {
      nextAt: performance.now() + delayMs,
      delayMs: this.#limits.receiptRetryMinMs,
      left: false,
    })
    this.wake()
  }

  forget(taskId: string): void {
    this.#tasks.delete(taskId)
    this.wake()
  }

  paid(taskId: string): void {
    this.#receipts.delete(taskId)
    this.wake()
  }

  /** The node was heard of: everything is asked now, at the addresses where it is. */
  reachable(addresses: readonly string[]): void {
    if (addresses.length > 0) this.#target = { peerId: this.#target.peerId, addresses }
    this.#unreachableSince = undefined
    const now = performance.now()
    for (const item of [...this.#tasks.values(), ...this.#receipts.values()])
      item.nextAt = Math.min(item.nextAt, now)
    this.wake()
  }

  wake(): void {
    this.#kick.abort()
  }

  stop(): void {
    this.#stopping.abort(new DriadError('stopping', 'The requester is being stopped'))
    this.#kick.abort()
  }

  async #run(): Promise<void> {
    while (!this.#stopping.signal.aborted && (!this.idle || this.#searching !== undefined)) {
      if (this.idle) {
        // It may find something to be owed.
        await this.#searching
        continue
      }
      this.#kick = new AbortController()
      const waitMs = this.#nextAt() - performance.now()
      if (waitMs > 0) {
        // A stream that would lie idle longer than the node keeps it is not worth keeping.
        if (waitMs > this.#limits.pollMaxMs) await this.#hangUp()
        await pause(waitMs, this.#kick.signal)
        continue
      }
      try {
        const release = await this.#components.turn(this.#stopping.signal)
        try {
          await this.#round()
        } finally {
          release()
        }
      } catch (error) {
        if (this.#stopping.signal.aborted) break
        this.#components.logger.error('Polling a node failed', { peer: this.#target.peerId, error })
        for (const item of [...this.#tasks.values(), ...this.#receipts.values()]) this.#backOff(item)
      }
    }
    await this.#searching
    this.#finished = true
    await this.#hangUp()
  }

  #nextAt(): number {
    let next = Number.POSITIVE_INFINITY
    for (const { nextAt } of this.#tasks.values()) next = Math.min(next, nextAt)
    for (const { nextAt } of this.#receipts.values()) next = Math.min(next, nextAt)
    return Math.min(next, performance.now() + this.#limits.receiptRetryMaxMs)
  }

  /** Everything that is due, once. */
  async #round(): Promise<void> {
    const now = performance.now()
    let reached = true
    for (const [taskId, item] of [...this.#receipts]) {
      if (item.nextAt > now || !this.#receipts.has(taskId)) continue
      reached = await this.#attempt((exchange, signal) => this.#deliver(exchange, taskId, signal))
      if (!reached) break
      this.#backOff(item)
    }
    for (const [taskId, item] of [...this.#tasks]) {
      if (!reached) break
      if (item.nextAt > now || !this.#tasks.has(taskId)) continue
      if (!(await this.#attempt((exchange, signal) => this.#ask(exchange, taskId, signal)))) break
      this.#backOff(item)
      if (this.#tasks.size > 1) await pause(this.#limits.pollSpacingMs, this.#stopping.signal)
    }
    if (this.#exchange !== undefined) return
    this.#startSearch()
    // It could not be reached: what is due now would only fail in the same way.
    for (const item of [...this.#tasks.values(), ...this.#receipts.values()]) {
      if (item.nextAt <= performance.now()) this.#backOff(item)
    }
    this.#giveUpIfLost()
  }

  /** False if the node could not be asked. */
  async #attempt(
    question: (exchange: ResultExchange, signal: AbortSignal) => Promise<void>,
  ): Promise<boolean> {
    const signal = AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(this.#limits.pollTimeoutMs)])
    try {
      this.#exchange ??= await ResultExchange.open(this.#components, this.#target, { signal })
      await question(this.#exchange, signal)
      this.#unreachableSince = undefined
      this.#searchDelayMs = this.#limits.searchMinMs
      return true
    } catch (error) {
      await this.#hangUp()
      this.#stopping.signal.throwIfAborted()
      this.#unreachableSince ??= performance.now()
      this.#components.events.notReached(this.#target.peerId)
      this.#components.logger.debug('A node does not answer', { peer: this.#target.peerId, error })
      return false
    }
  }

  async #ask(exchange: ResultExchange, taskId: string, signal: AbortSignal): Promise<void> {
    const { events, logger } = this.#components
    const node = this.#target.peerId
    const answer = await exchange.ask(taskId, { cancel: false, signal })
    // It ended while the question was on its way.
    if (!this.#tasks.has(taskId)) return
    if (answer.status === PENDING || answer.status === RUNNING)
      events.has(node, taskId, answer.status === RUNNING)
    else if (answer.status === UNKNOWN) events.hasNot(node, taskId, 'The node does not know the task')
    else if (answer.status === ACKNOWLEDGED) events.alreadyPaid(node, taskId)
    else if (answer.status === REFUSED) {
      // Too many questions: the next one comes later anyhow.
      if (answer.errorCode === 'no_capacity') logger.debug('A node has no time for questions', { peer: node })
      else events.hasNot(node, taskId, `The node refused to answer: ${answer.errorMessage}`)
    } else if (answer.status === ENDED && answer.outcome !== undefined) {
      const receipt = await events.outcome(node, answer.outcome)
      this.#tasks.delete(taskId)
      if (receipt === undefined) return
      // Owed until the node says that it has it, whatever becomes of this stream.
      this.owe(taskId, this.#limits.receiptRetryMinMs)
      await this.#handOver(exchange, taskId, receipt, signal)
    }
  }

  /** The node is away: it may have left its results with others, and they can keep our receipts for it. */
  #startSearch(): void {
    if (this.#searching !== undefined || performance.now() < this.#searchAt) return
    const { searchTurn, logger } = this.#components
    this.#searching = searchTurn(this.#stopping.signal)
      .then((release) => this.#search().finally(release))
      .catch((error: unknown) => {
        if (this.#stopping.signal.aborted) return
        logger.error('Looking for the results of a node failed', { peer: this.#target.peerId, error })
        this.#searchAt = performance.now() + this.#limits.searchMaxMs
      })
      .finally(() => {
        this.#searching = undefined
      })
  }

  async #search(): Promise<void> {
    const { letters, events } = this.#components
    const node = this.#target.peerId
    const unsearched = [...this.#tasks].filter(([, item]) => !item.searched)
    // Everything was looked for: it begins anew.
    if (unsearched.length === 0) for (const item of this.#tasks.values()) item.searched = false
    const tasks = (unsearched.length === 0 ? [...this.#tasks] : unsearched).map(([taskId]) => taskId)
    const receipts = [...this.#receipts].filter(([, item]) => !item.left).map(([taskId]) => taskId)
    if (tasks.length === 0 && receipts.length === 0) return
    const found = await letters.search(node, { tasks, receipts }, { signal: this.#stopping.signal })
    for (const taskId of found.searched) {
      if (found.tasks.has(taskId)) {
        this.#tasks.delete(taskId)
        if (events.receiptOf(taskId) !== undefined) this.owe(taskId, this.#limits.receiptRetryMinMs)
        continue
      }
      const item = this.#tasks.get(taskId)
      if (item === undefined) continue
      item.searched = true
      events.nothingLeft(node, taskId)
    }
    for (const taskId of found.answered) {
      const item = this.#receipts.get(taskId)
      if (item !== undefined) item.left = true
    }
    const isMore = tasks.length > found.searched.length
    const { searchMaxMs, searchForReceiptsMaxMs } = this.#limits
    const maxMs = tasks.length > 0 ? searchMaxMs : searchForReceiptsMaxMs
    if (!isMore) this.#searchDelayMs = Math.min(this.#searchDelayMs * 2, maxMs)
    this.#searchAt = performance.now() + (isMore ? 0 : this.#searchDelayMs)
  }

  async #deliver(exchange: ResultExchange, taskId: string, signal: AbortSignal): Promise<void> {
    const receipt = this.#components.events.receiptOf(taskId)
    if (receipt === undefined) this.#receipts.delete(taskId)
    else await this.#handOver(exchange, taskId, receipt, signal)
  }

  async #handOver(
    exchange: ResultExchange,
    taskId: string,
    receipt: Signed,
    signal: AbortSignal,
  ): Promise<void> {
    const { events } = this.#components
    const node = this.#target.peerId
    const answer = await exchange.deliver(receipt, { signal })
    if (answer.status === ACKNOWLEDGED) {
      this.#receipts.delete(taskId)
      events.receiptTaken(node, taskId)
    } else if (
      answer.status === UNKNOWN ||
      (answer.status === REFUSED && answer.errorCode !== 'no_capacity')
    ) {
      this.#receipts.delete(taskId)
      events.receiptRefused(node, taskId, answer.errorMessage || 'The node does not know the task any more')
    }
  }

  #backOff(item: PolledTask | OwedReceipt): void {
    item.nextAt = performance.now() + item.delayMs
    if ('lost' in item) {
      item.delayMs = item.lost ? this.#limits.lostPollMs : Math.min(item.delayMs * 2, this.#limits.pollMaxMs)
    } else {
      item.delayMs = Math.min(item.delayMs * 2, this.#limits.receiptRetryMaxMs)
    }
  }

  #giveUpIfLost(): void {
    const since = this.#unreachableSince
    if (since === undefined || performance.now() - since < this.#limits.lostNodeGraceMs) return
    for (const [taskId, item] of [...this.#tasks]) {
      if (item.lost) continue
      item.lost = true
      this.#components.events.lost(this.#target.peerId, taskId)
    }
  }

  async #hangUp(): Promise<void> {
    const exchange = this.#exchange
    this.#exchange = undefined
    await exchange?.close()
  }
}
