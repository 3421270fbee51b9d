import { describe, expect, it, vi } from 'vitest'
import { FairStart } from '../../../../src/node/requester/fair-start.ts'
import type { Offer } from '../../../../src/node/requester/offers.ts'

/** What it looks at of an offer. */
const offerOf = (waiting: number, recipients: number) =>
  ({ queue: { count: waiting }, recipients }) as unknown as Offer

describe('FairStart', () => {
  it('leaves the others their share until the window ends, and tells then', () => {
    vi.useFakeTimers()
    try {
      const onEnd = vi.fn()
      const start = new FairStart({ windowMs: 500, expectedNodes: 2, onEnd })
      const offer = offerOf(10, 1)
      let given = 0
      while (start.allows(offer, 'first')) {
        start.gave(offer, 'first')
        given++
      }
      expect(given).toBe(5)
      expect(start.allows(offer, 'second')).toBe(true)
      vi.advanceTimersByTime(500)
      expect(onEnd).toHaveBeenCalledExactlyOnceWith(offer)
      expect(start.allows(offer, 'first')).toBe(true)
    } finally {
      vi.useRealTimers()
    }
  })

  it('holds nothing back where there is one task, or one node', () => {
    const start = new FairStart({ windowMs: 500, expectedNodes: 0, onEnd: () => undefined })
    const [single, lonely] = [offerOf(1, 4), offerOf(10, 1)]
    for (let i = 0; i < 10; i++) {
      for (const offer of [single, lonely]) {
        expect(start.allows(offer, 'node')).toBe(true)
        start.gave(offer, 'node')
      }
    }
    start.stop()
  })
})
