import type { Place, SchemaReader } from './read-schema.ts'
import { schemaLimits } from './schema-limits.ts'
import type { SchemaObject } from './schema-references.ts'
import { type Bound, type Shape, type StringFormat, stringFormats } from './shape.ts'

/** Whole numbers up to here are exact as JavaScript numbers, and so in every JSON reader. */
const EXACT = 10 ** 15

export function readString(schema: SchemaObject, at: Place, reader: SchemaReader): Shape | undefined {
  const min = reader.count(schema, 'minLength', at) ?? 0
  const max = reader.count(schema, 'maxLength', at)
  const named = schema.format
  const format =
    typeof named === 'string' && Object.hasOwn(stringFormats, named) ? (named as StringFormat) : undefined
  if (min > schemaLimits.repetition) {
    return reader.issue(`${at.path}.minLength`, `at most ${schemaLimits.repetition}`, min)
  }
  if (max !== undefined && max < min) return undefined
  if (format !== undefined) {
    const lengths = stringFormats[format]
    if (lengths.min < min || lengths.max > (max ?? lengths.max)) {
      return reader.issue(`${at.path}.format`, `lengths that leave room for any ${format}`)
    }
    return { kind: 'string', min: 0, max: undefined, format }
  }
  return {
    kind: 'string',
    min,
    max: max === undefined ? undefined : Math.min(max, schemaLimits.repetition),
    format: undefined,
  }
}

export function readNumber(
  schema: SchemaObject,
  isInteger: boolean,
  at: Place,
  reader: SchemaReader,
): Shape | undefined {
  const step = schema.multipleOf
  if (step !== undefined && step !== 1) {
    return reader.issue(`${at.path}.multipleOf`, '1, or absent: it cannot be guaranteed while decoding', step)
  }
  const integer = isInteger || step === 1
  const min = readBound(schema, 'minimum', 'exclusiveMinimum', integer, at, reader)
  const max = readBound(schema, 'maximum', 'exclusiveMaximum', integer, at, reader)
  if (min !== undefined && max !== undefined) {
    if (max.value < min.value) return undefined
    if (max.value === min.value && (min.open || max.open)) return undefined
  }
  return { kind: 'number', integer, min, max }
}

/** The stricter of the inclusive and the exclusive bound. Draft 4 has the exclusive one as a flag. */
function readBound(
  schema: SchemaObject,
  inclusiveKeyword: 'minimum' | 'maximum',
  exclusiveKeyword: 'exclusiveMinimum' | 'exclusiveMaximum',
  integer: boolean,
  at: Place,
  reader: SchemaReader,
): Bound | undefined {
  const lower = inclusiveKeyword === 'minimum'
  const inclusive = schema[inclusiveKeyword]
  const exclusive = schema[exclusiveKeyword]
  const candidates: Bound[] = []
  const add = (keyword: string, value: unknown, open: boolean) => {
    const bound = toBound(value, open, lower, integer)
    if (bound === undefined) {
      reader.issue(
        `${at.path}.${keyword}`,
        integer ? 'a number up to 1e15' : 'a whole number up to 1e15',
        value,
      )
    } else if (bound !== 'none') candidates.push(bound)
  }
  if (inclusive !== undefined) add(inclusiveKeyword, inclusive, exclusive === true)
  if (exclusive !== undefined && typeof exclusive !== 'boolean') add(exclusiveKeyword, exclusive, true)
  return candidates.reduce<Bound | undefined>((strict, bound) => {
    if (strict === undefined) return bound
    if (strict.value === bound.value) return { value: bound.value, open: strict.open || bound.open }
    return strict.value > bound.value === lower ? strict : bound
  }, undefined)
}

function toBound(
  value: unknown,
  open: boolean,
  lower: boolean,
  integer: boolean,
): Bound | 'none' | undefined {
  if (typeof value !== 'number' || !Number.isFinite(value)) return undefined
  if (Math.abs(value) > EXACT) return value < 0 === lower ? 'none' : undefined
  if (!integer) return Number.isInteger(value) ? { value: BigInt(value), open } : undefined
  // Among integers an open bound is the next one, closed.
  if (lower) return { value: BigInt(open ? Math.floor(value) + 1 : Math.ceil(value)), open: false }
  return { value: BigInt(open ? Math.ceil(value) - 1 : Math.floor(value)), open: false }
}
