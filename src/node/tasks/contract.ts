import type { Price } from '../../protocol/money.ts'

/** A model that is loaded and may be sold: what claims say of it and admission checks against. */
export interface ServedModel {
  readonly name: string
  /** SHA-256 of the weights, 32 bytes. */
  readonly digest: Uint8Array
  /** Tokens per sequence. */
  readonly contextSize: number
  /** Generations side by side. */
  readonly slots: number
  /** Generation speed of one sequence, measured; 0 if not yet. */
  readonly tokensPerSecond: number
  readonly price: Price
}

/** What the task service needs of the model registry. */
export interface ModelSource {
  /** Models that can generate now. */
  served(): readonly ServedModel[]
  /** The model if it can generate now. */
  get(name: string): ServedModel | undefined
  /** False if the node neither serves the model nor is about to (it was removed, or failed to load for good). */
  expected(name: string): boolean
  /** What a requester may be told of why it cannot generate, where there is something to tell. */
  whyNot(name: string): string | undefined
  onChange(listener: () => void): () => void
}
