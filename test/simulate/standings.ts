import { neutralStanding, type Standing } from '../../src/node/requester/select.ts'
import type { Random } from './random.ts'

interface History {
  good: number
  lost: number
  caught: boolean
}

/** Good results after which a node is checked less often. */
const PROVEN = 20
const CAUGHT: Standing = { score: 0, trusted: false }

/**
 * What one requester thinks of nodes: a model of sampled checking, in which a check that is made always finds out. The rates
 * of real checks are in docs/verification.md.
 */
export class Standings {
  readonly #random: Random
  readonly #checks: { readonly strangers: number; readonly trusted: number }
  readonly #nodes = new Map<string, History>()
  /** Results that were looked at; made-up ones that were found, and that were taken for good. */
  checked = 0
  found = 0
  missed = 0

  constructor(random: Random, checks: { readonly strangers: number; readonly trusted: number }) {
    this.#random = random
    this.#checks = checks
  }

  of(node: string): Standing {
    const record = this.#nodes.get(node)
    if (record === undefined) return neutralStanding
    if (record.caught) return CAUGHT
    const score = (record.good + 1) / (record.good + 2 * record.lost + 2)
    return { score, trusted: record.good >= PROVEN && record.lost === 0 }
  }

  isChecked(node: string): boolean {
    const isChecked = this.#random.chance(
      this.of(node).trusted ? this.#checks.trusted : this.#checks.strangers,
    )
    if (isChecked) this.checked++
    return isChecked
  }

  good(node: string, isTrue: boolean): void {
    this.#record(node).good++
    if (!isTrue) this.missed++
  }

  caught(node: string): void {
    this.#record(node).caught = true
    this.found++
  }

  lost(node: string): void {
    this.#record(node).lost++
  }

  #record(node: string): History {
    const record = this.#nodes.get(node) ?? { good: 0, lost: 0, caught: false }
    this.#nodes.set(node, record)
    return record
  }
}
