import type { PeerTarget, VerifiedOffer } from '../network/contract.ts'

/** An offer that may still have tasks for us. */
export interface OpenOffer {
  readonly offerId: string
  readonly contact: PeerTarget
  /** Raw public key of who pays, and its peer id. */
  readonly requesterKey: Uint8Array
  readonly requester: string
  readonly models: readonly string[]
  readonly verified: VerifiedOffer
  /** Tasks that it still has, as far as we know. */
  wanted: number
  /** Credits promised and not yet used. */
  granted: number
  /** When the credits were last granted or used, by `performance.now()`. */
  grantedAt: number
  /** Its last credits went unused: it gets no more until it says something new. */
  lapsed: boolean
  /** Revision that a claim was last sent for on the open stream; -1 for none. */
  claimedRevision: number
}

/** The newest open offers, with a bound for all and one for each requester. */
export class OpenOffers {
  readonly #offers = new Map<string, OpenOffer>()
  readonly #max: number
  readonly #maxPerRequester: number

  constructor(init: { max: number; maxPerRequester: number }) {
    this.#max = init.max
    this.#maxPerRequester = init.maxPerRequester
  }

  /** Takes a new offer or a later revision. Undefined for one that is older than what is known, or withdrawn. */
  update(verified: VerifiedOffer, requester: string): OpenOffer | undefined {
    const { offer } = verified
    const known = this.#offers.get(offer.offerId)
    if (known !== undefined) {
      // Another identity cannot take over an offer by its id.
      if (known.requester !== requester || offer.revision <= known.verified.offer.revision) return undefined
      this.#offers.delete(offer.offerId)
    }
    if (offer.taskCount === 0) return undefined
    // Another contact is another process of the requester: what was promised to the first is not its.
    const same = known?.contact.peerId === offer.contact ? known : undefined
    const open: OpenOffer = {
      offerId: offer.offerId,
      contact: { peerId: offer.contact, addresses: offer.addresses },
      requesterKey: verified.requester,
      requester,
      models: offer.models,
      verified,
      wanted: offer.taskCount,
      granted: same?.granted ?? 0,
      grantedAt: same?.grantedAt ?? 0,
      lapsed: false,
      claimedRevision: same?.claimedRevision ?? -1,
    }
    this.#makeRoom(requester)
    this.#offers.set(offer.offerId, open)
    return open
  }

  get(offerId: string): OpenOffer | undefined {
    return this.#offers.get(offerId)
  }

  delete(offerId: string): void {
    this.#offers.delete(offerId)
  }

  /** Oldest first. */
  all(): Iterable<OpenOffer> {
    return this.#offers.values()
  }

  get size(): number {
    return this.#offers.size
  }

  dropExpired(nowMs: number): void {
    for (const offer of this.#offers.values()) {
      if (offer.verified.offer.expiresAtMs <= nowMs) this.#offers.delete(offer.offerId)
    }
  }

  clear(): void {
    this.#offers.clear()
  }

  #makeRoom(requester: string): void {
    const own = [...this.#offers.values()].filter((offer) => offer.requester === requester)
    if (own.length >= this.#maxPerRequester && own[0] !== undefined) this.#offers.delete(own[0].offerId)
    if (this.#offers.size < this.#max) return
    const oldest = this.#offers.keys().next()
    if (!oldest.done) this.#offers.delete(oldest.value)
  }
}
