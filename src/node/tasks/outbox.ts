import { taskNoteStarts } from '../../protocol/task-notes.ts'
import type { Identity } from '../identity/contract.ts'
import type { Logger } from '../logs/contract.ts'
import { BoundedMap } from '../network/bounded-map.ts'
import type { PeerTarget } from '../network/contract.ts'
import { settledWithin } from './abort.ts'
import type { Deliveries } from './deliveries.ts'
import { backoffMs } from './dial-backoff.ts'
import type { TaskLimits } from './limits.ts'
import { type SignedBytes, signedBy, type TaskStore } from './task-store.ts'
import type { WorkSession } from './work-session.ts'
import type { WorkSessions } from './work-sessions.ts'

/** Outcomes read from the store at a time for one contact. */
const BATCH = 64
/** Outcomes pushed to one contact and not acknowledged, beyond which it gets no further ones. */
const MAX_PUSHED = 256
/** Requesters of which it is remembered where they were heard last. */
const MAX_HEARD = 1_024

export interface OutboxComponents {
  readonly tasks: TaskStore
  readonly deliveries: Deliveries
  readonly sessions: Pick<WorkSessions, 'get' | 'open'>
  readonly identity: Identity
  /** A contact has been out of reach for that long, and still is. */
  readonly away: (contact: string, forMs: number) => void
  readonly logger: Logger
}

export interface EndedTask {
  readonly taskId: string
  readonly outcome: SignedBytes
}

/** One process of a requester that is owed outcomes. */
interface Contact {
  readonly target: PeerTarget
  /** When each outcome was last pushed on the open stream, by `performance.now()`. */
  readonly pushed: Map<string, number>
  /** There is more than it was sent. */
  more: boolean
  failures: number
  unreachableSinceMs?: number
  timer?: NodeJS.Timeout
  busy: boolean
}

/**
 * Brings stored outcomes to those whose tasks they are: on the stream that is open, else by dialling the contact again
 * and again, less and less often. An outcome stays until its receipt is here or its retention is over.
 */
export class Outbox {
  readonly #components: OutboxComponents
  readonly #limits: TaskLimits
  readonly #contacts = new Map<string, Contact>()
  readonly #work = new Set<Promise<void>>()
  /** Contacts by requester. */
  readonly #heard = new BoundedMap<string, string>(MAX_HEARD)
  #dials = 0
  #givenUpAt = Number.NEGATIVE_INFINITY
  #sweeper: NodeJS.Timeout | undefined
  #stopped = false
  #quiet: PromiseWithResolvers<void> | undefined

  constructor(components: OutboxComponents, limits: TaskLimits) {
    this.#components = components
    this.#limits = limits
  }

  /** Takes up what is owed from earlier, and gives up what is too old. */
  start(): void {
    this.#sweep()
    this.#sweeper = setInterval(() => this.#sweep(), this.#limits.redialMaxMs)
    this.#sweeper.unref()
  }

