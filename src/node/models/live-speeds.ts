import type { ModelSpeedView } from '../../protocol/views.ts'
import type { GenerateOptions, GenerateResult } from '../inference/contract.ts'
import { sharedInterval } from '../shared-interval.ts'

/** Whole seconds that a speed is the mean of: long enough to be read, short enough to be of now. */
const SECONDS = 3
/** How often those who follow are told, while anything is generated. */
const TELL_MS = 1_000
/** Models whose speeds are held at once. */
const MAX_MODELS = 64

interface Bucket {
  second: number
  tokens: number
}

/** How fast each model writes right now, all its generations together. */
export class LiveSpeeds {
  readonly #now: () => number
  /** Tokens of each of the last seconds, by second modulo the number of buckets. */
  readonly #models = new Map<string, Bucket[]>()

  constructor(init: { readonly now?: () => number } = {}) {
    this.#now = init.now ?? Date.now
  }

  add(model: string, tokens: number): void {
    if (!(tokens > 0)) return
    const buckets = this.#models.get(model) ?? this.#begin(model)
    const second = Math.floor(this.#now() / 1_000)
    const bucket = buckets?.[second % (SECONDS + 1)]
    if (bucket === undefined) return
    if (bucket.second !== second) Object.assign(bucket, { second, tokens: 0 })
    bucket.tokens += tokens
  }

  /** Runs a generation and counts what it writes: as it comes where that is told, else at its end. */
  async counted(
    model: string,
    { onText, ...options }: GenerateOptions,
    generate: (options: GenerateOptions) => Promise<GenerateResult>,
  ): Promise<GenerateResult> {
    let counted = 0
    const upTo = (tokens: number) => {
      this.add(model, tokens - counted)
      counted = Math.max(counted, tokens)
    }
    const result = await generate({
      ...options,
      ...(onText !== undefined && {
        onText: (piece) => {
          upTo(piece.tokens)
          onText(piece)
        },
      }),
    })
    upTo(result.completionTokens)
    return result
  }

  /** Of the models that wrote anything in the last 3 whole seconds. */
  list(): ModelSpeedView[] {
    const now = Math.floor(this.#now() / 1_000)
    const speeds: ModelSpeedView[] = []
    for (const [name, buckets] of this.#models) {
      const recent = buckets.filter(({ second }) => second >= now - SECONDS)
      if (recent.length === 0) this.#models.delete(name)
      const tokens = recent.reduce((sum, { second, tokens }) => sum + (second < now ? tokens : 0), 0)
      if (tokens > 0) speeds.push({ name, tokensPerSecond: tokens / SECONDS })
    }
    return speeds
  }

  /** Calls the listener once a second while models write, and once more when they have stopped. */
  follow(listener: () => void): () => void {
    let written = false
    return sharedInterval(TELL_MS, () => {
      const writes = this.list().length > 0
      if (writes || written) listener()
      written = writes
    })
  }

  #begin(model: string): Bucket[] | undefined {
    if (this.#models.size >= MAX_MODELS) this.list()
    if (this.#models.size >= MAX_MODELS) return undefined
    const buckets = Array.from({ length: SECONDS + 1 }, () => ({ second: -1, tokens: 0 }))
    this.#models.set(model, buckets)
    return buckets
  }
}
