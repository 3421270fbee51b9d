import type { Price } from '../../protocol/money.ts'

export interface OfferKeyTerms {
  readonly models: readonly string[]
  readonly maxPrice: Price
  /** What a node must have turned on. */
  readonly tools: readonly string[]
  /** Tasks of which each node may have one copy only: they wait apart, so that no others wait behind them. */
  readonly copies: boolean
}

/** Tasks with the same key are interchangeable to a node that answers an offer, so they share one. */
export function offerKey({ models, maxPrice, tools, copies }: OfferKeyTerms): string {
  const { promptMicroPer1k, completionMicroPer1k } = maxPrice
  const key = [[...models].sort(), promptMicroPer1k.toString(), completionMicroPer1k.toString()]
  if (copies) return JSON.stringify([...key, [...tools].sort(), 'copies'])
  return JSON.stringify(tools.length === 0 ? key : [...key, [...tools].sort()])
}

export function offerKeyTerms(key: string): OfferKeyTerms {
  const [models, prompt, completion, tools = [], copies] = JSON.parse(key) as [
    string[],
    string,
    string,
    string[]?,
    string?,
  ]
  return {
    models,
    tools,
    copies: copies !== undefined,
    maxPrice: { promptMicroPer1k: BigInt(prompt), completionMicroPer1k: BigInt(completion) },
  }
}
