import { gguf } from './gguf-file.ts'

interface Tensor {
  readonly name: string
  /** Everything of its entry before its offset. */
  readonly entry: Buffer
  readonly offset: number
  readonly end: number
}

/**
 * Cuts a GGUF into parts as llama.cpp's `gguf-split` does: the head goes into the first part, each part has keys that number it,
 * and a share of the tensors.
 */
export function splitGguf(file: Buffer, count: number): Buffer[] {
  const { keysStart, keysEnd, keyCount, tensors, dataStart } = readHead(file)
  const perPart = Math.ceil(tensors.length / count)
  return Array.from({ length: count }, (_, no) => {
    const own = tensors.slice(no * perPart, (no + 1) * perPart)
    const splitKeys = [
      u16Key('split.no', no),
      u16Key('split.count', count),
      Buffer.concat([gguf.text('split.tensors.count'), gguf.u32(5), gguf.u32(tensors.length)]),
    ]
    let at = 0
    const entries = own.map((tensor) => {
      const entry = Buffer.concat([tensor.entry, gguf.u64(at)])
      at = aligned(at + tensor.end - tensor.offset)
      return entry
    })
    const head = Buffer.concat([
      gguf.header({ tensors: own.length, keys: (no === 0 ? keyCount : 0) + splitKeys.length }),
      ...(no === 0 ? [file.subarray(keysStart, keysEnd)] : []),
      ...splitKeys,
      ...entries,
    ])
    const data = own.map(({ offset, end }) => padded(file.subarray(dataStart + offset, dataStart + end)))
    return Buffer.concat([padded(head), ...data])
  })
}

const ALIGNMENT = 32
const SCALARS = [1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8]

function readHead(file: Buffer) {
  let at = 8
  const u32 = () => {
    at += 4
    return file.readUInt32LE(at - 4)
  }
  const u64 = () => {
    at += 8
    return Number(file.readBigUInt64LE(at - 8))
  }
  const skipText = () => {
    const length = u64()
    at += length
  }
  const skipValue = (type: number): void => {
    if (type === 8) skipText()
    else if (type === 9) {
      const item = u32()
      const length = u64()
      for (let index = 0; index < length; index++) skipValue(item)
    } else at += SCALARS[type] ?? 0
  }
  const tensorCount = u64()
  const keyCount = u64()
  const keysStart = at
  for (let index = 0; index < keyCount; index++) {
    skipText()
    skipValue(u32())
  }
  const keysEnd = at
  const found = Array.from({ length: tensorCount }, () => {
    const start = at
    const length = u64()
    const name = file.toString('utf8', at, at + length)
    at += length
    const dimensions = u32()
    at += dimensions * 8 + 4
    const entry = file.subarray(start, at)
    return { name, entry, offset: u64() }
  })
  const dataStart = aligned(at)
  const offsets = [...found.map(({ offset }) => offset), file.length - dataStart].sort((a, b) => a - b)
  const tensors: Tensor[] = found.map((tensor) => ({
    ...tensor,
    end: offsets.find((offset) => offset > tensor.offset) ?? tensor.offset,
  }))
  return { keysStart, keysEnd, keyCount, tensors, dataStart }
}

function u16Key(key: string, value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16LE(value)
  return Buffer.concat([gguf.text(key), gguf.u32(2), bytes])
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(aligned(bytes.length) - bytes.length)])
}
