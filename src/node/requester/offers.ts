import { v7 as uuidv7 } from 'uuid'
import { DriadError } from '../../protocol/errors.ts'
import { type Clock, systemClock, type Timer } from '../clock.ts'
import { Audiences } from './call-up.ts'
import type { RequesterLimits } from './limits.ts'
import { offerKeyTerms } from './offer-key.ts'
import { OfferPublisher, type OfferPublisherComponents, type OfferTerms } from './offer-publisher.ts'
import type { RequestStore } from './request-store.ts'
import { UnplacedQueue } from './unplaced-queue.ts'

export interface OffersComponents extends OfferPublisherComponents {
  readonly requests: Pick<RequestStore, 'unplaced'>
}

export interface OffersInit {
  readonly driver: string
  readonly isPlaced: (taskId: string) => boolean
  readonly limits: RequesterLimits
  /** An offer went out; `recipients` peers were sent it. */
  readonly onPublished: (offer: Offer, recipients: number) => void
  /** An offer is over: nodes that hold credits for it may be told. */
  readonly onClosed: (offer: Offer) => void
  /** Ids of offers, UUIDv7; for the simulation, where chance is repeatable. */
  readonly newId?: () => string
}

/** One set of models at one price, with the tasks that wait for a node. */
export interface Offer {
  readonly key: string
  readonly terms: OfferTerms
  readonly queue: UnplacedQueue
  /** Since when tasks have been waiting without a pause, by `performance.now()`. */
  waitingSince: number
  /** How many peers its last publication was sent to. */
  recipients: number
  /** A node has answered it, at any time. */
  answered: boolean
  /** When those who wait were last told that nobody answers, by `performance.now()`. */
  noticedAt: number
}

interface OpenOffer extends Offer {
  readonly publisher: OfferPublisher
  linger: Timer | undefined
}

/** The offers that are open: one for each set of models and price, however many tasks there are. */
export class Offers {
  readonly #components: OffersComponents
  readonly #init: OffersInit
  readonly #byKey = new Map<string, OpenOffer>()
  readonly #byId = new Map<string, OpenOffer>()
  readonly #withdrawals = new Set<Promise<void>>()
  readonly #audiences = new Audiences()
  readonly #clock: Clock

  constructor(components: OffersComponents, init: OffersInit) {
    this.#components = components
    this.#init = init
    this.#clock = components.clock ?? systemClock
  }

  byId(offerId: string): Offer | undefined {
    return this.#byId.get(offerId)
  }

  byKey(key: string): Offer | undefined {
    return this.#byKey.get(key)
  }

  all(): Iterable<Offer> {
    return this.#byKey.values()
  }

  /** Throws `no_capacity` where too many different offers are open. */
  checkRoom(key: string): void {
    if (this.#byKey.has(key) || this.#byKey.size < this.#init.limits.maxOffers) return
    throw new DriadError(
      'no_capacity',
      `${this.#byKey.size} different sets of models and prices are on offer. Wait until some of their tasks have ended`,
    )
  }

  /** A node answered an offer, and takes so many tasks. */
  claimed(offerId: string, node: string, credits: number): void {
    const offer = this.#byId.get(offerId)
    if (offer === undefined) return
    offer.answered = true
    offer.publisher.claimed(node, credits)
  }

  /** The offer that the tasks of a key belong to; it is published once it is told that there are some. */
  open(key: string): Offer {
    const existing = this.#byKey.get(key)
    if (existing !== undefined) return existing
    const { requests } = this.#components
    const { driver, limits, isPlaced } = this.#init
    const terms: OfferTerms = { offerId: (this.#init.newId ?? uuidv7)(), ...offerKeyTerms(key) }
    const offer: OpenOffer = {
      key,
      terms,
      queue: new UnplacedQueue(requests, key, { driver, windowTasks: limits.windowTasks, isPlaced }),
      publisher: new OfferPublisher(
        this.#components,
        terms,
        { published: (recipients) => this.#init.onPublished(offer, recipients) },
        { limits, audiences: this.#audiences },
      ),
      waitingSince: this.#clock.now(),
      recipients: 0,
      answered: false,
      noticedAt: Number.NEGATIVE_INFINITY,
      linger: undefined,
    }
    this.#byKey.set(key, offer)
    this.#byId.set(terms.offerId, offer)
    return offer
  }

  /** To be called when the number of its unplaced tasks has changed. `used`: one of them was given to a node. */
  changed(key: string, { used = false } = {}): void {
    const offer = this.#byKey.get(key)
    if (offer === undefined) return
    const { count } = offer.queue
    offer.publisher.want(count)
    if (count > 0) {
      if (offer.linger !== undefined) offer.waitingSince = this.#clock.now()
      this.#clock.clearTimeout(offer.linger)
      offer.linger = undefined
    } else {
      // An offer that tasks go through stays open: a new one would cost the next task a message to everybody.
      if (used) {
        this.#clock.clearTimeout(offer.linger)
        offer.linger = undefined
      }
      offer.linger ??= this.#clock.setTimeout(() => this.#close(offer), this.#init.limits.creditLingerMs)
    }
  }

  /** Withdraws all offers; resolves when they were sent, or their time is over. */
  async stop(): Promise<void> {
    for (const offer of [...this.#byKey.values()]) this.#close(offer)
    await Promise.allSettled(this.#withdrawals)
  }

  #close(offer: OpenOffer): void {
    this.#clock.clearTimeout(offer.linger)
    this.#byKey.delete(offer.key)
    this.#byId.delete(offer.terms.offerId)
    this.#init.onClosed(offer)
    const withdrawal = offer.publisher.withdraw().finally(() => this.#withdrawals.delete(withdrawal))
    this.#withdrawals.add(withdrawal)
  }
}
