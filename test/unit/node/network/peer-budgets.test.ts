import { describe, expect, it } from 'vitest'
import { type PeerBudgetLimits, PeerBudgets } from '../../../../src/node/network/peer-budgets.ts'

const limits: PeerBudgetLimits = {
  bytes: { perSecond: 1_000, burst: 2_000 },
  messages: { perSecond: 100, burst: 200 },
  cpuMs: { perSecond: 500, burst: 1_000 },
  streams: { perSecond: 10, burst: 20 },
  bufferedBytes: 1_000_000,
  totalBufferedBytes: 1_500_000,
  unreadBytes: 5_000,
  connections: 4,
  maxHeldMs: 3_000,
}

function budgets({ exempt = '' } = {}) {
  let nowMs = 0
  const reports: string[] = []
  const made = new PeerBudgets(
    {
      misbehaviour: { report: (peerId, misdeed) => reports.push(`${peerId} ${misdeed}`) },
      isExempt: (peerId) => peerId === exempt,
      now: () => nowMs,
    },
    limits,
  )
  return { made, reports, pass: (ms: number) => (nowMs += ms) }
}

describe('PeerBudgets', () => {
  it('lets a burst pass, then holds a peer back until the rate has caught up, each by itself', () => {
    const { made, pass } = budgets()
    expect(made.of('a').arrived(2_000)).toBe(0)
    expect(made.of('a').arrived(500)).toBe(500)
    expect(made.of('b').arrived(500)).toBe(0)
    pass(10_000)
    expect(made.of('a').arrived(2_000)).toBe(0)
  })

  it('holds back for messages and for CPU time too, and never longer than pings can bear', () => {
    const { made } = budgets()
    for (let count = 0; count < 220; count++) made.of('a').message()
    expect(made.of('a').arrived(1)).toBeCloseTo(200)
    made.of('b').worked(1_100)
    expect(made.of('b').arrived(1)).toBeCloseTo(200)
    made.of('c').worked(100_000)
    expect(made.of('c').arrived(1)).toBe(1_000)
  })

  it('gives a peer up that has to be held back again and again, and not one that is seldom', () => {
    const { made, reports, pass } = budgets()
    const held = Array.from({ length: 3 }, () => made.of('a').held(1_000))
    expect(held).toEqual([true, true, false])
    expect(reports).toEqual(['a over_budget'])
    for (let turn = 0; turn < 20; turn++) {
      pass(60_000)
      expect(made.of('b').held(1_000)).toBe(true)
    }
  })

  it('bounds what is kept for one peer, and for all together', () => {
    const { made, reports } = budgets()
    expect(made.of('a').buffered(900_000)).toBe(true)
    expect(made.of('a').buffered(200_000)).toBe(false)
    expect(reports).toEqual(['a over_budget'])
    made.of('a').buffered(-300_000)
    // Together 1.6 MB: who has much stops, who has little goes on, and nobody is blamed.
    expect(made.of('b').buffered(800_000)).toBe(false)
    expect(made.of('c').buffered(10_000)).toBe(true)
    expect(reports).toHaveLength(1)
    for (const [id, bytes] of [
      ['a', 800_000],
      ['b', 800_000],
      ['c', 10_000],
    ] as const)
      made.of(id).buffered(-bytes)
    expect(made.bufferedBytes).toBe(0)
  })

  it('bounds streams: those open at once by protocol, and how fast they are opened', () => {
    const { made, reports } = budgets()
    const account = made.of('a')
    expect([account.enter('work', 2), account.enter('work', 2), account.enter('work', 2)]).toEqual([
      true,
      true,
      false,
    ])
    expect(account.enter('info', 2)).toBe(true)
    account.leave('work')
    expect(account.enter('work', 2)).toBe(true)
    const opened = Array.from({ length: 25 }, () => account.openedStream())
    expect(opened.filter(Boolean)).toHaveLength(20)
    expect(reports).toEqual(Array.from({ length: 6 }, () => 'a stream_flood'))
  })

  it('notices who does not read', () => {
    const { made, reports } = budgets()
    expect([made.of('a').unread(5_000), made.of('a').unread(5_001)]).toEqual([true, false])
    expect(reports).toEqual(['a over_budget'])
  })

  it('sets no limits to a peer that the operator allowed, but counts', () => {
    const { made, reports } = budgets({ exempt: 'a' })
    expect(made.of('a').arrived(1_000_000)).toBe(0)
    expect(made.of('a').buffered(100_000_000)).toBe(true)
    expect(Array.from({ length: 100 }, () => made.of('a').openedStream())).not.toContain(false)
    expect(made.use()[0]).toMatchObject({ peerId: 'a', receivedBytes: 1_000_000, bufferedBytes: 100_000_000 })
    expect(reports).toEqual([])
  })
})
