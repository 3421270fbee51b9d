import { type Grammar, type GrammarNode, repeated } from './read-grammar.ts'

/** A part of the grammar that is to come, and what comes after it. */
interface Frame {
  readonly node: GrammarNode
  /** Parts of a sequence, or rounds of a repetition, that are done. */
  readonly done: number
  readonly next: Frame | undefined
  /** The shortest text that this and all after it can be; undefined where that is longer than any generation. */
  readonly end: string | undefined
}

/** Where a text stands in its grammar: what may come next, and how it ends soonest. Never changes. */
export class GrammarCursor {
  readonly #grammar: Grammar
  /** Readings of the text so far: a set of characters comes next in each, or nothing does. */
  readonly #readings: readonly (Frame | undefined)[]

  private constructor(grammar: Grammar, readings: readonly (Frame | undefined)[]) {
    this.#grammar = grammar
    this.#readings = readings
  }

  static at(grammar: Grammar): GrammarCursor {
    const step = new Step(grammar)
    step.reach({ kind: 'rule', name: 'root' }, 0, undefined)
    return new GrammarCursor(grammar, step.readings)
  }

  /** After that text too; a cursor without an end where the grammar does not allow it. */
  after(text: string): GrammarCursor {
    let readings = this.#readings
    for (const char of text) {
      const point = char.codePointAt(0) as number
      const step = new Step(this.#grammar)
      for (const frame of readings) {
        if (frame?.node.kind === 'set' && holds(frame.node, point)) step.go(frame.next)
      }
      readings = step.readings
    }
    return new GrammarCursor(this.#grammar, readings)
  }

  /** The shortest text that completes it: empty where it is complete; undefined where nothing can complete it. */
  get end(): string | undefined {
    let best: string | undefined
    for (const frame of this.#readings) {
      const end = frame === undefined ? '' : frame.end
      if (end === undefined) continue
      if (best === undefined || end.length < best.length) best = end
    }
    return best
  }
}

/** Follows a grammar up to the next characters, each place once. */
class Step {
  readonly readings: (Frame | undefined)[] = []
  readonly #grammar: Grammar
  /** Places that were reached already, by what comes after them. */
  readonly #reached = new Map<Frame | undefined, Map<GrammarNode, Set<number>>>()
  #ended = false

  constructor(grammar: Grammar) {
    this.#grammar = grammar
  }

  /** On with what comes after a part that is done. */
  go(frame: Frame | undefined): void {
    if (frame !== undefined) this.reach(frame.node, frame.done, frame.next)
    else if (!this.#ended) {
      this.#ended = true
      this.readings.push(undefined)
    }
  }

  reach(node: GrammarNode, done: number, next: Frame | undefined): void {
    if (!this.#isNew(node, done, next)) return
    switch (node.kind) {
      case 'set':
        this.readings.push(this.#frame(node, 0, next))
        break
      case 'rule':
        this.reach(this.#rule(node.name), 0, next)
        break
      case 'choice':
        for (const part of node.of) this.reach(part, 0, next)
        break
      case 'sequence': {
        const part = node.of[done]
        if (part === undefined) this.go(next)
        else this.reach(part, 0, done + 1 === node.of.length ? next : this.#frame(node, done + 1, next))
        break
      }
      case 'repeat': {
        if (done >= node.min) this.go(next)
        // Rounds are counted as far as it matters how many there were.
        const counted = node.max === Number.POSITIVE_INFINITY ? Math.min(done + 1, node.min) : done + 1
        if (done < node.max) this.reach(node.of, 0, this.#frame(node, counted, next))
      }
    }
  }

  #isNew(node: GrammarNode, done: number, next: Frame | undefined): boolean {
    const nodes = this.#reached.get(next) ?? new Map<GrammarNode, Set<number>>()
    this.#reached.set(next, nodes)
    const counts = nodes.get(node) ?? new Set<number>()
    nodes.set(node, counts)
    if (counts.has(done)) return false
    counts.add(done)
    return true
  }

  #frame(node: GrammarNode, done: number, next: Frame | undefined): Frame {
    const rest = this.#rest(node, done)
    const after = next === undefined ? '' : next.end
    return { node, done, next, end: rest === undefined || after === undefined ? undefined : rest + after }
  }

  #rest(node: GrammarNode, done: number): string | undefined {
    if (done === 0) return this.#grammar.shortest(node)
    if (node.kind === 'repeat') return repeated(this.#grammar.shortest(node.of), Math.max(0, node.min - done))
    if (node.kind !== 'sequence') return ''
    const parts = node.of.slice(done).map((part) => this.#grammar.shortest(part))
    return parts.includes(undefined) ? undefined : parts.join('')
  }

  #rule(name: string): GrammarNode {
    const node = this.#grammar.rules.get(name)
    if (node === undefined) throw new Error(`A grammar has no rule ${name}`)
    return node
  }
}

function holds({ ranges, negated }: GrammarNode & { kind: 'set' }, point: number): boolean {
  return ranges.some(([from, to]) => point >= from && point <= to) !== negated
}
