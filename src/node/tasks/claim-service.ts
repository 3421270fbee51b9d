import { peerIdOfPublicKey } from '../../protocol/wire/keys.ts'
import { ADDRESSES_PER_PEER, CREDITS_PER_CLAIM, MODELS_PER_CLAIM } from '../../protocol/wire/limits.ts'
import { type Clock, systemClock, type Timer } from '../clock.ts'
import type { Identity } from '../identity/contract.ts'
import type { Logger } from '../logs/contract.ts'
import type { NetworkHost, PeerTarget, VerifiedOffer } from '../network/contract.ts'
import type { ToolBox } from '../tools/contract.ts'
import { claimDraw } from './claim-draw.ts'
import { ClaimRoom, describeModel, eligibleModels } from './claim-room.ts'
import type { ModelSource, ServedModel } from './contract.ts'
import { DialBackoff } from './dial-backoff.ts'
import type { TaskLimits } from './limits.ts'
import { type OpenOffer, OpenOffers } from './open-offers.ts'
import type { WorkSession } from './work-session.ts'

/** What answering offers needs of a work stream. */
export type ClaimStream = Pick<WorkSession, 'peerId' | 'open' | 'send' | 'assigned'>

export interface ClaimServiceComponents {
  readonly identity: Pick<Identity, 'publicKey'>
  readonly network: Pick<NetworkHost, 'peerId' | 'addresses'>
  readonly models: ModelSource
  readonly toolBox: Pick<ToolBox, 'available'>
  readonly sessions: {
    get(peerId: string): ClaimStream | undefined
    open(target: PeerTarget): Promise<unknown>
  }
  /** Tasks of a model that take up room. */
  readonly tasksIn: (model: string) => number
  readonly running: () => number
  /** How many more tasks may be taken from a requester, by what it left unpaid. */
  readonly allowance: (requester: string) => number
  /** Multiaddrs of nodes that a requester's results would be left with. */
  readonly mailboxesFor: (requester: string) => readonly string[]
  readonly logger: Logger
  readonly clock?: Clock
}

/** What was claimed for an offer: an assignment must fit it. */
export interface Claimed {
  readonly requesterKey: Uint8Array
  /** Its peer id. */
  readonly requester: string
  readonly models: readonly string[]
}

/** What a session was told and what it was promised. */
interface SessionCredits {
  /** The number that the requester believes it has: what we last sent, less what it used since. */
  believed: number
  readonly claims: Map<string, Claimed>
}

/**
 * Answers offers with claims and keeps count of what was promised. The room of a model is its slots and a little
 * more, less its tasks and the credits out. What room there is goes round the requesters, one credit at a time.
 */
export class ClaimService {
  readonly #components: ClaimServiceComponents
  readonly #limits: TaskLimits
  readonly #clock: Clock
  readonly #offers: OpenOffers
  readonly #credits = new Map<ClaimStream, SessionCredits>()
  readonly #dialling = new Set<string>()
  readonly #backoff: DialBackoff
  #served = ''
  #lapseTimer: Timer | undefined
  #scheduled = false
  #paused = false
  #stopped = false

