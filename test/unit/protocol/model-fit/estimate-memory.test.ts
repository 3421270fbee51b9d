import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ModelShape } from '../../../../src/protocol/gguf/model-shape.ts'
import { cacheBytes, cellsOf } from '../../../../src/protocol/model-fit/cache-bytes.ts'
import { correctEstimate, correctionLimits } from '../../../../src/protocol/model-fit/correct-estimate.ts'
import { allBytes, estimateMemory } from '../../../../src/protocol/model-fit/estimate-memory.ts'
import { kvTypes, PLAN_BATCH_TOKENS, plainPlan } from '../../../../src/protocol/model-fit/memory-plan.ts'
import { knownModels, knownShapes } from '../../../helpers/shapes.ts'

const GIB = 1024 ** 3

/** From plain to absurd: what a damaged file, or one made to hurt, may say. */
const anyNumber = fc.oneof(
  fc.integer({ min: 0, max: 100_000 }),
  fc.constantFrom(-1, 0, 0.5, 2 ** 31, 2 ** 53, Number.MAX_VALUE, Number.NaN, Number.POSITIVE_INFINITY),
)
const anyShape: fc.Arbitrary<ModelShape> = fc.record(
  {
    architecture: fc.constant('llama'),
    layers: anyNumber,
    embedding: anyNumber,
    heads: anyNumber,
    kvHeads: anyNumber,
    keyLength: anyNumber,
    valueLength: anyNumber,
    feedForward: anyNumber,
    vocabulary: anyNumber,
    slidingWindow: fc.record({ tokens: anyNumber, layers: anyNumber }),
    kvElements: fc.record({ full: anyNumber, window: anyNumber }),
    recurrent: fc.record({ elements: anyNumber, width: anyNumber }),
    experts: fc.record({ count: anyNumber, used: anyNumber, feedForward: anyNumber }),
  },
  {
    requiredKeys: [
      'architecture',
      'layers',
      'embedding',
      'heads',
      'kvHeads',
      'keyLength',
      'valueLength',
      'feedForward',
      'vocabulary',
    ],
  },
)
const anyPlan = fc.record({
  contextSize: anyNumber,
  slots: anyNumber,
  kvType: fc.constantFrom(...kvTypes),
  flashAttention: fc.boolean(),
  batchTokens: anyNumber,
  gpuLayers: anyNumber,
})

describe('the cache', () => {
  it('is what llama.cpp makes: 128 KiB a token for Llama-3.1-8B', () => {
    expect(cacheBytes(knownShapes.llama8b, plainPlan({ contextSize: 8192, slots: 1 }))).toBe(GIB)
    expect(cacheBytes(knownShapes.llama8b, plainPlan({ contextSize: 8192, slots: 4 }))).toBe(4 * GIB)
  })

  it('takes 17/32 as q8_0 and 9/32 as q4_0', () => {
    const as = (kvType: (typeof kvTypes)[number]) =>
      cacheBytes(knownShapes.llama8b, plainPlan({ contextSize: 8192, slots: 1, kvType }))
    expect(as('q8_0')).toBe((GIB * 17) / 32)
    expect(as('q4_0')).toBe((GIB * 9) / 32)
  })

  it('has places in steps of 256, and for a window no more than it and a batch', () => {
    expect(cellsOf(knownShapes.gemma4b, { contextSize: 1000, batchTokens: 512 })).toEqual({
      full: 1024,
      window: 1024,
    })
    expect(cellsOf(knownShapes.gemma4b, { contextSize: 32_768, batchTokens: 512 })).toEqual({
      full: 32_768,
      window: 1536,
    })
  })

  it('does not grow with the context where there are only states', () => {
    const shape: ModelShape = {
      ...knownShapes.llama8b,
      kvElements: { full: 0, window: 0 },
      recurrent: { elements: 1000, width: 512 },
    }
    expect(cacheBytes(shape, plainPlan({ contextSize: 100_000, slots: 3 }))).toBe(12_000)
  })
})

