import type { Price } from '../../protocol/money.ts'

/** Tasks with the same key are interchangeable to a node that answers an offer, so they share one. */
export function offerKey(models: readonly string[], maxPrice: Price): string {
  return JSON.stringify([
    [...models].sort(),
    maxPrice.promptMicroPer1k.toString(),
    maxPrice.completionMicroPer1k.toString(),
  ])
}

export function offerKeyTerms(key: string): { readonly models: readonly string[]; readonly maxPrice: Price } {
  const [models, prompt, completion] = JSON.parse(key) as [string[], string, string]
  return {
    models,
    maxPrice: { promptMicroPer1k: BigInt(prompt), completionMicroPer1k: BigInt(completion) },
  }
}
