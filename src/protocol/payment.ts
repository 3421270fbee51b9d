import type { DriadErrorCode } from './errors.ts'

/**
 * How far the payment of one task has come. `pending`: its result is there, its receipt is not. `acknowledged`: the payer signed
 * for it. `settled`: the payer says that it has paid. `disputed`: the requester signed why it does not pay. `unpaid`: it was
 * given up. `none`: there is nothing to be paid.
 */
export const paymentStates = ['none', 'pending', 'acknowledged', 'settled', 'disputed', 'unpaid'] as const
export type PaymentState = (typeof paymentStates)[number]

/** Why an ended task brought nothing. Each has exactly one. */
export const unpaidCodes = [
  /** Its price was nothing. */
  'free',
  /** This node could not do it. */
  'failed_by_node',
  /** The workflow or its limits could not be done by anybody. */
  'failed_by_requester',
  /** It was stopped before it had a result. */
  'cancelled',
  /** Its deadline passed. */
  'expired',
  /** The requester took another result. */
  'superseded',
  /** The requester could not be reached until the result was given up. */
  'requester_gone',
  /** The requester had the result, and signed nothing. */
  'no_receipt',
  /** The requester signed something else than was due. */
  'receipt_wrong',
  /** The requester signed why it does not pay. */
  'disputed',
] as const
export type UnpaidCode = (typeof unpaidCodes)[number]

/** What a requester may have against a result. */
export const disputeCodes = [
  /** Another model, price or number of tokens than was agreed, or than there can be. */
  'not_as_agreed',
  /** Done again, it came out otherwise. */
  'failed_verification',
  'other',
] as const
export type DisputeCode = (typeof disputeCodes)[number]

/** A later version may know more codes. */
export function disputeCodeOf(code: string): DisputeCode {
  return disputeCodes.find((known) => known === code) ?? 'other'
}

/** Failures that would be the same on any node: what was asked for cannot be done. */
const requesterFaults: ReadonlySet<DriadErrorCode> = new Set<DriadErrorCode>([
  'bad_workflow',
  'bad_offer',
  'bad_message',
  'bad_signature',
  'too_large',
  'operator_unavailable',
  'missing_input',
  'condition_not_numeric',
  'check_failed',
  'max_steps_exceeded',
  'max_time_exceeded',
  'context_exceeded',
  'output_invalid',
  'tool_refused',
])

/** Why a task that has just ended will bring nothing, whatever happens to its receipt; undefined where it is to be paid. */
export function unpaidCodeOf(end: {
  readonly error?: { readonly code: DriadErrorCode }
  readonly amountMicro: bigint
}): UnpaidCode | undefined {
  if (end.error === undefined) return end.amountMicro > 0n ? undefined : 'free'
  if (end.error.code === 'cancelled') return 'cancelled'
  if (end.error.code === 'deadline_exceeded') return 'expired'
  return requesterFaults.has(end.error.code) ? 'failed_by_requester' : 'failed_by_node'
}
