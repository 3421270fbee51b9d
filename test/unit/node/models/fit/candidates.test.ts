import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { catalogueCandidates, referenceSpeeds } from '../../../../../src/node/models/fit/candidates.ts'
import { findCandidate } from '../../../../../src/node/models/fit/recommend.ts'
import { parseCatalogue } from '../../../../../src/protocol/catalogue/parse.ts'
import { estimateMemory } from '../../../../../src/protocol/model-fit/estimate-memory.ts'
import { activeBytes, expectedSpeed } from '../../../../../src/protocol/model-fit/expected-speed.ts'
import { plainPlan } from '../../../../../src/protocol/model-fit/memory-plan.ts'

const catalogue = parseCatalogue(
  readFileSync(new URL('../../../../../resources/models/catalogue.json', import.meta.url), 'utf8'),
)
const candidates = catalogueCandidates(catalogue)

describe('the built-in catalogue', () => {
  it('has a candidate for each variant, each with a size and an estimate', () => {
    expect(candidates.length).toBe(catalogue.models.flatMap(({ variants }) => variants).length)
    for (const candidate of candidates) {
      const { total } = estimateMemory(candidate, plainPlan({ contextSize: 4096, slots: 1 }))
      expect(total.ram, candidate.name).toBeGreaterThan(candidate.downloadBytes * 0.9)
      expect(total.ram, candidate.name).toBeLessThan(candidate.downloadBytes * 1.5 + 3e9)
    }
    expect(catalogueCandidates(catalogue)).toBe(candidates)
  })

  it('finds them by their other names', () => {
    const [named] = candidates.filter(({ aliases }) => (aliases?.length ?? 0) > 0)
    expect(findCandidate(candidates, named?.aliases?.[0] ?? '')).toBe(named)
    expect(findCandidate(candidates, 'no such model')).toBeUndefined()
  })

  it('knows of mixtures of experts that a token reads the active part', () => {
    for (const model of catalogue.models) {
      const { activeParameterCount, parameterCount } = model
      if (activeParameterCount === undefined) continue
      const candidate = candidates.find(({ modelId }) => modelId === model.id)
      if (candidate === undefined) throw new Error('Each model has a candidate')
      const share = activeBytes(candidate) / candidate.weightsBytes
      expect(share, model.id).toBeLessThan(Math.max(0.1, (activeParameterCount / parameterCount) * 2))
      expect(share, model.id).toBeGreaterThan((activeParameterCount / parameterCount) * 0.4)
    }
  })
})

describe('its reference machines', () => {
  it('come with the GPU of this computer first, and else the slowest', () => {
    const named = referenceSpeeds(catalogue.referenceMachines, [{ name: 'NVIDIA GeForce RTX 3090 Ti' }])
    expect(named[0]?.name).toBe('NVIDIA GeForce RTX 3090 Ti')
    const any = referenceSpeeds(catalogue.referenceMachines).filter(({ onGpu }) => onGpu)
    const speeds = any.map(({ bytesPerSecond }) => bytesPerSecond)
    expect(speeds[0]).toBe(Math.min(...speeds))
  })

  it('give back the speeds that were published, for the model that they are of', () => {
    const references = referenceSpeeds(catalogue.referenceMachines, [{ name: 'NVIDIA GeForce RTX 3090 Ti' }])
    const candidate = candidates.find(({ name }) => name.startsWith('llama3.1:8b') && name.includes('q4_K_M'))
    if (candidate === undefined) throw new Error('The catalogue has Llama 3.1 8B')
    const plan = plainPlan({ contextSize: 2048, slots: 1 })
    const speed = expectedSpeed(candidate, plan, { measured: [], references }, 1)
    // Published for Llama 2 7B as Q4_0: 127 tokens/s, with 3.9 GB of weights against 4.6.
    expect(speed?.basis).toBe('reference')
    expect(speed?.tokensPerSecond).toBeGreaterThan(80)
    expect(speed?.tokensPerSecond).toBeLessThan(130)
  })
})
