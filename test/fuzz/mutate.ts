import { type JsonValue, mutateJson } from './mutate-json.ts'
import type { Random } from './random.ts'

const INTERESTING_BYTES = [0, 1, 0x7f, 0x80, 0xff, 0x0a, 0x20, 0x22, 0x5c, 0x7b, 0xc3, 0xe2, 0xed, 0xf0]
const INTERESTING_NUMBERS = [
  '0',
  '-0',
  '-1',
  '1e999',
  '1e-400',
  '4294967296',
  '9007199254740993',
  '0.1',
  '00',
  '1e3',
]

/** Bytes alike, but for a few changes. `others` are for splicing. */
export function mutate(
  input: Uint8Array,
  others: readonly Uint8Array[],
  { random, words, maxBytes }: { random: Random; words: readonly string[]; maxBytes: number },
): Uint8Array {
  let bytes = Buffer.from(input)
  const json = random.below(3) === 0 ? jsonOf(bytes) : undefined
  if (json !== undefined) bytes = Buffer.from(mutateJson(json, random, words))
  for (let changes = 1 + random.below(json === undefined ? 6 : 2); changes > 0; changes--) {
    bytes = change(bytes, others, random, words)
  }
  return new Uint8Array(bytes.subarray(0, maxBytes))
}

function change(
  bytes: Buffer<ArrayBuffer>,
  others: readonly Uint8Array[],
  random: Random,
  words: readonly string[],
): Buffer<ArrayBuffer> {
  const at = random.below(bytes.length + 1)
  const length = 1 + random.below(Math.min(32, bytes.length - at + 1))
  const replaced = (by: Uint8Array, drop = 0) =>
    Buffer.concat([bytes.subarray(0, at), by, bytes.subarray(Math.min(bytes.length, at + drop))])
  switch (random.below(9)) {
    case 0:
      return replaced(Uint8Array.of((bytes[at] ?? 0) ^ (1 << random.below(8))), 1)
    case 1:
      return replaced(Uint8Array.of(random.of(INTERESTING_BYTES)), random.below(2))
    case 2:
      return replaced(new Uint8Array(0), length)
    case 3:
      return replaced(bytes.subarray(at, at + length))
    case 4:
      return replaced(
        Buffer.concat(Array.from({ length: 1 + random.below(16) }, () => bytes.subarray(at, at + length))),
      )
    case 5: {
      const other = Buffer.from(random.of(others))
      const from = random.below(other.length + 1)
      return replaced(other.subarray(from, from + random.below(256)), random.below(64))
    }
    case 6:
      return words.length === 0 ? bytes : replaced(Buffer.from(random.of(words)), random.below(2) * length)
    case 7:
      return changedNumber(bytes, random)
    default:
      return replaced(Uint8Array.of(random.below(256)), random.below(2))
  }
}

/** Another number in place of one that is written in digits. */
function changedNumber(bytes: Buffer<ArrayBuffer>, random: Random): Buffer<ArrayBuffer> {
  const places = [...bytes.toString('latin1').matchAll(/\d+/g)]
  const place = places[random.below(places.length)]
  if (place === undefined) return bytes
  const by = Buffer.from(random.of(INTERESTING_NUMBERS))
  return Buffer.concat([bytes.subarray(0, place.index), by, bytes.subarray(place.index + place[0].length)])
}

function jsonOf(bytes: Buffer): JsonValue | undefined {
  try {
    return JSON.parse(bytes.toString()) as JsonValue
  } catch {
    return undefined
  }
}
