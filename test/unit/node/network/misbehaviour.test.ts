import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Misbehaviour } from '../../../../src/node/network/misbehaviour.ts'
import { PeerRecords } from '../../../../src/node/network/peer-records.ts'
import { RateLimiter } from '../../../../src/node/network/rate-limiter.ts'
import { openStore } from '../../../../src/node/store/open-store.ts'
import { recordingLogger } from '../../../helpers/recording-logger.ts'
import { tempFolder } from '../../../helpers/temp-folder.ts'

const MINUTE_MS = 60_000

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
  it('names the peer, once for many of a kind, keeps it out once, and forgives with time', () => {
    let nowMs = 1_000_000
    const { logger, lines } = recordingLogger()
    const out: string[] = []
    const misbehaviour = new Misbehaviour({ logger, onQuarantine: (id) => out.push(id), now: () => nowMs })
    for (let turn = 0; turn < 4; turn++) misbehaviour.report('peer-a', 'malformed_offer', 'no offer')
    expect(misbehaviour.isQuarantined('peer-a')).toBe(false)
    expect(misbehaviour.score('peer-a')).toBe(-40)
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatchObject({
      level: 'warn',
      fields: { peerId: 'peer-a', misdeed: 'malformed_offer' },
    })

    for (let turn = 0; turn < 3; turn++) misbehaviour.report('peer-a', 'malformed_offer', 'no offer')
    expect(misbehaviour.isQuarantined('peer-a')).toBe(true)
    expect(out).toEqual(['peer-a'])
    expect(misbehaviour.isQuarantined('peer-b')).toBe(false)

    nowMs += 60 * MINUTE_MS
    expect(misbehaviour.isQuarantined('peer-a')).toBe(false)
    expect(misbehaviour.score('peer-a')).toBeGreaterThan(-0.1)
  })

  it('keeps a peer out longer each time, and forgets after a week of good conduct', () => {
    let nowMs = 1_000_000
    const { logger } = recordingLogger()
    const misbehaviour = new Misbehaviour({ logger, onQuarantine: () => {}, now: () => nowMs })
    const minutesOut = () => {
      for (let turn = 0; turn < 5; turn++) misbehaviour.report('peer', 'bad_signature', 'made up')
      const began = nowMs
      while (misbehaviour.isQuarantined('peer')) nowMs += MINUTE_MS
      return (nowMs - began) / MINUTE_MS
    }
    expect([minutesOut(), minutesOut(), minutesOut()]).toEqual([15, 30, 60])
    for (let turn = 0; turn < 8; turn++) minutesOut()
    expect(minutesOut()).toBe(24 * 60)
    nowMs += 8 * 24 * 60 * MINUTE_MS
    expect(minutesOut()).toBe(15)
  })

  it('never keeps out a peer that the operator trusts, but says what it does', () => {
    const { logger, lines } = recordingLogger()
    const out: string[] = []
    const misbehaviour = new Misbehaviour({
      logger,
      isProtected: (id) => id === 'bootstrap',
      onQuarantine: (id) => out.push(id),
    })
    for (let turn = 0; turn < 20; turn++) misbehaviour.report('bootstrap', 'bad_stream', 'no frame')
    expect(misbehaviour.isQuarantined('bootstrap')).toBe(false)
    expect(out).toEqual([])
    expect(lines).toHaveLength(1)
  })

  it('remembers across a restart who is out, how often, and what for', async () => {
    using folder = tempFolder()
    const path = join(folder.path, 'driad.db')
    let nowMs = 1_000_000
    const { logger } = recordingLogger()
    const open = () => {
      const store = openStore({ path })
      const records = new PeerRecords({ store })
      const misbehaviour = new Misbehaviour({ logger, records, onQuarantine: () => {}, now: () => nowMs })
      return { store, records, misbehaviour }
    }
    const before = open()
    for (let turn = 0; turn < 5; turn++) before.misbehaviour.report('peer', 'bad_signature', 'made up')
    await before.store.close()

    const after = open()
    expect(after.misbehaviour.isQuarantined('peer')).toBe(true)
    expect(after.records.misdeeds(10)).toEqual([
      { atMs: nowMs, peerId: 'peer', misdeed: 'bad_signature', detail: 'made up', times: 1 },
    ])
    nowMs += 16 * MINUTE_MS
    expect(after.misbehaviour.isQuarantined('peer')).toBe(false)
    for (let turn = 0; turn < 5; turn++) after.misbehaviour.report('peer', 'bad_signature', 'made up')
    await after.store.write(() => undefined)
    expect(after.records.quarantines(nowMs, 10)).toMatchObject([
      { peerId: 'peer', times: 2, untilMs: nowMs + 30 * MINUTE_MS },
    ])
    await after.store.close()
  })

  it('writes a bounded log however many invented peers there are', async () => {
    using folder = tempFolder()
    const store = openStore({ path: join(folder.path, 'driad.db') })
    const records = new PeerRecords({ store })
    const { logger, lines } = recordingLogger()
    let nowMs = 1_000_000
    const misbehaviour = new Misbehaviour({ logger, records, onQuarantine: () => {}, now: () => nowMs })
    for (let peer = 0; peer < 5_000; peer++)
      misbehaviour.report(`peer-${peer}`, 'bad_stream', 'x'.repeat(5_000))
    expect(lines).toHaveLength(50)
    nowMs += 1_000
    for (let peer = 0; peer < 100; peer++) misbehaviour.report(`late-${peer}`, 'bad_stream', '')
    expect(lines).toHaveLength(52)
    for (let row = 0; row < 1_100; row++) {
      records.misdeed({ atMs: nowMs, peerId: 'p', misdeed: 'bad_stream', detail: '', times: 1 })
    }
    await store.write(() => undefined)
    expect(records.misdeeds(5_000)).toHaveLength(1_000)
    expect(Math.max(...records.misdeeds(5_000).map(({ detail }) => detail.length))).toBeLessThanOrEqual(256)
    await store.close()
  })
})
