import { describe, expect, it } from 'vitest'
import { unpaidCodes } from '../../../../src/protocol/payment.ts'
import { isEmpty, modelBars, paymentBars } from '../../../../src/renderer/features/earnings/day-bars.ts'
import { rangeOf } from '../../../../src/renderer/features/earnings/day-range.ts'
import { requesterStanding, usedShare } from '../../../../src/renderer/features/earnings/requester-words.ts'
import { statementRange } from '../../../../src/renderer/features/earnings/statement-period.ts'
import { parseShare, shareText } from '../../../../src/renderer/features/settings/share.ts'
import { paymentWords } from '../../../../src/renderer/features/tasks/payment-words.ts'
import { unpaidWords } from '../../../../src/renderer/format/unpaid-words.ts'

const local = (...parts: [number, number, number, number?]) => new Date(...parts).getTime()

describe('the days shown', () => {
  it('begin and end at local midnight, today among them, and stay the same all day', () => {
    const morning = rangeOf(7, local(2031, 2, 5, 0))
    expect(morning).toEqual({ fromMs: local(2031, 1, 27), toMs: local(2031, 2, 6) })
    expect(rangeOf(7, local(2031, 2, 5, 23))).toEqual(morning)
    expect(rangeOf(1, local(2031, 0, 1, 12)).fromMs).toBe(local(2031, 0, 1))
  })

  it('of a statement are whole months, and never later than now', () => {
    const now = local(2031, 0, 9, 10)
    expect(statementRange('last-month', now)).toEqual({ fromMs: local(2030, 11, 1), toMs: local(2031, 0, 1) })
    expect(statementRange('this-month', now)).toEqual({ fromMs: local(2031, 0, 1), toMs: now })
    expect(statementRange('all', now)).toEqual({ fromMs: 0, toMs: now })
  })
})

describe('bars by day', () => {
  const days = [
    { day: '2031-04-08', earnedMicro: ['5', '0'], otherMicro: '0' },
    { day: '2031-04-09', earnedMicro: ['7', '2'], otherMicro: '3' },
  ]

  it('have one series for each model, whatever its name, and one for all others where there are some', () => {
    const bars = modelBars({ models: ['demo', 'others'], days })
    expect(bars.series.map(({ label }) => label)).toEqual(['demo', 'others', 'all others'])
    expect(new Set(bars.series.map(({ id }) => id)).size).toBe(3)
    expect(bars.days[1]?.micro).toEqual({ 'model-0': '7', 'model-1': '2', others: '3' })
    const alone = modelBars({
      models: ['demo'],
      days: [{ day: '2031-04-08', earnedMicro: ['5'], otherMicro: '0' }],
    })
    expect(alone.series).toHaveLength(1)
    expect(isEmpty(alone)).toBe(false)
    expect(isEmpty(modelBars({ models: [], days: [{ day: 'x', earnedMicro: [], otherMicro: '0' }] }))).toBe(
      true,
    )
  })

  it('leave out stages of payment that nothing is in', () => {
    const sums = { settledMicro: '0', pendingMicro: '4', disputedMicro: '0', unpaidMicro: '0', tasks: 1 }
    const bars = paymentBars([{ day: '2031-04-08', acknowledgedMicro: '9', ...sums }])
    expect(bars.series.map(({ id }) => id)).toEqual(['acknowledged', 'pending'])
    expect(bars.days[0]?.micro).toEqual({ acknowledged: '9', pending: '4' })
  })
})

describe('requesterStanding', () => {
  it.each([
    [{ stranger: false, limitMicro: '0', openMicro: '0' }, 'Gets no more'],
    [{ stranger: true, limitMicro: '5', openMicro: '5' }, 'At its limit'],
    [{ stranger: true, limitMicro: '5', openMicro: '4' }, 'New'],
    [{ stranger: false, limitMicro: '5', openMicro: '4' }, 'Pays'],
  ])('%j is %s', (requester, label) => {
    expect(requesterStanding(requester).label).toBe(label)
  })

  it('never draws more than all of a limit, and all of none', () => {
    expect(usedShare('1', '4')).toBe(0.25)
    expect(usedShare('9', '4')).toBe(1)
    expect(usedShare('0', '0')).toBe(1)
  })
})

describe('words of payment', () => {
  it('have a meaning and an advice for every cause', () => {
    for (const code of unpaidCodes) {
      const { label, meaning, advice } = unpaidWords(code)
      expect(label.length, code).toBeLessThan(20)
      expect(meaning, code).toMatch(/^[A-Z].*\.$/)
      expect(advice, code).toMatch(/^[A-Z].*\.$/)
    }
  })

  it('tell a failure, for which nothing is due, from work that was free, and depend on whose task it is', () => {
    const done = { role: 'executed', state: 'completed' } as const
    expect(paymentWords({ ...done, payment: 'none' }).label).toBe('Free')
    const error = { code: 'internal', message: 'x' } as const
    expect(paymentWords({ ...done, state: 'failed', payment: 'none', error }).label).toBe('Nothing due')
    expect(paymentWords({ ...done, payment: 'pending' }).sentence).toContain('requester')
    expect(paymentWords({ ...done, role: 'requested', payment: 'pending' }).sentence).toContain(
      'Your receipt',
    )
    expect(paymentWords({ role: 'executed', state: 'executing' }).label).toBe('Not due yet')
  })
})

describe('a share in percent', () => {
  it('reads what it wrote, and refuses what is none', () => {
    for (const share of [0, 0.1, 0.125, 0.07, 1]) expect(parseShare(shareText(share))).toBeCloseTo(share, 10)
    expect(shareText(0.07)).toBe('7')
    expect(parseShare('12,5')).toBe(0.125)
    for (const text of ['', '-1', '101', '100.1', 'ten', '1e1'])
      expect(parseShare(text), text).toBeUndefined()
  })
})
