import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Audiences, CallUp, callUpLimits } from '../../../../src/node/requester/call-up.ts'
import { UINT32 } from '../../../../src/protocol/wire/limits.ts'

const STEP_MS = 2 * callUpLimits.answerMs

/** Publishes revisions until enough of so many nodes have answered; each is drawn once, as by its hash. */
function publishTo(nodes: number, callUp: CallUp, draws: readonly number[], listeners: number, share = 1) {
  let now = 0
  callUp.enter({ point: 0, share, listeners, nodes: listeners }, now)
  let claims = 0
  let revisions = 0
  for (; claims < 1 && revisions < 20; revisions++) {
    const threshold = callUp.threshold(1, now)
    claims = draws.slice(0, nodes).filter((draw) => draw * UINT32 <= threshold).length
    for (let node = 0; node < claims; node++) callUp.claimed(`node ${node}`, 4)
    now += STEP_MS
  }
  callUp.leave(now)
  return { claims, revisions }
}

const manyDraws = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 256, maxLength: 256 })

describe('the nodes that an offer of one task calls up', () => {
  it('are all of a few', () => {
    const callUp = new CallUp(['demo'], new Audiences())
    callUp.enter({ point: 0, share: 1, listeners: 3, nodes: 3 }, 0)
    expect(callUp.threshold(1, 0)).toBe(UINT32)
  })

  it('are at least one at the end, however many there are and however few were expected', () => {
    fc.assert(
      fc.property(
        manyDraws,
        fc.integer({ min: 1, max: 256 }),
        fc.integer({ min: 1, max: 200 }),
        (draws, nodes, listeners) => {
          const { claims } = publishTo(nodes, new CallUp(['demo'], new Audiences()), draws, listeners)
          expect(claims).toBeGreaterThan(0)
        },
      ),
    )
  })

  it('are few once it is known how many there are, in however many shards', () => {
    const means = [16, 64, 256].map((nodes) => {
      const audiences = new Audiences()
      const counts: number[] = []
      let seed = nodes
      const random = () => {
        seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31
        return seed / 2 ** 31
      }
      for (let offer = 0; offer < 200; offer++) {
        const draws = Array.from({ length: nodes }, random)
        counts.push(publishTo(nodes, new CallUp(['demo'], audiences), draws, 8, 1 / 4).claims)
      }
      const later = counts.slice(20)
      return later.reduce((sum, count) => sum + count, 0) / later.length
    })
    for (const mean of means) {
      expect(mean).toBeGreaterThan(1)
      expect(mean).toBeLessThan(3 * callUpLimits.minClaims)
    }
  })

  it('never lose their call while the offer stays where it is', () => {
    const steps = fc.array(
      fc.record({ tasks: fc.integer({ min: 1, max: 5_000 }), ms: fc.nat(3_000), claims: fc.nat(8) }),
    )
    fc.assert(
      fc.property(steps, (all) => {
        const callUp = new CallUp(['demo'], new Audiences())
        callUp.enter({ point: 0, share: 1, listeners: 500, nodes: 500 }, 0)
        let [now, before, node] = [0, 0, 0]
        for (const { tasks, ms, claims } of all) {
          now += ms
          const threshold = callUp.threshold(tasks, now)
          expect(threshold).toBeGreaterThanOrEqual(before)
          before = threshold
          for (let i = 0; i < claims; i++) callUp.claimed(`node ${node++}`, 2)
        }
      }),
    )
  })

  it('are not made more by revisions that leave no time to answer', () => {
    const callUp = new CallUp(['demo'], new Audiences())
    callUp.enter({ point: 0, share: 1, listeners: 400, nodes: 400 }, 0)
    const first = callUp.threshold(1, 0)
    for (let ms = 1; ms < 20; ms++) expect(callUp.threshold(1, ms)).toBeLessThan(first * 1.4)
  })
})
