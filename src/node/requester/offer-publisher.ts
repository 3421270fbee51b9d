import type { Price } from '../../protocol/money.ts'
import { ADDRESSES_PER_PEER, TASKS_PER_OFFER } from '../../protocol/wire/limits.ts'
import { signMessage } from '../../protocol/wire/signing.ts'
import { type Clock, systemClock, type Timer } from '../clock.ts'
import type { Identity } from '../identity/contract.ts'
import type { Logger } from '../logs/contract.ts'
import type { NetworkHost } from '../network/contract.ts'
import type { OfferShard } from '../network/shard-directory.ts'
import { type Audiences, CallUp } from './call-up.ts'
import type { RequesterLimits } from './limits.ts'

export interface OfferTerms {
  /** UUIDv7. */
  readonly offerId: string
  readonly models: readonly string[]
  readonly maxPrice: Price
  /** What a node must have turned on. */
  readonly tools: readonly string[]
  /** Each node may have one copy of a task only. */
  readonly copies: boolean
}

export interface OfferPublisherComponents {
  readonly network: Pick<
    NetworkHost,
    'publishOffer' | 'offerShard' | 'addresses' | 'peerId' | 'peers' | 'onPeersChanged' | 'connectToProviders'
  >
  readonly identity: Pick<Identity, 'publicKey' | 'sign'>
  readonly logger: Logger
  readonly clock?: Clock
}

export interface OfferPublisherEvents {
  /** How many peers the offer was sent to. */
  published(recipients: number): void
}

/** An offer is published with a limit of its own, so that a stuck network does not stop the next attempt. */
const PUBLISH_TIMEOUT_MS = 5_000
const FIND_PROVIDERS_TIMEOUT_MS = 15_000

/**
 * One offer on the network, from its first publication to its withdrawal. While tasks remain unplaced it is published
 * again, ever less often, and at once when a new peer is there: nodes come and go, and gossip does not repeat itself.
 */
export class OfferPublisher {
  readonly terms: OfferTerms
  readonly #components: OfferPublisherComponents
  readonly #events: OfferPublisherEvents
  readonly #limits: RequesterLimits
  readonly #clock: Clock
  readonly #callUp: CallUp
  readonly #stopping = new AbortController()
  readonly #unsubscribe: () => void
  #revision = 0
  #wanted = 0
  #publishedCount = 0
  #recipients = 0
  #unheard = 0
  #publishedAt = Number.NEGATIVE_INFINITY
  #delayMs: number
  #timer: Timer | undefined
  #timerAt = 0
  #publishing: Promise<void> | undefined
  #lookedForProviders = false

  constructor(
    components: OfferPublisherComponents,
    terms: OfferTerms,
    events: OfferPublisherEvents,
    { limits, audiences }: { limits: RequesterLimits; audiences: Audiences },
  ) {
    this.#components = components
    this.#clock = components.clock ?? systemClock
    this.#callUp = new CallUp(terms.models, audiences)
    this.terms = terms
    this.#events = events
    this.#limits = limits
    this.#delayMs = limits.republishMinMs
    this.#unsubscribe = components.network.onPeersChanged(() => {
      if (this.#wanted === 0) return
      if (this.#recipients > 0) this.#publishIn(limits.republishMinMs)
      else {
        this.#unheard = 0
        this.#delayMs = limits.republishMinMs
        this.#publishIn(limits.republishBurstMs)
      }
    })
  }

  /** Tells how many tasks are to be placed now. More than before is published soon, fewer with the next publication. */
  want(count: number): void {
    const more = count > this.#publishedCount
    this.#wanted = count
    if (count === 0) {
      this.#clock.clearTimeout(this.#timer)
      this.#timer = undefined
      this.#publishedCount = 0
      return
    }
    if (!more) return
    this.#delayMs = this.#limits.republishMinMs
    this.#publishIn(0)
  }

  /** A node answered it, and takes so many tasks. */
  claimed(node: string, credits: number): void {
    this.#callUp.claimed(node, credits)
  }

