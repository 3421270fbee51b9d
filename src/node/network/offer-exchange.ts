import { createHash } from 'node:crypto'
import { type GossipSub, type Message, type Subscription, TopicValidatorResult } from '@libp2p/gossipsub'
import type { PeerId } from '@libp2p/interface'
import { DriadError } from '../../protocol/errors.ts'
import type { OfferTopicView } from '../../protocol/network-views.ts'
import { checkSigned } from '../../protocol/wire/checks.ts'
import { decodeChecked } from '../../protocol/wire/codec.ts'
import { CLOCK_TOLERANCE_MS, OFFER_MESSAGE_BYTES } from '../../protocol/wire/limits.ts'
import { Signed, type TaskOffer } from '../../protocol/wire/messages.pb.ts'
import { openSigned } from '../../protocol/wire/signing.ts'
import type { Logger } from '../logs/contract.ts'
import { BoundedMap } from './bounded-map.ts'
import type { VerifiedOffer } from './contract.ts'
import { scoreTopic, unscoreTopic } from './gossip-score.ts'
import type { Misbehaviour } from './misbehaviour.ts'
import type { PeerBudgets } from './peer-budgets.ts'
import { RateLimiter } from './rate-limiter.ts'
import { type OfferShard, ShardDirectory } from './shard-directory.ts'
import { ShardLevels, shardLimits } from './shard-levels.ts'
import { levelsAround, offerTopic, type Shard, shardIndex, shardOfTopic } from './shards.ts'
import { threadCpuMs } from './thread-cpu.ts'

/** Offers remembered, so that none is told twice or goes around for ever. */
const REMEMBERED_OFFERS = 16_384

/** From one neighbour, whatever it forwards. Decoding and verifying costs 0.3 ms, so this bounds one at 3 % of a core. */
const FROM_PEER = { burst: 600, perSecond: 100 }
/** Of one requester, through whatever neighbours. Each publish of a task, and each re-publish, is one. */
const OF_REQUESTER = { burst: 300, perSecond: 30 }

/**
 * Gossip's message id. With the topic in it, because one offer is published on the topic of each of its models, with
 * the same bytes; 20 bytes are plenty and are repeated in much control traffic.
 */
export function offerMessageId(message: Message): Uint8Array {
  return createHash('sha256').update(message.topic).update('\0').update(message.data).digest().subarray(0, 20)
}

export interface OfferExchangeInit {
  readonly gossip: GossipSub
  readonly networkName: string
  /** Where we stand among the listeners of a model. */
  readonly point: number
  /** The shards that we are in have changed; of models that are not divided there are none. */
  readonly onShards?: (shards: readonly Shard[]) => void
  readonly misbehaviour: Misbehaviour
  readonly budgets: PeerBudgets
  readonly logger: Logger
  readonly now?: () => number
}

/** Publishes and receives offers. What arrives is checked whole before it is forwarded or told to anybody here. */
export class OfferExchange {
  readonly #gossip: GossipSub
  readonly #networkName: string
  readonly #point: number
  readonly #onShards: (shards: readonly Shard[]) => void
  readonly #directory = new ShardDirectory()
  readonly #levels: ShardLevels
  readonly #misbehaviour: Misbehaviour
  readonly #budgets: PeerBudgets
  readonly #logger: Logger
  readonly #now: () => number
  readonly #fromPeer: RateLimiter
  readonly #ofRequester: RateLimiter
  readonly #listeners = new Set<(offer: VerifiedOffer) => void>()
  /** Newest revision by topic, requester and offer id: what was forwarded. */
  readonly #forwarded = new BoundedMap<string, number>(REMEMBERED_OFFERS)
  /** Newest revision by requester and offer id: what was told. */
  readonly #told = new BoundedMap<string, number>(REMEMBERED_OFFERS)
  /** By model, of those that we listen for. */
  readonly #heard = new Map<string, { offers: number; lastAtMs: number }>()
  #models: ReadonlySet<string> = new Set()
  /** The shards whose topics we listen to, by topic. */
  #topics: ReadonlyMap<string, Shard> = new Map()
  #evaluation: NodeJS.Timeout | undefined
  #started = false

  constructor(init: OfferExchangeInit) {
    const { gossip, networkName, misbehaviour, budgets, logger, now = Date.now } = init
    this.#gossip = gossip
    this.#networkName = networkName
    this.#point = init.point
    this.#onShards = init.onShards ?? (() => undefined)
    this.#levels = new ShardLevels({ neighbours: (model) => this.#directory.level(model) })
    this.#misbehaviour = misbehaviour
    this.#budgets = budgets
    this.#logger = logger
    this.#now = now
    this.#fromPeer = new RateLimiter({ ...FROM_PEER, now })
    this.#ofRequester = new RateLimiter({ ...OF_REQUESTER, now })
  }

