import { AUDIENCE, UINT32 } from '../../protocol/wire/limits.ts'
import { BoundedMap } from '../network/bounded-map.ts'
import type { OfferShard } from '../network/shard-directory.ts'

export const callUpLimits = {
  /** Nodes that are wanted for a single task: some to choose from, and chance should rarely leave none. */
  minClaims: 4,
  /** Nodes that are wanted for however many tasks, for each round of an offer. */
  maxClaims: 128,
  /** Tasks that a node is thought to take at once before any has said so. */
  tasksPerClaim: 4,
  /** Who is connected to more nodes than this is hardly connected to all of them. */
  fewNodes: 12,
  /** Nodes thought to be in one shard then, before any has answered: see `shardLimits.maxAnswering`. */
  shardNodes: 64,
  /** Who has not answered by then probably will not: nobody is called up for the silence of those who are still being asked. */
  answerMs: 1_000,
  /** Answers of one offer that are counted; more make no difference. */
  maxAnswers: 4_096,
  /** Sets of models for which the number of answering nodes is remembered. */
  remembered: 256,
} as const

/** How many nodes answer offers, by what is offered. What one offer finds out the next one begins with. */
export class Audiences {
  readonly #byModels = new BoundedMap<string, number>(callUpLimits.remembered)
  /** How many tasks a node takes at once, as claims tell; a mean that follows slowly. */
  tasksPerClaim: number = callUpLimits.tasksPerClaim

  of(models: readonly string[]): number | undefined {
    return this.#byModels.get(models.join('\n'))
  }

  learn(models: readonly string[], nodes: number): void {
    const before = this.of(models)
    // By their ratio: an estimate is off by a factor, not by a number.
    this.#byModels.set(models.join('\n'), before === undefined ? nodes : Math.sqrt(before * nodes))
  }

  claimed(credits: number): void {
    this.tasksPerClaim += (Math.max(1, credits) - this.tasksPerClaim) / 8
  }
}

/**
 * Which part of those who hear an offer are to answer it, revision by revision. Each revision calls up a part that grows with
 * what is still wanted; how many answered the part before tells how many there are. A node that was called stays called.
 */
export class CallUp {
  readonly #models: readonly string[]
  readonly #audiences: Audiences
  readonly #answered = new Set<string>()
  #shard: OfferShard | undefined
  #expected = 1
  #part = 0
  /** The part before the last raise, and when that was. */
  #partBefore = 0
  #raisedAt = 0

  constructor(models: readonly string[], audiences: Audiences) {
    this.#models = models
    this.#audiences = audiences
  }

  /** Everybody here was called, and did not suffice: others may be elsewhere. */
  get exhausted(): boolean {
    return this.#part >= 1 && this.#shard !== undefined && this.#shard.share < 1
  }

  get shard(): OfferShard | undefined {
    return this.#shard
  }

  /** Nodes that would answer in all shards, for the others to know; 0 while nobody has. */
  get audience(): number {
    const nodes = this.#audiences.of(this.#models)
    return nodes === undefined ? 0 : Math.min(AUDIENCE, Math.round(nodes))
  }

  /** Goes on in a shard, with nobody called there yet. */
  enter(shard: OfferShard, now: number): void {
    this.leave(now)
    this.#shard = shard
    const known = this.#audiences.of(this.#models)
    const isAll = shard.share === 1 && shard.nodes <= callUpLimits.fewNodes
    const unheardOf = isAll
      ? shard.listeners
      : Math.max(callUpLimits.shardNodes, shard.listeners * shard.share)
    this.#expected = Math.max(1, known === undefined ? unheardOf : known * shard.share)
  }

  /** Remembers what was found out in the shard, if it was anything. */
  leave(now: number): void {
    if (this.#shard !== undefined && this.#part > 0 && this.#answered.size > 0)
      this.#audiences.learn(this.#models, this.#here(now) / this.#shard.share)
    this.#answered.clear()
    this.#part = 0
    this.#partBefore = 0
  }

  /** A node answered, and takes so many tasks. */
  claimed(node: string, credits: number): void {
    if (this.#answered.has(node) || this.#answered.size >= callUpLimits.maxAnswers) return
    this.#answered.add(node)
    this.#audiences.claimed(credits)
  }

  /** The threshold of the next revision, while so many tasks wait. It never falls while the offer stays in its shard. */
  threshold(tasks: number, now: number): number {
    const { minClaims, maxClaims } = callUpLimits
    const wanted = Math.min(maxClaims, Math.max(minClaims, Math.ceil(tasks / this.#audiences.tasksPerClaim)))
    const asked = this.#asked(now)
    const part = Math.min(1, (this.#answered.size + wanted) / this.#here(now))
    if (part > this.#part) {
      this.#partBefore = asked
      this.#part = part
      this.#raisedAt = now
    }
    return Math.floor(this.#part * UINT32)
  }

  /**
   * Nodes that would answer in this shard: what was expected counts as much as one answer, so silence lowers it to a fifth
   * at the first time, and a handful of answers outweigh it.
   */
  #here(now: number): number {
    return (1 + this.#answered.size) / (1 / this.#expected + this.#asked(now))
  }

  /** The part that was called and has had the time to answer. */
  #asked(now: number): number {
    return now - this.#raisedAt >= callUpLimits.answerMs ? this.#part : this.#partBefore
  }
}
