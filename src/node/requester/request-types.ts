import type { AgreementRule } from '../../protocol/agreement.ts'
import type { DriadErrorCode } from '../../protocol/errors.ts'
import type { Price } from '../../protocol/money.ts'
import type { TaskPriority } from '../../protocol/priority.ts'
import type { SamplingOptions } from '../../protocol/sampling.ts'
import type { TaskState, TaskStats } from '../../protocol/task.ts'
import type { Signed } from '../../protocol/wire/messages.pb.ts'

export interface NewRequest {
  readonly taskId: string
  readonly driver: string
  readonly offerKey: string
  readonly title: string
  readonly workflowJson: string
  readonly input?: string
  readonly scoreText?: string
  readonly sampling: SamplingOptions
  readonly models: readonly string[]
  readonly maxPrice: Price
  readonly stream: boolean
  readonly cancelOnDisconnect: boolean
  readonly deadlineMs: number
  readonly createdAtMs: number
  readonly priority: TaskPriority
  /** The caller's own name of it. */
  readonly key?: string
  /** To how many nodes it is given as a copy; then it is not given to any itself. */
  readonly copies: number
  readonly agreement?: AgreementRule
  /** The task that this is a copy of. */
  readonly copyOf?: string
  /** Peer ids. */
  readonly notTo?: readonly string[]
}

/** `waiting`: signed and not acknowledged yet; `refused`: the node does not want it, and said why. */
export type RequestReceiptState = 'none' | 'waiting' | 'acknowledged' | 'refused'

/** What the life of a task needs to know of it; texts are read only where they are needed. */
export interface StoredRequest {
  readonly seq: number
  readonly taskId: string
  readonly driver: string
  readonly offerKey: string
  readonly state: TaskState
  readonly node?: string
  readonly deadlineMs: number
  readonly createdAtMs: number
  readonly endedAtMs?: number
  readonly receiptState: RequestReceiptState
  readonly priority: TaskPriority
  /** More than one: it ends by what its copies come to, and no node has it itself. */
  readonly copies: number
  readonly copyOf?: string
}

/** All that an assignment is made from. */
export interface RequestContents {
  readonly workflowJson: string
  readonly input?: string
  readonly scoreText?: string
  readonly sampling: SamplingOptions
  readonly deadlineMs: number
  readonly stream: boolean
  readonly cancelOnDisconnect: boolean
  readonly priority: TaskPriority
  readonly copyOf?: string
}

/** A node that was given a task, and on what terms. */
export interface RequestAssignment {
  readonly taskId: string
  /** Peer id. */
  readonly node: string
  readonly addresses: readonly string[]
  /** Multiaddrs of nodes that it leaves results with when it goes. */
  readonly mailboxes: readonly string[]
  readonly model: string
  readonly modelDigest: Uint8Array
  /** Tokens per sequence, as claimed: more than that cannot have been read at once. */
  readonly contextSize: number
  readonly price: Price
  readonly assignedAtMs: number
}

export interface Settled {
  readonly state: TaskState
  readonly node: string
  readonly model: string
  readonly stats: TaskStats
  readonly amountMicro: bigint
  readonly outcome: Signed
  readonly receipt: Signed
  readonly ledgerSeq?: number
  readonly error?: { readonly code: DriadErrorCode; readonly message: string }
  readonly copyOf?: string
  readonly atMs: number
}
