/** Longer texts than this are not looked for: no generation is that long. */
const MAX_CHARS = 1024 * 1024

/** A GBNF grammar as a tree, and the shortest text of each of its parts. Characters are code points. */
export type GrammarNode =
  | {
      readonly kind: 'set'
      readonly ranges: readonly (readonly [number, number])[]
      readonly negated: boolean
    }
  | { readonly kind: 'sequence' | 'choice'; readonly of: readonly GrammarNode[] }
  | { readonly kind: 'repeat'; readonly of: GrammarNode; readonly min: number; readonly max: number }
  | { readonly kind: 'rule'; readonly name: string }

export interface Grammar {
  readonly rules: ReadonlyMap<string, GrammarNode>
  /** The shortest text that a part stands for; undefined where that is longer than any generation. */
  shortest(node: GrammarNode): string | undefined
}

/** Reads what `schemaToGrammar` and `literalsGrammar` write: the part of GBNF that they use, one rule a line. */
export function readGrammar(text: string): Grammar {
  const rules = new Map<string, GrammarNode>()
  for (const line of text.split('\n')) {
    const at = line.indexOf(' ::= ')
    rules.set(line.slice(0, at), new RuleReader(line.slice(at + 5)).read())
  }
  return { rules, shortest: shortestTexts(rules) }
}

class RuleReader {
  readonly #points: readonly string[]
  #at = 0

  constructor(text: string) {
    this.#points = Array.from(text)
  }

  read(): GrammarNode {
    const node = this.#choice()
    if (this.#at < this.#points.length)
      throw new Error(`A grammar has ${this.#points[this.#at]} at ${this.#at}`)
    return node
  }

  #choice(): GrammarNode {
    const of = [this.#sequence()]
    while (this.#skip('|')) of.push(this.#sequence())
    return of.length === 1 ? (of[0] as GrammarNode) : { kind: 'choice', of }
  }

  #sequence(): GrammarNode {
    const of: GrammarNode[] = []
    for (;;) {
      this.#spaces()
      const next = this.#points[this.#at]
      if (next === undefined || next === '|' || next === ')') break
      of.push(this.#repeated(this.#item(next)))
    }
    return of.length === 1 ? (of[0] as GrammarNode) : { kind: 'sequence', of }
  }

  #item(first: string): GrammarNode {
    if (first === '"') return this.#literal()
    if (first === '[') return this.#set()
    if (first === '(') {
      this.#at++
      const node = this.#choice()
      this.#expect(')')
      return node
    }
    let name = ''
    while (/^[a-z0-9]$/.test(this.#points[this.#at] ?? '')) name += this.#points[this.#at++]
    if (name === '') throw new Error(`A grammar has ${first} at ${this.#at}`)
    return { kind: 'rule', name }
  }

  #repeated(of: GrammarNode): GrammarNode {
    if (this.#take('?')) return { kind: 'repeat', of, min: 0, max: 1 }
    if (this.#take('*')) return { kind: 'repeat', of, min: 0, max: Number.POSITIVE_INFINITY }
    if (!this.#take('{')) return of
    const min = this.#number()
    const max = !this.#take(',')
      ? min
      : this.#points[this.#at] === '}'
        ? Number.POSITIVE_INFINITY
        : this.#number()
    this.#expect('}')
    return { kind: 'repeat', of, min, max }
  }

  #literal(): GrammarNode {
    const of: GrammarNode[] = []
    this.#at++
    while (!this.#take('"')) {
      const point = this.#point()
      of.push({ kind: 'set', ranges: [[point, point]], negated: false })
    }
    return of.length === 1 ? (of[0] as GrammarNode) : { kind: 'sequence', of }
  }

  #set(): GrammarNode {
    const ranges: (readonly [number, number])[] = []
    this.#at++
    const negated = this.#take('^')
    while (!this.#take(']')) {
      const from = this.#point()
      const isRange = this.#points[this.#at] === '-' && this.#points[this.#at + 1] !== ']'
      if (isRange) this.#at++
      ranges.push([from, isRange ? this.#point() : from])
    }
    return { kind: 'set', ranges, negated }
  }

  /** One character of a literal or a set, escaped or not. */
  #point(): number {
    const point = this.#points[this.#at++]
    if (point === undefined) throw new Error('A grammar ends within quotes')
    if (point !== '\\') return point.codePointAt(0) as number
    const escaped = this.#points[this.#at++]
    if (escaped === 'n') return 0x0a
    if (escaped !== 'x') return (escaped ?? '\\').codePointAt(0) as number
    const hex = this.#points.slice(this.#at, this.#at + 2).join('')
    this.#at += 2
    return Number.parseInt(hex, 16)
  }

  #number(): number {
    let digits = ''
    while (/^[0-9]$/.test(this.#points[this.#at] ?? '')) digits += this.#points[this.#at++]
    return Number(digits)
  }

  #spaces(): void {
    while (this.#points[this.#at] === ' ') this.#at++
  }

  #skip(char: string): boolean {
    this.#spaces()
    return this.#take(char)
  }

  #take(char: string): boolean {
    if (this.#points[this.#at] !== char) return false
    this.#at++
    return true
  }

  #expect(char: string): void {
    if (!this.#skip(char)) throw new Error(`A grammar lacks ${char} at ${this.#at}`)
  }
}

/** Rules may lead back to themselves, so their texts are looked for again until none gets shorter. */
function shortestTexts(rules: ReadonlyMap<string, GrammarNode>): (node: GrammarNode) => string | undefined {
  const ofRule = new Map<string, string>()
  const known = new Map<GrammarNode, string | undefined>()
  const find = (node: GrammarNode): string | undefined => {
    switch (node.kind) {
      case 'set':
        return String.fromCodePoint(anyOf(node.ranges, node.negated))
      case 'rule':
        return ofRule.get(node.name)
      case 'repeat':
        if (node.min === 0) return ''
        return repeated(find(node.of), node.min)
      case 'sequence': {
        let all = ''
        for (const part of node.of) {
          const text = find(part)
          if (text === undefined) return undefined
          all += text
          if (all.length > MAX_CHARS) return undefined
        }
        return all
      }
      case 'choice': {
        let best: string | undefined
        for (const part of node.of) {
          const text = find(part)
          if (text !== undefined && (best === undefined || text.length < best.length)) best = text
        }
        return best
      }
    }
  }
  for (let changed = true; changed; ) {
    changed = false
    // What a rule is made of mostly comes before it, so few rounds are needed.
    for (const [name, node] of rules) {
      const text = find(node)
      const before = ofRule.get(name)
      if (text === undefined || (before !== undefined && before.length <= text.length)) continue
      ofRule.set(name, text)
      changed = true
    }
  }
  return (node) => {
    if (!known.has(node)) known.set(node, find(node))
    return known.get(node)
  }
}

/** A text so many times; undefined where that is longer than any generation. */
export function repeated(text: string | undefined, times: number): string | undefined {
  return text === undefined || text.length * times > MAX_CHARS ? undefined : text.repeat(times)
}

function anyOf(ranges: readonly (readonly [number, number])[], negated: boolean): number {
  if (!negated) return (ranges[0] as readonly [number, number])[0]
  let point = 'a'.charCodeAt(0)
  while (ranges.some(([from, to]) => point >= from && point <= to)) point++
  return point
}
