/** Sub-schema checks that one value may cost; with references a small schema can ask for an exponential number. */
const MAX_CHECKS = 200_000
const MAX_DEPTH = 256

type Schema = Readonly<Record<string, unknown>>

/**
 * Checks a value against a JSON Schema that `readTaskSchema` has passed. Returns what is wrong, or `undefined`.
 *
 * An interpreter and not a compiler, because the schema is a stranger's: it makes no code, follows a bounded number
 * of references, and runs no regular expression (`pattern`, `patternProperties` and `format` are not checked).
 */
export function mismatch(schema: Schema, value: unknown): string | undefined {
  const matcher = new Matcher(schema)
  try {
    return matcher.check(schema, value, '', 0)
  } catch (error) {
    if (error instanceof TooCostly) return 'its schema takes too many checks'
    throw error
  }
}

class TooCostly extends Error {}

class Matcher {
  #checks = 0

  constructor(readonly root: Schema) {}

  check(schema: unknown, value: unknown, at: string, depth: number): string | undefined {
    if (++this.#checks > MAX_CHECKS || depth > MAX_DEPTH) throw new TooCostly()
    if (schema === true || schema === undefined) return undefined
    if (schema === false) return `${at || 'the value'} is not allowed`
    if (!isObject(schema)) return undefined
    return (
      this.#reference(schema, value, at, depth) ??
      this.#type(schema, value, at) ??
      this.#literal(schema, value, at) ??
      this.#combined(schema, value, at, depth) ??
      this.#sized(schema, value, at) ??
      (Array.isArray(value) ? this.#items(schema, value, at, depth) : undefined) ??
      (isObject(value) ? this.#properties(schema, value, at, depth) : undefined)
    )
  }

  #reference(schema: Schema, value: unknown, at: string, depth: number): string | undefined {
    if (typeof schema.$ref !== 'string') return undefined
    const target = resolvePointer(this.root, schema.$ref)
    return target === undefined ? undefined : this.check(target, value, at, depth + 1)
  }

  #type(schema: Schema, value: unknown, at: string): string | undefined {
    if (schema.type === undefined) return undefined
    if (schema.nullable === true && value === null) return undefined
    const types = Array.isArray(schema.type) ? schema.type : [schema.type]
    return types.some((type) => isOfType(value, type))
      ? undefined
      : `${at || 'the value'} is not of type ${types.join(' or ')}`
  }

  #literal(schema: Schema, value: unknown, at: string): string | undefined {
    if (Object.hasOwn(schema, 'const') && !equal(schema.const, value))
      return `${at || 'the value'} is not the one allowed`
    if (Array.isArray(schema.enum) && !schema.enum.some((allowed) => equal(allowed, value))) {
      return `${at || 'the value'} is none of those allowed`
    }
    return undefined
  }

