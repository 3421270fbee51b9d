import { DriadError } from '../../protocol/errors.ts'
import { chunkText } from './chunk-text.ts'
import type { MemorySnapshot } from './contract.ts'

/** Chunks that a search gives, at most. */
const SEARCH_RESULTS = 5
/** Texts that are embedded at once, so that an abort need not wait for all of a long one. */
const EMBED_BATCH = 64

export interface FileSystemComponents {
  /** Vectors of length 1, one for each text. */
  readonly embed: (texts: readonly string[]) => Promise<readonly Float32Array[]>
  /** Counts characters toward the run's memory; throws `too_large`. */
  readonly grow: (chars: number) => void
}

interface Chunk {
  readonly text: string
  readonly vector: Float32Array
}

/** The texts that a run inserted, in chunks that are found by their meaning. */
export class FileSystem {
  readonly #components: FileSystemComponents
  readonly #maxChunks: number
  readonly #chunks: Chunk[] = []

  constructor(components: FileSystemComponents, init: { readonly maxChunks: number }) {
    this.#components = components
    this.#maxChunks = init.maxChunks
  }

  /** Takes a text in; the number of its chunks. All of it or, on a failure, nothing. Throws `too_large`. */
  async insert(text: string): Promise<number> {
    const texts = chunkText(text)
    if (this.#chunks.length + texts.length > this.#maxChunks) {
      throw new DriadError(
        'too_large',
        `The workflow's file system would hold more than ${this.#maxChunks} chunks; have it insert less`,
      )
    }
    this.#components.grow(texts.reduce((sum, chunk) => sum + chunk.length, 0))
    const vectors: Float32Array[] = []
    for (let from = 0; from < texts.length; from += EMBED_BATCH) {
      vectors.push(...(await this.#components.embed(texts.slice(from, from + EMBED_BATCH))))
    }
    for (const [index, chunk] of texts.entries()) {
      this.#chunks.push({ text: chunk, vector: vectors[index] as Float32Array })
    }
    return texts.length
  }

  /** The closest chunks, the closest first; none if nothing was inserted. */
  async search(query: string): Promise<string[]> {
    const ranked = await this.#ranked(query)
    return ranked.slice(0, SEARCH_RESULTS).map(({ text }) => text)
  }

  /** The similarity of the closest chunk, from -1 to 1; -1 if nothing was inserted. */
  async closeness(text: string): Promise<number> {
    return (await this.#ranked(text))[0]?.similarity ?? -1
  }

  snapshot(): MemorySnapshot['files'] {
    return this.#chunks.map(({ text, vector }) => [text, vectorText(vector)])
  }

  restore(files: MemorySnapshot['files']): void {
    this.#chunks.length = 0
    for (const [text, vector] of files) {
      this.#components.grow(text.length)
      this.#chunks.push({ text, vector: readVector(vector) })
    }
  }

  async #ranked(text: string): Promise<{ text: string; similarity: number }[]> {
    if (this.#chunks.length === 0) return []
    const [query] = await this.#components.embed([text])
    return this.#chunks
      .map((chunk) => ({ text: chunk.text, similarity: dot(query as Float32Array, chunk.vector) }))
      .sort((a, b) => b.similarity - a.similarity)
  }
}

/** The cosine of two vectors of length 1. Vectors of different models have nothing in common. */
function dot(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) return 0
  let sum = 0
  for (let at = 0; at < a.length; at++) sum += (a[at] as number) * (b[at] as number)
  return sum
}

function vectorText(vector: Float32Array): string {
  return Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength).toString('base64')
}

function readVector(text: string): Float32Array {
  const bytes = Uint8Array.from(Buffer.from(text, 'base64'))
  return new Float32Array(bytes.buffer, 0, Math.floor(bytes.byteLength / 4))
}
