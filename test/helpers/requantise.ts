import { readFile, writeFile } from 'node:fs/promises'
import { gguf } from './gguf-file.ts'

const ALIGNMENT = 32
const BLOCK = 32
const F32 = 0
const F16 = 1
const ids = { q4_0: 2, q8_0: 8 } as const

export type SmallType = keyof typeof ids

interface Tensor {
  readonly name: string
  readonly dimensions: readonly number[]
  readonly type: number
  readonly offset: number
}

/** Writes a model of F32 or F16 with its matrices in fewer bits, rounded as llama.cpp's own reference does. */
export async function requantise(from: string, to: string, type: SmallType): Promise<void> {
  const bytes = await readFile(from)
  const reader = new Reader(bytes)
  reader.skip(8)
  const tensorCount = reader.u64()
  const keyCount = reader.u64()
  for (let index = 0; index < keyCount; index++) {
    reader.text()
    reader.skipValue(reader.u32())
  }
  const keysEnd = reader.at
  const tensors = Array.from({ length: tensorCount }, (): Tensor => {
    const name = reader.text()
    const dimensions = Array.from({ length: reader.u32() }, () => reader.u64())
    return { name, dimensions, type: reader.u32(), offset: reader.u64() }
  })
  const dataStart = padded(reader.at)
  const infos: Buffer[] = []
  const data: Buffer[] = []
  let offset = 0
  for (const { name, dimensions, type: was, offset: wasAt } of tensors) {
    const count = dimensions.reduce((product, dimension) => product * dimension, 1)
    const small = dimensions.length > 1 && (dimensions[0] ?? 0) % BLOCK === 0
    const begin = dataStart + wasAt
    const own = small
      ? quantised(floats(bytes, begin, count, was), type)
      : bytes.subarray(begin, begin + count * (was === F32 ? 4 : 2))
    infos.push(gguf.tensor(name, dimensions, small ? ids[type] : was, offset))
    data.push(own, Buffer.alloc(padded(own.length) - own.length))
    offset += padded(own.length)
  }
  const head = Buffer.concat([bytes.subarray(0, keysEnd), ...infos])
  await writeFile(to, Buffer.concat([head, Buffer.alloc(padded(head.length) - head.length), ...data]))
}

function floats(bytes: Buffer, begin: number, count: number, type: number): Float32Array {
  if (type !== F32 && type !== F16) throw new Error(`Tensors of type ${type} cannot be made smaller here`)
  return Float32Array.from({ length: count }, (_, index) =>
    type === F32 ? bytes.readFloatLE(begin + index * 4) : fromHalf(bytes.readUInt16LE(begin + index * 2)),
  )
}

function quantised(values: Float32Array, type: SmallType): Buffer {
  const blockBytes = type === 'q8_0' ? 2 + BLOCK : 2 + BLOCK / 2
  const out = Buffer.alloc((values.length / BLOCK) * blockBytes)
  for (let block = 0; block * BLOCK < values.length; block++) {
    const own = values.subarray(block * BLOCK, (block + 1) * BLOCK)
    const at = block * blockBytes
    const largest = own.reduce((most, value) => (Math.abs(value) > Math.abs(most) ? value : most), 0)
    const scale = type === 'q8_0' ? Math.abs(largest) / 127 : largest / -8
    out.writeUInt16LE(toHalf(scale), at)
    const inverse = scale === 0 ? 0 : 1 / scale
    if (type === 'q8_0') {
      for (const [index, value] of own.entries()) out.writeInt8(Math.round(value * inverse), at + 2 + index)
      continue
    }
    const quant = (index: number) => Math.min(15, Math.trunc((own[index] ?? 0) * inverse + 8.5))
    for (let index = 0; index < BLOCK / 2; index++)
      out.writeUInt8(quant(index) | (quant(index + BLOCK / 2) << 4), at + 2 + index)
  }
  return out
}

function fromHalf(bits: number): number {
  const exponent = (bits >> 10) & 0x1f
  const fraction = bits & 0x3ff
  const size = exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15)
  return bits & 0x8000 ? -size : size
}

function toHalf(value: number): number {
  const sign = value < 0 ? 0x8000 : 0
  const size = Math.abs(value)
  if (size < 2 ** -14) return sign | Math.round(size * 2 ** 24)
  const exponent = Math.floor(Math.log2(size))
  // A fraction that is rounded up to 1 carries into the exponent, as it should.
  return sign | (((exponent + 15) << 10) + Math.round((size / 2 ** exponent - 1) * 1024))
}

function padded(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT
}

class Reader {
  at = 0
  readonly #bytes: Buffer

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  skip(bytes: number): void {
    this.at += bytes
  }

  u32(): number {
    this.at += 4
    return this.#bytes.readUInt32LE(this.at - 4)
  }

  u64(): number {
    this.at += 8
    return Number(this.#bytes.readBigUInt64LE(this.at - 8))
  }

  text(): string {
    const length = this.u64()
    this.at += length
    return this.#bytes.toString('utf8', this.at - length, this.at)
  }

  /** Sizes by the format's own numbers of types. */
  skipValue(type: number): void {
    const sizes = [1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8]
    if (type === 8) this.text()
    else if (type === 9) {
      const itemType = this.u32()
      const count = this.u64()
      for (let index = 0; index < count; index++) this.skipValue(itemType)
    } else this.skip(sizes[type] ?? 0)
  }
}
