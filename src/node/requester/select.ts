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
  /** From an assignment to its acceptance, as it was lately; undefined before the first. */
  readonly roundTripMs?: number | undefined
}

export interface Wanted {
  readonly models: readonly string[]
  readonly maxPrice: Price
}

export interface Choice<Claim extends ClaimState> {
  readonly claim: Claim
  readonly model: ClaimedModel
}

/** What we think of a node, from what became of the tasks that it had. */
export interface Standing {
  /** From 0 to 1. */
  readonly score: number
  /** It has proven itself: it needs to be checked less often. */
  readonly trusted: boolean
}

export const neutralStanding: Standing = { score: 0.5, trusted: false }

/**
 * What makes a node dear: the sum decides, and the lowest one has the task. The unit of all is one free slot's worth, so `price: 0.5`
 * says that half the price is as good as being half as busy.
 */
export const selectionWeights = {
  /** For each task that it has, by the number of its slots. */
  load: 1,
  /** For each doubling of the price over that of the cheapest. */
  price: 0.5,
  /** For each halving of the speed under that of the fastest. */
  speed: 0.25,
  /** For each second until an assignment is accepted. */
  roundTrip: 0.5,
  /** For the whole way from a score of 1 to one of 0. */
  reputation: 2,
} as const

/** Under this score a node gets nothing: what it does would most likely have to be done again. */
export const LOWEST_SCORE = 0.1
/** What is not known is taken to be usual. */
const USUAL_ROUND_TRIP_MS = 100
/** An unmeasured speed, and one that cannot be true, count at most so many halvings or doublings. */
const MOST_DOUBLINGS = 6

export interface ChoiceInit<Claim extends ClaimState> {
  readonly mayHave?: (claim: Claim) => boolean
  /** By peer id. */
  readonly standing?: (node: string) => Standing
}

/**
 * The node and model that should have the next task, by `selectionWeights`; among equals by peer id and model, so that the
 * same claims always lead to the same choice.
 */
export function chooseClaim<Claim extends ClaimState>(
  claims: Iterable<Claim>,
  wanted: Wanted,
  { mayHave = () => true, standing = () => neutralStanding }: ChoiceInit<Claim> = {},
): Choice<Claim> | undefined {
  const choices: (Choice<Claim> & { readonly price: number; readonly score: number })[] = []
  let cheapest = Number.POSITIVE_INFINITY
  let fastest = 0
  for (const claim of claims) {
    if (claim.credits <= 0 || !mayHave(claim)) continue
    const { score } = standing(claim.node)
    if (score < LOWEST_SCORE) continue
    for (const name of wanted.models) {
      const model = claim.models.get(name)
      if (model === undefined || !withinPrice(model.price, wanted.maxPrice)) continue
      const price = total(model.price)
      cheapest = Math.min(cheapest, price)
      fastest = Math.max(fastest, model.tokensPerSecond)
      choices.push({ claim, model, price, score })
    }
  }
  let best: { choice: Choice<Claim>; cost: number } | undefined
  for (const { claim, model, price, score } of choices) {
    const cost =
      selectionWeights.load * (claim.load / model.slots) +
      selectionWeights.price * doublings(price, cheapest) +
      selectionWeights.speed * doublings(fastest, model.tokensPerSecond) +
      selectionWeights.roundTrip * ((claim.roundTripMs ?? USUAL_ROUND_TRIP_MS) / 1000) +
      selectionWeights.reputation * (1 - score)
    const choice = { claim, model }
    if (best === undefined || cost < best.cost || (cost === best.cost && isBefore(choice, best.choice)))
      best = { choice, cost }
  }
  return best?.choice
}

/** How often the smaller number has to be doubled to be the larger. Of nothing to nothing that is never. */
function doublings(larger: number, smaller: number): number {
  if (larger <= smaller) return 0
  return smaller === 0 ? MOST_DOUBLINGS : Math.min(MOST_DOUBLINGS, Math.log2(larger / smaller))
}

function isBefore(a: Choice<ClaimState>, b: Choice<ClaimState>): boolean {
  if (a.claim.node !== b.claim.node) return a.claim.node < b.claim.node
  return a.model.name < b.model.name
}

/** Nobody knows beforehand how many tokens it will be; as many of each is as good a guess as any. */
function total(price: Price): number {
  return Number(price.promptMicroPer1k + price.completionMicroPer1k)
}
