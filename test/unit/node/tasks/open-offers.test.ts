import { describe, expect, it } from 'vitest'
import type { VerifiedOffer } from '../../../../src/node/network/contract.ts'
import { claimDraw } from '../../../../src/node/tasks/claim-draw.ts'
import { OpenOffers } from '../../../../src/node/tasks/open-offers.ts'

function offer(
  offerId: string,
  fields: { revision?: number; taskCount?: number; contact?: string; expiresAtMs?: number } = {},
) {
  return {
    requester: new Uint8Array(32),
    signed: { payload: new Uint8Array(), publicKey: new Uint8Array(), signature: new Uint8Array() },
    offer: {
      offerId,
      revision: fields.revision ?? 0,
      contact: fields.contact ?? 'contact',
      addresses: [],
      models: ['m'],
      taskCount: fields.taskCount ?? 1,
      issuedAtMs: 0,
      expiresAtMs: fields.expiresAtMs ?? 1_000,
      maxPromptMicroPer1k: 0n,
      maxCompletionMicroPer1k: 0n,
      threshold: 0,
      shard: 0,
      audience: 0,
      modelDigest: new Uint8Array(),
      tools: [],
    },
  } satisfies VerifiedOffer
}

const ids = (offers: OpenOffers) => [...offers.all()].map((open) => open.offerId)

describe('OpenOffers', () => {
  it('takes later revisions, ignores older ones and forgets withdrawn ones', () => {
    const offers = new OpenOffers({ max: 10, maxPerRequester: 10 })
    expect(offers.update(offer('a', { revision: 1, taskCount: 5 }), 'r')?.wanted).toBe(5)
    expect(offers.update(offer('a', { revision: 1, taskCount: 9 }), 'r')).toBeUndefined()
    const later = offers.update(offer('a', { revision: 2, taskCount: 3 }), 'r')
    expect(later?.wanted).toBe(3)
    offers.update(offer('a', { revision: 3, taskCount: 0 }), 'r')
    expect(offers.size).toBe(0)
  })

  it('keeps what was promised over a revision, but not over a change of contact', () => {
    const offers = new OpenOffers({ max: 10, maxPerRequester: 10 })
    const first = offers.update(offer('a'), 'r')
    if (first !== undefined) first.granted = 2
    expect(offers.update(offer('a', { revision: 1 }), 'r')?.granted).toBe(2)
    expect(offers.update(offer('a', { revision: 2, contact: 'elsewhere' }), 'r')?.granted).toBe(0)
  })

  it('does not let another identity touch an offer', () => {
    const offers = new OpenOffers({ max: 10, maxPerRequester: 10 })
    offers.update(offer('a', { taskCount: 5 }), 'r')
    expect(offers.update(offer('a', { revision: 9, taskCount: 0 }), 'thief')).toBeUndefined()
    expect(offers.get('a')?.wanted).toBe(5)
  })

  it('forgets the oldest beyond its bounds, and those that expired', () => {
    const offers = new OpenOffers({ max: 3, maxPerRequester: 2 })
    for (const id of ['a', 'b', 'c']) offers.update(offer(id), 'greedy')
    expect(ids(offers)).toEqual(['b', 'c'])
    offers.update(offer('d', { expiresAtMs: 5 }), 'other')
    offers.update(offer('e'), 'third')
    expect(ids(offers)).toEqual(['c', 'd', 'e'])
    offers.dropExpired(5)
    expect(ids(offers)).toEqual(['c', 'e'])
  })
})

describe('claimDraw', () => {
  it('is the same for one node and offer, and even over many', () => {
    const key = new Uint8Array(32).fill(1)
    expect(claimDraw('offer', key)).toBe(claimDraw('offer', key))
    const draws = Array.from({ length: 2_000 }, (_, i) => claimDraw(`offer ${i}`, key))
    const below = draws.filter((draw) => draw <= 0xffff_ffff / 4).length
    expect(below / draws.length).toBeGreaterThan(0.2)
    expect(below / draws.length).toBeLessThan(0.3)
  })
})
