import type { VerifiedOffer } from '../../src/node/network/contract.ts'
import { type OfferShard, ShardDirectory } from '../../src/node/network/shard-directory.ts'
import { ShardLevels, shardLimits } from '../../src/node/network/shard-levels.ts'
import { levelsAround, shardIndex, shardPoint } from '../../src/node/network/shards.ts'
import { type Signed, TaskOffer } from '../../src/protocol/wire/messages.pb.ts'
import { neighboursOfNode, peersOfRequester } from './options.ts'
import { gossipBytes, type Place, type SimulatedNetwork } from './simulated-network.ts'

/** Neighbours in a mesh: each node sends an offer on to so many, and so a node is sent it about so often. */
const MESH = 6
/** A disconnected peer is replaced after this. */
const REPLACE_MS = 5_000

/** A node as gossip sees it. */
export interface Listener {
  readonly peerId: string
  readonly publicKey: Uint8Array
  readonly place: Place
  readonly online: boolean
  readonly serves: readonly string[]
  heard(offer: VerifiedOffer): void
}

interface Subscriber {
  readonly listener: Listener
  readonly point: number
  readonly levels: ShardLevels
  readonly neighbours: Subscriber[]
  /** Requesters that are connected to it. */
  readonly known: Set<GossipPeer>
  heard: number
}

/** The topics, who listens to them, and how an offer spreads there: the real shards and levels, over simulated hops. */
export class SimulatedGossip {
  readonly #network: SimulatedNetwork
  readonly #topics = new Map<string, Set<Subscriber>>()
  readonly #subscribers = new Map<Listener, Subscriber>()
  readonly #all: Subscriber[] = []
  /** While the nodes are put in place: a network that has grown was divided bit by bit, and need not do that here. */
  #grown: ((model: string) => number) | undefined
  publications = 0
  deliveries = 0
  bytes = 0
  /** Most nodes that one publication reached. */
  widest = 0

  constructor(network: SimulatedNetwork) {
    this.#network = network
  }

  add(listener: Listener): void {
    const neighbours: Subscriber[] = []
    const subscriber: Subscriber = {
      listener,
      point: shardPoint(listener.publicKey),
      levels: new ShardLevels({
        neighbours: (model) => this.#grown?.(model) ?? middleLevel(neighbours, model),
      }),
      neighbours,
      known: new Set(),
      heard: 0,
    }
    this.#subscribers.set(listener, subscriber)
    this.#all.push(subscriber)
  }

  start(): void {
    const { random, clock } = this.#network
    const all = this.#all
    const nodesOf = (model: string) => all.filter(({ listener }) => listener.serves.includes(model)).length
    const levels = new Map(
      [...new Set(all.flatMap(({ listener }) => listener.serves))].map((model) => [
        model,
        Math.max(0, Math.ceil(Math.log2(nodesOf(model) / shardLimits.maxAnswering))),
      ]),
    )
    this.#grown = (model) => levels.get(model) ?? 0
    for (const subscriber of all) {
      for (let index = 0; index < Math.min(neighboursOfNode, all.length - 1); index++)
        subscriber.neighbours.push(random.pick(all))
      this.#enter(subscriber)
      const evaluate = () => {
        if (subscriber.listener.online) this.#evaluate(subscriber)
        clock.setTimeout(evaluate, shardLimits.evaluateMs)
      }
      clock.setTimeout(evaluate, random.next() * shardLimits.evaluateMs)
    }
    this.#grown = undefined
  }

  /** It has come or gone. */
  changed(listener: Listener): void {
    const subscriber = this.#subscribers.get(listener)
    if (subscriber === undefined) return
    if (listener.online) this.#enter(subscriber)
    else this.#leave(subscriber)
  }

