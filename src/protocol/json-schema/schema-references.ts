import { schemaLimits } from './schema-limits.ts'

export type SchemaObject = Readonly<Record<string, unknown>>

export interface ReferenceTarget {
  /** `#/$defs/name`, as it is in the schema. */
  readonly pointer: string
  readonly schema: unknown
  /** True if the schema behind the reference contains a way back to itself. */
  readonly recursive: boolean
}

/** Follows `$ref` within one document. References to elsewhere are unknown: nothing is fetched. */
export class SchemaReferences {
  readonly #root: unknown
  readonly #targets = new Map<string, ReferenceTarget | undefined>()
  #followed = 0
  #mergedParts = 0

  constructor(root: unknown) {
    this.#root = root
  }

  /** True once references took more following than any honest schema needs; what was told since is a guess. */
  get exhausted(): boolean {
    return this.#followed > schemaLimits.followed
  }

  resolve(reference: unknown): ReferenceTarget | undefined {
    if (typeof reference !== 'string') return undefined
    if (this.#targets.has(reference)) return this.#targets.get(reference)
    const schema = this.#lookUp(reference)
    const target =
      schema === undefined
        ? undefined
        : { pointer: reference, schema, recursive: this.#reaches(schema, reference) }
    this.#targets.set(reference, target)
    return target
  }

  /**
   * One object schema that says what all of these say, for `allOf`; undefined where that is not plain:
   * anything but object keywords, a property described twice, or `additionalProperties` in any of them.
   */
  mergeObjects(parts: readonly unknown[], depth = 0): SchemaObject | undefined {
    const properties: Record<string, unknown> = Object.create(null)
    const required = new Set<unknown>()
    for (const part of parts) {
      // Lists of references to lists of references would multiply.
      if (++this.#mergedParts > schemaLimits.mergedParts) return undefined
      const schema = this.#dereference(part, depth)
      if (typeof schema !== 'object' || schema === null) return undefined
      const { type, properties: own = {}, required: needed = [], additionalProperties, ...rest } = schema
      if (type !== undefined && type !== 'object') return undefined
      if (additionalProperties !== undefined && additionalProperties !== true) return undefined
      if (Object.keys(rest).some((keyword) => !ANNOTATIONS.includes(keyword))) return undefined
      if (typeof own !== 'object' || own === null || !Array.isArray(needed)) return undefined
      for (const [key, value] of Object.entries(own)) {
        const known = properties[key]
        if (known !== undefined && known !== value && JSON.stringify(known) !== JSON.stringify(value))
          return undefined
        properties[key] = value
      }
      for (const key of needed) required.add(key)
    }
    return { type: 'object', properties: { ...properties }, required: [...required] }
  }

  #dereference(part: unknown, depth: number): SchemaObject | undefined {
    if (typeof part !== 'object' || part === null || depth > 8) return undefined
    const schema = part as SchemaObject
    if (schema.$ref !== undefined) return this.#dereference(this.#lookUp(schema.$ref), depth + 1)
    if (!Array.isArray(schema.allOf)) return schema
    const { allOf, ...own } = schema
    return this.mergeObjects([...(allOf as unknown[]), own], depth + 1)
  }

  #lookUp(reference: unknown): unknown {
    if (reference === '#') return this.#root
    if (typeof reference !== 'string' || !reference.startsWith('#/')) return undefined
    let current = this.#root
    for (const step of reference.slice(2).split('/')) {
      const key = decode(step)
      if (key === undefined || typeof current !== 'object' || current === null) return undefined
      if (!Object.hasOwn(current, key)) return undefined
      current = (current as Record<string, unknown>)[key]
    }
    return current
  }

  /** True if following references from `schema` leads to `goal`. */
  #reaches(schema: unknown, goal: string): boolean {
    const pending: unknown[] = [schema]
    // By what they lead to: one place can be written in very many ways.
    const seen = new Set<unknown>([schema])
    for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
      if (typeof value !== 'object' || value === null) continue
      if (++this.#followed > schemaLimits.followed) return true
      const reference = Array.isArray(value) ? undefined : (value as SchemaObject).$ref
      if (reference === goal || (reference === '#' && goal !== '#')) return true
      const target = typeof reference === 'string' ? this.#lookUp(reference) : undefined
      if (target !== undefined && target === schema) return true
      if (target !== undefined && !seen.has(target)) {
        seen.add(target)
        pending.push(target)
      }
      for (const item of Object.values(value)) if (item !== undefined) pending.push(item)
    }
    return false
  }
}

const ANNOTATIONS = [
  'title',
  'description',
  'default',
  'examples',
  '$comment',
  'deprecated',
  '$defs',
  'definitions',
]

function decode(step: string): string | undefined {
  try {
    return decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~')
  } catch {
    return undefined
  }
}