  constructor(components: ClaimServiceComponents, limits: TaskLimits) {
    this.#components = components
    this.#limits = limits
    this.#clock = components.clock ?? systemClock
    this.#offers = new OpenOffers({
      max: limits.maxOpenOffers,
      maxPerRequester: limits.maxOpenOffersPerRequester,
    })
    this.#backoff = new DialBackoff({
      minMs: limits.redialMinMs,
      maxMs: limits.redialMaxMs,
      maxEntries: limits.maxOpenOffers,
      clock: this.#clock,
    })
  }

  get paused(): boolean {
    return this.#paused
  }

  get openOffers(): number {
    return this.#offers.size
  }

  onOffer(verified: VerifiedOffer): void {
    const { identity, network } = this.#components
    if (this.#stopped || verified.offer.contact === network.peerId) return
    const { offerId, threshold } = verified.offer
    const known = this.#offers.get(offerId)
    // Not drawn this time: nothing is kept of it. A later revision may raise the threshold; who was drawn once stays so.
    if (known === undefined && claimDraw(offerId, identity.publicKey) > threshold) return
    if (this.#offers.update(verified, peerIdOfPublicKey(verified.requester)) === undefined) {
      // Withdrawn: nothing more is promised on it.
      if (known !== undefined && this.#offers.get(offerId) === undefined)
        this.#tellCredits(known.contact.peerId)
      return
    }
    this.#distribute()
  }

  /** To be called when models, their slots or prices may have changed: requesters that hold a claim are told. */
  modelsChanged(): void {
    const served = this.#components.models.served().map((model) => {
      const { promptMicroPer1k, completionMicroPer1k } = model.price
      return [
        model.name,
        model.slots,
        promptMicroPer1k,
        completionMicroPer1k,
        Buffer.from(model.digest).toString('hex'),
      ]
    })
    const key = served.map(String).join('\n')
    if (key === this.#served) return
    this.#served = key
    for (const offer of this.#offers.all()) {
      if (offer.claimedRevision === -1) continue
      if (eligibleModels(offer, this.#components).length > 0) {
        this.#claim(offer)
        continue
      }
      offer.granted = 0
      this.#tellCredits(offer.contact.peerId)
    }
    this.roomChanged()
  }

  /** To be called when there may be room again. Calls in one turn of the event loop are taken together. */
  roomChanged(): void {
    if (this.#scheduled || this.#stopped) return
    this.#scheduled = true
    this.#clock.soon(() => {
      this.#scheduled = false
      this.#distribute()
    })
  }

  sessionOpened(session: ClaimStream): void {
    this.#credits.set(session, { believed: 0, claims: new Map() })
  }

  sessionEnded(session: ClaimStream): void {
    this.#credits.delete(session)
    for (const offer of this.#offers.all()) {
      if (offer.contact.peerId !== session.peerId) continue
      offer.granted = 0
      offer.claimedRevision = -1
    }
    this.roomChanged()
  }

  /** What was claimed on this stream for an offer. */
  claimed(session: ClaimStream, offerId: string): Claimed | undefined {
    return this.#credits.get(session)?.claims.get(offerId)
  }

  /** True while credits are out on the stream, or its offers want more. */
  inUse(session: ClaimStream): boolean {
    for (const offer of this.#offers.all()) {
      if (
        offer.contact.peerId === session.peerId &&
        (offer.granted > 0 || (offer.wanted > 0 && !offer.lapsed))
      )
        return true
    }
    return false
  }

  /**
   * Spends a credit on an assignment. False if the stream has none: then the task may be taken only if there is room
   * all the same (our word and the assignment can cross on the way).
   */
  spendCredit(session: ClaimStream, offerId: string): boolean {
    const credits = this.#credits.get(session)
    if (credits !== undefined) credits.believed = Math.max(0, credits.believed - 1)
    const own = this.#offers.get(offerId)
    const offer = own !== undefined && own.granted > 0 ? own : this.#anyGranted(session)
    if (own !== undefined) {
      own.wanted = Math.max(0, own.wanted - 1)
      own.lapsed = false
    }
    if (offer === undefined) return false
    offer.granted--
    offer.grantedAt = this.#clock.now()
    return true
  }

  /** A requester that was refused for want of room believes that it has no credits, until it is told of them again. */
  refused(session: WorkSession): void {
    const credits = this.#credits.get(session)
    if (credits === undefined || credits.believed === 0) return
    credits.believed = 0
    for (const offer of this.#offers.all()) if (offer.contact.peerId === session.peerId) offer.granted = 0
    this.roomChanged()
  }

  /** Whether one more task of a model has a place, credits aside: up to twice its slots. */
  hasPlace(model: ServedModel): boolean {
    return this.#components.tasksIn(model.name) < model.slots * 2 + this.#limits.prefetch
  }

  /** The requester has no (more) tasks for an offer. */
  denied(session: ClaimStream, offerId: string): void {
    const offer = this.#offers.get(offerId)
    if (offer === undefined || offer.contact.peerId !== session.peerId) return
    offer.wanted = 0
    offer.granted = 0
    offer.lapsed = true
    offer.claimedRevision = -1
    this.#tellCredits(session.peerId)
    this.roomChanged()
  }

  /** Takes back what is promised and promises nothing more, until `resume`. */
  pause(): void {
    this.#paused = true
    for (const offer of this.#offers.all()) offer.granted = 0
    for (const session of this.#credits.keys()) this.#tellCredits(session.peerId)
  }

  resume(): void {
    this.#paused = false
    this.roomChanged()
  }

  stop(): void {
    this.#stopped = true
    this.#clock.clearTimeout(this.#lapseTimer)
    this.#offers.clear()
    this.#credits.clear()
  }

  #distribute(): void {
    if (this.#paused || this.#stopped) return
    this.#offers.dropExpired(this.#clock.wallMs())
    const queues = this.#waitingOffers()
    if (queues.length === 0) return
    const { models, toolBox, tasksIn } = this.#components
    const room = new ClaimRoom({
      models,
      toolBox,
      tasksIn,
      offers: this.#offers.all(),
      prefetch: this.#limits.prefetch,
    })
    const touched = new Set<OpenOffer>()
    const allowed = new Map(queues.map(([first]) => [first?.requester, this.#allowedTo(first?.requester)]))
    const give = (offer: OpenOffer): boolean => {
      const session = this.#sessionFor(offer)
      if (session === undefined) return false
      room.take(offer)
      allowed.set(offer.requester, (allowed.get(offer.requester) ?? 0) - 1)
      offer.granted++
      touched.add(offer)
      return true
    }
    for (let progress = true; progress; ) {
      progress = false
      for (const queue of queues) {
        const offer = queue.find(
          (candidate) =>
            candidate.granted < candidate.wanted &&
            (allowed.get(candidate.requester) ?? 0) > 0 &&
            room.for(candidate) > 0,
        )
        if (offer === undefined) continue
        progress = true
        // A contact that cannot be reached must not keep the next process of its requester waiting.
        if (!give(offer)) queue.splice(queue.indexOf(offer), 1)
      }
    }
    // What is left makes the next task of a requester that is here already start without waiting for an offer.
    for (const queue of queues) {
      for (const offer of queue) {
        if (offer.claimedRevision === -1 && !touched.has(offer)) continue
        while (
          offer.granted - offer.wanted < room.slotsFor(offer) &&
          (allowed.get(offer.requester) ?? 0) > 0 &&
          room.for(offer) > this.#limits.prefetch &&
          give(offer)
        );
      }
    }
    for (const offer of touched) this.#tell(offer)
  }

  /** Offers that may get credits, by requester; who was given some longest ago comes first. */
  #waitingOffers(): OpenOffer[][] {
    const byRequester = new Map<string, OpenOffer[]>()
    for (const offer of this.#offers.all()) {
      if (offer.lapsed || eligibleModels(offer, this.#components).length === 0) continue
      const queue = byRequester.get(offer.requester)
      if (queue === undefined) byRequester.set(offer.requester, [offer])
      else queue.push(offer)
    }
    const lastAt = (queue: readonly OpenOffer[]) => Math.max(...queue.map((offer) => offer.grantedAt))
    return [...byRequester.values()].sort((a, b) => lastAt(a) - lastAt(b))
  }

  /** Credits that a requester may still be given: its allowance, less the credits that it has. */
  #allowedTo(requester: string | undefined): number {
    if (requester === undefined) return 0
    let granted = 0
    for (const offer of this.#offers.all()) if (offer.requester === requester) granted += offer.granted
    return this.#components.allowance(requester) - granted
  }

  /** The stream to an offer's contact, or undefined while it is being opened. */
  #sessionFor(offer: OpenOffer): ClaimStream | undefined {
    const { sessions, logger } = this.#components
    const { peerId } = offer.contact
    const session = sessions.get(peerId)
    if (session?.open === true && this.#credits.has(session)) return session
    if (this.#dialling.has(peerId) || this.#dialling.size >= this.#limits.maxClaimDials) return undefined
    if (!this.#backoff.ready(peerId)) return undefined
    this.#dialling.add(peerId)
    sessions
      .open(offer.contact)
      .then(
        () => this.#backoff.succeeded(peerId),
        (error: unknown) => {
          const waitMs = this.#backoff.failed(peerId)
          logger.debug('Could not open a work stream for a claim', { peer: peerId, waitMs, error })
          this.#clock.setTimeout(() => this.roomChanged(), waitMs).unref()
        },
      )
      .finally(() => {
        this.#dialling.delete(peerId)
        this.roomChanged()
      })
    return undefined
  }

  /** Tells of credits just given, with a claim where the requester has none of this revision. */
  #tell(offer: OpenOffer): void {
    offer.grantedAt = this.#clock.now()
    this.#armLapse()
    if (offer.claimedRevision === offer.verified.offer.revision) this.#tellCredits(offer.contact.peerId)
    else this.#claim(offer)
  }

  #claim(offer: OpenOffer): void {
    const session = this.#components.sessions.get(offer.contact.peerId)
    const credits = session === undefined ? undefined : this.#credits.get(session)
    if (session === undefined || credits === undefined) return
    offer.claimedRevision = offer.verified.offer.revision
    const { requesterKey, requester } = offer
    const models = eligibleModels(offer, this.#components).map((model) => model.name)
    credits.claims.delete(offer.offerId)
    credits.claims.set(offer.offerId, { requesterKey, requester, models })
    const oldest = credits.claims.keys().next()
    if (credits.claims.size > this.#limits.maxClaimsPerSession && !oldest.done)
      credits.claims.delete(oldest.value)
    credits.believed = this.#promised(session.peerId)
    void session.send({
      claim: {
        offerId: offer.offerId,
        credits: credits.believed,
        models: this.#offeredOn(offer).map(describeModel),
        running: this.#components.running(),
        addresses: [...this.#components.network.addresses()].slice(0, ADDRESSES_PER_PEER),
        tools: [...this.#components.toolBox.available()],
        mailboxes: [...this.#components.mailboxesFor(requester)],
        assigned: session.assigned,
      },
    })
  }

  /** The models of an offer, and then those of the other offers that the same stream answers: one claim tells all. */
  #offeredOn(offer: OpenOffer): ServedModel[] {
    const models = new Map(eligibleModels(offer, this.#components).map((model) => [model.name, model]))
    for (const other of this.#offers.all()) {
      if (other.contact.peerId !== offer.contact.peerId || other.claimedRevision === -1) continue
      for (const model of eligibleModels(other, this.#components)) models.set(model.name, model)
    }
    return [...models.values()].slice(0, MODELS_PER_CLAIM)
  }

  /** Says how many credits a stream has, if that is not what the requester believes. */
  #tellCredits(peerId: string): void {
    const session = this.#components.sessions.get(peerId)
    const credits = session === undefined ? undefined : this.#credits.get(session)
    if (session === undefined || credits === undefined) return
    const promised = this.#promised(peerId)
    if (promised === credits.believed) return
    credits.believed = promised
    void session.send({ credit: { credits: promised, assigned: session.assigned } })
  }

  #promised(peerId: string): number {
    let sum = 0
    for (const offer of this.#offers.all()) if (offer.contact.peerId === peerId) sum += offer.granted
    return Math.min(sum, CREDITS_PER_CLAIM)
  }

  #anyGranted(session: ClaimStream): OpenOffer | undefined {
    for (const offer of this.#offers.all()) {
      if (offer.contact.peerId === session.peerId && offer.granted > 0) return offer
    }
    return undefined
  }

  #armLapse(): void {
    this.#lapseTimer ??= this.#clock.setTimeout(() => this.#lapse(), this.#limits.creditLapseMs)
  }

  #lapse(): void {
    this.#lapseTimer = undefined
    const before = this.#clock.now() - this.#limits.creditLapseMs
    let nextMs = Number.POSITIVE_INFINITY
    for (const offer of this.#offers.all()) {
      if (offer.granted === 0) continue
      if (offer.grantedAt > before) {
        nextMs = Math.min(nextMs, offer.grantedAt - before)
        continue
      }
      offer.granted = 0
      offer.lapsed = true
      this.#tellCredits(offer.contact.peerId)
      this.roomChanged()
    }
    if (Number.isFinite(nextMs))
      this.#lapseTimer = this.#clock.setTimeout(() => this.#lapse(), Math.ceil(nextMs))
  }
}
