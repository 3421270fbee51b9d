import { closeSync, openSync, readFileSync, renameSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { z } from 'zod'

/** What a partial file is part of. A download that finds another one of these begins anew. */
const headSchema = z.object({
  version: z.literal(1),
  totalBytes: z.int().min(0),
  chunkBytes: z.int().min(1),
  /** What identifies the content: its SHA-256 in hex where it is known, else source and validator of the answer. */
  identity: z.string(),
})
export type PartHead = z.output<typeof headSchema>

const lineSchema = z.union([
  z.object({ chunk: z.int().min(0), bytes: z.int().min(0) }),
  z.object({ chunk: z.int().min(0), sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
])

export interface ChunkRecord {
  /** Bytes of it that are in the file, from its start. */
  readonly bytes: number
  /** In hex, once it is complete. */
  readonly sha256?: string
}

/** A ledger of a terabyte in the smallest chunks that are used is far smaller. */
const MAX_LEDGER_BYTES = 64 * 1024 * 1024

/**
 * The record of which bytes of a partial file are there: one head, then a line for each thing learned. Lines are appended
 * after the bytes that they speak of were written, so whatever a crash leaves behind, the record claims too little and
 * never too much; a torn last line is ignored.
 */
export class PartLedger {
  readonly head: PartHead
  readonly #path: string
  readonly #chunks: Map<number, ChunkRecord>
  #file: number | undefined

  private constructor(path: string, head: PartHead, chunks: Map<number, ChunkRecord>) {
    this.#path = path
    this.head = head
    this.#chunks = chunks
    // Written anew, so that what was appended in earlier runs does not pile up.
    const draft = `${path}.new`
    const lines = [head, ...[...chunks].map(([chunk, record]) => lineOf(chunk, record))]
    writeFileSync(draft, lines.map((line) => `${JSON.stringify(line)}\n`).join(''), { mode: 0o600 })
    renameSync(draft, path)
    this.#file = openSync(path, 'a')
  }

  /** Begins a record, in place of any that is there. */
  static create(path: string, head: PartHead): PartLedger {
    return new PartLedger(path, head, new Map())
  }

  /** The record of an earlier run; undefined where there is none that can be read. */
  static resume(path: string): PartLedger | undefined {
    const text = readLedger(path)
    if (text === undefined) return undefined
    const [first, ...rest] = text.split('\n')
    const head = headSchema.safeParse(jsonOf(first))
    if (!head.success) return undefined
    const chunks = new Map<number, ChunkRecord>()
    for (const line of rest) {
      const entry = lineSchema.safeParse(jsonOf(line))
      if (!entry.success) continue
      const { chunk } = entry.data
      const size = chunkSize(head.data, chunk)
      if (size === undefined) continue
      if ('sha256' in entry.data) chunks.set(chunk, { bytes: size, sha256: entry.data.sha256 })
      else chunks.set(chunk, { bytes: Math.min(entry.data.bytes, size) })
    }
    return new PartLedger(path, head.data, chunks)
  }

  get count(): number {
    return Math.ceil(this.head.totalBytes / this.head.chunkBytes)
  }

  get(chunk: number): ChunkRecord {
    return this.#chunks.get(chunk) ?? { bytes: 0 }
  }

  sizeOf(chunk: number): number {
    return chunkSize(this.head, chunk) ?? 0
  }

  offsetOf(chunk: number): number {
    return chunk * this.head.chunkBytes
  }

  isComplete(chunk: number): boolean {
    return this.get(chunk).sha256 !== undefined
  }

  /** Bytes that are there, of all chunks. */
  received(): number {
    let bytes = 0
    for (const record of this.#chunks.values()) bytes += record.bytes
    return bytes
  }

  record(chunk: number, record: ChunkRecord): void {
    this.#chunks.set(chunk, record)
    if (this.#file !== undefined) writeSync(this.#file, `${JSON.stringify(lineOf(chunk, record))}\n`)
  }

  /** Twice is safe. */
  close(): void {
    if (this.#file !== undefined) closeSync(this.#file)
    this.#file = undefined
  }

  remove(): void {
    this.close()
    rmSync(this.#path, { force: true })
  }
}

function lineOf(chunk: number, { bytes, sha256 }: ChunkRecord): z.input<typeof lineSchema> {
  return sha256 === undefined ? { chunk, bytes } : { chunk, sha256 }
}

function chunkSize({ totalBytes, chunkBytes }: PartHead, chunk: number): number | undefined {
  const left = totalBytes - chunk * chunkBytes
  return left > 0 ? Math.min(left, chunkBytes) : undefined
}

function readLedger(path: string): string | undefined {
  try {
    const text = readFileSync(path, 'utf8')
    return text.length > MAX_LEDGER_BYTES ? undefined : text
  } catch {
    return undefined
  }
}

function jsonOf(line: string | undefined): unknown {
  try {
    return JSON.parse(line ?? '')
  } catch {
    return undefined
  }
}
