import { MODELS_PER_NODE } from '../../protocol/wire/limits.ts'
import { MAX_SHARD_LEVEL, type Shard } from './shards.ts'

/** Where an offer may go, and who is expected there. */
export interface OfferShard {
  /** A point in the shard, to be put into the offer. */
  readonly point: number
  /** The part of the model's listeners that hears it: 1 where the topic is not divided. */
  readonly share: number
  /** Peers connected to us that listen for one of the models, in whatever shard. */
  readonly listeners: number
  /** Peers connected to us that listen for anything. */
  readonly nodes: number
}

/** Highest level and its index, for each model that one peer listens for. */
type Listening = Map<string, Map<number, number>>

/** What the peers that we are connected to listen to. Their topics tell it, so nobody has to be asked. */
export class ShardDirectory {
  readonly #peers = new Map<string, Listening>()
  readonly #byModel = new Map<string, Set<string>>()

  subscribed(peer: string, { model, level, index }: Shard): void {
    let listening = this.#peers.get(peer)
    if (listening === undefined) {
      listening = new Map()
      this.#peers.set(peer, listening)
    }
    let indexes = listening.get(model)
    if (indexes === undefined) {
      if (listening.size >= MODELS_PER_NODE) return
      indexes = new Map()
      listening.set(model, indexes)
    }
    indexes.set(level, index)
    const peers = this.#byModel.get(model)
    if (peers === undefined) this.#byModel.set(model, new Set([peer]))
    else peers.add(peer)
  }

  unsubscribed(peer: string, { model, level, index }: Shard): void {
    const listening = this.#peers.get(peer)
    const indexes = listening?.get(model)
    if (listening === undefined || indexes?.get(level) !== index) return
    indexes.delete(level)
    if (indexes.size > 0) return
    listening.delete(model)
    if (listening.size === 0) this.#peers.delete(peer)
    this.#leave(peer, model)
  }

  forget(peer: string): void {
    for (const model of this.#peers.get(peer)?.keys() ?? []) this.#leave(peer, model)
    this.#peers.delete(peer)
  }

  /** Peers that listen for offers of the model, in whatever shard. */
  listeners(model: string): number {
    return this.#byModel.get(model)?.size ?? 0
  }

  /** Models that a peer listens for offers of. */
  modelsOf(peer: string): readonly string[] {
    return [...(this.#peers.get(peer)?.keys() ?? [])]
  }

  /** The level that the middle one of the model's listeners is on. A minority, however loud, does not move it. */
  level(model: string): number | undefined {
    const counts = Array.from({ length: MAX_SHARD_LEVEL + 1 }, () => 0)
    let listeners = 0
    for (const peer of this.#byModel.get(model) ?? []) {
      const level = levelOf(this.#peers.get(peer)?.get(model))
      counts[level] = (counts[level] ?? 0) + 1
      listeners++
    }
    let below = 0
    for (const [level, count] of counts.entries()) {
      below += count
      if (listeners > 0 && below * 2 >= listeners) return level
    }
    return undefined
  }

  /** The shard of any of the peers that listen for one of the models; undefined if nobody does. */
  choose(models: readonly string[], random: () => number): OfferShard | undefined {
    const candidates = models.flatMap((model) =>
      [...(this.#byModel.get(model) ?? [])].map((peer) => ({ model, peer })),
    )
    const chosen = candidates[Math.floor(random() * candidates.length)]
    if (chosen === undefined) return undefined
    const indexes = this.#peers.get(chosen.peer)?.get(chosen.model) ?? new Map<number, number>()
    const deepest = Math.max(0, ...indexes.keys())
    const rest = Math.floor(random() * 2 ** (32 - deepest))
    const level = this.level(chosen.model) ?? 0
    return {
      point: (indexes.get(deepest) ?? 0) * 2 ** (32 - deepest) + rest,
      share: 2 ** -level,
      listeners: new Set(candidates.map(({ peer }) => peer)).size,
      nodes: this.#peers.size,
    }
  }

  #leave(peer: string, model: string): void {
    const peers = this.#byModel.get(model)
    peers?.delete(peer)
    if (peers?.size === 0) this.#byModel.delete(model)
  }
}

/** It listens one above its level, too. */
function levelOf(indexes: ReadonlyMap<number, number> | undefined): number {
  const highest = Math.max(0, ...(indexes?.keys() ?? []))
  return Math.min(Math.max(0, highest - 1), MAX_SHARD_LEVEL)
}
