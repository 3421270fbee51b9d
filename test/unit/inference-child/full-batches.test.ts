import { describe, expect, it } from 'vitest'
import { planBatch } from '../../../src/inference-child/full-batches.ts'

const items = (...lengths: number[]) => lengths.map((length) => ({ tokens: Array.from({ length }, () => 0) }))
const amounts = (plan: ReturnType<typeof planBatch>) => plan.map(({ processAmount }) => processAmount)

describe('planBatch', () => {
  it('puts sequences in order of their ids', () => {
    const queued = items(1, 2, 3)
    expect(planBatch(queued, 512, [7, 0, 3]).map(({ item }) => queued.indexOf(item))).toEqual([1, 2, 0])
  })

  it('lets nobody wait for a long prompt', () => {
    expect(amounts(planBatch(items(5000, 1, 1), 512, [0, 1, 2]))).toEqual([510, 1, 1])
  })

  it('shares the room among prompts', () => {
    const shares = amounts(planBatch(items(1000, 1000, 20), 512, [0, 1, 2]))
    expect(shares.reduce((sum, share) => sum + share, 0)).toBe(512)
    expect(shares[2]).toBe(20)
    expect(Math.abs((shares[0] ?? 0) - (shares[1] ?? 0))).toBeLessThanOrEqual(1)
  })

  it('never takes more than there is', () => {
    expect(amounts(planBatch(items(3, 2), 512, undefined))).toEqual([3, 2])
    expect(amounts(planBatch(items(1, 1, 1), 2, undefined))).toEqual([1, 1])
  })
})
