import type { CheckView } from '../../protocol/views.ts'
import type { TaskOutcome } from '../../protocol/wire/messages.pb.ts'
import type { RequestAssignment, RequestContents } from '../requester/request-types.ts'

/**
 * `agreed`: an honest node would have sent this. `refuted`: none would. `unclear`: the check could not tell, which counts
 * neither for nor against the node.
 */
export type VerdictKind = CheckView['verdict']

export interface Verdict {
  readonly kind: VerdictKind
  /** One sentence for people, to be put after a colon. */
  readonly reason: string
}

/** An outcome that is to be checked, and all that it came of. */
export interface CheckSubject {
  readonly taskId: string
  /** Peer id. */
  readonly node: string
  readonly assignment: RequestAssignment
  readonly contents: RequestContents
  readonly outcome: TaskOutcome
}

/** One way of finding out whether a result is right. */
export interface Checker {
  readonly method: CheckMethod
  /** Whether it could check this one at all, before any work. */
  canCheck(subject: CheckSubject): boolean
  /** Rejects where the check itself fails, or with the signal's reason. */
  check(subject: CheckSubject, options: { signal: AbortSignal }): Promise<Verdict>
}

export type CheckMethod = CheckView['method']

/** What is remembered of a check. */
export interface CheckRecord extends CheckView {
  readonly taskId: string
}
