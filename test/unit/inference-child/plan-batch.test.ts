import { describe, expect, it } from 'vitest'
import { planBatch } from '../../../src/inference-child/decoder/plan-batch.ts'

describe('planBatch', () => {
  it('lets nobody wait for a long prompt', () => {
    expect(planBatch([5000, 1, 1], 512)).toEqual([510, 1, 1])
  })

  it('shares the room among prompts', () => {
    const shares = planBatch([1000, 1000, 20], 512)
    expect(shares.reduce((sum, share) => sum + share, 0)).toBe(512)
    expect(shares[2]).toBe(20)
    expect(Math.abs((shares[0] ?? 0) - (shares[1] ?? 0))).toBeLessThanOrEqual(1)
  })

  it('never takes more than there is, nor than fits', () => {
    expect(planBatch([3, 2], 512)).toEqual([3, 2])
    expect(planBatch([1, 1, 1], 2)).toEqual([1, 1, 0])
    expect(planBatch([], 512)).toEqual([])
  })
})
