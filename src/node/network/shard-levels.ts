import { BoundedMap } from './bounded-map.ts'
import { MAX_SHARD_LEVEL } from './shards.ts'

export const shardLimits = {
  /**
   * Offers a second that a node wants to check and forward at most, over all models: under 1 % of a core, at the 1.5 ms of CPU
   * that each was measured to cost at worst (`npm run bench -- gossip`).
   */
  busyPerSecond: 6,
  /** A shard has room for so many nodes that answer. Merging two must leave half of it free. */
  maxAnswering: 128,
  /** How often a node looks again. */
  evaluateMs: 15_000,
  /** Requesters whose last word on the number of answering nodes is remembered for each model. */
  reportsPerModel: 32,
} as const

export type ShardLimits = { readonly [Key in keyof typeof shardLimits]: number }

export interface ShardLevelsInit {
  /** The level of most of the model's listeners that we are connected to. */
  readonly neighbours: (model: string) => number | undefined
  readonly limits?: ShardLimits
}

interface ModelLoad {
  level: number
  /** Offers heard since the last evaluation, as if there were one shard only. */
  heard: number
  readonly reports: BoundedMap<string, number>
}

/**
 * The level of each model that a node listens for. It follows what the node hears (how many offers, and how many nodes their
 * requesters say would answer) with a gap between up and down, and is never more than one away from its neighbours'.
 */
export class ShardLevels {
  readonly #models = new Map<string, ModelLoad>()
  readonly #neighbours: (model: string) => number | undefined
  readonly #limits: ShardLimits
  #evaluatedAt: number | undefined

  constructor({ neighbours, limits = shardLimits }: ShardLevelsInit) {
    this.#neighbours = neighbours
    this.#limits = limits
  }

  /** Begins with what the neighbours have. */
  add(model: string): void {
    if (this.#models.has(model)) return
    this.#models.set(model, {
      level: this.#neighbours(model) ?? 0,
      heard: 0,
      reports: new BoundedMap(this.#limits.reportsPerModel),
    })
  }

  delete(model: string): void {
    this.#models.delete(model)
  }

  of(model: string): number {
    return this.#models.get(model)?.level ?? 0
  }

  /** An offer came by on a shard of that level. `audience` is how many nodes its requester thinks would answer; 0 if it does not know. */
  heard(model: string, level: number, requester: string, audience: number): void {
    const load = this.#models.get(model)
    if (load === undefined) return
    load.heard += 2 ** level
    if (audience > 0) load.reports.set(requester, audience)
  }

  /** To be called every `evaluateMs`. Returns the models whose level has changed. */
  evaluate(now: number): readonly string[] {
    const seconds = (now - (this.#evaluatedAt ?? now)) / 1000
    this.#evaluatedAt = now
    if (seconds <= 0) return []
    const rates = new Map<ModelLoad, number>()
    for (const load of this.#models.values()) {
      rates.set(load, load.heard / 2 ** load.level / seconds)
      load.heard = 0
    }
    const total = [...rates.values()].reduce((sum, rate) => sum + rate, 0)
    const average = total / Math.max(1, [...rates.values()].filter((rate) => rate > 0).length)
    const changed: string[] = []
    for (const [model, load] of this.#models) {
      const next = this.#next(model, load, rates.get(load) ?? 0, { total, average })
      if (next === load.level) continue
      load.level = next
      changed.push(model)
    }
    return changed
  }

  #next(model: string, load: ModelLoad, rate: number, of: { total: number; average: number }): number {
    const { busyPerSecond, maxAnswering } = this.#limits
    const { level } = load
    const answering = median(load.reports.values())
    const neighbours = this.#neighbours(model)
    const isBusy = of.total > busyPerSecond && rate >= of.average
    const isCrowded = (answering ?? 0) / 2 ** level > maxAnswering
    // Twice as many messages come of half the shards.
    const wouldBeBusy = of.total + rate > busyPerSecond / 2
    const wouldBeCrowded = (answering ?? 0) / 2 ** (level - 1) > maxAnswering / 2
    let next = level
    if (isBusy || isCrowded) next = level + 1
    // Who has heard nothing at all has no opinion of its own.
    else if (rate === 0 && answering === undefined) next = neighbours ?? level
    else if (!wouldBeBusy && !wouldBeCrowded) next = level - 1
    if (neighbours !== undefined) next = Math.min(neighbours + 1, Math.max(neighbours - 1, next))
    return Math.min(MAX_SHARD_LEVEL, Math.max(0, next))
  }
}

function median(values: Iterable<number>): number | undefined {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[sorted.length >> 1]
}
