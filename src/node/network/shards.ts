import { createHash } from 'node:crypto'

/**
 * The listeners of a model are divided into 2^level shards, by the first bits of a number that is each node's own. The
 * level is agreed on by nobody: see ShardLevels for how each node finds its own, and ADR 0025 for why that suffices.
 */

/** 1,024 shards of some hundred listeners each: a hundred thousand nodes for one model. */
export const MAX_SHARD_LEVEL = 10

export interface Shard {
  readonly model: string
  readonly level: number
  /** From 0 up to 2^level. */
  readonly index: number
}

/** Where a node stands among the listeners: 32 bits out of its key. */
export function shardPoint(publicKey: Uint8Array): number {
  return createHash('sha256').update('driad/1/shard\n').update(publicKey).digest().readUInt32BE(0)
}

export function shardIndex(point: number, level: number): number {
  return level === 0 ? 0 : point >>> (32 - level)
}

/** Where offers for one model of one network go. Names of models have no `#`. */
export function offerTopic(networkName: string, model: string, level = 0, index = 0): string {
  const topic = `driad/1/${networkName}/offers/${model}`
  return level === 0 ? topic : `${topic}#${level}.${index}`
}

/** Undefined for a topic of something else. */
export function shardOfTopic(networkName: string, topic: string): Shard | undefined {
  const prefix = offerTopic(networkName, '')
  if (!topic.startsWith(prefix)) return undefined
  const parts = /^([^#]+)(?:#(\d{1,2})\.(\d{1,4}))?$/.exec(topic.slice(prefix.length))
  if (parts === null) return undefined
  const [, model = '', level = '0', index = '0'] = parts
  const shard = { model, level: Number(level), index: Number(index) }
  const isOne = shard.level <= MAX_SHARD_LEVEL + 1 && shard.index < 2 ** shard.level
  // Each has one name only: `#0.0` and `#02.1` are none.
  return isOne && offerTopic(networkName, model, shard.level, shard.index) === topic ? shard : undefined
}

/** A node of a level also listens one above and one below it: there are those who do not know yet, or know already. */
export function levelsAround(level: number): readonly number[] {
  return level === 0 ? [0, 1] : [level - 1, level, level + 1]
}