  start(): void {
    this.#started = true
    this.#listen()
    this.#evaluation = setInterval(() => this.evaluateShards(), shardLimits.evaluateMs)
    this.#evaluation.unref()
  }

  stop(): void {
    this.#started = false
    clearInterval(this.#evaluation)
    this.#listeners.clear()
    this.#topics = new Map()
    this.#gossip.topicValidators.clear()
  }

  listenFor(models: readonly string[]): void {
    const next = new Set(models)
    for (const model of this.#models) {
      if (next.has(model)) continue
      this.#levels.delete(model)
      this.#heard.delete(model)
    }
    for (const model of next) this.#levels.add(model)
    this.#models = next
    if (this.#started) this.#listen()
  }

  /** Splits or merges the shards of models that have become busy or quiet. It is done now and then by itself. */
  evaluateShards(): void {
    const changed = this.#levels.evaluate(this.#now())
    for (const model of changed)
      this.#logger.debug('Listening on shards of another size', { model, level: this.#levels.of(model) })
    if (changed.length > 0) this.#listen()
  }

  /** A connected peer listens to other topics than before. */
  subscriptionsChanged(peer: string, subscriptions: readonly Subscription[]): void {
    for (const { topic, subscribe } of subscriptions) {
      const shard = shardOfTopic(this.#networkName, topic)
      if (shard === undefined) continue
      if (subscribe) this.#directory.subscribed(peer, shard)
      else this.#directory.unsubscribed(peer, shard)
    }
  }

  disconnected(peer: string): void {
    this.#directory.forget(peer)
  }

  /** Where an offer for these models should go now. Chosen by chance, so that the listeners have equal shares. */
  shardFor(models: readonly string[]): OfferShard {
    return (
      this.#directory.choose(models, Math.random) ?? { point: this.#point, share: 1, listeners: 0, nodes: 0 }
    )
  }

  /** How many connected peers listen on the topic of a shard. */
  countOn({ model, level, index }: Shard): number {
    return this.#gossip.getSubscribers(offerTopic(this.#networkName, model, level, index)).length
  }

  onOffer(listener: (offer: VerifiedOffer) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /**
   * Returns to how many peers it went, over all topics. The same bytes are sent on a topic once: published again they
   * go only to topics where nobody listened before. `point` is the one in the offer.
   */
  async publish(
    signed: Signed,
    models: readonly string[],
    point: number,
    signal: AbortSignal,
  ): Promise<number> {
    const data = Signed.encode(signed)
    if (data.byteLength > OFFER_MESSAGE_BYTES) {
      throw new DriadError(
        'too_large',
        `The offer has ${data.byteLength} bytes; at most ${OFFER_MESSAGE_BYTES} are allowed`,
      )
    }
    const reached = new Set<string>()
    for (const model of models) {
      signal.throwIfAborted()
      const level = this.#directory.level(model) ?? this.#levels.of(model)
      const topic = offerTopic(this.#networkName, model, level, shardIndex(point, level))
      for (const peer of await this.#publishOn(topic, data)) reached.add(peer)
    }
    return reached.size
  }

  /** Whether a peer that we are connected to listens for offers of the model. */
  isHeard(model: string): boolean {
    return this.#directory.listeners(model) > 0
  }

  /** Models whose offers a connected peer listens for. */
  modelsOf(peer: string): readonly string[] {
    return this.#directory.modelsOf(peer)
  }

  /** What we listen to, a line a model. */
  topics(): OfferTopicView[] {
    return [...this.#models].map((model) => {
      const level = this.#levels.of(model)
      const index = shardIndex(this.#point, level)
      const heard = this.#heard.get(model)
      return {
        model,
        parts: 2 ** level,
        part: index + 1,
        peers: this.#directory.listeners(model),
        peersInPart: this.countOn({ model, level, index }),
        offersHeard: heard?.offers ?? 0,
        ...(heard !== undefined && { lastHeardAtMs: heard.lastAtMs }),
      }
    })
  }

  /** True for a topic that somebody here listens to: gossip on any other is dropped before it is kept. */
  isOurTopic(topic: string): boolean {
    return this.#gossip.topicValidators.has(topic)
  }

  async #publishOn(topic: string, data: Uint8Array): Promise<string[]> {
    try {
      const { recipients } = await this.#gossip.publish(topic, data)
      return recipients.map(String)
    } catch (error) {
      // gossipsub throws plain errors, told apart by their text.
      if (error instanceof Error && error.message.includes('NoPeersSubscribedToTopic')) return []
      throw error
    }
  }

  /** Makes the subscriptions what the models and their levels ask for. */
  #listen(): void {
    const next = new Map<string, Shard>()
    const divided: Shard[] = []
    for (const model of this.#models) {
      const own = this.#levels.of(model)
      for (const level of levelsAround(own)) {
        const shard = { model, level, index: shardIndex(this.#point, level) }
        next.set(offerTopic(this.#networkName, model, level, shard.index), shard)
        if (level === own && level > 0) divided.push(shard)
      }
    }
    for (const topic of this.#topics.keys()) {
      if (next.has(topic)) continue
      this.#gossip.unsubscribe(topic)
      this.#gossip.topicValidators.delete(topic)
      unscoreTopic(this.#gossip, topic)
    }
    for (const [topic, shard] of next) {
      if (this.#topics.has(topic)) continue
      this.#gossip.topicValidators.set(topic, (peer, message) => this.#measured(peer, message, shard))
      scoreTopic(this.#gossip, topic)
      this.#gossip.subscribe(topic)
    }
    this.#topics = next
    this.#onShards(divided)
  }

  #measured(peer: PeerId, message: Message, shard: Shard): TopicValidatorResult {
    const startedMs = threadCpuMs()
    try {
      return this.#validate(peer, message, shard)
    } finally {
      this.#budgets.of(peer.toString()).worked(threadCpuMs() - startedMs)
    }
  }

  #validate(peer: PeerId, message: Message, shard: Shard): TopicValidatorResult {
    const peerId = peer.toString()
    if (!this.#fromPeer.take(peerId)) {
      this.#misbehaviour.report(peerId, 'flooding', 'More offers than can be checked')
      return TopicValidatorResult.Ignore
    }
    let signed: Signed
    let offer: TaskOffer
    try {
      signed = decodeChecked(Signed, checkSigned, message.data, OFFER_MESSAGE_BYTES)
      offer = openSigned('offer', signed).message
      const { model, level, index } = shard
      if (!offer.models.includes(model) || shardIndex(offer.shard, level) !== index) {
        throw new DriadError(
          'bad_message',
          `An offer for ${offer.models.join(', ')} on the topic of ${model}, shard ${index} of ${2 ** level}`,
        )
      }
    } catch (error) {
      const { code, message: detail } = DriadError.from(error, 'bad_message')
      this.#misbehaviour.report(
        peerId,
        code === 'bad_signature' ? 'bad_signature' : 'malformed_offer',
        detail,
      )
      return TopicValidatorResult.Reject
    }
    return this.#consider(offer, signed, message.topic, shard)
  }

  /** Decides about an offer that is well made. Nobody is to blame for one that is merely late, early or known. */
  #consider(offer: TaskOffer, signed: Signed, topic: string, shard: Shard): TopicValidatorResult {
    const nowMs = this.#now()
    if (offer.expiresAtMs < nowMs - CLOCK_TOLERANCE_MS || offer.issuedAtMs > nowMs + CLOCK_TOLERANCE_MS)
      return TopicValidatorResult.Ignore

    // With the key: nobody else can publish a newer revision of a requester's offer.
    const requester = Buffer.from(signed.publicKey).toString('latin1')
    const offerKey = `${requester}${offer.offerId}`
    const topicKey = `${offerKey}${topic}`
    if ((this.#forwarded.get(topicKey) ?? -1) >= offer.revision) return TopicValidatorResult.Ignore
    if (!this.#ofRequester.take(requester)) return TopicValidatorResult.Ignore
    this.#forwarded.set(topicKey, offer.revision)
    this.#levels.heard(shard.model, shard.level, requester, offer.audience)
    this.#heard.set(shard.model, {
      offers: (this.#heard.get(shard.model)?.offers ?? 0) + 1,
      lastAtMs: nowMs,
    })

    if ((this.#told.get(offerKey) ?? -1) < offer.revision) {
      this.#told.set(offerKey, offer.revision)
      this.#tell({ offer, requester: signed.publicKey, signed })
    }
    return TopicValidatorResult.Accept
  }

  #tell(offer: VerifiedOffer): void {
    for (const listener of this.#listeners) {
      try {
        listener(offer)
      } catch (error) {
        this.#logger.error('A listener for offers failed', { error: String(error) })
      }
    }
  }
}
