import type { DriadErrorCode } from './errors.ts'

export const updateChannels = ['stable', 'beta'] as const
export type UpdateChannel = (typeof updateChannels)[number]

/** What is done with a new version: installed when nothing runs, only told of, or not looked for. */
export const updatePolicies = ['automatic', 'ask', 'off'] as const
export type UpdatePolicy = (typeof updatePolicies)[number]

/** How far a new version has come on this computer. */
export type UpdateStage =
  | 'none'
  | 'checking'
  | 'available'
  | 'downloading'
  | 'testing'
  /** Tested; waits for the moment at which it disturbs nobody. */
  | 'ready'
  /** The node takes no more tasks and ends those that it has. */
  | 'draining'
  | 'installing'

/** Why this program does not update itself. */
export type NoUpdatesReason =
  /** It runs out of its sources. */
  | 'development'
  /** Whoever built it said no address and no key. */
  | 'no_source'
  /** Its files belong to somebody else. */
  | 'read_only'

export interface UpdatesView {
  readonly currentVersion: string
  readonly channel: UpdateChannel
  readonly policy: UpdatePolicy
  /** Absent where it updates itself. */
  readonly unsupported?: NoUpdatesReason
  readonly stage: UpdateStage
  /** The new version, in every stage from `available` on. */
  readonly version?: string
  /** While it is downloaded: 0 to 100. */
  readonly percent?: number
  /** Unix time of the last look that succeeded. */
  readonly checkedAtMs?: number
  /** Why the last thing that was asked for failed. */
  readonly error?: { readonly code: DriadErrorCode; readonly message: string }
  /** A version that did not pass its test here, and is not tried again. */
  readonly refused?: RefusedVersion
}

/** A version that waits for somebody to install it, or for a moment that suits. */
export function waitingVersion({
  stage,
  version,
}: Pick<UpdatesView, 'stage' | 'version'>): string | undefined {
  return stage === 'available' || stage === 'ready' ? version : undefined
}

export interface RefusedVersion {
  readonly version: string
  readonly reason: string
  readonly atMs: number
  /** Whether it had been installed, and the previous one was put back. */
  readonly rolledBack: boolean
}
