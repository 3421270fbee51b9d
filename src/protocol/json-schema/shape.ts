import { schemaLimits } from './schema-limits.ts'

/** What a JSON Schema comes down to: every value of a shape is valid JSON of its schema. */
export type Shape =
  | { readonly kind: 'any' }
  /** JSON texts to choose from. */
  | { readonly kind: 'literals'; readonly texts: readonly string[] }
  | StringShape
  | NumberShape
  | ObjectShape
  /** An object with free keys. */
  | { readonly kind: 'map'; readonly value: Shape; readonly min: 0 | 1; readonly max: number | undefined }
  | ArrayShape
  | { readonly kind: 'union'; readonly of: readonly Shape[] }

export interface StringShape {
  readonly kind: 'string'
  /** Length in characters. */
  readonly min: number
  readonly max: number | undefined
  readonly format: StringFormat | undefined
}

/** Formats with a grammar of their own; others are taken for annotations, as the standard has it. */
export const stringFormats = {
  date: { min: 10, max: 10 },
  time: { min: 9, max: 18 },
  'date-time': { min: 20, max: 29 },
  uuid: { min: 36, max: 36 },
  email: { min: 6, max: 76 },
  ipv4: { min: 7, max: 15 },
  uri: { min: 10, max: 260 },
} as const
export type StringFormat = keyof typeof stringFormats

export interface NumberShape {
  readonly kind: 'number'
  readonly integer: boolean
  readonly min: Bound | undefined
  readonly max: Bound | undefined
}

export interface Bound {
  readonly value: bigint
  /** True if the value itself is not allowed. Never for integers. */
  readonly open: boolean
}

export interface ObjectShape {
  readonly kind: 'object'
  readonly properties: readonly Property[]
  /** True if the schema allows no other keys. (None are written in either case.) */
  readonly closed: boolean
}

export interface Property {
  readonly key: string
  readonly required: boolean
  readonly shape: Shape
}

export interface ArrayShape {
  readonly kind: 'array'
  readonly prefix: readonly Shape[]
  /** What follows the prefix; nothing where absent. */
  readonly items: Shape | undefined
  readonly min: number
  readonly max: number | undefined
}

/** What was found out about shapes already: a shared one is part of very many others. */
export type FirstCharacters = Map<Shape, ReadonlySet<string>>

/** The characters that a value of the shape can begin with: one letter for each kind. */
export function firstCharacters(shape: Shape, memo: FirstCharacters): ReadonlySet<string> {
  const known = memo.get(shape)
  if (known !== undefined) return known
  const characters = findFirstCharacters(shape, memo)
  memo.set(shape, characters)
  return characters
}

function findFirstCharacters(shape: Shape, memo: FirstCharacters): ReadonlySet<string> {
  switch (shape.kind) {
    case 'any':
      return new Set('{["0tfn')
    case 'literals':
      return new Set(shape.texts.map((text) => (/[-0-9]/.test(text.charAt(0)) ? '0' : text.charAt(0))))
    case 'string':
      return new Set('"')
    case 'number':
      return new Set('0')
    case 'object':
    case 'map':
      return new Set('{')
    case 'array':
      return new Set('[')
    case 'union':
      return new Set(shape.of.flatMap((alternative) => [...firstCharacters(alternative, memo)]))
  }
}

/** Tells whether shapes exclude each other, within a bound of comparisons: shared shapes would multiply them. */
export class Disjointness {
  readonly #first: FirstCharacters = new Map()
  #comparisons = 0

  /** True if no value written for one of the shapes is also valid for the other's schema. May say false too often. */
  areDisjoint(a: Shape, b: Shape): boolean {
    if (++this.#comparisons > schemaLimits.comparisons) return false
    if (a.kind === 'union') return a.of.every((alternative) => this.areDisjoint(alternative, b))
    if (b.kind === 'union') return this.areDisjoint(b, a)
    if (!overlap(firstCharacters(a, this.#first), firstCharacters(b, this.#first))) return true
    if (a.kind === 'literals' && b.kind === 'literals') return !overlap(new Set(a.texts), new Set(b.texts))
    return a.kind === 'object' && b.kind === 'object' && this.#rejects(a, b) && this.#rejects(b, a)
  }

  /** True if no value written for `value` is valid for the schema of `schema`. */
  #rejects(schema: ObjectShape, value: ObjectShape): boolean {
    const written = new Map(value.properties.map((property) => [property.key, property]))
    const known = new Map(schema.properties.map((property) => [property.key, property]))
    const lacksRequired = schema.properties.some(({ key, required }) => required && !written.has(key))
    if (lacksRequired) return true
    return value.properties.some((property) => {
      const counterpart = known.get(property.key)
      if (counterpart === undefined) return property.required && schema.closed
      return (
        (property.required || counterpart.required) && this.areDisjoint(property.shape, counterpart.shape)
      )
    })
  }
}

function overlap(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  for (const item of a) if (b.has(item)) return true
  return false
}

interface AmbiguityMemo {
  readonly ambiguity: Map<Shape, number>
  readonly first: FirstCharacters
}

/**
 * How many readings of one text a parser may have to follow at once. Alternatives that differ in their first
 * character, or in the first key's constant, part at once; all others live on side by side and multiply.
 */
export function ambiguityOf(
  shape: Shape,
  memo: AmbiguityMemo = { ambiguity: new Map(), first: new Map() },
): number {
  const known = memo.ambiguity.get(shape)
  if (known !== undefined) return known
  const ambiguity = computeAmbiguity(shape, memo)
  memo.ambiguity.set(shape, ambiguity)
  return ambiguity
}

function computeAmbiguity(shape: Shape, memo: AmbiguityMemo): number {
  switch (shape.kind) {
    case 'object': {
      const optional = shape.properties.filter(({ required }) => !required).length
      return Math.max(optional + 1, ...shape.properties.map((property) => ambiguityOf(property.shape, memo)))
    }
    case 'map':
      return ambiguityOf(shape.value, memo) + 1
    case 'array': {
      const items = shape.items === undefined ? shape.prefix : [...shape.prefix, shape.items]
      return Math.max(0, ...items.map((item) => ambiguityOf(item, memo))) + 1
    }
    case 'union':
      return unionAmbiguity(shape.of, memo)
    default:
      return 1
  }
}

function unionAmbiguity(alternatives: readonly Shape[], memo: AmbiguityMemo): number {
  let most = alternatives.length
  for (const character of '{["0tfn') {
    const alive = alternatives.filter((alternative) =>
      firstCharacters(alternative, memo.first).has(character),
    )
    let together = 0
    const apart = new Map<string, number>()
    for (const alternative of alive) {
      const ambiguity = ambiguityOf(alternative, memo)
      const mark = discriminatorOf(alternative)
      if (mark === undefined) together += ambiguity
      else apart.set(mark, (apart.get(mark) ?? 0) + ambiguity)
    }
    most = Math.max(most, together + Math.max(0, ...apart.values()))
  }
  return most
}

function discriminatorOf(shape: Shape): string | undefined {
  const first = shape.kind === 'object' ? shape.properties[0] : undefined
  if (first === undefined || !first.required || first.shape.kind !== 'literals') return undefined
  return first.shape.texts.length === 1 ? `${first.key}=${first.shape.texts[0]}` : undefined
}