  /** A requester's own view, through the nodes that it happens to be connected to. */
  peer(place: Place): GossipPeer {
    const peer = new GossipPeer(this, this.#network, place)
    for (let index = 0; index < peersOfRequester; index++) peer.connect()
    return peer
  }

  anyOnline(models?: readonly string[]): Subscriber | undefined {
    for (let tries = 0; tries < 200; tries++) {
      const subscriber = this.#network.random.pick(this.#all)
      const { online, serves } = subscriber.listener
      if (online && (models === undefined || models.some((model) => serves.includes(model))))
        return subscriber
    }
    return undefined
  }

  /** Levels of the nodes, for the report. */
  levelsOf(model: string): number[] {
    return this.#all
      .filter(({ listener }) => listener.serves.includes(model))
      .map(({ levels }) => levels.of(model))
  }

  /** Counts anew from here. */
  mark(): void {
    this.publications = 0
    this.deliveries = 0
    this.bytes = 0
    this.widest = 0
    for (const subscriber of this.#all) subscriber.heard = 0
  }

  heardBy(listener: Listener): number {
    return this.#subscribers.get(listener)?.heard ?? 0
  }

  /** Returns to how many of the given peers it went directly. */
  publish(from: GossipPeer, signed: Signed, models: readonly string[]): number {
    const { clock, random } = this.#network
    const offer = TaskOffer.decode(signed.payload)
    const verified: VerifiedOffer = { offer, requester: signed.publicKey, signed }
    const bytes = gossipBytes(signed, offer)
    const reached = new Set<Subscriber>()
    this.publications++
    for (const model of models) {
      const level = from.directory.level(model) ?? 0
      const topic = this.#topics.get(`${model}#${level}.${shardIndex(offer.shard, level)}`)
      const direct = [...from.peers].filter((peer) => topic?.has(peer) === true)
      // Without a listener among its own peers it cannot get there.
      if (topic === undefined || direct.length === 0) continue
      for (const peer of direct) reached.add(peer)
      const hops = Math.ceil(Math.log(Math.max(2, topic.size)) / Math.log(MESH))
      this.widest = Math.max(this.widest, topic.size)
      for (const subscriber of topic) {
        let delay = this.#network.deliveryMs(from.place, subscriber.listener.place)
        if (!direct.includes(subscriber)) {
          const ways = 1 + random.below(hops)
          for (let hop = 0; hop < ways; hop++) {
            delay += this.#network.deliveryMs(
              from.place,
              random.pick(subscriber.neighbours)?.listener.place ?? from.place,
            )
          }
        }
        clock.setTimeout(() => this.#deliver(subscriber, model, level, verified, bytes), delay)
      }
    }
    return reached.size
  }

  #deliver(
    subscriber: Subscriber,
    model: string,
    level: number,
    verified: VerifiedOffer,
    bytes: number,
  ): void {
    if (!subscriber.listener.online) return
    this.deliveries++
    this.bytes += bytes * MESH
    subscriber.heard++
    const { offer } = verified
    subscriber.levels.heard(model, level, offer.contact, offer.audience)
    subscriber.listener.heard(verified)
  }

  #evaluate(subscriber: Subscriber): void {
    const before = topicsOf(subscriber)
    if (subscriber.levels.evaluate(this.#network.clock.now()).length === 0) return
    const after = new Set(topicsOf(subscriber))
    for (const topic of before) if (!after.has(topic)) this.#topics.get(topic)?.delete(subscriber)
    for (const topic of after) this.#listenersOf(topic).add(subscriber)
    for (const peer of subscriber.known) peer.look(subscriber)
  }

  #enter(subscriber: Subscriber): void {
    for (const model of subscriber.listener.serves) subscriber.levels.add(model)
    for (const topic of topicsOf(subscriber)) this.#listenersOf(topic).add(subscriber)
  }

  #leave(subscriber: Subscriber): void {
    for (const topic of topicsOf(subscriber)) this.#topics.get(topic)?.delete(subscriber)
    // Started again, it knows nothing of the load.
    for (const model of subscriber.listener.serves) subscriber.levels.delete(model)
    for (const peer of [...subscriber.known]) {
      peer.disconnect(subscriber)
      this.#network.clock.setTimeout(() => peer.connect(), REPLACE_MS)
    }
  }

  #listenersOf(topic: string): Set<Subscriber> {
    const existing = this.#topics.get(topic)
    if (existing !== undefined) return existing
    const made = new Set<Subscriber>()
    this.#topics.set(topic, made)
    return made
  }
}

/** A requester's connections, and the real directory of what they listen to. */
export class GossipPeer {
  readonly #gossip: SimulatedGossip
  readonly #network: SimulatedNetwork
  readonly place: Place
  readonly peers = new Set<Subscriber>()
  directory = new ShardDirectory()
  readonly #listeners = new Set<() => void>()

  constructor(gossip: SimulatedGossip, network: SimulatedNetwork, place: Place) {
    this.#gossip = gossip
    this.#network = network
    this.place = place
  }

  shardFor(models: readonly string[]): OfferShard {
    const chosen = this.directory.choose(models, () => this.#network.random.next())
    return chosen ?? { point: 0, share: 1, listeners: 0, nodes: 0 }
  }

  publish(signed: Signed, models: readonly string[]): Promise<number> {
    this.#network.clock.promised()
    return Promise.resolve(this.#gossip.publish(this, signed, models))
  }

  onChanged(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** To a node that serves one of the models, as the DHT would tell; to any where none is named. */
  connect(models?: readonly string[]): void {
    const subscriber = this.#gossip.anyOnline(models)
    if (subscriber === undefined || this.peers.has(subscriber)) return
    this.peers.add(subscriber)
    subscriber.known.add(this)
    this.look(subscriber)
    this.#tell()
  }

  disconnect(subscriber: Subscriber): void {
    this.peers.delete(subscriber)
    subscriber.known.delete(this)
    this.directory.forget(subscriber.listener.peerId)
    this.#tell()
  }

  /** Its subscriptions are these now. */
  look(subscriber: Subscriber): void {
    const { peerId, serves } = subscriber.listener
    this.directory.forget(peerId)
    for (const model of serves) {
      for (const level of levelsAround(subscriber.levels.of(model)))
        this.directory.subscribed(peerId, { model, level, index: shardIndex(subscriber.point, level) })
    }
  }

  #tell(): void {
    for (const listener of [...this.#listeners]) listener()
  }
}

function topicsOf({ listener, levels, point }: Subscriber): string[] {
  return listener.serves.flatMap((model) =>
    levelsAround(levels.of(model)).map((level) => `${model}#${level}.${shardIndex(point, level)}`),
  )
}

function middleLevel(neighbours: readonly Subscriber[], model: string): number | undefined {
  const levels: number[] = []
  for (const { listener, levels: own } of neighbours) {
    if (listener.online && listener.serves.includes(model)) levels.push(own.of(model))
  }
  return levels.toSorted((a, b) => a - b)[levels.length >> 1]
}
