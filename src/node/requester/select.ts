import { type Price, withinPrice } from '../../protocol/money.ts'

/** A model as one node offers it. */
export interface ClaimedModel {
  readonly name: string
  readonly digest: Uint8Array
  readonly contextSize: number
  readonly slots: number
  /** Of one sequence, as the node measured it; 0 if it did not. */
  readonly tokensPerSecond: number
  readonly price: Price
}

/** What is known of a node that answered an offer. */
export interface ClaimState {
  /** Peer id. */
  readonly node: string
  /** How many tasks it takes now. */
  readonly credits: number
  readonly models: ReadonlyMap<string, ClaimedModel>
  /** Tasks that it runs: those it told of, and those that were assigned to it since. */
  readonly load: number
}

export interface Wanted {
  readonly models: readonly string[]
  readonly maxPrice: Price
}

export interface Choice<Claim extends ClaimState> {
  readonly claim: Claim
  readonly model: ClaimedModel
}

/**
 * The node and model that should have the next task: the least loaded in relation to its slots, then the cheapest,
 * then the fastest, then by peer id and model, so that the same claims always lead to the same choice.
 */
export function chooseClaim<Claim extends ClaimState>(
  claims: Iterable<Claim>,
  wanted: Wanted,
  mayHave: (claim: Claim) => boolean = () => true,
): Choice<Claim> | undefined {
  let best: Choice<Claim> | undefined
  for (const claim of claims) {
    if (claim.credits <= 0 || !mayHave(claim)) continue
    for (const name of wanted.models) {
      const model = claim.models.get(name)
      if (model === undefined || !withinPrice(model.price, wanted.maxPrice)) continue
      const choice = { claim, model }
      if (best === undefined || compare(choice, best) < 0) best = choice
    }
  }
  return best
}

function compare(a: Choice<ClaimState>, b: Choice<ClaimState>): number {
  // Cross-multiplied: no division, so equal loads compare as equal.
  const load = a.claim.load * b.model.slots - b.claim.load * a.model.slots
  if (load !== 0) return load
  const price = total(a.model.price) - total(b.model.price)
  if (price !== 0n) return price < 0n ? -1 : 1
  const speed = b.model.tokensPerSecond - a.model.tokensPerSecond
  if (speed !== 0) return speed
  if (a.claim.node !== b.claim.node) return a.claim.node < b.claim.node ? -1 : 1
  return a.model.name < b.model.name ? -1 : a.model.name > b.model.name ? 1 : 0
}

/** Nobody knows beforehand how many tokens it will be; as many of each is as good a guess as any. */
function total(price: Price): bigint {
  return price.promptMicroPer1k + price.completionMicroPer1k
}
