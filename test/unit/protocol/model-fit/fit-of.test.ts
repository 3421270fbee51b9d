import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { estimateMemory } from '../../../../src/protocol/model-fit/estimate-memory.ts'
import { bestFit, fitOf } from '../../../../src/protocol/model-fit/fit-of.ts'
import { plainPlan } from '../../../../src/protocol/model-fit/memory-plan.ts'
import { mostContext, mostSlots } from '../../../../src/protocol/model-fit/most-that-fits.ts'
import { knownModels } from '../../../helpers/shapes.ts'

const GB = 1e9
const plan = plainPlan({ contextSize: 4096, slots: 1, gpuLayers: 1000 })
const model = knownModels.llama8b

describe('a fit', () => {
  it('without a GPU is one of memory alone', () => {
    expect(bestFit(model, plan, { ramBytes: 8 * GB, vramBytes: 0 })).toMatchObject({
      verdict: 'fits',
      gpuLayers: 0,
      ram: { missingBytes: 0 },
    })
    const fit = bestFit(model, plan, { ramBytes: 5 * GB, vramBytes: 0 })
    expect(fit.verdict).toBe('tooLarge')
    expect(fit.ram.missingBytes).toBe(fit.ram.neededBytes - 5 * GB)
  })

  it('takes as many layers on the GPU as it has room for, and says how many', () => {
    const fits = bestFit(model, plan, { ramBytes: 16 * GB, vramBytes: 12 * GB })
    expect(fits).toMatchObject({ verdict: 'fits', gpuLayers: 33, totalLayers: 33 })
    const partly = bestFit(model, plan, { ramBytes: 16 * GB, vramBytes: 4 * GB })
    expect(partly.verdict).toBe('partly')
    expect(partly.gpuLayers).toBeGreaterThan(10)
    expect(partly.gpuLayers).toBeLessThan(33)
    const onemore = estimateMemory(model, { ...plan, gpuLayers: partly.gpuLayers + 1 })
    expect(fitOf(onemore, { ramBytes: 16 * GB, vramBytes: 4 * GB }).verdict).toBe('tooLarge')
  })

  it('is partly, with no layer there, where the GPU has next to nothing', () => {
    const fit = bestFit(model, plan, { ramBytes: 16 * GB, vramBytes: 0.05 * GB })
    expect(fit).toMatchObject({ verdict: 'partly', gpuLayers: 0 })
  })

  it('takes the memory of a unified machine once', () => {
    const machine = { ramBytes: 8 * GB, vramBytes: 8 * GB, unified: true }
    expect(bestFit(model, plan, machine).verdict).toBe('fits')
    expect(bestFit(model, { ...plan, slots: 64 }, machine).verdict).toBe('tooLarge')
  })

  it('never asks for more than there is unless it is too large', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.values(knownModels)),
        fc.integer({ min: 1, max: 131_072 }),
        fc.integer({ min: 1, max: 64 }),
        fc.integer({ min: 0, max: 64e9 }),
        fc.integer({ min: 0, max: 64e9 }),
        (of, contextSize, slots, ramBytes, vramBytes) => {
          const fit = bestFit(of, { ...plan, contextSize, slots }, { ramBytes, vramBytes })
          const { ram, vram } = fit.estimate.total
          expect(fit.verdict === 'tooLarge').toBe(ram > ramBytes || vram > vramBytes)
        },
      ),
      { numRuns: 300 },
    )
  })
})

describe('the most that fits', () => {
  const machine = { ramBytes: 10 * GB, vramBytes: 0 }

  it('is just below what does not', () => {
    const slots = mostSlots(model, plan, machine)
    expect(slots).toBeGreaterThan(1)
    expect(bestFit(model, { ...plan, slots }, machine).verdict).toBe('fits')
    expect(bestFit(model, { ...plan, slots: slots + 1 }, machine).verdict).toBe('tooLarge')
    const contextSize = mostContext(model, plan, machine)
    expect(contextSize % 256).toBe(0)
    expect(bestFit(model, { ...plan, contextSize }, machine).verdict).toBe('fits')
    expect(bestFit(model, { ...plan, contextSize: contextSize + 256 }, machine).verdict).toBe('tooLarge')
  })

  it('is nothing where the weights alone are too much, and no more than the model was trained on', () => {
    expect(mostSlots(model, plan, { ramBytes: GB, vramBytes: 0 })).toBe(0)
    expect(mostContext(model, plan, { ramBytes: GB, vramBytes: 0 })).toBe(0)
    expect(mostContext({ ...model, contextLength: 3000 }, plan, machine)).toBe(3000)
  })

  it('can be asked to stay on the GPU', () => {
    const withGpu = { ramBytes: 64 * GB, vramBytes: 8 * GB }
    const onGpu = mostSlots(model, plan, withGpu, { verdict: 'fits' })
    expect(onGpu).toBeGreaterThan(0)
    expect(onGpu).toBeLessThan(mostSlots(model, plan, withGpu))
  })
})
