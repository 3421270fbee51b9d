import type { Random } from './random.ts'

export type JsonValue = null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue }

const INTERESTING: readonly JsonValue[] = [
  null,
  true,
  false,
  0,
  -1,
  0.5,
  2 ** 53,
  1e308,
  '',
  ' ',
  '\ud800',
  '\u0000',
  '{{x}}',
  '__proto__',
  [],
  {},
  [[]],
  'x'.repeat(300),
]
const KEYS = ['__proto__', 'constructor', 'toString', '', 'length', 'id', 'type', 'value']

/** JSON alike, but for a change somewhere in its tree: what no change of bytes finds in reasonable time. */
export function mutateJson(value: JsonValue, random: Random, words: readonly string[]): string {
  const copy = structuredClone(value)
  const places = placesIn(copy)
  for (let changes = 1 + random.below(3); changes > 0 && places.length > 0; changes--) {
    const { parent, key } = random.of(places)
    const holder = parent as Record<string, JsonValue>
    const other = random.of(places)
    switch (random.below(5)) {
      case 0:
        holder[key] = random.of(INTERESTING)
        break
      case 1:
        if (Array.isArray(parent)) parent.splice(Number(key), 1)
        else delete holder[key]
        break
      case 2:
        holder[key] = structuredClone((other.parent as Record<string, JsonValue>)[other.key] ?? null)
        break
      case 3:
        if (Array.isArray(parent)) parent.push(structuredClone(holder[key] ?? null))
        // Not assigned: the key may be the one that sets a prototype.
        else
          Object.defineProperty(parent, random.of([...KEYS, ...words]), {
            value: holder[key] ?? null,
            ...{ enumerable: true, configurable: true, writable: true },
          })
        break
      default:
        holder[key] = words.length === 0 ? '' : random.of(words)
    }
  }
  return JSON.stringify(copy)
}

interface Place {
  readonly parent: JsonValue[] | { [key: string]: JsonValue }
  readonly key: string
}

function placesIn(value: JsonValue): Place[] {
  const places: Place[] = []
  const open: JsonValue[] = [value]
  for (let next = open.pop(); next !== undefined && places.length < 5_000; next = open.pop()) {
    if (typeof next !== 'object' || next === null) continue
    for (const [key, child] of Object.entries(next)) {
      places.push({ parent: next, key })
      open.push(child)
    }
  }
  return places
}
