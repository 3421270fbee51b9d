/** What is known of peers, as the window and the commands show it. Times are unix milliseconds. */

/** What the operator says of a peer. */
export type PeerVerdict = 'allowed' | 'denied' | 'neither'

/** A peer that is kept out for a while for what it did. */
export interface QuarantineView {
  readonly peerId: string
  readonly beganAtMs: number
  readonly untilMs: number
  /** The how-manieth time it is. */
  readonly times: number
  readonly misdeed: string
}

/** One line of the log of misdeeds. */
export interface MisdeedView {
  readonly atMs: number
  readonly peerId: string
  readonly misdeed: string
  readonly detail: string
  /** How many there were since the line before it of this peer and kind. */
  readonly times: number
}

export interface PeerStandingView {
  readonly allowed: readonly string[]
  readonly denied: readonly string[]
  /** The one that is longest out comes first. */
  readonly quarantined: readonly QuarantineView[]
  /** Newest first. */
  readonly misdeeds: readonly MisdeedView[]
}
