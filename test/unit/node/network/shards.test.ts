import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ShardDirectory } from '../../../../src/node/network/shard-directory.ts'
import { ShardLevels, shardLimits } from '../../../../src/node/network/shard-levels.ts'
import {
  levelsAround,
  MAX_SHARD_LEVEL,
  offerTopic,
  shardIndex,
  shardOfTopic,
} from '../../../../src/node/network/shards.ts'

const point = fc.nat({ max: 2 ** 32 - 1 })
const level = fc.nat({ max: MAX_SHARD_LEVEL })

describe('a shard', () => {
  it('is told by its topic, and each has one topic only', () => {
    fc.assert(
      fc.property(point, level, (at, depth) => {
        const index = shardIndex(at, depth)
        expect(shardOfTopic('net', offerTopic('net', 'llama3.1:8b', depth, index))).toEqual({
          model: 'llama3.1:8b',
          level: depth,
          index,
        })
      }),
    )
    const none = [
      'offers/demo#0.0',
      'offers/demo#1.2',
      'offers/demo#01.1',
      'offers/demo#12.1',
      'offers/',
      'other/demo',
    ]
    for (const topic of none) expect(shardOfTopic('net', `driad/1/net/${topic}`)).toBeUndefined()
  })

  it('lies inside the one of the level above', () => {
    fc.assert(
      fc.property(point, level, (at, depth) => {
        expect(shardIndex(at, depth + 1) >>> 1).toBe(shardIndex(at, depth))
      }),
    )
  })
})

function listen(directory: ShardDirectory, peer: string, at: number, ofLevel: number): void {
  for (const each of levelsAround(ofLevel))
    directory.subscribed(peer, { model: 'demo', level: each, index: shardIndex(at, each) })
}

describe('what connected peers listen to', () => {
  it('shows the level of the middle one, and a point that somebody hears', () => {
    const peers = fc.array(fc.record({ at: point, of: fc.nat(4) }), { minLength: 1, maxLength: 12 })
    fc.assert(
      fc.property(peers, fc.double({ min: 0, max: 0.999, noNaN: true }), (all, chance) => {
        const directory = new ShardDirectory()
        for (const [index, { at, of }] of all.entries()) listen(directory, `peer ${index}`, at, of)
        const sorted = all.map(({ of }) => of).toSorted((a, b) => a - b)
        const middle = sorted[Math.ceil(sorted.length / 2) - 1] ?? 0
        expect(directory.level('demo')).toBe(middle)
        const chosen = directory.choose(['demo', 'other'], () => chance)
        expect(chosen).toMatchObject({ listeners: all.length, share: 2 ** -middle })
        const inShard = all.some(({ at, of }) => shardIndex(at, of) === shardIndex(chosen?.point ?? 0, of))
        expect(inShard).toBe(true)
      }),
    )
  })

  it('is forgotten with the subscription and with the peer', () => {
    const directory = new ShardDirectory()
    listen(directory, 'a', 5, 2)
    listen(directory, 'b', 5, 0)
    directory.forget('a')
    expect(directory.level('demo')).toBe(0)
    for (const each of levelsAround(0))
      directory.unsubscribed('b', { model: 'demo', level: each, index: shardIndex(5, each) })
    expect(directory.listeners('demo')).toBe(0)
    expect(directory.choose(['demo'], Math.random)).toBeUndefined()
  })
})

describe('the level of a model', () => {
  /** One after the other, nodes that each hear their share of so many offers, and see all the others. */
  function settle(nodes: number, offersPerSecond: number, audience: number, rounds = 24) {
    const levels: ShardLevels[] = []
    const middle = () => levels.map((each) => each.of('demo')).toSorted((a, b) => a - b)[nodes >> 1] ?? 0
    for (let node = 0; node < nodes; node++) {
      const own = new ShardLevels({ neighbours: () => (levels.length === 0 ? undefined : middle()) })
      own.add('demo')
      levels.push(own)
    }
    const seen: number[][] = []
    for (let round = 0; round <= rounds; round++) {
      // Requesters publish on the level that most nodes are on.
      const published = middle()
      for (const [index, own] of levels.entries()) {
        const hears = Math.round((offersPerSecond * shardLimits.evaluateMs) / 1000 / 2 ** published)
        for (let offer = 0; offer < hears; offer++)
          own.heard('demo', published, `requester ${offer % 40}`, audience)
        own.evaluate(1 + round * shardLimits.evaluateMs + index)
      }
      seen.push(levels.map((each) => each.of('demo')))
    }
    return seen
  }

  it.each([
    { offers: 0.1, audience: 3 },
    { offers: 20, audience: 3 },
    { offers: 200, audience: 100 },
    { offers: 2_000, audience: 5_000 },
    { offers: 0.5, audience: 20_000 },
  ])(
    'settles where $offers offers a second for $audience nodes are no load, and stays there',
    ({ offers, audience }) => {
      const seen = settle(9, offers, audience)
      const last = seen.at(-1) ?? []
      const settled = last[0] ?? -1
      expect(new Set(last)).toEqual(new Set([settled]))
      expect(seen.slice(-8)).toEqual(Array(8).fill(last))
      expect(offers / 2 ** settled).toBeLessThanOrEqual(shardLimits.busyPerSecond)
      expect(audience / 2 ** settled).toBeLessThanOrEqual(shardLimits.maxAnswering)
      const oneLess = Math.max(0, settled - 1)
      const isNeeded =
        offers / 2 ** oneLess > shardLimits.busyPerSecond / 2 ||
        audience / 2 ** oneLess > shardLimits.maxAnswering / 2
      expect(settled === 0 || isNeeded).toBe(true)
    },
  )

  it('is never more than one away from that of the neighbours, whatever requesters say', () => {
    const own = new ShardLevels({ neighbours: () => 2 })
    own.add('demo')
    own.evaluate(0)
    for (let round = 1; round < 9; round++) {
      for (let liar = 0; liar < 99; liar++) own.heard('demo', 2, `liar ${liar}`, 10_000_000)
      own.evaluate(round * shardLimits.evaluateMs)
    }
    expect(own.of('demo')).toBe(3)
  })

  it('goes up for the busiest of many models first, for the budget is one for all', () => {
    const own = new ShardLevels({ neighbours: () => undefined })
    for (const model of ['busy', 'quiet']) own.add(model)
    own.evaluate(0)
    for (let offer = 0; offer < 200; offer++) own.heard('busy', 0, 'a', 0)
    for (let offer = 0; offer < 10; offer++) own.heard('quiet', 0, 'a', 0)
    expect(own.evaluate(shardLimits.evaluateMs)).toEqual(['busy'])
  })

  it('comes down again when it has become quiet', () => {
    const own = new ShardLevels({ neighbours: () => undefined })
    own.add('demo')
    own.evaluate(0)
    for (let offer = 0; offer < 1_000; offer++) own.heard('demo', 0, 'a', 0)
    own.evaluate(shardLimits.evaluateMs)
    expect(own.of('demo')).toBe(1)
    own.heard('demo', 1, 'a', 3)
    own.evaluate(2 * shardLimits.evaluateMs)
    expect(own.of('demo')).toBe(0)
  })
})
