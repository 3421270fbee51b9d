import { z } from 'zod'
import { DriadError } from '../../protocol/errors.ts'
import { schemaToGrammar } from '../../protocol/json-schema/schema-grammar.ts'
import { stringFormats } from '../../protocol/json-schema/shape.ts'

type Schema = Record<string, unknown>

/** Whether this is a zod schema (of any copy of zod 4), and not a JSON Schema. */
export function isZodSchema(schema: unknown): schema is z.ZodType {
  return typeof schema === 'object' && schema !== null && '_zod' in schema
}

/**
 * The JSON Schema that a model's answer is held to for a zod schema to accept it: what the zod schema takes in, before
 * defaults and transformations.
 *
 * @param path What the schema is called in issues.
 * @throws DriadError `bad_workflow` with the paths of what cannot be guaranteed while decoding, like `z.date()` or
 * refinements by a pattern.
 */
export function jsonSchemaOf(schema: z.ZodType, path = 'schema'): Readonly<Record<string, unknown>> {
  const written = simplified(toJsonSchema(schema, path)) as Schema
  const { $schema: _, ...rest } = written
  schemaToGrammar(rest, path)
  return rest
}

function toJsonSchema(schema: z.ZodType, path: string): unknown {
  try {
    return z.toJSONSchema(schema, { io: 'input' })
  } catch (cause) {
    const expected = 'types that JSON has: objects, lists, texts, numbers, booleans, null'
    const found = cause instanceof Error ? cause.message : 'others'
    throw new DriadError('bad_workflow', `${path}: expected ${expected}; ${found}`, {
      cause,
      issues: [{ path, expected, found }],
    })
  }
}

/** Without what zod writes twice: the pattern of a format, and keys of records that may be any text. */
function simplified(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(simplified)
  if (typeof schema !== 'object' || schema === null) return schema
  const copy: Schema = {}
  for (const [key, value] of Object.entries(schema)) {
    if (key === 'properties' || key === '$defs') copy[key] = mapped(value as Schema, simplified)
    else if (key === 'enum' || key === 'const' || key === 'default' || key === 'examples') copy[key] = value
    else copy[key] = simplified(value)
  }
  if (typeof copy['format'] === 'string' && Object.hasOwn(stringFormats, copy['format']))
    delete copy['pattern']
  return copy['propertyNames'] === undefined ? copy : withoutPropertyNames(copy)
}

function withoutPropertyNames({ propertyNames, ...record }: Schema): Schema {
  const { enum: keys, const: key, type, ...restrictions } = propertyNames as Schema
  const names = Array.isArray(keys) ? keys : key === undefined ? undefined : [key]
  if (names !== undefined) {
    const properties = Object.fromEntries(names.map((name) => [`${name}`, record['additionalProperties']]))
    return { ...record, properties, additionalProperties: false }
  }
  const free = (type === undefined || type === 'string') && Object.keys(restrictions).length === 0
  return free ? record : { ...record, propertyNames }
}

function mapped(schemas: Schema, change: (schema: unknown) => unknown): Schema {
  return Object.fromEntries(Object.entries(schemas).map(([key, value]) => [key, change(value)]))
}
