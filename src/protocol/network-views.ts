/** What the window, the API and the CLI are told of how this node is reached. Plain JSON; times are unix milliseconds. */

/**
 * `public`: others connect to it. `hole-punching`: over a relay first, then directly where the other side's router allows
 * it. `relayed`: over relays only. `outgoing`: only over connections that it opens itself. `local`: on this local network.
 * `offline`: it has no connection.
 */
export type ReachabilityLevel = 'public' | 'hole-punching' | 'relayed' | 'outgoing' | 'local' | 'offline'

export interface ReachabilityView {
  readonly level: ReachabilityLevel
  /** One sentence for people. */
  readonly summary: string
  /** What they can do about it, the most useful first; empty where nothing needs doing. */
  readonly advice: readonly string[]
  /** Where others reach it: multiaddrs, the most widely reachable first. */
  readonly addresses: readonly string[]
  /** What the router does with connections: `one-port` allows hole punching, `port-per-peer` does not. */
  readonly nat: 'none' | 'one-port' | 'port-per-peer' | 'unknown'
  /** Peer ids of the relays that hold a place for it. */
  readonly relays: readonly string[]
  /** Whether it serves others as a relay, and how many have a place there. */
  readonly serving?: { readonly reservations: number }
  readonly connections: {
    readonly direct: number
    readonly relayed: number
    readonly inbound: number
    readonly outbound: number
  }
  /** First digits of the hash of the private network's key; absent on an open network. */
  readonly networkKey?: string
  /** Absent while no peer has told the time. */
  readonly clock?: ClockView
}

export interface ClockView {
  /** How far this computer's clock is ahead of the median of its peers'; negative where it is behind. */
  readonly aheadMs: number
  /** How many peers it was compared with. */
  readonly peers: number
  /** True above `CLOCK_WARNING_MS`. */
  readonly wrong: boolean
}

/** Offers and descriptions of a clock that is further off are taken for old ones, or for ones from the future. */
export const CLOCK_WARNING_MS = 30_000
