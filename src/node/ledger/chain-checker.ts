import type { LedgerEntry, LedgerProblem } from './contract.ts'
import { entryFacts } from './entry-facts.ts'
import { entryHash, FIRST_PREV_HASH } from './entry-hash.ts'
import { type LedgerGap, rangeText } from './gaps.ts'

/** Beyond so many, more problems tell a person nothing new. */
export const MAX_PROBLEMS = 1_000

/** Collects problems, up to a bound; the same one is kept once. */
export class ProblemList {
  readonly #problems: LedgerProblem[] = []
  readonly #seen = new Set<string>()
  #dropped = 0

  add(message: string, seq?: number): void {
    const key = `${seq} ${message}`
    if (this.#seen.has(key)) return
    if (this.#problems.length >= MAX_PROBLEMS) {
      this.#dropped++
      return
    }
    this.#seen.add(key)
    this.#problems.push(seq === undefined ? { message } : { seq, message })
  }

  /** By entry; those of no entry in particular come last. */
  sorted(): readonly LedgerProblem[] {
    const problems = this.#problems.toSorted((a, b) => (a.seq ?? Infinity) - (b.seq ?? Infinity) || 0)
    if (this.#dropped > 0) problems.push({ message: `${this.#dropped} more problems are not listed` })
    return problems
  }
}

/** Checks entries, handed over in order, by what they are and by what came before. */
export class ChainChecker {
  readonly #ownKey: Uint8Array
  readonly #problems: ProblemList
  readonly #tasks = new Map<string, number>()
  #nextSeq = 1
  /** Undefined after an entry that could not be read: the link to it cannot be checked. */
  #prevHash: string | undefined = FIRST_PREV_HASH
  #entries = 0
  #lost = 0
  #balanceMicro = 0n

  constructor(ownKey: Uint8Array, problems: ProblemList) {
    this.#ownKey = ownKey
    this.#problems = problems
  }

  /** Entries checked so far. */
  get entries(): number {
    return this.#entries
  }

  /** Entries that are known to be lost. */
  get lost(): number {
    return this.#lost
  }

  /** Credits minus debits of the entries checked so far. */
  get balanceMicro(): bigint {
    return this.#balanceMicro
  }

  /** The hash of the entry checked last, as it is stored, or what stands in for it behind a gap. */
  get headHash(): string | undefined {
    return this.#prevHash
  }

  /** Says that `seq` is there but cannot be read, or is not there. */
  skip(seq: number, reason: string): void {
    this.#problems.add(reason, seq)
    this.#nextSeq = seq + 1
    this.#prevHash = undefined
  }

  /** Says that entries are known to be lost, and what the next one names as its predecessor. */
  pass({ from, to, nextPrevHash }: Pick<LedgerGap, 'from' | 'to' | 'nextPrevHash'>): void {
    if (from !== this.#nextSeq || to < from)
      this.#problems.add(`${rangeText({ from, to })} cannot be a gap here`, from)
    this.#lost += to - from + 1
    this.#nextSeq = to + 1
    this.#prevHash = nextPrevHash
  }

  check(entry: LedgerEntry): void {
    const { seq } = entry
    if (seq !== this.#nextSeq) {
      this.#problems.add(`Entry ${seq} comes where ${this.#nextSeq} was expected`, seq)
      this.#prevHash = undefined
    }
    if (this.#prevHash !== undefined && entry.prevHash !== this.#prevHash) {
      this.#problems.add(`Entry ${seq} does not follow from the entry before it`, seq)
    }
    if (entryHash(entry) !== entry.hash) {
      this.#problems.add(`Entry ${seq} was changed: its hash is not that of its content`, seq)
    }
    this.#checkFacts(entry)
    const task = `${entry.direction} ${entry.taskId}`
    const twin = this.#tasks.get(task)
    if (twin !== undefined) this.#problems.add(`Entry ${seq} is for the same task as entry ${twin}`, seq)
    this.#tasks.set(task, seq)
    this.#entries++
    this.#balanceMicro += entry.direction === 'credit' ? entry.amountMicro : -entry.amountMicro
    this.#nextSeq = seq + 1
    this.#prevHash = entry.hash
  }

  #checkFacts(entry: LedgerEntry): void {
    const { seq } = entry
    try {
      const facts = entryFacts(entry, this.#ownKey)
      for (const field of ['taskId', 'amountMicro', 'counterparty', 'model', 'resultHash'] as const) {
        if (entry[field] !== facts[field]) {
          this.#problems.add(`Entry ${seq} says another ${field} than its receipt and outcome`, seq)
        }
      }
    } catch (error) {
      this.#problems.add(`Entry ${seq}: ${error instanceof Error ? error.message : String(error)}`, seq)
    }
  }
}