  /** An outcome is on disk and may go. */
  ended({ taskId, outcome }: EndedTask, target: PeerTarget): void {
    if (this.#stopped) return
    const contact = this.#contact(target)
    const session = this.#components.sessions.get(target.peerId)
    if (contact === undefined) return
    if (session === undefined) this.#arm(contact, contact.failures === 0 ? 0 : undefined)
    else if (contact.pushed.size >= MAX_PUSHED) contact.more = true
    else this.#track(this.#push(contact, session, [taskId], () => outcome).then(() => undefined))
  }

  /** The outcome is acknowledged, or no longer wanted. */
  settled(taskId: string, contactId: string): void {
    const contact = this.#contacts.get(contactId)
    if (contact === undefined) return
    contact.pushed.delete(taskId)
    contact.failures = 0
    if (contact.more && contact.pushed.size < MAX_PUSHED / 2) this.#arm(contact, 0)
    this.#checkQuiet()
  }

  /** The requester said, in an offer that it signed, where it is: what could not be brought to where it was goes there. */
  heard(requester: string, target: PeerTarget): void {
    if (this.#stopped || this.#heard.get(requester) === target.peerId) return
    const { tasks, sessions } = this.#components
    const elsewhere = tasks.waitingContactsOf(requester, target.peerId, BATCH)
    const isGone = (contact: string) =>
      sessions.get(contact) === undefined && this.#contacts.get(contact)?.failures !== 0
    const gone = elsewhere.filter(isGone)
    // One that was here a moment ago may come back; it is looked at again with the next offer.
    if (gone.length === elsewhere.length) this.#heard.set(requester, target.peerId)
    if (gone.length > 0) this.#track(this.#move(requester, gone, target))
  }

  /** Waits, at most so long, until all that was pushed on open streams is acknowledged. */
  async quiet(timeoutMs: number): Promise<void> {
    this.#quiet = Promise.withResolvers<void>()
    this.#checkQuiet()
    await settledWithin(this.#quiet.promise, timeoutMs)
    this.#quiet = undefined
  }

  sessionOpened(session: WorkSession): void {
    const contact = this.#contacts.get(session.peerId)
    if (contact !== undefined) {
      contact.failures = 0
      delete contact.unreachableSinceMs
      this.#arm(contact, 0)
      return
    }
    // Outcomes of an earlier run may wait for it without being scheduled here.
    if (this.#components.tasks.waitingFor(session.peerId, 1).length === 0) return
    const found = this.#contact(session.target)
    if (found !== undefined) this.#arm(found, 0)
  }

  sessionEnded(session: WorkSession): void {
    const contact = this.#contacts.get(session.peerId)
    if (contact === undefined) return
    contact.pushed.clear()
    this.#checkQuiet()
    this.#arm(contact, this.#limits.redialMinMs)
  }

  /** True if outcomes are owed on this stream. */
  inUse(session: WorkSession): boolean {
    return this.#contacts.has(session.peerId)
  }

  /** Contacts for which a delivery is scheduled. */
  get size(): number {
    return this.#contacts.size
  }

  async stop(): Promise<void> {
    this.#stopped = true
    clearInterval(this.#sweeper)
    for (const contact of this.#contacts.values()) clearTimeout(contact.timer)
    this.#contacts.clear()
    await Promise.allSettled(this.#work)
  }

  #checkQuiet(): void {
    if (this.#quiet === undefined || this.#work.size > 0) return
    for (const contact of this.#contacts.values()) if (contact.pushed.size > 0) return
    this.#quiet.resolve()
  }

  #contact(target: PeerTarget): Contact | undefined {
    const known = this.#contacts.get(target.peerId)
    if (known !== undefined) return known
    // The rest waits in the store: the sweep takes it up when there is room.
    if (this.#contacts.size >= this.#limits.maxOutboxContacts && !this.#forgetWorst()) return undefined
    const contact: Contact = { target, pushed: new Map(), more: false, failures: 0, busy: false }
    this.#contacts.set(target.peerId, contact)
    return contact
  }

  /** Makes room for a contact that is here by dropping the one that has failed most. */
  #forgetWorst(): boolean {
    let worst: Contact | undefined
    for (const contact of this.#contacts.values()) {
      if (contact.failures > (worst?.failures ?? 1) && !contact.busy) worst = contact
    }
    if (worst === undefined) return false
    this.#forget(worst)
    return true
  }

  #forget(contact: Contact): void {
    clearTimeout(contact.timer)
    this.#contacts.delete(contact.target.peerId)
  }

  #arm(contact: Contact, delayMs?: number): void {
    if (this.#stopped || contact.busy) return
    clearTimeout(contact.timer)
    const { redialMinMs, redialMaxMs } = this.#limits
    const waitMs = delayMs ?? backoffMs(Math.max(1, contact.failures), redialMinMs, redialMaxMs)
    contact.timer = setTimeout(() => {
      delete contact.timer
      this.#track(this.#visit(contact))
    }, waitMs)
    contact.timer.unref()
  }

  #track(work: Promise<void>): void {
    const tracked = work
      .catch((error: unknown) => {
        if (!this.#stopped) this.#components.logger.error('Delivering outcomes failed', { error })
      })
      .finally(() => {
        this.#work.delete(tracked)
        this.#checkQuiet()
      })
    this.#work.add(tracked)
  }

  /** Delivers all that one contact is owed, over a new stream if need be. */
  async #visit(contact: Contact): Promise<void> {
    if (this.#stopped || contact.busy) return
    const { tasks, sessions } = this.#components
    const { peerId } = contact.target
    if (tasks.waitingFor(peerId, 1).length === 0) {
      this.#forget(contact)
      return
    }
    contact.busy = true
    let nextMs: number | undefined
    try {
      const session = sessions.get(peerId) ?? (await this.#dial(contact))
      if (session === undefined) return
      contact.failures = 0
      delete contact.unreachableSinceMs
      const before = performance.now() - this.#limits.repushMs
      const isDue = (taskId: string) => (contact.pushed.get(taskId) ?? Number.NEGATIVE_INFINITY) <= before
      // Those that were sent and not acknowledged yet come first; the next are behind them.
      const limit = Math.min(contact.pushed.size + BATCH, MAX_PUSHED)
      const waiting = tasks.waitingFor(peerId, limit).map((task) => task.taskId)
      const due = waiting.filter(isDue)
      contact.more = waiting.length === limit
      if (await this.#push(contact, session, due))
        nextMs = contact.more && due.length > 0 && limit < MAX_PUSHED ? 0 : this.#limits.repushMs
    } finally {
      contact.busy = false
      if (this.#contacts.get(peerId) === contact) this.#arm(contact, nextMs)
    }
  }

  async #move(requester: string, from: readonly string[], target: PeerTarget): Promise<void> {
    const { tasks, logger } = this.#components
    await tasks.store.write((tx) => {
      for (const contact of from) tasks.moveWaiting(tx, requester, contact, target)
    })
    logger.info('A requester that is owed results is at another place', { requester, peer: target.peerId })
    for (const contact of from) {
      const emptied = this.#contacts.get(contact)
      if (emptied !== undefined && !emptied.busy && tasks.waitingFor(contact, 1).length === 0)
        this.#forget(emptied)
    }
    const contact = this.#contact(target)
    if (contact !== undefined) this.#arm(contact, 0)
  }

  async #dial(contact: Contact): Promise<WorkSession | undefined> {
    if (this.#dials >= this.#limits.maxOutboxDials) return undefined
    this.#dials++
    try {
      return await this.#components.sessions.open(contact.target)
    } catch (error) {
      contact.failures++
      this.#components.logger.debug('A requester that is owed results cannot be reached', {
        peer: contact.target.peerId,
        failures: contact.failures,
        error,
      })
      if (!this.#stopped) {
        await this.#noteUnreachable(contact)
        this.#components.away(contact.target.peerId, Date.now() - (contact.unreachableSinceMs ?? Date.now()))
      }
      return undefined
    } finally {
      this.#dials--
    }
  }

  /** The reason why the tasks are not paid, for the operator; written once for each time that it is away. */
  async #noteUnreachable(contact: Contact): Promise<void> {
    if (contact.unreachableSinceMs !== undefined) return
    contact.unreachableSinceMs = Date.now()
    const since = new Date(contact.unreachableSinceMs).toISOString()
    const { tasks } = this.#components
    await tasks.store.write((tx) =>
      tasks.setContactUnreachable(tx, contact.target.peerId, `${taskNoteStarts.unreachable}${since}`),
    )
  }

  /** False if the stream ended before all were sent. */
  async #push(
    contact: Contact,
    session: WorkSession,
    taskIds: readonly string[],
    outcomeOf = (taskId: string): SignedBytes | undefined => this.#components.tasks.outcome(taskId),
  ): Promise<boolean> {
    const { identity, deliveries } = this.#components
    for (const taskId of taskIds) {
      const bytes = outcomeOf(taskId)
      if (bytes === undefined || this.#stopped) continue
      contact.pushed.set(taskId, performance.now())
      // One at a time: outcomes can be large, and the stream says when there is room for the next.
      if (!(await session.send({ outcome: signedBy(identity.publicKey, bytes) }))) {
        contact.pushed.delete(taskId)
        if (contact.timer === undefined) this.#arm(contact)
        return false
      }
      deliveries.note(taskId)
    }
    if (contact.timer === undefined) this.#arm(contact, this.#limits.repushMs)
    return true
  }

  #sweep(): void {
    const { tasks } = this.#components
    if (performance.now() - this.#givenUpAt >= this.#limits.retentionSweepMs) this.#track(this.#giveUp())
    for (const target of tasks.waitingContacts(this.#limits.maxOutboxContacts)) {
      if (this.#contacts.has(target.peerId)) continue
      const contact = this.#contact(target)
      if (contact !== undefined) this.#arm(contact, 0)
    }
  }

  async #giveUp(): Promise<void> {
    const { tasks, logger } = this.#components
    this.#givenUpAt = performance.now()
    const endedBeforeMs = Date.now() - this.#limits.outboxRetentionMs
    const count = await tasks.store.write((tx) => tasks.giveUpUnpaid(tx, endedBeforeMs))
    if (count > 0) logger.warn('Results were given up as unpaid', { tasks: count })
  }
}
