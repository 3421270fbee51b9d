import { createHmac } from 'node:crypto'
import { BoundedMap } from '../network/bounded-map.ts'
import type { Standing } from '../reputation/peer-record.ts'

/** How many of a node's first results are checked more often than those of nodes that are known, and how much more often. So are those of a suspect. */
const PROBATION_CHECKS = 3
const PROBATION_FACTOR = 5
/** How much less often a trusted node is checked. Never not at all. */
const TRUSTED_FACTOR = 0.25
/** Nodes whose next result is checked because an earlier one could not be. */
const OWED_NODES = 4_096

export interface CheckDrawInit {
  /** Share of results that are checked, of nodes that are neither new nor trusted: 0 to 1. */
  readonly rate: number
  /**
   * Unknown to nodes, or they would know which of their results are checked. The same after a restart: a result that is sent
   * again then has no second chance either.
   */
  readonly secret: Uint8Array
}

/** What is known of a node that may be checked. */
export interface Checked extends Pick<Standing, 'trusted' | 'checks'> {
  /** Its checks begin to add up against it. */
  readonly suspected?: boolean
}

/** Decides which results are checked. A result that is sent again is drawn no second time: it depends on the task alone. */
export class CheckDraw {
  readonly #rate: number
  readonly #secret: Uint8Array
  readonly #owed = new BoundedMap<string, true>(OWED_NODES)

  constructor({ rate, secret }: CheckDrawInit) {
    this.#rate = rate
    this.#secret = secret
  }

  /** The share of a node's results that are checked. */
  rateFor({ trusted, checks, suspected = false }: Checked): number {
    // Who asks for all of them means all.
    if (this.#rate >= 1) return 1
    if (suspected) return Math.min(1, this.#rate * PROBATION_FACTOR)
    if (trusted) return this.#rate * TRUSTED_FACTOR
    return checks < PROBATION_CHECKS ? Math.min(1, this.#rate * PROBATION_FACTOR) : this.#rate
  }

  chooses(taskId: string, node: string, standing: Checked): boolean {
    if (this.#rate <= 0) return false
    if (this.#owed.delete(node)) return true
    const digest = createHmac('sha256', this.#secret).update(taskId).digest()
    return digest.readUIntBE(0, 6) / 2 ** 48 < this.rateFor(standing)
  }

  /** A result that was chosen could not be checked for want of room: flooding us must not be a way around checks. */
  owe(node: string): void {
    this.#owed.set(node, true)
  }
}