  /** Takes the offer back. Best effort: nodes also forget it when it expires. */
  async withdraw(): Promise<void> {
    this.#unsubscribe()
    this.#clock.clearTimeout(this.#timer)
    this.#timer = undefined
    this.#wanted = 0
    await this.#publishing
    this.#callUp.leave(this.#clock.now())
    if (this.#revision === 0 || this.#stopping.signal.aborted) return
    const signal = AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(PUBLISH_TIMEOUT_MS)])
    await this.#send(0, this.#shard(), signal).catch(() => undefined)
    this.#stopping.abort()
  }

  /** Ends it without a word. */
  abort(): void {
    this.#unsubscribe()
    this.#clock.clearTimeout(this.#timer)
    this.#timer = undefined
    this.#wanted = 0
    this.#stopping.abort()
  }

  /** Publishes after the delay, or when the last publication is long enough ago, whichever is later. */
  #publishIn(delayMs: number): void {
    if (this.#stopping.signal.aborted) return
    const now = this.#clock.now()
    const at = Math.max(now + delayMs, this.#publishedAt + this.#limits.republishBurstMs)
    if (this.#timer !== undefined && this.#timerAt <= at) return
    this.#clock.clearTimeout(this.#timer)
    this.#timerAt = at
    if (at <= now) this.#publish()
    else this.#timer = this.#clock.setTimeout(() => this.#publish(), at - now)
  }

  #publish(): void {
    this.#timer = undefined
    if (this.#publishing !== undefined || this.#wanted === 0) return
    this.#publishing = this.#publishOnce().finally(() => {
      this.#publishing = undefined
      if (this.#wanted === 0 || this.#stopping.signal.aborted) return
      if (this.#wanted > this.#publishedCount) this.#publishIn(0)
      else if (this.#mayBeHeardSoon()) this.#publishIn(this.#limits.unheardRetryMs)
      else {
        this.#publishIn(this.#delayMs)
        this.#delayMs = Math.min(this.#delayMs * 2, this.#limits.republishMaxMs)
      }
    })
  }

  #mayBeHeardSoon(): boolean {
    if (this.#recipients > 0) {
      this.#unheard = 0
      return false
    }
    return this.#components.network.peers().length > 0 && this.#unheard++ < this.#limits.unheardRetries
  }

  async #publishOnce(): Promise<void> {
    this.#publishedAt = this.#clock.now()
    this.#publishedCount = this.#wanted
    const signal = AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(PUBLISH_TIMEOUT_MS)])
    this.#recipients = 0
    try {
      this.#recipients = await this.#send(this.#wanted, this.#shard(), signal)
    } catch (error) {
      if (this.#stopping.signal.aborted) return
      this.#components.logger.debug('An offer could not be published; it will be tried again', { error })
    }
    this.#events.published(this.#recipients)
    if (this.#recipients === 0) void this.#findProviders()
  }

  /** It stays in a shard while that has nodes that were not called yet; a shard that nobody was in is none to stay in. */
  #shard(): OfferShard {
    const { shard, exhausted } = this.#callUp
    if (shard !== undefined && !exhausted && (shard.listeners > 0 || this.#wanted === 0)) return shard
    const next = this.#components.network.offerShard(this.terms.models)
    // A topic that is not divided is the same everywhere: who was called stays called.
    if (shard === undefined || shard.listeners === 0 || next.share < 1)
      this.#callUp.enter(next, this.#clock.now())
    return next
  }

  #send(taskCount: number, shard: OfferShard, signal: AbortSignal): Promise<number> {
    const { network, identity } = this.#components
    const { offerId, models, maxPrice, tools } = this.terms
    const now = this.#clock.wallMs()
    const offer = signMessage(
      'offer',
      {
        offerId,
        revision: this.#revision++,
        contact: network.peerId,
        addresses: network.addresses().slice(0, ADDRESSES_PER_PEER),
        models: [...models],
        taskCount: Math.min(taskCount, TASKS_PER_OFFER),
        issuedAtMs: now,
        expiresAtMs: now + this.#limits.offerValidMs,
        maxPromptMicroPer1k: maxPrice.promptMicroPer1k,
        maxCompletionMicroPer1k: maxPrice.completionMicroPer1k,
        threshold: taskCount === 0 ? 0 : this.#callUp.threshold(taskCount, this.#clock.now()),
        modelDigest: new Uint8Array(0),
        tools: [...tools],
        shard: shard.point,
        audience: this.#callUp.audience,
      },
      identity,
    )
    return network.publishOffer(offer, models, { signal, shard: shard.point })
  }

  /** Once for an offer that nobody hears: the DHT may know nodes that gossip does not reach. */
  async #findProviders(): Promise<void> {
    if (this.#lookedForProviders) return
    this.#lookedForProviders = true
    const signal = AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(FIND_PROVIDERS_TIMEOUT_MS)])
    await this.#components.network
      .connectToProviders(this.terms.models, { signal })
      .catch((error: unknown) => this.#components.logger.debug('Looking for providers failed', { error }))
  }
}
