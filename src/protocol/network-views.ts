import type { MisdeedView, PeerVerdict, QuarantineView } from './peer-views.ts'

/** What the window, the API and the CLI are told of the network as this node sees it. Plain JSON; times are unix milliseconds. */

/**
 * `public`: others connect to it. `hole-punching`: over a relay first, then directly where the other side's router allows
 * it. `relayed`: over relays only. `outgoing`: only over connections that it opens itself. `local`: on this local network. `this-computer`: it
 * listens on loopback addresses alone.
 * `offline`: it has no connection.
 */
export type ReachabilityLevel =
  | 'public'
  | 'hole-punching'
  | 'relayed'
  | 'outgoing'
  | 'local'
  | 'this-computer'
  | 'offline'

export interface ReachabilityView {
  readonly level: ReachabilityLevel
  /** One sentence for people. */
  readonly summary: string
  /** What they can do about it, the most useful first; empty where nothing needs doing. */
  readonly advice: readonly ReachAdvice[]
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

/** Something that people can do to be reached better; the window and the terminal have the words. */
export type ReachAdvice =
  /** The clock is ahead of the peers' by so much; negative where it is behind. */
  | { readonly code: 'set_clock'; readonly aheadMs: number }
  | { readonly code: 'check_connection' }
  | { readonly code: 'set_bootstrap' }
  /**
   * TCP ports that it listens on, of which the router is to let one through; none where they are not known. `portPerPeer`: the
   * router gives each connection another port.
   */
  | { readonly code: 'forward_ports'; readonly ports: readonly number[]; readonly portPerPeer: boolean }
  /** A node that serves as a relay, to start from. */
  | { readonly code: 'add_relay' }
  /** On all addresses of the computer, not on loopback alone. */
  | { readonly code: 'listen_everywhere' }

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

/** A peer that is connected, for lists and drawings. Its bytes are those of all connections to it. */
export interface NetworkPeerView extends TrafficBytesView {
  readonly peerId: string
  /** The multiaddr of its best connection. */
  readonly address: string
  readonly direction: 'inbound' | 'outbound'
  readonly connectedAtMs: number
  /** What program it says that it is; empty where it says nothing. */
  readonly agent: string
  readonly way: 'direct' | 'relayed'
  /** Of a relayed one: the peer id of the relay that carries it. */
  readonly relay?: string
  /** From the last ping, which is sent every 15 s. Milliseconds. */
  readonly roundTripMs?: number
  /** `carries-us`: it is a relay that keeps a place for this node. `carried`: it has a place on this one. */
  readonly help?: 'carries-us' | 'carried'
  /** What the operator's rules say of it, by its id or by its address. */
  readonly verdict: PeerVerdict
  /** What is held against it now; it is kept out at `QUARANTINE_POINTS`. */
  readonly misdeedPoints: number
}

/** At so many points a peer is kept out; they halve every five minutes. */
export const QUARANTINE_POINTS = 50

/** The rest of what is known of a connected peer. */
export interface ConnectedPeerView extends NetworkPeerView {
  readonly connections: number
  /** Where it says that it listens: multiaddrs. */
  readonly listens: readonly string[]
  /** Streams that are open, of either side, by protocol; those with most first. */
  readonly streams: readonly { readonly protocol: string; readonly open: number }[]
  /** Models whose offers it listens for. */
  readonly models: readonly string[]
}

/** How a node did with tasks of this computer. Counts fade with time, so they are no whole numbers. */
export interface PeerConductView {
  /** 0 to 1; a stranger is in between. */
  readonly score: number
  /** Many results were found right, and none wrong for long. */
  readonly trusted: boolean
  readonly succeeded: number
  readonly failed: number
  readonly checkedRight: number
  readonly checkedWrong: number
  /** Speed as seen over speed as claimed. */
  readonly speedRatio?: number
  /** What came on top of computing, from assignment to outcome. */
  readonly delayMs?: number
  readonly lastMs: number
}

/** Everything that is known of one peer, connected or not. */
export interface PeerDetailView {
  readonly peerId: string
  /** Absent while it is not connected. */
  readonly connected?: ConnectedPeerView
  /** Absent where it was not connected since this node joined. */
  readonly traffic?: TrafficView
  /** The operator's own rule for this id, whatever there is for its address. */
  readonly rule: PeerVerdict
  readonly quarantine?: QuarantineView
  /** Newest first. */
  readonly misdeeds: readonly MisdeedView[]
  /** Absent where it never had a task of this computer. */
  readonly conduct?: PeerConductView
}

/**
 * Bytes in and out since this node joined, between encryption and multiplexing: without what TCP and encryption add. What
 * a relay carries is counted for the relay and for the peer, and once in the sum of all.
 */
export interface TrafficBytesView {
  readonly receivedBytes: number
  readonly sentBytes: number
  /** Bytes a second, over the last five to ten seconds. */
  readonly receivedPerSecond: number
  readonly sentPerSecond: number
}

export interface TrafficView extends TrafficBytesView {
  /** How much time each of the points is of. */
  readonly intervalMs: number
  /** The last five minutes, oldest first; the newest is still under way. */
  readonly points: readonly TrafficPointView[]
}

export interface TrafficPointView {
  readonly atMs: number
  readonly receivedBytes: number
  readonly sentBytes: number
}

/** What is known of offers for one model that this node serves. */
export interface OfferTopicView {
  readonly model: string
  /** Into how many parts the model's listeners are divided here: 1 where they are not. */
  readonly parts: number
  /** Which of them this node is in, from 1. */
  readonly part: number
  /** Connected peers that listen for the model, in whatever part. */
  readonly peers: number
  /** Connected peers in the same part. */
  readonly peersInPart: number
  /** Offers that were valid and new, since this node joined or began to serve the model. */
  readonly offersHeard: number
  /** Absent while none was heard. */
  readonly lastHeardAtMs?: number
}
