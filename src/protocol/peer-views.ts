/** What is known of peers, as the window and the commands show it. Times are unix milliseconds. */
export interface PeerStandingView {
  readonly allowed: readonly string[]
  readonly denied: readonly string[]
  /** Kept out for a while for what they did; the one that is longest out comes first. */
  readonly quarantined: readonly {
    readonly peerId: string
    readonly beganAtMs: number
    readonly untilMs: number
    /** The how-manieth time it is. */
    readonly times: number
    readonly misdeed: string
  }[]
  /** Newest first. */
  readonly misdeeds: readonly {
    readonly atMs: number
    readonly peerId: string
    readonly misdeed: string
    readonly detail: string
    readonly times: number
  }[]
}
