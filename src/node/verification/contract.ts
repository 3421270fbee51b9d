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
  /** Of an answer that agrees, and was replayed: what it adds to what is known of its node. */
  readonly evidence?: AnswerEvidence
}

/** How exactly an answer is the one that is computed here. */
export interface AnswerEvidence {
  /** Its tokens were drawn with a seed; they are the likeliest ones otherwise. */
  readonly drawn: boolean
  /** Tokens, and the end. */
  readonly places: number
  /** How much there was to decide: the probability of all but the likeliest token, summed over the places. */
  readonly open: number
  /** Places at which another token came than the one that is chosen here. */
  readonly strange: number
  /** The chance that one draw with another seed gives this very text is no larger: natural logarithm. 0 where that is not known. */
  readonly logChance: number
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
