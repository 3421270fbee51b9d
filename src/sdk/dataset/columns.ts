import { z } from 'zod'
import { isObject } from '../../protocol/workflow/is-object.ts'

/** What all values of a column are; `json` where they are of several kinds, or objects, or lists. */
export type ColumnType = 'text' | 'whole' | 'real' | 'truth' | 'date' | 'json'

export interface Column {
  readonly name: string
  readonly type: ColumnType
}

const MAX_INT64 = 2n ** 63n - 1n
const DATE_FORMAT = 'date-object'

/**
 * The columns of rows: those of the schema first, then others in the order in which rows bring them. A column has the type
 * that the schema and all values agree on.
 */
export async function columnsOf(
  rows: AsyncIterable<Readonly<Record<string, unknown>>>,
  schema: z.ZodType | undefined,
): Promise<Column[]> {
  const types = schema === undefined ? new Map<string, ColumnType | undefined>() : typesOfSchema(schema)
  for await (const row of rows) {
    for (const [name, value] of Object.entries(row)) {
      const [known, type] = [types.get(name), typeOfValue(value)]
      types.set(name, known === undefined || type === undefined ? (known ?? type) : common(known, type))
    }
  }
  // A column without any value is a column, too.
  return [...types].map(([name, type = 'text']) => ({ name, type }))
}

function typesOfSchema(schema: z.ZodType): Map<string, ColumnType | undefined> {
  let json: unknown
  try {
    json = z.toJSONSchema(schema, {
      unrepresentable: 'any',
      override: ({ zodSchema, jsonSchema }) => {
        const { type } = zodSchema._zod.def
        if (type === 'date') Object.assign(jsonSchema, { type: 'string', format: DATE_FORMAT })
        if (type === 'bigint') Object.assign(jsonSchema, { type: 'integer' })
      },
    })
  } catch {
    return new Map()
  }
  const properties = isObject(json) && isObject(json['properties']) ? json['properties'] : {}
  return new Map(Object.entries(properties).map(([name, property]) => [name, typeOfSchema(property)]))
}

/** `undefined` for what may only be null. */
function typeOfSchema(schema: unknown): ColumnType | undefined {
  if (!isObject(schema)) return 'json'
  const { type, format, anyOf } = schema
  if (Array.isArray(anyOf)) {
    const types = anyOf.map(typeOfSchema).filter((one) => one !== undefined)
    return types.length === 0 ? undefined : types.reduce(common)
  }
  switch (type) {
    case 'string':
      return format === DATE_FORMAT ? 'date' : 'text'
    case 'integer':
      return 'whole'
    case 'number':
      return 'real'
    case 'boolean':
      return 'truth'
    case 'null':
      return undefined
    default:
      return 'json'
  }
}

function typeOfValue(value: unknown): ColumnType | undefined {
  if (value === undefined || value === null) return undefined
  switch (typeof value) {
    case 'string':
      return 'text'
    case 'number':
      return Number.isSafeInteger(value) ? 'whole' : 'real'
    case 'bigint':
      return value > MAX_INT64 || value < -MAX_INT64 ? 'json' : 'whole'
    case 'boolean':
      return 'truth'
    default:
      return value instanceof Date ? 'date' : 'json'
  }
}

function common(one: ColumnType, other: ColumnType): ColumnType {
  if (one === other) return one
  const numbers = (type: ColumnType) => type === 'whole' || type === 'real'
  return numbers(one) && numbers(other) ? 'real' : 'json'
}
