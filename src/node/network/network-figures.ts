import type { Connection, PeerId } from '@libp2p/interface'
import type {
  ConnectedPeerView,
  NetworkPeerView,
  OfferTopicView,
  TrafficView,
} from '../../protocol/network-views.ts'
import type { NetworkView } from './contract.ts'
import type { Misbehaviour } from './misbehaviour.ts'
import type { OfferExchange } from './offer-exchange.ts'
import type { PeerBudgets } from './peer-budgets.ts'
import type { PeerRules } from './peer-rules.ts'
import { isRelayed } from './reach/relayed-connections.ts'

/** Kinds of streams that are told of one peer. */
const PROTOCOLS = 32

/** A connected peer of our network, with its open connections: the best one first. */
export interface Member {
  readonly peerId: string
  readonly agent: string
  readonly connections: readonly [Connection, ...Connection[]]
}

export interface NetworkFiguresComponents {
  readonly members: () => readonly Member[]
  /** Multiaddrs at which a connected peer says that it listens. */
  readonly listensAt: (peerId: string) => readonly string[]
  /** Peer ids of the relays that hold a place for us. */
  readonly relays: () => readonly string[]
  /** Whether a peer has a place on this relay. */
  readonly isCarried: (peer: PeerId) => boolean
  readonly offers: Pick<OfferExchange, 'topics' | 'modelsOf'>
  readonly budgets: Pick<PeerBudgets, 'traffic' | 'trafficOf' | 'bytesOf'>
  readonly misbehaviour: Pick<Misbehaviour, 'score'>
  readonly rules: Pick<PeerRules, 'of'>
}

/** Puts together what the parts of a host know of its peers, at the moment at which somebody looks. */
export class NetworkFigures implements NetworkView {
  readonly #components: NetworkFiguresComponents

  constructor(components: NetworkFiguresComponents) {
    this.#components = components
  }

  peers(): readonly NetworkPeerView[] {
    const relays = new Set(this.#components.relays())
    return this.#components
      .members()
      .map((member) => this.#peer(member, relays))
      .sort((one, other) => one.connectedAtMs - other.connectedAtMs)
  }

  peer(peerId: string): ConnectedPeerView | undefined {
    const { members, relays, listensAt, offers } = this.#components
    const member = members().find((each) => each.peerId === peerId)
    if (member === undefined) return undefined
    return {
      ...this.#peer(member, new Set(relays())),
      connections: member.connections.length,
      listens: listensAt(peerId),
      streams: openStreams(member.connections),
      models: offers.modelsOf(peerId),
    }
  }

  traffic(): TrafficView {
    return this.#components.budgets.traffic()
  }

  trafficOf(peerId: string): TrafficView | undefined {
    return this.#components.budgets.trafficOf(peerId)
  }

  topics(): readonly OfferTopicView[] {
    return this.#components.offers.topics()
  }

  #peer({ peerId, agent, connections }: Member, relays: ReadonlySet<string>): NetworkPeerView {
    const { isCarried, budgets, misbehaviour, rules } = this.#components
    const [best] = connections
    const relay = isRelayed(best) ? relayOf(best) : undefined
    const traffic = budgets.bytesOf(peerId)
    const help = relays.has(peerId) ? 'carries-us' : isCarried(best.remotePeer) ? 'carried' : undefined
    return {
      peerId,
      address: best.remoteAddr.toString(),
      direction: best.direction,
      connectedAtMs: best.timeline.open,
      agent,
      way: isRelayed(best) ? 'relayed' : 'direct',
      ...(relay !== undefined && { relay }),
      ...(best.rtt !== undefined && { roundTripMs: best.rtt }),
      ...traffic,
      ...(help !== undefined && { help }),
      verdict: rules.of(peerId, best.remoteAddr) ?? 'neither',
      misdeedPoints: Math.abs(misbehaviour.score(peerId)),
    }
  }
}

/** The peer id before `/p2p-circuit`. */
function relayOf({ remoteAddr }: Connection): string | undefined {
  const components = remoteAddr.getComponents()
  const circuit = components.findIndex(({ name }) => name === 'p2p-circuit')
  return components.slice(0, circuit).findLast(({ name }) => name === 'p2p')?.value
}

function openStreams(connections: readonly Connection[]): ConnectedPeerView['streams'] {
  const counts = new Map<string, number>()
  for (const { protocol } of connections.flatMap(({ streams }) => streams)) {
    // Still being negotiated.
    if (protocol !== '') counts.set(protocol, (counts.get(protocol) ?? 0) + 1)
  }
  return [...counts]
    .map(([protocol, open]) => ({ protocol, open }))
    .sort((one, other) => other.open - one.open)
    .slice(0, PROTOCOLS)
}
