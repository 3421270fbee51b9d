import type { InputIssue } from '../errors.ts'
import { readNumber, readString } from './scalar-schemas.ts'
import { schemaLimits } from './schema-limits.ts'
import type { SchemaObject, SchemaReferences } from './schema-references.ts'
import { type ArrayShape, Disjointness, type Property, type Shape, stringFormats } from './shape.ts'

/** Keywords that restrict values in ways that cannot be built into the decoding. */
const UNSUPPORTED = [
  'not',
  'if',
  'then',
  'else',
  'pattern',
  'patternProperties',
  'propertyNames',
  'dependencies',
  'dependentRequired',
  'dependentSchemas',
  'unevaluatedItems',
  'contains',
  'minContains',
  'maxContains',
  '$dynamicRef',
  '$recursiveRef',
]
/** Keywords by the type that they restrict; what is left are annotations, which restrict nothing. */
const BY_TYPE: Readonly<Record<string, readonly string[]>> = {
  object: ['properties', 'required', 'additionalProperties', 'minProperties', 'maxProperties'],
  array: ['items', 'prefixItems', 'additionalItems', 'minItems', 'maxItems', 'uniqueItems'],
  string: ['minLength', 'maxLength'],
  number: ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
}
const RESTRICTING = [
  ...UNSUPPORTED,
  ...Object.values(BY_TYPE).flat(),
  'type',
  'enum',
  'const',
  '$ref',
  'allOf',
  'anyOf',
  'oneOf',
]
const TYPES = ['object', 'array', 'string', 'number', 'integer', 'boolean', 'null']

/** Where in the schema we are, and how deep. */
export interface Place {
  readonly path: string
  readonly depth: number
  /** How many references to schemas that contain themselves were followed. */
  readonly recursion: number
}

/**
 * Reads a JSON Schema (drafts 4 to 2020-12) as shapes. What cannot be guaranteed while decoding is listed in
 * `issues`, never left out silently. Absent shapes stand for schemas that no value satisfies.
 */
export class SchemaReader {
  readonly issues: InputIssue[] = []
  nodes = 0
  #literals = 0
  readonly #references: SchemaReferences
  readonly #maxRecursion: number
  readonly #disjointness = new Disjointness()
  /** Shapes by what they were read from, so that shared definitions stay shared. */
  readonly #read = new Map<string, Shape | undefined>()

  constructor(references: SchemaReferences, maxRecursion: number) {
    this.#references = references
    this.#maxRecursion = maxRecursion
  }

  /** True once a limit was passed; the issues say which. */
  get exhausted(): boolean {
    return this.nodes > schemaLimits.nodes || this.#literals > schemaLimits.literals
  }

  read(schema: unknown, at: Place): Shape | undefined {
    if (this.issues.length >= schemaLimits.issues || this.exhausted) return undefined
    this.nodes++
    if (this.nodes > schemaLimits.nodes) {
      return this.issue(at.path, `at most ${schemaLimits.nodes} sub-schemas`)
    }
    if (at.depth > schemaLimits.depth)
      return this.issue(at.path, `at most ${schemaLimits.depth} levels of nesting`)
    if (schema === true) return { kind: 'any' }
    if (schema === false) return undefined
    if (!isSchemaObject(schema))
      return this.issue(at.path, 'a JSON Schema (an object, true or false)', schema)
    for (const keyword of UNSUPPORTED) {
      if (schema[keyword] !== undefined)
        this.issue(`${at.path}.${keyword}`, 'absent: it cannot be guaranteed while decoding')
    }
    if (schema.$ref !== undefined) return this.#reference(schema, at)
    if (schema.allOf !== undefined) return this.#allOf(schema, at)
    if (schema.anyOf !== undefined) return this.#union(schema, 'anyOf', at)
    if (schema.oneOf !== undefined) return this.#union(schema, 'oneOf', at)
    if (schema.const !== undefined || schema.enum !== undefined) return this.#choice(schema, at)
    return this.#typed(schema, at)
  }

  issue(path: string, expected: string, found?: unknown): undefined {
    if (this.issues.length >= schemaLimits.issues) return undefined
    this.issues.push({ path, expected, ...(found !== undefined && { found: shorten(found) }) })
    return undefined
  }

  /** `at`, one level further in. */
  inner(at: Place, step: string): Place {
    return { ...at, path: `${at.path}${step}`, depth: at.depth + 1 }
  }

