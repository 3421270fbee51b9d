import type { DriadErrorCode } from '../../protocol/errors.ts'
import type { PeerEvent } from '../reputation/peer-record.ts'
import type { Reputation } from '../reputation/reputation.ts'
import type { RequestAssignment, Settled } from './request-types.ts'

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
/** Shorter answers are mostly prompt and waiting. */
const MIN_TIMED_TOKENS = 16

export interface NodeConductComponents {
  readonly reputation: Pick<Reputation, 'note'>
  /** Tokens per second that the node claims for a model. */
  readonly claimedSpeed: (node: string, model: string) => number | undefined
}

/** Tells the reputation what nodes did, and only what was theirs. */
export class NodeConduct {
  readonly #components: NodeConductComponents

  constructor(components: NodeConductComponents) {
    this.#components = components
  }

  /** `live`: the outcome came on the stream that the task went out on, so that its time is the node's. */
  settled(
    { node, model, stats, error, atMs }: Settled,
    assignment: RequestAssignment | undefined,
    live: boolean,
  ): void {
    if (error !== undefined) {
      if (nodeFaults.has(error.code)) this.#note(node, { type: 'failed' })
      return
    }
    const elapsedMs = live && assignment !== undefined ? atMs - assignment.assignedAtMs : undefined
    const claimed = this.#components.claimedSpeed(node, model) ?? 0
    const timed = elapsedMs !== undefined && elapsedMs > 0 && stats.completionTokens >= MIN_TIMED_TOKENS
    // By our clock, whatever the node says: reading the prompt is in it, which the threshold allows for.
    const speedRatio =
      timed && claimed > 0 ? (stats.completionTokens * 1000) / elapsedMs / claimed : undefined
    this.#note(node, {
      type: 'succeeded',
      ...(speedRatio !== undefined && { speedRatio }),
      ...(elapsedMs !== undefined && { delayMs: Math.max(0, elapsedMs - stats.totalMs) }),
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
