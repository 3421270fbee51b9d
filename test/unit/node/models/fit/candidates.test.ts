import { describe, expect, it } from 'vitest'
import { candidatesOf, type OfferedModel } from '../../../../../src/node/models/fit/candidates.ts'
import { activeBytes } from '../../../../../src/protocol/model-fit/expected-speed.ts'
import { knownModels, knownShapes } from '../../../../helpers/shapes.ts'

const model: OfferedModel = {
  id: 'llama-3.1-8b',
  title: 'Llama 3.1 8B',
  parameterCount: 8.03e9,
  contextLength: 131_072,
  licence: { id: 'llama3.1' },
  kind: 'chat',
  groups: ['general'],
  shape: knownShapes.llama8b,
  variants: [
    { name: 'llama3.1:8b', quantisation: 'Q4_K_M', files: [{ sizeBytes: 3e9 }, { sizeBytes: 2e9 }] },
  ],
}

const of = (change: Partial<OfferedModel> = {}) => candidatesOf([{ ...model, ...change }], () => 7)[0]

describe('the variants of a catalogue', () => {
  it('have the size of all their files', () => {
    expect(of()).toMatchObject({
      name: 'llama3.1:8b',
      downloadBytes: 5e9,
      weightsBytes: 5e9,
      quality: 7,
      licence: 'llama3.1',
      exact: true,
    })
  })

  it('have the usual size of their quantisation where a file’s is not known', () => {
    const variants = [{ name: 'v', quantisation: 'Q4_K_M', files: [{ sizeBytes: 3e9 }, {}] }]
    const bytes = of({ variants })?.downloadBytes ?? 0
    expect(bytes / knownModels.llama8b.weightsBytes).toBeGreaterThan(0.95)
    expect(bytes / knownModels.llama8b.weightsBytes).toBeLessThan(1.05)
  })

  it('have a usual shape where theirs is not known, and say so', () => {
    const found = of({ shape: undefined })
    expect(found?.exact).toBe(false)
    expect(found?.shape).toMatchObject({ layers: 32, embedding: 4096 })
  })

  it('read as much for a token as is active of them', () => {
    const found = of({ shape: undefined, parameterCount: 30.5e9, activeParameterCount: 3.3e9 })
    if (found === undefined) throw new Error('There is a candidate')
    const share = activeBytes(found) / found.weightsBytes
    expect(share).toBeGreaterThan(0.08)
    expect(share).toBeLessThan(0.2)
  })
})
