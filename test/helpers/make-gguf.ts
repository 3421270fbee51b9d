import { open, readFile } from 'node:fs/promises'
import { type MadeShape, planArchitecture, type TensorPlan } from './gguf-architectures.ts'
import { gguf } from './gguf-file.ts'
import { demoModelPath } from './models.ts'

const ALIGNMENT = 32
const TYPES = {
  /** ggml's id, id of the file type, elements and bytes of a block, deviation of random quants. */
  f16: { id: 1, fileType: 1, elements: 1, bytes: 2, spread: 1 },
  q4_0: { id: 2, fileType: 2, elements: 32, bytes: 18, spread: 4.61 },
  q8_0: { id: 8, fileType: 7, elements: 32, bytes: 34, spread: 73.9 },
} as const
const NORMAL_TOKEN = 1

export interface MakeGguf {
  readonly shape: MadeShape
  readonly type: keyof typeof TYPES
  readonly name?: string
  readonly seed?: number
}

/**
 * Writes a model with random weights: it costs as much memory and time as a trained one of its shape, and needs no
 * download. The tokenizer is the demo model's, with plain words added up to the vocabulary. Special and byte tokens
 * are never chosen, so greedy decoding does not end early and its text is valid. The same seed gives the same file.
 * Takes a third of a second for 100 MB. @returns the file's bytes
 */
export async function makeGguf(path: string, make: MakeGguf): Promise<number> {
  const { shape, type } = make
  const plan = planArchitecture(shape)
  const tokenizer = await tokenizerKeys(shape.vocabulary)
  const keys = [
    gguf.stringKey('general.architecture', shape.architecture),
    gguf.stringKey('general.type', 'model'),
    gguf.stringKey('general.name', make.name ?? `random-${shape.architecture}-${type}`),
    gguf.u32Key('general.file_type', TYPES[type].fileType),
    ...Object.entries(plan.keys).map(([key, value]) => numberKey(`${shape.architecture}.${key}`, value)),
    f32Key(`${shape.architecture}.attention.layer_norm_rms_epsilon`, 1e-5),
    ...tokenizer.keys,
  ]
  let offset = 0
  const infos = plan.tensors.map((tensor) => {
    const id = tensor.kind === 'vector' ? 0 : TYPES[type].id
    const info = gguf.tensor(tensor.name, tensor.dimensions, id, offset)
    offset += padded(sizeOf(tensor, type))
    return info
  })
  const head = Buffer.concat([
    gguf.header({ tensors: plan.tensors.length, keys: keys.length }),
    ...keys,
    ...infos,
  ])
  const random = randomWords(make.seed ?? 1)
  const file = await open(path, 'w')
  try {
    await file.write(Buffer.concat([head, Buffer.alloc(padded(head.length) - head.length)]))
    for (const tensor of plan.tensors) {
      const bytes = Buffer.alloc(padded(sizeOf(tensor, type)))
      if (tensor.kind === 'vector') fillVector(bytes.subarray(0, sizeOf(tensor, type)), tensor.fill ?? 1)
      else fillMatrix(bytes, tensor, type, { random, quietRows: tensor.perToken ? tokenizer.quiet : [] })
      await file.write(bytes)
    }
  } finally {
    await file.close()
  }
  return padded(head.length) + offset
}

function elementsOf({ dimensions }: TensorPlan): number {
  return dimensions.reduce((product, dimension) => product * dimension, 1)
}

function sizeOf(tensor: TensorPlan, type: keyof typeof TYPES): number {
  if (tensor.kind === 'vector') return elementsOf(tensor) * 4
  return (elementsOf(tensor) / TYPES[type].elements) * TYPES[type].bytes
}

function padded(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT
}

function fillVector(bytes: Buffer, value: number): void {
  for (let at = 0; at < bytes.length; at += 4) bytes.writeFloatLE(value, at)
}

/** Weights of a standard deviation of about one over the root of the row's length. */
function fillMatrix(
  bytes: Buffer,
  tensor: TensorPlan,
  type: keyof typeof TYPES,
  { random, quietRows }: { random: (into: Buffer) => void; quietRows: readonly number[] },
): void {
  const { bytes: blockBytes, elements, spread } = TYPES[type]
  const [columns = 1] = tensor.dimensions
  const size = sizeOf(tensor, type)
  random(bytes.subarray(0, size))
  if (type === 'f16') {
    // Random sign and mantissa, one exponent.
    const exponent = Math.max(1, 14 - Math.round(Math.log2(columns) / 2))
    for (let at = 1; at < size; at += 2) bytes[at] = ((bytes[at] ?? 0) & 0x83) | (exponent << 2)
  } else {
    // Random quants, one scale.
    const scale = halfFloat(columns ** -0.5 / spread)
    for (let at = 0; at < size; at += blockBytes) bytes.writeUInt16LE(scale, at)
  }
  const rowBytes = (columns / elements) * blockBytes
  for (const row of quietRows) bytes.fill(0, row * rowBytes, (row + 1) * rowBytes)
}

