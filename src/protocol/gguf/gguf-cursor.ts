import type { FileHandle } from 'node:fs/promises'
import { DriadError } from '../errors.ts'
import { ggufLimits } from './gguf-limits.ts'

/** Bytes that are in memory at a time, whatever the file claims. */
const WINDOW_BYTES = 256 * 1024

/**
 * Reads a GGUF's head from front to back through one small window. Every length is checked against what the file
 * has left before anything is done with it, so a file's claims can cost neither memory nor time.
 */
export class GgufCursor {
  readonly #handle: FileHandle
  readonly #end: number
  readonly #signal: AbortSignal | undefined
  readonly #window = Buffer.allocUnsafe(WINDOW_BYTES)
  #windowStart = 0
  #windowLength = 0
  #offset = 0
  #items = 0

  /** @param endBytes where reading must stop: the file's size, or less */
  constructor(handle: FileHandle, endBytes: number, signal?: AbortSignal) {
    this.#handle = handle
    this.#end = endBytes
    this.#signal = signal
  }

  get offset(): number {
    return this.#offset
  }

  /** Throws `model_invalid` if fewer than `bytes` are left. `what` names them in the message. */
  need(bytes: number, what: string): void {
    if (bytes <= this.#end - this.#offset) return
    throw new DriadError(
      'model_invalid',
      `The file is cut off or damaged: ${what} would need ${bytes} bytes at offset ${this.#offset}, ${this.#end - this.#offset} are left`,
    )
  }

  /** Counts items that are looked at one by one. Throws `model_invalid` above the limit. */
  countItems(count: number, what: string): void {
    this.#items += count
    if (this.#items <= ggufLimits.arrayItems) return
    throw new DriadError('model_invalid', `The file is damaged: ${what} would have ${count} items`)
  }

  skip(bytes: number, what: string): void {
    this.need(bytes, what)
    this.#offset += bytes
  }

  async u8(what: string): Promise<number> {
    return (await this.#take(1, what)).readUInt8()
  }

  async u16(what: string): Promise<number> {
    return (await this.#take(2, what)).readUInt16LE()
  }

  async u32(what: string): Promise<number> {
    return (await this.#take(4, what)).readUInt32LE()
  }

  async i32(what: string): Promise<number> {
    return (await this.#take(4, what)).readInt32LE()
  }

  async f32(what: string): Promise<number> {
    return (await this.#take(4, what)).readFloatLE()
  }

  /** A 64-bit count, length or offset. What no file can have is refused, so it is exact as a number. */
  async u64(what: string): Promise<number> {
    const value = (await this.#take(8, what)).readBigUInt64LE()
    if (value <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(value)
    throw new DriadError('model_invalid', `The file is damaged: ${what} is ${value}`)
  }

  /** At most `maxBytes` of text; longer text is skipped and undefined is returned. */
  async text(what: string, maxBytes: number): Promise<string | undefined> {
    const length = await this.u64(`the length of ${what}`)
    this.need(length, what)
    if (length > maxBytes) {
      this.#offset += length
      return undefined
    }
    return (await this.#take(length, what)).toString('utf8')
  }

  /** A view into the window, valid until the next read. */
  async #take(bytes: number, what: string): Promise<Buffer> {
    this.need(bytes, what)
    if (bytes > WINDOW_BYTES)
      throw new DriadError('model_invalid', `The file is damaged: ${what} is too long`)
    const from = this.#offset - this.#windowStart
    if (from < 0 || from + bytes > this.#windowLength) await this.#fill(bytes, what)
    const start = this.#offset - this.#windowStart
    this.#offset += bytes
    return this.#window.subarray(start, start + bytes)
  }

  async #fill(bytes: number, what: string): Promise<void> {
    this.#signal?.throwIfAborted()
    this.#windowStart = this.#offset
    this.#windowLength = 0
    const wanted = Math.min(WINDOW_BYTES, this.#end - this.#offset)
    while (this.#windowLength < wanted) {
      const position = this.#windowStart + this.#windowLength
      const { bytesRead } = await this.#handle.read(
        this.#window,
        this.#windowLength,
        wanted - this.#windowLength,
        position,
      )
      if (bytesRead === 0) break
      this.#windowLength += bytesRead
    }
    if (this.#windowLength < bytes) {
      throw new DriadError('model_invalid', `The file became shorter while ${what} was read`)
    }
  }
}