  #combined(schema: Schema, value: unknown, at: string, depth: number): string | undefined {
    const fits = (part: unknown) => this.check(part, value, at, depth + 1) === undefined
    if (Array.isArray(schema.allOf)) {
      for (const part of schema.allOf) {
        const wrong = this.check(part, value, at, depth + 1)
        if (wrong !== undefined) return wrong
      }
    }
    if (Array.isArray(schema.anyOf) && !schema.anyOf.some(fits))
      return `${at || 'the value'} fits no alternative`
    if (Array.isArray(schema.oneOf) && schema.oneOf.filter(fits).length !== 1) {
      return `${at || 'the value'} does not fit exactly one alternative`
    }
    if (schema.not !== undefined && fits(schema.not)) return `${at || 'the value'} is excluded`
    if (schema.if !== undefined) {
      return this.check(fits(schema.if) ? schema.then : schema.else, value, at, depth + 1)
    }
    return undefined
  }

  #sized(schema: Schema, value: unknown, at: string): string | undefined {
    const name = at || 'the value'
    if (typeof value === 'number') {
      if (isNumber(schema.minimum) && value < schema.minimum) return `${name} is below ${schema.minimum}`
      if (isNumber(schema.maximum) && value > schema.maximum) return `${name} is above ${schema.maximum}`
      if (isNumber(schema.exclusiveMinimum) && value <= schema.exclusiveMinimum) {
        return `${name} is not above ${schema.exclusiveMinimum}`
      }
      if (isNumber(schema.exclusiveMaximum) && value >= schema.exclusiveMaximum) {
        return `${name} is not below ${schema.exclusiveMaximum}`
      }
      if (isNumber(schema.multipleOf) && schema.multipleOf > 0) {
        const ratio = value / schema.multipleOf
        if (Math.abs(ratio - Math.round(ratio)) > 1e-9)
          return `${name} is no multiple of ${schema.multipleOf}`
      }
    }
    if (typeof value === 'string' && (schema.minLength !== undefined || schema.maxLength !== undefined)) {
      return outside(schema.minLength, schema.maxLength, [...value].length, `${name} has`, 'characters')
    }
    if (Array.isArray(value)) {
      return outside(schema.minItems, schema.maxItems, value.length, `${name} has`, 'items')
    }
    if (isObject(value)) {
      return outside(
        schema.minProperties,
        schema.maxProperties,
        Object.keys(value).length,
        `${name} has`,
        'properties',
      )
    }
    return undefined
  }

  #items(schema: Schema, list: readonly unknown[], at: string, depth: number): string | undefined {
    const prefix: unknown[] = Array.isArray(schema.prefixItems) ? schema.prefixItems : []
    for (const [index, item] of list.entries()) {
      const part = index < prefix.length ? prefix[index] : schema.items
      const wrong = this.check(part, item, `${at}[${index}]`, depth + 1)
      if (wrong !== undefined) return wrong
    }
    if (schema.uniqueItems === true) {
      const texts = new Set(list.map((item) => canonical(item)))
      if (texts.size !== list.length) return `${at || 'the value'} has equal items`
    }
    if (schema.contains !== undefined) {
      const fitting = list.filter(
        (item) => this.check(schema.contains, item, at, depth + 1) === undefined,
      ).length
      return outside(
        schema.minContains ?? 1,
        schema.maxContains,
        fitting,
        `${at || 'the value'} has`,
        'fitting items',
      )
    }
    return undefined
  }

  #properties(schema: Schema, object: Schema, at: string, depth: number): string | undefined {
    const properties = isObject(schema.properties) ? schema.properties : {}
    if (Array.isArray(schema.required)) {
      for (const key of schema.required) {
        if (typeof key === 'string' && !Object.hasOwn(object, key))
          return `${at || 'the value'} lacks "${key}"`
      }
    }
    const patterned = isObject(schema.patternProperties) && Object.keys(schema.patternProperties).length > 0
    for (const [key, item] of Object.entries(object)) {
      const known = Object.hasOwn(properties, key)
      if (!known && patterned) continue
      const part = known ? properties[key] : schema.additionalProperties
      const wrong = this.check(part, item, at === '' ? key : `${at}.${key}`, depth + 1)
      if (wrong !== undefined) return wrong
      if (schema.propertyNames !== undefined) {
        const wrongName = this.check(schema.propertyNames, key, `the name "${key}"`, depth + 1)
        if (wrongName !== undefined) return wrongName
      }
    }
    return undefined
  }
}

/** What a reference within a schema (`#`, `#/$defs/Item`) points to; `undefined` where there is nothing. */
export function resolvePointer(root: Schema, reference: string): unknown {
  if (reference === '#' || reference === '') return root
  if (!reference.startsWith('#/')) return undefined
  let target: unknown = root
  for (const part of reference.slice(2).split('/')) {
    const key = decodePart(part)
    if (Array.isArray(target)) target = /^\d{1,6}$/.test(key) ? target[Number(key)] : undefined
    else if (isObject(target) && Object.hasOwn(target, key)) target = target[key]
    else return undefined
  }
  return target
}

function decodePart(part: string): string {
  let text = part
  try {
    text = decodeURIComponent(part)
  } catch {
    // Not percent-encoded; taken as it is.
  }
  return text.replaceAll('~1', '/').replaceAll('~0', '~')
}

function isOfType(value: unknown, type: unknown): boolean {
  switch (type) {
    case 'null':
      return value === null
    case 'array':
      return Array.isArray(value)
    case 'object':
      return isObject(value)
    case 'integer':
      return typeof value === 'number' && Number.isInteger(value)
    default:
      // The other type names are those of typeof.
      return typeof value === type
  }
}

function outside(
  min: unknown,
  max: unknown,
  size: number,
  subject: string,
  what: string,
): string | undefined {
  if (isNumber(min) && size < min) return `${subject} fewer than ${min} ${what}`
  if (isNumber(max) && size > max) return `${subject} more than ${max} ${what}`
  return undefined
}

function equal(a: unknown, b: unknown): boolean {
  return a === b || (typeof a === 'object' && typeof b === 'object' && canonical(a) === canonical(b))
}

/** JSON text with sorted keys, so that equal values have equal texts. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    isObject(part) ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1))) : part,
  )
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number'
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