/** A positive normal number as IEEE 754 half precision, cut off. */
function halfFloat(value: number): number {
  const exponent = Math.floor(Math.log2(value))
  return ((exponent + 15) << 10) | Math.floor((value / 2 ** exponent - 1) * 1024)
}

/** xorshift32: fast, and the same everywhere. */
function randomWords(seed: number): (into: Buffer) => void {
  let state = seed * 2_654_435_761 || 1
  return (into) => {
    const words = new Int32Array(Math.ceil(into.length / 4))
    for (let index = 0; index < words.length; index++) {
      state ^= state << 13
      state ^= state >>> 17
      state ^= state << 5
      words[index] = state
    }
    Buffer.from(words.buffer).copy(into)
  }
}

/** The demo model's tokenizer with words added, and the tokens that must not be chosen. */
async function tokenizerKeys(vocabulary: number): Promise<{ keys: Buffer[]; quiet: number[] }> {
  const donor = await readFile(demoModelPath)
  const found = metadataBytes(donor)
  const own = found.get('tokenizer.ggml.tokens')?.count ?? 0
  const added = vocabulary - own
  if (added < 0) throw new Error(`A vocabulary has at least the ${own} tokens of the demo model`)
  const extend = (key: string, itemType: number, items: Buffer): Buffer => {
    const value = found.get(key)
    if (value === undefined) throw new Error(`The demo model has no ${key}`)
    found.delete(key)
    return Buffer.concat([
      gguf.text(key),
      gguf.u32(9),
      gguf.u32(itemType),
      gguf.u64(vocabulary),
      value.bytes.subarray(12),
      items,
    ])
  }
  const types = Buffer.from(found.get('tokenizer.ggml.token_type')?.bytes.subarray(12) ?? [])
  const extended = [
    extend(
      'tokenizer.ggml.tokens',
      8,
      Buffer.concat(Array.from({ length: added }, (_, index) => gguf.text(`▁x${index}`))),
    ),
    extend('tokenizer.ggml.scores', 6, repeated(f32(-1e6), added)),
    extend('tokenizer.ggml.token_type', 5, repeated(gguf.u32(NORMAL_TOKEN), added)),
  ]
  const rest = [...found]
    .filter(([key]) => key.startsWith('tokenizer.'))
    .map(([key, { type, bytes }]) => Buffer.concat([gguf.text(key), gguf.u32(type), bytes]))
  const quiet = Array.from({ length: own }, (_, token) => token).filter(
    (token) => types.readInt32LE(token * 4) !== NORMAL_TOKEN,
  )
  return { keys: [...extended, ...rest], quiet }
}

function repeated(item: Buffer, times: number): Buffer {
  return Buffer.alloc(item.length * times, item)
}

function f32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeFloatLE(value)
  return bytes
}

function f32Key(key: string, value: number): Buffer {
  return Buffer.concat([gguf.text(key), gguf.u32(6), f32(value)])
}

function numberKey(key: string, value: number | readonly number[]): Buffer {
  if (typeof value === 'number') return gguf.u32Key(key, value)
  return Buffer.concat([
    gguf.text(key),
    gguf.u32(9),
    gguf.u32(4),
    gguf.u64(value.length),
    ...value.map((item) => gguf.u32(item)),
  ])
}

/** Every value of a GGUF's metadata as it stands in the file, and how many items it has. For our own file only. */
function metadataBytes(file: Buffer): Map<string, { type: number; bytes: Buffer; count: number }> {
  const sizes = [1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8]
  const length = (at: number) => Number(file.readBigUInt64LE(at))
  const endOf = (type: number, at: number): number => {
    if (type === 8) return at + 8 + length(at)
    if (type !== 9) return at + (sizes[type] ?? 0)
    const itemType = file.readUInt32LE(at)
    let end = at + 12
    for (let index = 0; index < length(at + 4); index++) end = endOf(itemType, end)
    return end
  }
  const values = new Map<string, { type: number; bytes: Buffer; count: number }>()
  let at = 24
  for (let index = 0; index < length(16); index++) {
    const keyEnd = endOf(8, at)
    const key = file.toString('utf8', at + 8, keyEnd)
    const type = file.readUInt32LE(keyEnd)
    const end = endOf(type, keyEnd + 4)
    values.set(key, {
      type,
      bytes: file.subarray(keyEnd + 4, end),
      count: type === 9 ? length(keyEnd + 8) : 1,
    })
    at = end
  }
  return values
}
