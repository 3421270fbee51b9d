import { describe, expect, it } from 'vitest'
import type { FitSituation } from '../../../../../src/node/models/fit/fit-view.ts'
import { type FitCandidate, qualityShare, recommend } from '../../../../../src/node/models/fit/recommend.ts'
import type { MachineView } from '../../../../../src/protocol/fit-views.ts'
import { knownModels, type knownShapes } from '../../../../helpers/shapes.ts'

const GB = 1e9

const machine: MachineView = {
  platform: 'linux',
  arch: 'x64',
  cpu: 'a processor',
  cores: 8,
  ramTotalBytes: 16 * GB,
  ramFreeBytes: 14 * GB,
  ramReserveBytes: 2 * GB,
  ramForModelsBytes: 12 * GB,
  gpus: [],
  vramForModelsBytes: 0,
  diskFreeBytes: 500 * GB,
}

function situation(change: Partial<MachineView> = {}, memoryBytesPerSecond = 50 * GB): FitSituation {
  return {
    machine: { ...machine, ...change },
    speeds: { measured: [], memoryBytesPerSecond },
    correction: () => 1,
  }
}

function candidate(
  of: keyof typeof knownShapes,
  quality: number,
  change: Partial<FitCandidate> = {},
): FitCandidate {
  return {
    ...knownModels[of],
    exact: true,
    name: `${of}:q4_k_m`,
    modelId: of,
    title: of,
    quantisation: 'Q4_K_M',
    kind: 'chat',
    groups: ['general'],
    parameterCount: 8e9,
    downloadBytes: knownModels[of].weightsBytes,
    quality,
    ...change,
  }
}

const small = candidate('gemma4b', 50)
const medium = candidate('llama8b', 60)
const large = candidate('qwen30bA3b', 80)
const wish = { slots: 1, contextSize: 8192, atLeastTokensPerSecond: 5 }

describe('a recommendation', () => {
  it('is the best that fits and is fast enough, with what keeps better ones out', () => {
    const found = recommend([small, medium, large], wish, situation())
    expect(found.best?.name).toBe('llama8b:q4_k_m')
    expect(found.alternatives.map(({ name }) => name)).toEqual(['gemma4b:q4_k_m'])
    expect(found.excluded).toHaveLength(1)
    expect(found.excluded[0]).toMatchObject({ name: 'qwen30bA3b:q4_k_m', because: 'memory' })
    expect(found.excluded[0]?.missingBytes).toBeGreaterThan(6 * GB)
    expect(found.best?.chosenAs).toEqual({ best: 'highestQuality', among: 2 })
  })

  it('changes with the machine: more memory, a larger model', () => {
    const found = recommend([small, medium, large], wish, situation({ ramForModelsBytes: 40 * GB }))
    expect(found.best?.name).toBe('qwen30bA3b:q4_k_m')
    expect(found.excluded).toEqual([])
  })

  it('goes down with the slots that are wanted', () => {
    const found = recommend([small, medium], { ...wish, slots: 16 }, situation())
    expect(found.best?.name).toBe('gemma4b:q4_k_m')
    expect(found.excluded[0]?.name).toBe('llama8b:q4_k_m')
  })

  it('leaves out what is too slow, and says so; where all are, the fastest comes first', () => {
    const slow = situation({}, 15 * GB)
    const found = recommend([small, medium], wish, slow)
    expect(found.best?.name).toBe('gemma4b:q4_k_m')
    expect(found.excluded[0]?.because).toBe('speed')
    const none = recommend([small, medium], { ...wish, atLeastTokensPerSecond: 1000 }, slow)
    expect(none.best?.name).toBe('gemma4b:q4_k_m')
    expect(none.best?.chosenAs?.best).toBe('fastest')
  })

  it('has one quantisation of each model: the best that fits', () => {
    const q8 = candidate('llama8b', 60, {
      name: 'llama8b:q8_0',
      quantisation: 'Q8_0',
      weightsBytes: 8.5 * GB,
      downloadBytes: 8.5 * GB,
    })
    expect(recommend([medium, q8], wish, situation()).best?.name).toBe('llama8b:q8_0')
    const tight = recommend([medium, q8], wish, situation({ ramForModelsBytes: 8 * GB }))
    expect(tight.best?.name).toBe('llama8b:q4_k_m')
    expect(tight.alternatives).toEqual([])
  })

  it('keeps to a group, and offers embedding models only when asked', () => {
    const embedding = candidate('gemma4b', 99, {
      kind: 'embedding',
      groups: ['embedding'],
      modelId: 'e',
      name: 'e',
    })
    const code = candidate('llama8b', 40, { groups: ['code'], modelId: 'c', name: 'c' })
    const all = [small, embedding, code]
    expect(recommend(all, wish, situation()).best?.name).toBe('gemma4b:q4_k_m')
    expect(recommend(all, { ...wish, group: 'code' }, situation()).best?.name).toBe('c')
    expect(recommend(all, { ...wish, group: 'embedding' }, situation()).best?.name).toBe('e')
    expect(recommend(all, { ...wish, group: 'nothing' }, situation()).best).toBeUndefined()
  })

  it('does not recommend what the disk has no room for', () => {
    const found = recommend([small, medium], wish, situation({ diskFreeBytes: 4 * GB }))
    expect(found.best?.name).toBe('gemma4b:q4_k_m')
    expect(found.excluded[0]?.because).toBe('disk')
  })

  it('is empty, with reasons, on a machine for none of them', () => {
    const found = recommend([small, medium], wish, situation({ ramForModelsBytes: GB }))
    expect(found.best).toBeUndefined()
    expect(found.excluded).toHaveLength(2)
  })

  it('takes the speed for enough where nothing is known of it', () => {
    const unknown: FitSituation = { machine, speeds: { measured: [] }, correction: () => 1 }
    const found = recommend([small, medium], wish, unknown)
    expect(found.best?.name).toBe('llama8b:q4_k_m')
    expect(found.best?.fit.speed).toBeUndefined()
  })
})

it('knows that fewer bits cost quality, the last ones most', () => {
  const shares = ['F16', 'Q8_0', 'Q6_K', 'Q5_K_M', 'Q4_K_M', 'IQ3_XS', 'Q2_K', 'IQ1_S'].map(qualityShare)
  expect([...shares].sort((a, b) => b - a)).toEqual(shares)
  expect(qualityShare('MXFP4_MOE')).toBe(qualityShare('Q4_0'))
})
