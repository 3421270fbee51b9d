import { createHash } from 'node:crypto'

/**
 * A number that is this node's alone for this offer: the first 32 bits of SHA-256(offer id, node key). A node claims
 * when it is at most the offer's threshold, so that an offer of one task does not call up every idle node.
 */
export function claimDraw(offerId: string, nodeKey: Uint8Array): number {
  return createHash('sha256').update(offerId).update(nodeKey).digest().readUInt32BE(0)
}