  #reference(schema: SchemaObject, at: Place): Shape | undefined {
    const reference = schema.$ref
    this.#alone(schema, '$ref', at)
    const target = this.#references.resolve(reference)
    if (target === undefined) {
      return this.issue(`${at.path}.$ref`, 'a reference into this schema, like "#/$defs/name"', reference)
    }
    const recursion = at.recursion + (target.recursive ? 1 : 0)
    if (recursion > this.#maxRecursion) return undefined
    const key = `${recursion} ${target.pointer}`
    if (this.#read.has(key)) return this.#read.get(key)
    const shape = this.read(target.schema, { path: target.pointer, depth: at.depth + 1, recursion })
    this.#read.set(key, shape)
    return shape
  }

  #allOf(schema: SchemaObject, at: Place): Shape | undefined {
    const parts = this.#list(schema.allOf, `${at.path}.allOf`)
    if (parts === undefined) return undefined
    const own = { ...schema, allOf: undefined }
    const restricting = [...parts, own].filter((part) => !isSchemaObject(part) || restricts(part).length > 0)
    if (restricting.length <= 1) return this.read(restricting[0] ?? true, this.inner(at, '.allOf[0]'))
    const merged = this.#references.mergeObjects(restricting)
    if (merged !== undefined) return this.read(merged, this.inner(at, '.allOf'))
    return this.issue(
      `${at.path}.allOf`,
      'object schemas whose properties do not contradict each other, or one schema',
    )
  }

