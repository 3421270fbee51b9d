import type { DisputeCode } from './payment.ts'

/** What the window sees of how one task was placed and paid; forms as in `views.ts`. */

/** What the requester has against the result. */
export interface DisputeView {
  /** Of `disputeCodes`. */
  readonly code: DisputeCode
  readonly reason: string
  /** When it was received, or signed here. */
  readonly atMs: number
  /** Of a dispute that was signed here: whose result it is about (a peer id), and whether that node has it. */
  readonly toldTo?: { readonly node: string; readonly state: 'waiting' | 'delivered' | 'refused' }
}

/** One node that was given the task, and may still be paid for it. */
export interface AssignedNodeView {
  /** Peer id. */
  readonly node: string
  readonly model: string
  readonly promptMicroPer1k: string
  readonly completionMicroPer1k: string
  readonly assignedAtMs: number
  readonly acceptedAtMs?: number
}

/** What is known of a task's payment beside its state. */
export interface PaymentTrailView {
  /** The price that was agreed, in micro-credits for 1,000 tokens. */
  readonly price?: { readonly promptMicroPer1k: string; readonly completionMicroPer1k: string }
  /** When the other side had the result. */
  readonly deliveredAtMs?: number
  /** When the payer signed that it has paid, and how, in its words. */
  readonly settledAtMs?: number
  readonly reference?: string
}
