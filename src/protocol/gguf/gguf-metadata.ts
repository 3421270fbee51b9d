import { DriadError } from '../errors.ts'
import type { GgufCursor } from './gguf-cursor.ts'
import { ggufLimits } from './gguf-limits.ts'

/** Scalars and short texts; `long` stands for a text that is there but was too long to keep. Arrays are skipped. */
export type GgufValue = number | boolean | string | { readonly long: true }
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
  for (let index = 0; index < count; index++) {
    const key = await cursor.text(`metadata key ${index + 1} of ${count}`, ggufLimits.keyBytes)
    if (key === undefined || key === '') {
      throw new DriadError(
        'model_invalid',
        `The file is damaged: metadata key ${index + 1} is empty or too long`,
      )
    }
    const value = await readValue(cursor, await cursor.u32(`the type of ${key}`), key)
    if (value !== undefined) metadata.set(key, value)
  }
  return metadata
}

async function readValue(cursor: GgufCursor, type: number, key: string): Promise<GgufValue | undefined> {
  if (type === STRING) return (await cursor.text(key, ggufLimits.textBytes)) ?? { long: true }
  if (type === ARRAY) {
    await skipArray(cursor, key, 1)
    return undefined
  }
  switch (type) {
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

async function skipArray(cursor: GgufCursor, key: string, depth: number): Promise<void> {
  if (depth > ggufLimits.arrayNesting) {
    throw new DriadError('model_invalid', `The file is damaged: ${key} nests arrays too deeply`)
  }
  const type = await cursor.u32(`the item type of ${key}`)
  const length = await cursor.u64(`the length of ${key}`)
  if (type !== STRING && type !== ARRAY) {
    cursor.skip(length * scalarBytes(type, key), key)
    return
  }
  // Each item takes at least its own length field, so a count that the file cannot hold ends here.
  cursor.need(length * 8, key)
  for (let index = 0; index < length; index++) {
    if (type === ARRAY) await skipArray(cursor, key, depth + 1)
    else cursor.skip(await cursor.u64(`the length of an item of ${key}`), key)
  }
}

function scalarBytes(type: number, key: string): number {
  const bytes = SCALAR_BYTES[type]
  if (bytes === undefined) {
    throw new DriadError('model_invalid', `The file is damaged: ${key} has the unknown value type ${type}`)
  }
  return bytes
}
