import type { DriadErrorCode } from './errors.ts'

/**
 * A task's life. Both sides store every transition with its time.
 * The requester goes through all of them; a node sees a task from `accepted` on.
 */
export const taskStates = [
  'created',
  'published',
  'accepted',
  'executing',
  'completed',
  'retrieved',
  'acknowledged',
  'failed',
  'expired',
  'cancelled',
] as const
export type TaskState = (typeof taskStates)[number]

/** States that nothing leaves, except that a `completed` result is later `retrieved` and `acknowledged`. */
export const endedTaskStates: readonly TaskState[] = ['acknowledged', 'failed', 'expired', 'cancelled']

/** Figures of one execution. Times are milliseconds; `firstTokenMs` is absent where nothing was generated. */
export interface TaskStats {
  readonly promptTokens: number
  readonly completionTokens: number
  /** From acceptance to the first generated token. */
  readonly firstTokenMs?: number
  /** From acceptance to the result. */
  readonly totalMs: number
}

export interface TaskFailure {
  readonly code: DriadErrorCode
  readonly message: string
}

/** One change of state, with its reason where there is one. */
export interface TaskTransition {
  readonly state: TaskState
  /** Unix time in milliseconds. */
  readonly atMs: number
  readonly reason?: string
}
