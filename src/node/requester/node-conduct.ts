import type { DriadErrorCode } from '../../protocol/errors.ts'
import type { PeerEvent } from '../reputation/peer-record.ts'
import type { Reputation } from '../reputation/reputation.ts'
import type { Settled } from './request-types.ts'

/**
 * Failures that say something about the node. All others are the workflow's, the requester's, or nobody's: too short a
 * deadline, for one, is not told from too slow a node.
 */
const nodeFaults: ReadonlySet<DriadErrorCode> = new Set([
  'internal',
  'inference_crashed',
  'model_unavailable',
  'model_invalid',
  'out_of_memory',
  'device_unavailable',
  'disk_full',
  'store_corrupt',
])
/** Answers that take less than this at the speed that is claimed are mostly disk, network and prompt. */
const MIN_TIMED_MS = 1_000

export interface NodeConductComponents {
  readonly reputation: Pick<Reputation, 'note'>
  /** Tokens per second of one sequence that the node claims for a model, and how many it says it has under way. */
  readonly claimed: (
    node: string,
    model: string,
  ) => { readonly speed: number; readonly load: number } | undefined
}

/** When an outcome came, by our clock, from a node that had the task and could be reached all the time. */
export interface Arrival {
  readonly atMs: number
  readonly assignedAtMs: number
}

/** Tells the reputation what nodes did, and only what was theirs. */
export class NodeConduct {
  readonly #components: NodeConductComponents

  constructor(components: NodeConductComponents) {
    this.#components = components
  }

  /** `arrival` is absent where time passed that was not the node's. */
  settled({ node, model, stats, error }: Settled, arrival: Arrival | undefined): void {
    if (error !== undefined) {
      if (nodeFaults.has(error.code)) this.#note(node, { type: 'failed' })
      return
    }
    const elapsedMs = arrival === undefined ? 0 : arrival.atMs - arrival.assignedAtMs
    const { speed = 0, load = 0 } = this.#components.claimed(node, model) ?? {}
    const tokensMs = stats.completionTokens * 1000
    const isTimed = elapsedMs > 0 && speed > 0 && tokensMs / speed >= MIN_TIMED_MS
    // Whatever the node says of its time. Sequences side by side share the machine.
    const speedRatio = ((tokensMs / elapsedMs) * Math.max(1, load)) / speed
    this.#note(node, {
      type: 'succeeded',
      ...(isTimed && { speedRatio }),
      ...(elapsedMs > 0 && { delayMs: Math.max(0, elapsedMs - stats.totalMs) }),
    })
  }

  /** It lost the task, forgot it, or said something of it that cannot be. */
  failed(node: string): void {
    this.#note(node, { type: 'failed' })
  }

  #note(node: string, event: PeerEvent): void {
    this.#components.reputation.note(node, event)
  }
}
