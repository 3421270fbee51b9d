import { DriadError } from '../errors.ts'
import { literalsGrammar, quoted } from './literal-grammar.ts'
import { integerGrammar, realGrammar } from './number-grammar.ts'
import { SchemaReader } from './read-schema.ts'
import { schemaLimits } from './schema-limits.ts'
import { SchemaReferences } from './schema-references.ts'
import { type ArrayShape, ambiguityOf, type ObjectShape, type Shape, type StringShape } from './shape.ts'

/**
 * Rules that every grammar has. Digits and white space are bounded, because a small model left free there may never
 * come to an end; escapes are never halves of surrogate pairs, so a string is as long as it has characters.
 */
const COMMON_RULES = [
  'ws ::= (" " | "\\n" " "{0,16})?',
  'hex ::= [0-9a-fA-F]',
  'escape ::= ["\\\\/bfnrt] | "u" ([0-9a-cA-CefEF] hex hex hex | [dD] [0-7] hex hex)',
  'char ::= [^"\\\\\\x7F\\x00-\\x1F] | "\\\\" escape',
  'string ::= "\\"" char* "\\""',
  'integer ::= "0" | "-"? [1-9] [0-9]{0,14}',
  'number ::= "-"? ("0" | [1-9] [0-9]{0,14}) ("." [0-9]{1,15})? ([eE] [-+]? [0-9]{1,2})?',
  'any ::= "{" ws (string ":" ws any ("," ws string ":" ws any)*)? ws "}" | "[" ws (any ("," ws any)*)? ws "]" | string | number | "true" | "false" | "null"',
]

const TWO_DIGITS_TO_59 = '[0-5] [0-9]'
const TIME = `([01] [0-9] | "2" [0-3]) ":" ${TWO_DIGITS_TO_59} ":" ${TWO_DIGITS_TO_59} ("." [0-9]{1,3})? ("Z" | [-+] ([01] [0-9] | "2" [0-3]) ":" ${TWO_DIGITS_TO_59})`
/** Every date that it allows exists; leap days are not among them. */
const DATE =
  '[0-9]{4} "-" (("0" [13578] | "1" [02]) "-" ("0" [1-9] | [12] [0-9] | "3" [01]) | ("0" [469] | "11") "-" ("0" [1-9] | [12] [0-9] | "30") | "02-" ("0" [1-9] | "1" [0-9] | "2" [0-8]))'
const LABEL = '[a-z0-9] [a-z0-9]{0,30}'
const OCTET = '("25" [0-5] | "2" [0-4] [0-9] | "1" [0-9] [0-9] | [1-9]? [0-9])'
const FORMATS = {
  date: DATE,
  time: TIME,
  'date-time': `${DATE} "T" ${TIME}`,
  uuid: 'hex{8} "-" hex{4} "-" hex{4} "-" hex{4} "-" hex{12}',
  email: `[a-zA-Z0-9] [a-zA-Z0-9_+-]{0,30} "@" ${LABEL} "." [a-z]{2,12}`,
  ipv4: `${OCTET} "." ${OCTET} "." ${OCTET} "." ${OCTET}`,
  uri: `"http" "s"? "://" ${LABEL} "." [a-z]{2,12} ("/" [a-zA-Z0-9._~-]{0,40}){0,5}`,
} as const

/**
 * Turns a JSON Schema into a GBNF grammar of which every text is valid JSON of that schema, and which ends with the
 * value: the model can only stop after it. Object keys keep the schema's order.
 *
 * (node-llama-cpp has a converter too. It takes `anyOf` for null and drops `minimum`, `pattern` and others silently,
 * writes integers like 1e-5, and asks for four line breaks after the value, which are tokens that somebody pays.)
 *
 * Throws `bad_workflow` with what cannot be guaranteed and where, `path` being what the schema is called there.
 */
export function schemaToGrammar(schema: unknown, path = 'schema'): string {
  checkSize(schema, path)
  const shape = readShape(schema, path)
  const writer = new GrammarWriter()
  const root = writer.expression(shape)
  if (writer.repetition > schemaLimits.totalRepetition) {
    throw refusal(path, `lengths that add up to at most ${schemaLimits.totalRepetition}`)
  }
  return [`root ::= ${root}`, ...COMMON_RULES, ...writer.rules].join('\n')
}

/** Recursion is unrolled as far as the limits allow, so that no text has more readings than can be followed. */
function readShape(schema: unknown, path: string): Shape {
  const references = new SchemaReferences(schema)
  let tooMuch: DriadError | undefined
  for (const levels of schemaLimits.recursion) {
    const reader = new SchemaReader(references, levels)
    const shape = reader.read(schema, { path, depth: 0, recursion: 0 })
    if (references.exhausted) throw refusal(path, 'references that are quicker to follow')
    const [first] = reader.issues
    if (first !== undefined && !reader.exhausted) {
      const found = first.found === undefined ? '' : `, found ${first.found}`
      throw new DriadError('bad_workflow', `${first.path}: expected ${first.expected}${found}`, {
        issues: reader.issues,
      })
    }
    if (first !== undefined) tooMuch ??= refusal(first.path, first.expected)
    else if (shape === undefined) throw refusal(path, 'a schema that some value satisfies')
    else if (ambiguityOf(shape) <= schemaLimits.ambiguity) return shape
    else
      tooMuch ??= refusal(
        path,
        `alternatives that differ early (at most ${schemaLimits.ambiguity} side by side)`,
      )
  }
  throw tooMuch ?? refusal(path, 'a schema within the limits')
}

