import type { Claim } from '../../protocol/wire/messages.pb.ts'
import type { ClaimedModel, ClaimState } from './select.ts'

/** One node's standing answer to our offers. There is one for each node, over whatever stream it came. */
export class NodeClaim implements ClaimState {
  readonly node: string
  /** Offers of ours that it answered. */
  readonly offers = new Set<string>()
  addresses: readonly string[] = []
  mailboxes: readonly string[] = []
  models: ReadonlyMap<string, ClaimedModel> = new Map()
  credits = 0
  /** From an assignment to its acceptance: a mean that follows slowly. */
  roundTripMs: number | undefined
  /** How many tasks it has of us. */
  readonly #ours: () => number
  /** What it runs for others. */
  #others = 0

  constructor(node: string, ours: () => number) {
    this.node = node
    this.#ours = ours
  }

  get load(): number {
    return this.#others + this.#ours()
  }

  /** `credits`: what is left of those that the claim gives. */
  update(claim: Claim, credits: number): void {
    this.offers.add(claim.offerId)
    this.addresses = claim.addresses
    this.mailboxes = claim.mailboxes
    this.credits = credits
    // What it counts as running holds our own tasks too.
    this.#others = Math.max(0, claim.running - this.#ours())
    this.models = new Map(
      claim.models.map((model) => [
        model.name,
        {
          name: model.name,
          digest: model.digest,
          contextSize: model.contextSize,
          slots: model.slots,
          tokensPerSecond: model.tokensPerSecond,
          price: {
            promptMicroPer1k: model.promptMicroPer1k,
            completionMicroPer1k: model.completionMicroPer1k,
          },
        },
      ]),
    )
  }

  /** It accepted an assignment after so long. */
  answeredIn(ms: number): void {
    this.roundTripMs = this.roundTripMs === undefined ? ms : this.roundTripMs + (ms - this.roundTripMs) / 4
  }

  /** It takes no more for now. */
  exhaust(): void {
    this.credits = 0
  }
}

/** The nodes that have a work stream open to us. Bounded by the number of streams. */
export class ClaimTable {
  readonly #claims = new Map<string, NodeClaim>()
  readonly #placedAt: (node: string) => number

  /** `placedAt` tells how many of our tasks a node has. */
  constructor(placedAt: (node: string) => number) {
    this.#placedAt = placedAt
  }

  get size(): number {
    return this.#claims.size
  }

  of(node: string): NodeClaim {
    let claim = this.#claims.get(node)
    if (claim === undefined) {
      claim = new NodeClaim(node, () => this.#placedAt(node))
      this.#claims.set(node, claim)
    }
    return claim
  }

  find(node: string): NodeClaim | undefined {
    return this.#claims.get(node)
  }

  remove(node: string): void {
    this.#claims.delete(node)
  }

  *forOffer(offerId: string): Iterable<NodeClaim> {
    for (const claim of this.#claims.values()) if (claim.offers.has(offerId)) yield claim
  }
}
