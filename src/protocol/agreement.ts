import type { DriadErrorCode } from './errors.ts'
import type { TaskState } from './task.ts'

/** The most nodes that one task can be given to for comparison. */
export const MAX_REDUNDANCY = 9

/** When results of several nodes count as one: more than half of all asked gave the same, or every one of them did. */
export const agreementRules = ['majority', 'all'] as const
export type AgreementRule = (typeof agreementRules)[number]

/** What one of the nodes came to. */
export interface CopyView {
  /** The copy is a task of its own, with its own receipt and ledger entry. */
  readonly taskId: string
  readonly status: TaskState
  readonly node?: string
  /** SHA-256 of its result, in hex; where there is none, `error` may say why. */
  readonly resultHash?: string
  /** Whether its result is the one that was agreed on. Absent where there is no result, or none was agreed on. */
  readonly agrees?: boolean
  readonly amountMicro?: string
  readonly error?: { readonly code: DriadErrorCode; readonly message: string }
}

/** How the nodes of a redundant task agree. Goes on changing after the task's end while other nodes finish. */
export interface AgreementView {
  readonly rule: AgreementRule
  /** Nodes that were to be asked. */
  readonly asked: number
  /** Nodes whose result is here. */
  readonly answered: number
  /** Nodes with the result that was agreed on; with the most frequent one where none was. */
  readonly agreed: number
  readonly copies: readonly CopyView[]
}
