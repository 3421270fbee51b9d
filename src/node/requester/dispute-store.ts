import { createHash } from 'node:crypto'
import { type DisputeCode, disputeCodeOf } from '../../protocol/payment.ts'
import type { DisputeView } from '../../protocol/task-views.ts'
import { clipText } from '../../protocol/wire/clip-text.ts'
import { publicKeyOfPeerId } from '../../protocol/wire/keys.ts'
import { REASON_BYTES } from '../../protocol/wire/limits.ts'
import type { Signed } from '../../protocol/wire/messages.pb.ts'
import { type Signer, signMessage } from '../../protocol/wire/signing.ts'
import type { PeerTarget } from '../network/contract.ts'
import type { Reader, Store, Transaction } from '../store/contract.ts'

export interface NewDispute {
  readonly taskId: string
  readonly target: PeerTarget
  readonly code: DisputeCode
  readonly reason: string
  /** What it is about, as the node signed it. */
  readonly outcome: Signed
}

/** A dispute that its node has not taken yet. */
export interface WaitingDispute {
  readonly taskId: string
  readonly target: PeerTarget
  readonly signed: Signed
}

interface SignedRow {
  payload: Uint8Array
  signature: Uint8Array
}

/** What this identity has against results: signed, kept with the node's own signature, and to be told to the node. */
export class DisputeStore {
  readonly store: Store
  readonly #signer: Signer

  constructor(store: Store, signer: Signer) {
    this.store = store
    this.#signer = signer
  }

  /** Signs and keeps it. The first dispute of a task with a node stands. */
  record(tx: Transaction, { taskId, target, code, reason, outcome }: NewDispute): void {
    const createdAtMs = Date.now()
    const clipped = clipText(reason, REASON_BYTES)
    const signed = signMessage(
      'dispute',
      {
        taskId,
        node: new Uint8Array(publicKeyOfPeerId(target.peerId)),
        resultHash: new Uint8Array(createHash('sha256').update(outcome.payload).digest()),
        code,
        reason: clipped,
        issuedAtMs: createdAtMs,
      },
      this.#signer,
    )
    tx.run(
      `INSERT INTO request_disputes (task_id, node, addresses, code, reason, payload, signature, outcome_payload,
         outcome_signature, created_at_ms)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (task_id, node) DO NOTHING`,
      taskId,
      target.peerId,
      JSON.stringify(target.addresses),
      code,
      clipped,
      signed.payload,
      signed.signature,
      outcome.payload,
      outcome.signature,
      createdAtMs,
    )
  }

  /** Oldest first. */
  waiting(sinceMs: number, limit: number): readonly WaitingDispute[] {
    return this.store
      .all<SignedRow & { task_id: string; node: string; addresses: string }>(
        `SELECT task_id, node, addresses, payload, signature FROM request_disputes
         WHERE state = 'waiting' AND created_at_ms >= ? ORDER BY created_at_ms LIMIT ?`,
        sinceMs,
        limit,
      )
      .map((row) => ({
        taskId: row.task_id,
        target: { peerId: row.node, addresses: JSON.parse(row.addresses) as string[] },
        signed: this.#signed(row),
      }))
  }

  /** The dispute with a node over its result of a task, whether it was told or not. */
  signedOf(node: string, taskId: string): Signed | undefined {
    const row = this.store.get<SignedRow>(
      'SELECT payload, signature FROM request_disputes WHERE task_id = ? AND node = ?',
      taskId,
      node,
    )
    return row && this.#signed(row)
  }

  countWaiting(sinceMs: number): number {
    const row = this.store.get<{ disputes: number }>(
      "SELECT count(*) AS disputes FROM request_disputes WHERE state = 'waiting' AND created_at_ms >= ?",
      sinceMs,
    )
    return row?.disputes ?? 0
  }

  end(tx: Transaction, taskId: string, node: string, state: 'delivered' | 'refused'): void {
    tx.run('UPDATE request_disputes SET state = ? WHERE task_id = ? AND node = ?', state, taskId, node)
  }

  #signed({ payload, signature }: SignedRow): Signed {
    return {
      payload: new Uint8Array(payload),
      publicKey: new Uint8Array(this.#signer.publicKey),
      signature: new Uint8Array(signature),
    }
  }
}

/** What was said against the result that a task has, or against those before it, the newest. */
export function requestDispute(reader: Reader, taskId: string): DisputeView | undefined {
  const row = reader.get<{
    code: string
    reason: string
    created_at_ms: number
    node: string
    state: 'waiting' | 'delivered' | 'refused'
  }>(
    `SELECT code, reason, created_at_ms, node, state FROM request_disputes
     WHERE task_id = ? ORDER BY created_at_ms DESC LIMIT 1`,
    taskId,
  )
  if (row === undefined) return undefined
  const { reason, node, state } = row
  return { code: disputeCodeOf(row.code), reason, atMs: row.created_at_ms, toldTo: { node, state } }
}
