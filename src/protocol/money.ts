/** Money is a bigint of micro-credits (1e-6 credit) everywhere: in memory, in the store, on the wire, in receipts. */
export interface Price {
  /** Micro-credits per 1,000 prompt tokens. */
  readonly promptMicroPer1k: bigint
  /** Micro-credits per 1,000 completion tokens. */
  readonly completionMicroPer1k: bigint
}

export interface TokenCounts {
  readonly promptTokens: number
  readonly completionTokens: number
}

/** What the tokens cost at that price, rounded up to a whole micro-credit. Both sides compute it; they must agree. */
export function amountMicro(price: Price, tokens: TokenCounts): bigint {
  const sum =
    price.promptMicroPer1k * BigInt(tokens.promptTokens) +
    price.completionMicroPer1k * BigInt(tokens.completionTokens)
  return (sum + 999n) / 1000n
}

/** True if neither of the price's parts is above the limit's. */
export function withinPrice(price: Price, limit: Price): boolean {
  return (
    price.promptMicroPer1k <= limit.promptMicroPer1k &&
    price.completionMicroPer1k <= limit.completionMicroPer1k
  )
}
