import type { LlamaEmbeddingContext, LlamaModel } from 'node-llama-cpp'
import type { EmbedResult } from '../node/inference/contract.ts'
import type { ComputeTurns } from './decoder/compute-turns.ts'

/** Tokens of one text that are looked at; chunks of the workflow engine are far shorter. */
const CONTEXT_TOKENS = 512
/** Tokens that a text may get besides its own: the ones at its beginning and end. */
const EXTRA_TOKENS = 2

/**
 * Everyday sentences on unrelated matters. The mean of their vectors is what all texts have in common for a generation
 * model; with it taken away, what is left tells texts apart (docs/adr/0011).
 */
const UNRELATED = [
  'The sun rises in the east.',
  'He bought a new car last week.',
  'Water boils at one hundred degrees.',
  'She reads a book in the garden.',
  'The train leaves at noon.',
  'What is your name?',
  'Two plus two is four.',
  'Music makes people happy.',
  'The old house stands on a hill.',
  'Please open the window.',
  'Dogs bark at night.',
  'The meeting was cancelled.',
]

export interface EmbedderInit {
  readonly threads: number
  /** True for an embedding model: its vectors are taken as they are. */
  readonly native: boolean
  readonly onProgress: () => void
}

interface Opened {
  readonly context: LlamaEmbeddingContext
  /** What all texts have in common. */
  readonly common: Float64Array | undefined
}

/** Makes vectors of texts, one text after the other, in a small context of its own that is made at first use. */
export class Embedder {
  readonly #model: LlamaModel
  readonly #turns: ComputeTurns
  readonly #init: EmbedderInit
  #threads: number
  #opening: Promise<Opened> | undefined
  #last: Promise<unknown> = Promise.resolve()

  constructor(components: { model: LlamaModel; turns: ComputeTurns }, init: EmbedderInit) {
    this.#model = components.model
    this.#turns = components.turns
    this.#init = init
    this.#threads = init.threads
  }

  /** Vectors of length 1; of length 0 for texts without a token. Rejects with the signal's reason between two texts. */
  embed(texts: readonly string[], { signal }: { signal: AbortSignal }): Promise<EmbedResult> {
    // The context has one sequence: whoever comes second waits.
    const embedded = this.#last.then(
      () => this.#embed(texts, signal),
      () => this.#embed(texts, signal),
    )
    this.#last = embedded.catch(() => undefined)
    return embedded
  }

  /** For texts from now on. */
  setThreads(threads: number): void {
    if (threads === this.#threads) return
    this.#threads = threads
    // Its context cannot be told; another one is made at the next use.
    const opening = this.#opening
    this.#opening = undefined
    this.#last = this.#last.then(async () => {
      const opened = await opening?.catch(() => undefined)
      await opened?.context.dispose()
    })
  }

  async dispose(): Promise<void> {
    await this.#last
    const opened = await this.#opening?.catch(() => undefined)
    await opened?.context.dispose()
  }

  async #embed(texts: readonly string[], signal: AbortSignal): Promise<EmbedResult> {
    signal.throwIfAborted()
    const { context, common } = await this.#open()
    const vectors: Float32Array[] = []
    let promptTokens = 0
    for (const text of texts) {
      signal.throwIfAborted()
      const { vector, tokens } = await this.#vectorOf(context, text)
      promptTokens += tokens
      vectors.push(Float32Array.from(common === undefined || tokens === 0 ? vector : without(common, vector)))
      this.#init.onProgress()
    }
    return { vectors, promptTokens }
  }

  #open(): Promise<Opened> {
    if (this.#opening === undefined) {
      const opening = this.#create()
      this.#opening = opening
      opening.catch(() => {
        if (this.#opening === opening) this.#opening = undefined
      })
    }
    return this.#opening
  }

  async #create(): Promise<Opened> {
    const trained = this.#model.trainContextSize
    const contextSize = trained > 0 ? Math.min(CONTEXT_TOKENS, trained) : CONTEXT_TOKENS
    const context = await this.#model.createEmbeddingContext({
      contextSize,
      batchSize: contextSize,
      threads: this.#threads,
    })
    if (this.#init.native) return { context, common: undefined }
    const common = new Float64Array(this.#model.embeddingVectorSize)
    for (const text of UNRELATED) {
      const { vector } = await this.#vectorOf(context, text)
      for (const [at, value] of vector.entries()) common[at] = (common[at] ?? 0) + value / UNRELATED.length
      this.#init.onProgress()
    }
    return { context, common }
  }

  async #vectorOf(
    context: LlamaEmbeddingContext,
    text: string,
  ): Promise<{ vector: Float64Array; tokens: number }> {
    // No token stands for less than a byte, so what is beyond that many characters is not tokenized at all.
    const contextSize = Math.min(CONTEXT_TOKENS, this.#model.trainContextSize || CONTEXT_TOKENS)
    const tokens = this.#model
      .tokenize(text.slice(0, contextSize * 16))
      .slice(0, contextSize - EXTRA_TOKENS - 1)
    if (tokens.length === 0) return { vector: new Float64Array(this.#model.embeddingVectorSize), tokens: 0 }
    const end = await this.#turns.take()
    try {
      const { vector } = await context.getEmbeddingFor(tokens)
      return { vector: unit(Float64Array.from(vector)), tokens: tokens.length }
    } finally {
      end()
    }
  }
}

function without(common: Float64Array, vector: Float64Array): Float64Array {
  return unit(vector.map((value, at) => value - (common[at] ?? 0)))
}

/** The vector in its direction of length 1; where it has no direction, zeros. */
function unit(vector: Float64Array): Float64Array {
  const length = Math.hypot(...vector)
  return length > 0 && Number.isFinite(length) ? vector.map((value) => value / length) : vector.map(() => 0)
}
