import { type DriadErrorCode, isDriadErrorCode } from '../../protocol/errors.ts'
import { amountMicro, type TokenCounts } from '../../protocol/money.ts'
import type { TaskOutcome } from '../../protocol/wire/messages.pb.ts'
import type { RequestAssignment } from './request-types.ts'

export interface OutcomeExpectation {
  /** What was agreed with the node that signed it. */
  readonly assignment: RequestAssignment
  /** Our raw public key. */
  readonly requester: Uint8Array
  /** The most that an honest node can have counted. */
  readonly plausible: TokenCounts
}

/**
 * Why an outcome, whose signature was checked already, cannot be accepted; undefined if it can.
 * A node that says one of these things is wrong on purpose or broken: the task goes to another.
 */
export function outcomeFault(outcome: TaskOutcome, expected: OutcomeExpectation): string | undefined {
  const { assignment, requester, plausible } = expected
  if (outcome.taskId !== assignment.taskId) return 'it is of another task'
  if (Buffer.compare(outcome.requester, requester) !== 0) return 'it is addressed to another requester'
  if (outcome.model !== assignment.model) {
    return `it was made with the model ${outcome.model}, not with ${assignment.model}`
  }
  if (outcome.ok && Buffer.compare(outcome.modelDigest, assignment.modelDigest) !== 0) {
    return 'it was made with other weights than the node claimed'
  }
  if (!outcome.ok) return undefined
  if (outcome.promptTokens > plausible.promptTokens) {
    return `it counts ${outcome.promptTokens} prompt tokens; the workflow cannot come to more than ${plausible.promptTokens}`
  }
  if (outcome.completionTokens > plausible.completionTokens) {
    return `it counts ${outcome.completionTokens} completion tokens; the workflow cannot come to more than ${plausible.completionTokens}`
  }
  const owed = amountMicro(assignment.price, outcome)
  if (outcome.amountMicro !== owed) {
    return `it asks for ${outcome.amountMicro} micro-credits; ${owed} were agreed for its tokens`
  }
  return undefined
}

/** A failure that the node reported, in a code that this version knows. */
export function outcomeError(outcome: TaskOutcome): {
  readonly code: DriadErrorCode
  readonly message: string
} {
  if (isDriadErrorCode(outcome.errorCode)) {
    return { code: outcome.errorCode, message: outcome.errorMessage || 'The node gave no reason' }
  }
  return { code: 'internal', message: `${outcome.errorCode}: ${outcome.errorMessage}` }
}