function checkSize(schema: unknown, path: string): void {
  let length: number
  try {
    length = (JSON.stringify(schema) ?? '').length
  } catch (cause) {
    throw new DriadError('bad_workflow', `${path} is not JSON`, { cause })
  }
  if (length > schemaLimits.chars)
    throw refusal(path, `at most ${schemaLimits.chars} characters`, String(length))
}

function refusal(path: string, expected: string, found?: string): DriadError {
  const suffix = found === undefined ? '' : `, found ${found}`
  return new DriadError('bad_workflow', `${path}: expected ${expected}${suffix}`, {
    issues: [{ path, expected, ...(found !== undefined && { found }) }],
  })
}

/** Writes shapes as GBNF; a shape that is used twice becomes one rule. */
class GrammarWriter {
  readonly rules: string[] = []
  /** All bounded repetitions together. */
  repetition = 0
  readonly #names = new Map<Shape | string, string>()

  expression(shape: Shape): string {
    switch (shape.kind) {
      case 'any':
        return 'any'
      case 'string':
        return this.#string(shape)
      case 'number':
        if (shape.min === undefined && shape.max === undefined) return shape.integer ? 'integer' : 'number'
        return this.#rule(shape, () => (shape.integer ? integerGrammar(shape) : realGrammar(shape)))
      case 'literals':
        return this.#rule(shape, () => literalsGrammar(shape.texts))
      case 'object':
        return this.#rule(shape, () => this.#object(shape))
      case 'map':
        return this.#rule(shape, () => {
          const entry = `string ":" ws ${this.expression(shape.value)}`
          return `"{" ws ${this.#list(entry, shape.min, shape.max)} ws "}"`
        })
      case 'array':
        return this.#rule(shape, () => this.#array(shape))
      case 'union':
        return this.#rule(shape, () =>
          shape.of.map((alternative) => this.expression(alternative)).join(' | '),
        )
    }
  }

  #string({ min, max, format }: StringShape): string {
    if (format !== undefined) return this.#rule(`format ${format}`, () => `"\\"" ${FORMATS[format]} "\\""`)
    if (min === 0 && max === undefined) return 'string'
    return this.#rule(`string ${min} ${max}`, () => `"\\"" ${this.#repeat('char', min, max)} "\\""`)
  }

  #object({ properties }: ObjectShape): string {
    if (properties.length === 0) return '"{" ws "}"'
    // What may stand from a property on: `first` where no key is written yet, `rest` after one that is.
    let first = '""'
    let rest = ''
    for (const { key, required, shape } of properties.toReversed()) {
      const entry = `${quoted(JSON.stringify(key))} ":" ws ${this.expression(shape)}`
      const tail = rest === '' ? '' : ` ${this.#add(rest)}`
      first = required ? `${entry}${tail}` : `${entry}${tail} | ${first === '""' ? first : this.#add(first)}`
      rest = `${required ? `"," ws ${entry}` : `("," ws ${entry})?`}${tail}`
    }
    return `"{" ws (${first}) ws "}"`
  }

  #array({ prefix, items, min, max }: ArrayShape): string {
    if (prefix.length === 0) {
      if (items === undefined || max === 0) return '"[" ws "]"'
      return `"[" ws ${this.#list(this.expression(items), min, max)} ws "]"`
    }
    const beyond = prefix.length
    const more =
      items === undefined || (max !== undefined && max <= beyond)
        ? ''
        : ` ${this.#repeat(`("," ws ${this.expression(items)})`, Math.max(0, min - beyond), max === undefined ? undefined : max - beyond)}`
    let tail = more
    for (let index = prefix.length - 1; index >= 0; index--) {
      const item = `${index === 0 ? '' : '"," ws '}${this.expression(prefix[index] as Shape)}${tail}`
      tail = index < min ? ` ${item}` : ` (${item})?`
    }
    return `"[" ws${tail} ws "]"`
  }

  #list(item: string, min: number, max: number | undefined): string {
    if (max === 0) return '""'
    const further = this.#repeat(
      `("," ws ${item})`,
      Math.max(0, min - 1),
      max === undefined ? undefined : max - 1,
    )
    return min === 0 ? `(${item} ${further})?` : `${item} ${further}`
  }

  #repeat(item: string, min: number, max: number | undefined): string {
    this.repetition += max ?? min
    if (max === undefined) return min === 0 ? `${item}*` : `${item}{${min},}`
    if (max === 0) return '""'
    return `${item}{${min},${max}}`
  }

  #rule(key: Shape | string, write: () => string): string {
    const known = this.#names.get(key)
    if (known !== undefined) return known
    const name = this.#add(write())
    this.#names.set(key, name)
    return name
  }

  #add(text: string): string {
    const name = `r${this.rules.length}`
    this.rules.push(`${name} ::= ${text}`)
    return name
  }
}
