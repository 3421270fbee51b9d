import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type ClaimedModel,
  type ClaimState,
  chooseClaim,
  LOWEST_SCORE,
} from '../../../../src/node/requester/select.ts'

const cheap = { promptMicroPer1k: 1n, completionMicroPer1k: 1n }
const limit = { promptMicroPer1k: 100n, completionMicroPer1k: 100n }

function model(fields: Partial<ClaimedModel> = {}): ClaimedModel {
  return {
    name: 'demo',
    digest: new Uint8Array(32),
    contextSize: 512,
    slots: 4,
    tokensPerSecond: 10,
    price: cheap,
    ...fields,
  }
}

function claim(
  node: string,
  fields: Partial<ClaimState> & { model?: Partial<ClaimedModel> } = {},
): ClaimState {
  const { model: own, ...state } = fields
  const served = model(own)
  return { node, credits: 1, load: 0, models: new Map([[served.name, served]]), ...state }
}

const wanted = { models: ['demo'], maxPrice: limit }
const chosen = (...claims: ClaimState[]) => chooseClaim(claims, wanted)?.claim.node

describe('the node that gets the next task', () => {
  it('is the least loaded in relation to its slots', () => {
    expect(chosen(claim('a', { load: 1 }), claim('b', { load: 0 }))).toBe('b')
    // One of two slots is busier than three of eight.
    expect(
      chosen(claim('a', { load: 1, model: { slots: 2 } }), claim('b', { load: 3, model: { slots: 8 } })),
    ).toBe('b')
  })

  it('is the cheaper of two that are as busy, then the faster, then the first by name', () => {
    const dear = { price: { promptMicroPer1k: 2n, completionMicroPer1k: 2n } }
    expect(chosen(claim('a', { model: dear }), claim('b'))).toBe('b')
    expect(chosen(claim('a'), claim('b', { model: { tokensPerSecond: 11 } }))).toBe('b')
    expect(chosen(claim('b'), claim('a'))).toBe('a')
  })

  it('is the one whose assignments are accepted sooner, of two that are the same otherwise', () => {
    expect(chosen(claim('a', { roundTripMs: 300 }), claim('b', { roundTripMs: 50 }))).toBe('b')
    // Of one that had none yet nothing bad is thought.
    expect(chosen(claim('a', { roundTripMs: 300 }), claim('b'))).toBe('b')
  })

  it('is well thought of, or cheap enough to make up for it, and never known to be useless', () => {
    const scores: Record<string, number> = { a: 0.5, b: 0.9, c: LOWEST_SCORE / 2 }
    const standing = (node: string) => ({ score: scores[node] ?? 0.5, trusted: false })
    const best = (...claims: ClaimState[]) => chooseClaim(claims, wanted, { standing })?.claim.node
    expect(best(claim('a'), claim('b'))).toBe('b')
    const dear = { price: { promptMicroPer1k: 8n, completionMicroPer1k: 8n } }
    expect(best(claim('a'), claim('b', { model: dear }))).toBe('a')
    expect(best(claim('c'))).toBeUndefined()
  })

  it('has a credit, serves one of the models, at a price within the limit, and was not excluded', () => {
    expect(chosen(claim('a', { credits: 0 }))).toBeUndefined()
    expect(chosen(claim('a', { model: { name: 'other' } }))).toBeUndefined()
    expect(chosen(claim('a', { model: { price: { ...cheap, completionMicroPer1k: 101n } } }))).toBeUndefined()
    expect(
      chooseClaim([claim('a'), claim('b')], wanted, { mayHave: ({ node }) => node !== 'a' })?.claim.node,
    ).toBe('b')
    expect(chosen()).toBeUndefined()
  })

  it('is the same whatever the order of the claims', () => {
    const claims = fc.uniqueArray(
      fc.record({
        node: fc.string({ minLength: 1, maxLength: 4 }),
        credits: fc.nat(2),
        load: fc.nat(6),
        slots: fc.integer({ min: 1, max: 4 }),
        price: fc.bigInt({ min: 0n, max: 120n }),
        speed: fc.nat(3),
      }),
      { selector: ({ node }) => node, maxLength: 8 },
    )
    fc.assert(
      fc.property(claims, fc.nat(), (facts, turn) => {
        const all = facts.map(({ node, credits, load, slots, price, speed }) =>
          claim(node, {
            credits,
            load,
            model: {
              slots,
              tokensPerSecond: speed,
              price: { promptMicroPer1k: price, completionMicroPer1k: 0n },
            },
          }),
        )
        const turned = [
          ...all.slice(turn % (all.length || 1)),
          ...all.slice(0, turn % (all.length || 1)),
        ].reverse()
        expect(chosen(...turned)).toBe(chosen(...all))
      }),
    )
  })
})
