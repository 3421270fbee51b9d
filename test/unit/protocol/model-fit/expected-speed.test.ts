import { describe, expect, it } from 'vitest'
import { activeBytes, expectedSpeed } from '../../../../src/protocol/model-fit/expected-speed.ts'
import { plainPlan } from '../../../../src/protocol/model-fit/memory-plan.ts'
import { knownModels } from '../../../helpers/shapes.ts'

const plan = plainPlan({ contextSize: 4096, slots: 1 })

describe('the bytes that a token uses', () => {
  it('leave out the table of the input, and the experts that are not asked', () => {
    const dense = activeBytes(knownModels.llama8b) / knownModels.llama8b.weightsBytes
    expect(dense).toBeGreaterThan(0.9)
    expect(dense).toBeLessThan(1)
    // 3.3 of 30.5 billion parameters.
    const share = activeBytes(knownModels.qwen30bA3b) / knownModels.qwen30bA3b.weightsBytes
    expect(share).toBeGreaterThan(0.07)
    expect(share).toBeLessThan(0.15)
  })
})

describe('the expected speed', () => {
  it('is nothing where nothing is known', () => {
    expect(expectedSpeed(knownModels.llama8b, plan, { measured: [] })).toBeUndefined()
    expect(
      expectedSpeed(knownModels.llama8b, plan, { measured: [], memoryBytesPerSecond: 5e10 }, 1),
    ).toBeUndefined()
  })

  it('is bound by the memory: half the weights, twice the speed', () => {
    const facts = { measured: [], memoryBytesPerSecond: 50e9 }
    const large = expectedSpeed(knownModels.llama8b, plan, facts)
    const half = { ...knownModels.llama8b, weightsBytes: knownModels.llama8b.weightsBytes / 2 }
    const small = expectedSpeed(half, plan, facts)
    expect(large?.basis).toBe('memory')
    expect(large?.tokensPerSecond).toBeGreaterThan(8)
    expect(large?.tokensPerSecond).toBeLessThan(12)
    expect((small?.tokensPerSecond ?? 0) / (large?.tokensPerSecond ?? 1)).toBeCloseTo(1.97, 1)
  })

  it('is bound by the threads where the memory is faster than they are', () => {
    const facts = { measured: [], memoryBytesPerSecond: 200e9 }
    const many = expectedSpeed(knownModels.llama8b, plan, { ...facts, threads: 16 })?.tokensPerSecond ?? 0
    const one = expectedSpeed(knownModels.llama8b, plan, { ...facts, threads: 1 })?.tokensPerSecond ?? 0
    expect(one).toBeLessThan(4)
    expect(many / one).toBeGreaterThan(8)
  })

  it('follows what was measured here before anything else, most of all of the same model', () => {
    const measured = [{ model: knownModels.llama8b, tokensPerSecond: 4, onGpu: false }]
    const facts = { measured, memoryBytesPerSecond: 500e9 }
    const same = expectedSpeed(knownModels.llama8b, plan, facts)
    expect(same).toMatchObject({ basis: 'thisModel' })
    expect(same?.tokensPerSecond).toBeCloseTo(4, 0)
    const other = expectedSpeed(knownModels.qwen30bA3b, plan, facts)
    expect(other?.basis).toBe('measured')
    expect(other?.tokensPerSecond).toBeGreaterThan(6)
    expect(other?.tokensPerSecond).toBeLessThan(16)
  })

  it('learns nothing of a large model from a tiny one, however fast that was', () => {
    const tiny = { ...knownModels.llama8b, weightsBytes: 2e6 }
    const facts = {
      measured: [{ model: tiny, tokensPerSecond: 2_000, onGpu: false }],
      memoryBytesPerSecond: 50e9,
    }
    const large = expectedSpeed(knownModels.llama8b, plan, facts)
    expect(large).toEqual(expectedSpeed(knownModels.llama8b, plan, { ...facts, measured: [] }))
    expect(expectedSpeed(tiny, plan, facts)?.basis).toBe('thisModel')
  })

  it('of a model in two parts is that of both, and as sure as the less known of them', () => {
    const facts = {
      measured: [{ model: knownModels.llama8b, tokensPerSecond: 80, onGpu: true }],
      memoryBytesPerSecond: 40e9,
    }
    const all = expectedSpeed(knownModels.llama8b, plan, facts, 1)?.tokensPerSecond ?? 0
    const half = expectedSpeed(knownModels.llama8b, plan, facts, 0.5)
    const none = expectedSpeed(knownModels.llama8b, plan, facts, 0)?.tokensPerSecond ?? 0
    expect(all).toBeGreaterThan(half?.tokensPerSecond ?? 0)
    expect(half?.tokensPerSecond).toBeGreaterThan(none)
    expect(half?.basis).toBe('memory')
  })

  it('falls back on a machine that was measured elsewhere', () => {
    const references = [
      { name: 'a desktop', onGpu: false, bytesPerSecond: 30e9, promptBytesPerSecond: 300e9 },
    ]
    const speed = expectedSpeed(knownModels.gemma4b, plan, { measured: [], references })
    expect(speed?.basis).toBe('reference')
    expect(speed?.promptTokensPerSecond).toBeGreaterThan(speed?.tokensPerSecond ?? 0)
    expect(speed?.range.low).toBeLessThan(speed?.tokensPerSecond ?? 0)
  })
})
