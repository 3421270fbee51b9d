import { describe, expect, it } from 'vitest'
import { Misbehaviour } from '../../../../src/node/network/misbehaviour.ts'
import { RateLimiter } from '../../../../src/node/network/rate-limiter.ts'
import { recordingLogger } from '../../../helpers/recording-logger.ts'

describe('RateLimiter', () => {
  it('allows the burst at once, then the rate, for each key by itself', () => {
    let nowMs = 0
    const limiter = new RateLimiter({ burst: 3, perSecond: 2, now: () => nowMs })
    expect([1, 2, 3, 4].map(() => limiter.take('a'))).toEqual([true, true, true, false])
    expect(limiter.take('b')).toBe(true)
    nowMs = 500
    expect([limiter.take('a'), limiter.take('a')]).toEqual([true, false])
    nowMs = 100 // the clock was set back
    expect(limiter.take('a')).toBe(false)
    nowMs = 60_000
    expect([1, 2, 3, 4].map(() => limiter.take('a'))).toEqual([true, true, true, false])
  })
})

describe('Misbehaviour', () => {
  it('names the peer, once for many of a kind, bans it once, and forgives with time', () => {
    let nowMs = 1_000_000
    const { logger, lines } = recordingLogger()
    const banned: string[] = []
    const misbehaviour = new Misbehaviour({ logger, onBan: (id) => banned.push(id), now: () => nowMs })
    for (let turn = 0; turn < 4; turn++) misbehaviour.report('peer-a', 'malformed_offer', 'no offer')
    expect(misbehaviour.isBanned('peer-a')).toBe(false)
    expect(misbehaviour.score('peer-a')).toBe(-40)
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatchObject({
      level: 'warn',
      fields: { peerId: 'peer-a', misdeed: 'malformed_offer' },
    })

    for (let turn = 0; turn < 3; turn++) misbehaviour.report('peer-a', 'malformed_offer', 'no offer')
    expect(misbehaviour.isBanned('peer-a')).toBe(true)
    expect(banned).toEqual(['peer-a'])
    expect(misbehaviour.isBanned('peer-b')).toBe(false)

    nowMs += 60 * 60_000
    expect(misbehaviour.isBanned('peer-a')).toBe(false)
    expect(misbehaviour.score('peer-a')).toBeGreaterThan(-0.1)
  })
})
