import { BatchSizes } from './batch-sizes.ts'

/** llama.cpp uses a graph again for the same sequences, and builds one for others: so the same ones go on for so long. */
const SPELL_MS = 40

interface Spell<W> {
  readonly works: readonly W[]
  /** How many there were to choose from. */
  readonly waiting: number
  readonly untilMs: number
}

/** Who computes together when each wants one token: all, or some in turn where that is faster. */
export class Spells<W extends object> {
  readonly #sizes = new BatchSizes()
  /** The last spell that each was part of. */
  readonly #last = new WeakMap<W, number>()
  #spells = 0
  #spell: Spell<W> | undefined

  /** Those of `waiting` that are part of the next round, in the order that they came in. */
  next(waiting: readonly W[]): readonly W[] {
    const spell = this.#spell
    // Who has just come need not wait for the others' spell to end.
    if (
      spell !== undefined &&
      spell.waiting === waiting.length &&
      performance.now() < spell.untilMs &&
      spell.works.every((work) => waiting.includes(work))
    )
      return spell.works
    const size = this.#sizes.choose(waiting.length)
    const rested = (work: W) => this.#last.get(work) ?? 0
    const chosen = new Set(waiting.toSorted((a, b) => rested(a) - rested(b)).slice(0, size))
    this.#spells++
    for (const work of chosen) this.#last.set(work, this.#spells)
    const works = waiting.filter((work) => chosen.has(work))
    this.#spell = { works, waiting: waiting.length, untilMs: performance.now() + SPELL_MS }
    return works
  }

  /** A round of `count` of them took so long, sampling included. */
  took(count: number, ms: number): void {
    this.#sizes.learn(count, ms)
  }
}