describe('the estimate', () => {
  it('moves weights, cache and compute to the GPU with the layers, the output first', () => {
    const model = knownModels.llama8b
    const at = (gpuLayers: number) =>
      estimateMemory(model, plainPlan({ contextSize: 4096, slots: 1, gpuLayers }))
    expect(at(0).total.vram).toBe(0)
    expect(at(1).weights.vram).toBeGreaterThan(0)
    expect(at(1).cache.vram).toBe(0)
    expect(at(33).cache.ram).toBe(0)
    // The input's table stays.
    expect(at(33).weights.ram).toBeGreaterThan(0)
    expect(at(33).weights.ram).toBeLessThan(model.weightsBytes / 10)
    expect(at(1000)).toEqual(at(33))
  })

  it('says a whole, finite number of bytes whatever the shape says', () => {
    fc.assert(
      fc.property(anyShape, anyNumber, anyPlan, (shape, weightsBytes, plan) => {
        const estimate = estimateMemory({ shape, weightsBytes }, plan)
        for (const share of [
          estimate.weights,
          estimate.cache,
          estimate.compute,
          estimate.overhead,
          estimate.total,
        ]) {
          for (const bytes of [share.ram, share.vram]) {
            expect(Number.isFinite(bytes)).toBe(true)
            expect(bytes).toBeGreaterThanOrEqual(0)
          }
        }
        expect(Number.isFinite(allBytes(estimate.total))).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  it('grows with the context and with the slots', () => {
    const sizes = fc.integer({ min: 1, max: 200_000 })
    const slots = fc.integer({ min: 1, max: 64 })
    const model = fc.constantFrom(...Object.values(knownModels))
    fc.assert(
      fc.property(model, sizes, sizes, slots, slots, fc.boolean(), (of, one, other, a, b, flashAttention) => {
        const estimate = (contextSize: number, count: number) =>
          estimateMemory(of, plainPlan({ contextSize, slots: count, flashAttention }))
        const bytes = (contextSize: number, count: number) => allBytes(estimate(contextSize, count).total)
        expect(bytes(Math.min(one, other), a)).toBeLessThanOrEqual(bytes(Math.max(one, other), a))

        const fewer = Math.min(a, b)
        const [less, more] = [estimate(one, fewer), estimate(one, Math.max(a, b))]
        expect(allBytes(less.cache)).toBeLessThanOrEqual(allBytes(more.cache))
        // A batch is rounded up to a multiple of the slots: 512 tokens to 560 with 56 of them, and to 513 with 57.
        const rounding = (PLAN_BATCH_TOKENS + fewer - 1) / PLAN_BATCH_TOKENS
        expect(allBytes(less.compute)).toBeLessThanOrEqual(allBytes(more.compute) * rounding + 1)
      }),
      { numRuns: 300 },
    )
  })

  it('without a file takes the parts of the weights from the shape', () => {
    const { weights } = estimateMemory(
      knownModels.llama8b,
      plainPlan({ contextSize: 512, slots: 1, gpuLayers: 33 }),
    )
    // 525 of 8,030 million parameters are the table that stays.
    expect(weights.ram / knownModels.llama8b.weightsBytes).toBeCloseTo(0.065, 2)
  })
})

describe('a correction', () => {
  const estimate = estimateMemory(
    knownModels.llama8b,
    plainPlan({ contextSize: 4096, slots: 2, gpuLayers: 10 }),
  )

  it('changes all but the weights', () => {
    const corrected = correctEstimate(estimate, 1.2)
    expect(corrected.weights).toEqual(estimate.weights)
    expect(corrected.cache.ram / estimate.cache.ram).toBeCloseTo(1.2, 5)
    expect(corrected.total.ram).toBe(
      corrected.weights.ram + corrected.cache.ram + corrected.compute.ram + corrected.overhead.ram,
    )
  })

  it('never makes it much smaller or huge, and is ignored where it is no number', () => {
    expect(correctEstimate(estimate, 0)).toEqual(correctEstimate(estimate, correctionLimits.least))
    expect(correctEstimate(estimate, 1e9)).toEqual(correctEstimate(estimate, correctionLimits.most))
    expect(correctEstimate(estimate, Number.NaN)).toEqual(estimate)
  })
})
