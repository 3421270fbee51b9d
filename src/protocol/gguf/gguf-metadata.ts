import { DriadError } from '../errors.ts'
import type { GgufCursor } from './gguf-cursor.ts'
import { ggufLimits } from './gguf-limits.ts'

/** An array: how long it is, and its items where they are few numbers (or truths, as 0 and 1). */
export interface GgufArray {
  readonly length: number
  readonly ofTexts?: true
  readonly numbers?: readonly number[]
}
/** `long` stands for a text that is there but was too long to keep. */
type GgufScalar = number | boolean | string | { readonly long: true }
export type GgufValue = GgufScalar | GgufArray
export type GgufMetadata = ReadonlyMap<string, GgufValue>

/** Value types of the format (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md), by id. */
const STRING = 8
const ARRAY = 9
/** Bytes of each fixed-size type: u8 i8 u16 i16 u32 i32 f32 bool, then after string and array: u64 i64 f64. */
const SCALAR_BYTES: Readonly<Record<number, number>> = {
  0: 1,
  1: 1,
  2: 2,
  3: 2,
  4: 4,
  5: 4,
  6: 4,
  7: 1,
  10: 8,
  11: 8,
  12: 8,
}

/** Reads `count` key-value pairs. Throws `model_invalid`. */
export async function readMetadata(cursor: GgufCursor, count: number): Promise<GgufMetadata> {
  const metadata = new Map<string, GgufValue>()
  let roomForNumbers: number = ggufLimits.keptNumbers
  for (let index = 0; index < count; index++) {
    const key = await cursor.text(`metadata key ${index + 1} of ${count}`, ggufLimits.keyBytes)
    // To llama.cpp a zero ends the key, and it aborts at an empty one.
    if (key === undefined || key === '' || key.includes('\0')) {
      throw new DriadError(
        'model_invalid',
        `The file is damaged: metadata key ${index + 1} is empty, too long or no text`,
      )
    }
    const type = await cursor.u32(`the type of ${key}`)
    if (type === ARRAY) {
      const array = await readArray(cursor, key, 1, roomForNumbers)
      roomForNumbers -= array.numbers?.length ?? 0
      metadata.set(key, array)
      continue
    }
    const value = await readValue(cursor, type, key)
    if (value !== undefined) metadata.set(key, value)
  }
  return metadata
}

async function readValue(cursor: GgufCursor, type: number, key: string): Promise<GgufScalar | undefined> {
  if (type === STRING) return (await cursor.text(key, ggufLimits.textBytes)) ?? { long: true }
  switch (type) {
    case 0:
      return cursor.u8(key)
    case 2:
      return cursor.u16(key)
    case 4:
      return cursor.u32(key)
    case 5:
      return cursor.i32(key)
    case 6:
      return cursor.f32(key)
    case 7:
      return (await cursor.u8(key)) !== 0
    case 10:
      return cursor.u64(key)
    default:
      cursor.skip(scalarBytes(type, key), key)
      return undefined
  }
}

async function readArray(
  cursor: GgufCursor,
  key: string,
  depth: number,
  roomForNumbers: number,
): Promise<GgufArray> {
  if (depth > ggufLimits.arrayNesting) {
    throw new DriadError('model_invalid', `The file is damaged: ${key} nests arrays too deeply`)
  }
  const type = await cursor.u32(`the item type of ${key}`)
  const length = await cursor.u64(`the length of ${key}`)
  if (type !== STRING && type !== ARRAY) {
    const bytes = length * scalarBytes(type, key)
    if (length > Math.min(ggufLimits.keptItems, roomForNumbers)) {
      cursor.skip(bytes, key)
      return { length }
    }
    cursor.need(bytes, key)
    const numbers: number[] = []
    for (let index = 0; index < length; index++) {
      const value = await readValue(cursor, type, key)
      if (value !== undefined) numbers.push(Number(value))
    }
    return numbers.length === length ? { length, numbers } : { length }
  }
  // Each item takes at least its own length field, so a count that the file cannot hold ends here.
  cursor.need(length * 8, key)
  cursor.countItems(length, key)
  for (let index = 0; index < length; index++) {
    if (type === ARRAY) await readArray(cursor, key, depth + 1, 0)
    else cursor.skip(await cursor.u64(`the length of an item of ${key}`), key)
  }
  return type === STRING ? { length, ofTexts: true } : { length }
}

function scalarBytes(type: number, key: string): number {
  const bytes = SCALAR_BYTES[type]
  if (bytes === undefined) {
    throw new DriadError('model_invalid', `The file is damaged: ${key} has the unknown value type ${type}`)
  }
  return bytes
}
