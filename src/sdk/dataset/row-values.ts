import { DriadError } from '../../protocol/errors.ts'
import { isObject } from '../../protocol/workflow/is-object.ts'

// Rows are kept as JSON, which has no dates and no big numbers: these stand in it as objects of one key.
const DATE = '$date'
const BIGINT = '$bigint'
/** An object that would be taken for one of those, or for itself. */
const OBJECT = '$object'
const marks: ReadonlySet<string> = new Set([DATE, BIGINT, OBJECT])

/** A row as JSON can hold it. Throws `bad_usage` for what is no object, and for what contains itself. */
export function packedRow(row: unknown): Record<string, unknown> {
  if (!isObject(row) || row instanceof Date) {
    throw new DriadError('bad_usage', 'A row has to be an object, with a field for each column')
  }
  try {
    const fields = Object.entries(row).map(([key, value]) => [key, packed(value)] as const)
    return Object.fromEntries(fields)
  } catch (cause) {
    // The stack's end, or an invalid date.
    if (cause instanceof RangeError)
      throw new DriadError('bad_usage', 'A row contains itself, or a date that is none', { cause })
    throw cause
  }
}

/** The row again, its dates and big numbers as they were. */
export function unpackedRow(row: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(row).map(([key, value]) => [key, unpacked(value)]))
}

function packed(value: unknown): unknown {
  if (typeof value === 'bigint') return { [BIGINT]: value.toString() }
  if (value instanceof Date) return { [DATE]: value.toISOString() }
  if (Array.isArray(value)) return value.map(packed)
  if (!isObject(value) || typeof value['toJSON'] === 'function') return value
  const object = Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, packed(inner)]))
  return markOf(value) === undefined ? object : { [OBJECT]: object }
}

function unpacked(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unpacked)
  if (!isObject(value)) return value
  const mark = markOf(value)
  const marked = mark === undefined ? undefined : value[mark]
  if (mark === BIGINT) return BigInt(String(marked))
  if (mark === DATE) return new Date(String(marked))
  return unpackedRow(mark === OBJECT && isObject(marked) ? marked : value)
}

function markOf(value: Readonly<Record<string, unknown>>): string | undefined {
  const [key, ...others] = Object.keys(value)
  return others.length === 0 && key !== undefined && marks.has(key) ? key : undefined
}
