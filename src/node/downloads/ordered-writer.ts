import type { ChunkWriter, PartFile } from './part-file.ts'

/** Fills chunks of a part one after the other, from one to another. */
export class OrderedWriter {
  /** The first byte after what it fills. */
  readonly endOffset: number
  readonly #part: PartFile
  #writer: ChunkWriter

  private constructor(part: PartFile, writer: ChunkWriter, lastChunk: number) {
    this.#part = part
    this.#writer = writer
    this.endOffset = part.ledger.offsetOf(lastChunk) + part.ledger.sizeOf(lastChunk)
  }

  /** Of all chunks. */
  static async whole(part: PartFile): Promise<OrderedWriter> {
    return new OrderedWriter(part, await part.writer(0), part.ledger.count - 1)
  }

  /** Of the first chunks that are missing, up to one that is there; undefined where none is missing. */
  static async gap(part: PartFile): Promise<OrderedWriter | undefined> {
    const { ledger } = part
    let first = 0
    while (first < ledger.count && ledger.isComplete(first)) first += 1
    if (first === ledger.count) return undefined
    let last = first
    while (last + 1 < ledger.count && !ledger.isComplete(last + 1) && ledger.get(last + 1).bytes === 0)
      last += 1
    return new OrderedWriter(part, await part.writer(first), last)
  }

  /** Where in the file the next byte belongs. */
  get offset(): number {
    return this.#writer.offset
  }

  get isFull(): boolean {
    return this.offset === this.endOffset
  }

  /** Writes as much of it as there is room for. */
  async write(bytes: Uint8Array): Promise<void> {
    for (let from = 0; from < bytes.byteLength && !this.isFull; ) {
      if (this.#writer.missing === 0) this.#writer = await this.#part.writer(this.#writer.chunk + 1)
      const piece = bytes.subarray(from, from + this.#writer.missing)
      await this.#writer.write(piece)
      from += piece.byteLength
    }
  }
}