  #union(schema: SchemaObject, keyword: 'anyOf' | 'oneOf', at: Place): Shape | undefined {
    const list = this.#list(schema[keyword], `${at.path}.${keyword}`)
    if (list === undefined) return undefined
    this.#alone(schema, keyword, at)
    const shapes = list
      .map((alternative, index) => this.read(alternative, this.inner(at, `.${keyword}[${index}]`)))
      .filter((shape) => shape !== undefined)
    if (keyword === 'oneOf' && !this.#allDisjoint(shapes)) {
      this.issue(`${at.path}.oneOf`, 'alternatives that exclude each other (or anyOf in its place)')
    }
    if (shapes.length <= 1) return shapes[0]
    return { kind: 'union', of: shapes }
  }

  #choice(schema: SchemaObject, at: Place): Shape | undefined {
    const { const: single, enum: choices, type, ...rest } = schema
    const keyword = single === undefined ? 'enum' : 'const'
    const others = restricts(rest)
    if (others.length > 0) this.issue(`${at.path}.${others[0]}`, `absent beside ${keyword}`)
    if (single === undefined && !Array.isArray(choices))
      return this.issue(`${at.path}.enum`, 'a list of values', choices)
    if (single !== undefined && choices !== undefined)
      return this.issue(`${at.path}.enum`, 'absent beside const')
    const types = type === undefined ? undefined : this.#types(type, at)
    const values = (single === undefined ? (choices as unknown[]) : [single]).filter(
      (value) => types === undefined || types.some((name) => hasType(value, name)),
    )
    this.#literals += values.length
    if (this.exhausted)
      return this.issue(`${at.path}.${keyword}`, `at most ${schemaLimits.literals} values in all`)
    return values.length === 0
      ? undefined
      : { kind: 'literals', texts: values.map((value) => JSON.stringify(value)) }
  }

  #typed(schema: SchemaObject, at: Place): Shape | undefined {
    const types = schema.type === undefined ? inferTypes(schema) : this.#types(schema.type, at)
    if (types === undefined) return undefined
    if (types.length === 0) return { kind: 'any' }
    // Every integer is a number: side by side they would only be two readings of the same text.
    const distinct = types.filter((type) => type !== 'integer' || !types.includes('number'))
    const shapes = distinct
      .map((type) => this.#ofType(type, schema, at))
      .filter((shape) => shape !== undefined)
    if (shapes.length <= 1) return shapes[0]
    return { kind: 'union', of: shapes }
  }

  #ofType(type: string, schema: SchemaObject, at: Place): Shape | undefined {
    switch (type) {
      case 'object':
        return this.#object(schema, at)
      case 'array':
        return this.#array(schema, at)
      case 'string':
        return readString(schema, at, this)
      case 'boolean':
        return { kind: 'literals', texts: ['true', 'false'] }
      case 'null':
        return { kind: 'literals', texts: ['null'] }
      default:
        return readNumber(schema, type === 'integer', at, this)
    }
  }

  #object(schema: SchemaObject, at: Place): Shape | undefined {
    const declared = schema.properties ?? {}
    const required = schema.required ?? []
    if (!isSchemaObject(declared))
      return this.issue(`${at.path}.properties`, 'an object of schemas', declared)
    if (!Array.isArray(required) || required.some((key) => typeof key !== 'string')) {
      return this.issue(`${at.path}.required`, 'a list of keys', required)
    }
    const additional = schema.additionalProperties ?? true
    const all = Object.entries(declared)
    for (const key of new Set<string>(required)) {
      if (Object.hasOwn(declared, key)) continue
      if (additional === false) return this.issue(`${at.path}.required`, `only keys of properties`, key)
      all.push([key, additional])
    }
    const min = this.count(schema, 'minProperties', at) ?? 0
    const max = this.count(schema, 'maxProperties', at)
    if (all.length === 0 && additional !== false) return this.#map(additional, min, max, at)

    const mandatory = new Set<string>(required)
    if (min > mandatory.size)
      return this.issue(`${at.path}.minProperties`, `at most the required ${mandatory.size}`, min)
    if (max !== undefined && max < mandatory.size) return undefined
    let room = (max ?? all.length) - mandatory.size
    const properties: Property[] = []
    for (const [key, value] of all) {
      if (!mandatory.has(key) && room <= 0) continue
      const shape = this.read(value, this.inner(at, `.properties.${key}`))
      if (shape === undefined && mandatory.has(key)) return undefined
      if (shape === undefined) continue
      if (!mandatory.has(key)) room--
      properties.push({ key, required: mandatory.has(key), shape })
    }
    return { kind: 'object', properties, closed: additional === false }
  }

  #map(additional: unknown, min: number, max: number | undefined, at: Place): Shape | undefined {
    // Nothing keeps a model from writing the same key twice, which counts once.
    if (min > 1) return this.issue(`${at.path}.minProperties`, 'at most 1 where keys are free', min)
    if (max !== undefined && max < min) return undefined
    const value = this.read(additional, this.inner(at, '.additionalProperties'))
    if (value === undefined) return min > 0 ? undefined : { kind: 'object', properties: [], closed: true }
    return { kind: 'map', value, min: min as 0 | 1, max: capped(max) }
  }

  #array(schema: SchemaObject, at: Place): Shape | undefined {
    const listed = schema.prefixItems ?? (Array.isArray(schema.items) ? schema.items : [])
    const following = Array.isArray(schema.items) ? schema.additionalItems : schema.items
    if (!Array.isArray(listed)) return this.issue(`${at.path}.prefixItems`, 'a list of schemas', listed)
    const min = this.count(schema, 'minItems', at) ?? 0
    let max = this.count(schema, 'maxItems', at)
    if (min > schemaLimits.repetition)
      return this.issue(`${at.path}.minItems`, `at most ${schemaLimits.repetition}`, min)
    if (schema.uniqueItems === true && (max ?? 2) > 1) {
      this.issue(`${at.path}.uniqueItems`, 'absent: it cannot be guaranteed while decoding')
    }
    const prefix: Shape[] = []
    for (const [index, item] of listed.entries()) {
      if (max !== undefined && index >= max) break
      const shape = this.read(item, this.inner(at, `.prefixItems[${index}]`))
      if (shape === undefined) {
        max = index
        break
      }
      prefix.push(shape)
    }
    const wantsMore = (max ?? Number.POSITIVE_INFINITY) > prefix.length
    // A tuple that does not speak of further items gets none, unless it needs them.
    const open = following === undefined && prefix.length > 0 && min <= prefix.length
    const items = !wantsMore || open ? undefined : this.read(following ?? true, this.inner(at, '.items'))
    if (items === undefined) max = Math.min(max ?? prefix.length, prefix.length)
    if (max !== undefined && max < min) return undefined
    return { kind: 'array', prefix, items, min, max: capped(max) } satisfies ArrayShape
  }

  #allDisjoint(shapes: readonly Shape[]): boolean {
    return shapes.every((shape, index) =>
      shapes.slice(index + 1).every((other) => this.#disjointness.areDisjoint(shape, other)),
    )
  }

  /** A keyword's value as a count, or undefined where it is absent. */
  count(schema: SchemaObject, keyword: string, at: Place): number | undefined {
    const value = schema[keyword]
    if (value === undefined) return undefined
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
    return this.issue(`${at.path}.${keyword}`, 'a whole number, not negative', value)
  }

  #types(value: unknown, at: Place): readonly string[] | undefined {
    const types = Array.isArray(value) ? value : [value]
    if (types.length > 0 && types.every((type) => TYPES.includes(type))) return [...new Set(types)]
    return this.issue(`${at.path}.type`, `one of ${TYPES.join(', ')}, or a list of them`, value)
  }

  #list(value: unknown, path: string): readonly unknown[] | undefined {
    if (Array.isArray(value) && value.length > 0) return value
    return this.issue(path, 'a list of schemas', value)
  }

  #alone(schema: SchemaObject, keyword: string, at: Place): void {
    const others = restricts(schema).filter((other) => other !== keyword)
    if (others.length > 0) this.issue(`${at.path}.${others[0]}`, `absent beside ${keyword}`)
  }
}

export function isSchemaObject(value: unknown): value is SchemaObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function restricts(schema: SchemaObject): string[] {
  return RESTRICTING.filter((keyword) => schema[keyword] !== undefined)
}

/** Without a type, the keywords tell what is meant; without any, all is allowed. */
function inferTypes(schema: SchemaObject): readonly string[] {
  for (const [type, keywords] of Object.entries(BY_TYPE)) {
    if (keywords.some((keyword) => schema[keyword] !== undefined)) return [type]
  }
  const format = schema.format
  return typeof format === 'string' && Object.hasOwn(stringFormats, format) ? ['string'] : []
}

function hasType(value: unknown, type: string): boolean {
  switch (type) {
    case 'null':
      return value === null
    case 'array':
      return Array.isArray(value)
    case 'object':
      return isSchemaObject(value)
    case 'integer':
      return Number.isInteger(value)
    default:
      return typeof value === type
  }
}

/** A maximum that llama.cpp can count up to: shorter is still within the schema. */
function capped(max: number | undefined): number | undefined {
  return max === undefined ? undefined : Math.min(max, schemaLimits.repetition)
}

function shorten(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 80 ? `${text.slice(0, 79)}…` : text
}
