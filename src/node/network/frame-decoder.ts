import { DriadError } from '../../protocol/errors.ts'

/** Lengths are unsigned varints of at most this many bytes (2^28 - 1): more than any limit. */
const MAX_PREFIX_BYTES = 4

/** A frame's buffer starts at most this large, so that a length alone reserves little. */
const FIRST_BUFFER_BYTES = 16 * 1024

/** The varint that precedes a frame. */
export function encodeLength(length: number): Uint8Array {
  const bytes: number[] = []
  let rest = length
  while (rest > 0x7f) {
    bytes.push((rest & 0x7f) | 0x80)
    rest >>>= 7
  }
  bytes.push(rest)
  return Uint8Array.from(bytes)
}

/**
 * Cuts a byte stream into length-prefixed frames. A length above the limit throws before any of the frame is kept;
 * memory stays below twice what has arrived of the frame that is being read, however small the pieces are.
 */
export class FrameDecoder {
  readonly #maxFrameBytes: number
  #length = 0
  #prefixBytes = 0
  /** Undefined while the prefix is being read. */
  #frame: Uint8Array | undefined
  #filled = 0

  constructor(maxFrameBytes: number) {
    this.#maxFrameBytes = maxFrameBytes
  }

  /** True while part of a frame has arrived: a stream that ends now was cut off. */
  get midFrame(): boolean {
    return this.#frame !== undefined || this.#prefixBytes > 0
  }

  /** Memory that the frame takes that is being read. */
  get bufferedBytes(): number {
    return this.#frame?.byteLength ?? 0
  }

  /** The frames that these bytes complete, as copies. Throws `too_large`, or `bad_message` for a prefix that is none. */
  *push(bytes: Uint8Array): Generator<Uint8Array<ArrayBuffer>, void> {
    let at = 0
    while (at < bytes.byteLength) {
      if (this.#frame === undefined) {
        this.#readPrefixByte(bytes[at++] as number)
        if (this.#frame === undefined) continue
      }
      const length = Math.min(this.#length - this.#filled, bytes.byteLength - at)
      if (length > 0) {
        this.#append(bytes.subarray(at, at + length))
        at += length
      }
      if (this.#filled === this.#length) {
        const frame = this.#frame as Uint8Array<ArrayBuffer>
        this.#frame = undefined
        this.#filled = 0
        this.#length = 0
        yield frame
      }
    }
  }

  #readPrefixByte(byte: number): void {
    this.#length += (byte & 0x7f) * 2 ** (7 * this.#prefixBytes)
    this.#prefixBytes++
    if (this.#length > this.#maxFrameBytes) {
      throw new DriadError(
        'too_large',
        `The peer announced a frame of ${this.#length} bytes or more; at most ${this.#maxFrameBytes} are allowed`,
      )
    }
    if ((byte & 0x80) !== 0) {
      if (this.#prefixBytes === MAX_PREFIX_BYTES)
        throw new DriadError('bad_message', 'A frame has no valid length')
      return
    }
    this.#prefixBytes = 0
    this.#frame = new Uint8Array(Math.min(this.#length, FIRST_BUFFER_BYTES))
  }

  #append(part: Uint8Array): void {
    const needed = this.#filled + part.byteLength
    let frame = this.#frame as Uint8Array
    if (needed > frame.byteLength) {
      const larger = new Uint8Array(Math.min(this.#length, Math.max(needed, frame.byteLength * 2)))
      larger.set(frame.subarray(0, this.#filled))
      frame = larger
      this.#frame = larger
    }
    frame.set(part, this.#filled)
    this.#filled = needed
  }
}
