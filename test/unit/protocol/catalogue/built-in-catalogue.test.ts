import { statSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { estimatedSizeBytes, sizeOf } from '../../../../src/protocol/catalogue/estimated-size.ts'
import { fileAddress, findVariant } from '../../../../src/protocol/catalogue/find-variant.ts'
import { modelGroups } from '../../../../src/protocol/catalogue/groups.ts'
import { CATALOGUE_BYTES } from '../../../../src/protocol/catalogue/limits.ts'
import { inGroup } from '../../../../src/protocol/catalogue/resolve-models.ts'
import { modelNameSchema } from '../../../../src/protocol/wire/checks.ts'
import { Model } from '../../../../src/sdk/model.ts'
import { builtInCatalogue, builtInCatalogueFile } from '../../../helpers/catalogue.ts'

const catalogue = builtInCatalogue()
const variants = catalogue.models.flatMap((model) => model.variants.map((variant) => ({ model, variant })))

/** Names of the SDK behind which there are no weights that anybody could load. */
const behindAnApi = /^(gpt-|o1-|gemini-)/

describe('the catalogue that comes with the program', () => {
  it('fits the size that one may have, many times over', () => {
    expect(statSync(builtInCatalogueFile).size).toBeLessThan(CATALOGUE_BYTES / 8)
  })

  it('knows every name of the SDK that has open weights', () => {
    const names = Object.values(Model).filter(
      (name) => name !== Model.DEMO && !name.startsWith('@') && !behindAnApi.test(name),
    )
    expect(names.length).toBeGreaterThan(45)
    expect(names.filter((name) => findVariant(catalogue, name) === undefined)).toEqual([])
  })

  it('has models in every group, and every group of the SDK', () => {
    for (const group of modelGroups) {
      expect(catalogue.models.filter((model) => inGroup(model, group)).length, group).toBeGreaterThan(2)
    }
    const groups = Object.values(Model).filter((name) => name.startsWith('@'))
    expect(new Set(groups)).toEqual(new Set(modelGroups.map((group) => `@${group}`)))
  })

  it('puts every chat model into the one group of its size, and no other', () => {
    for (const { id, kind, groups, parameterCount } of catalogue.models) {
      const sizes = groups.filter((group) => group === 'small' || group === 'mid' || group === 'large')
      const size = parameterCount <= 15e9 ? 'small' : parameterCount <= 80e9 ? 'mid' : 'large'
      expect(sizes, id).toEqual(kind === 'chat' ? [size] : [])
    }
  })

  it('has sizes near what parameters and quantisation make', () => {
    const known = variants.filter(({ model, variant }) => sizeOf(model, variant).exact)
    expect(known.length).toBeGreaterThan(60)
    for (const { model, variant } of known) {
      const ratio = estimatedSizeBytes(model, variant.quantisation) / sizeOf(model, variant).bytes
      expect(Math.abs(ratio - 1), variant.name).toBeLessThan(0.15)
    }
  })

  it('estimates only with quantisations that the estimate knows', () => {
    const facts = { parameterCount: 8e9 }
    const unknown = estimatedSizeBytes(facts, 'NO_SUCH')
    const asUnknown = variants.filter(
      ({ variant }) =>
        variant.quantisation !== 'Q8_0' && estimatedSizeBytes(facts, variant.quantisation) === unknown,
    )
    expect(asUnknown.map(({ variant }) => variant.name)).toEqual([])
  })

  it('has shapes in which most of the weights find their place', () => {
    for (const { id, shape, parameterCount } of catalogue.models) {
      if (shape === undefined) continue
      expect(shape.heads % shape.kvHeads, id).toBe(0)
      const { layers, embedding, heads, kvHeads, keyLength, valueLength, vocabulary } = shape
      const attention = embedding * (heads * (keyLength + valueLength) + kvHeads * (keyLength + valueLength))
      const weights = vocabulary * embedding + layers * attention
      expect(weights, id).toBeLessThan(parameterCount * 1.02)
    }
  })

  it('counts the dense models of known shape within a tenth', () => {
    const gated = catalogue.models.filter(
      ({ shape, activeParameterCount, kind }) =>
        shape !== undefined && activeParameterCount === undefined && kind !== 'embedding',
    )
    expect(gated.length).toBeGreaterThan(50)
    for (const { id, shape, parameterCount } of gated) {
      if (shape === undefined) continue
      const { layers, embedding, heads, kvHeads, keyLength, valueLength, feedForward, vocabulary } = shape
      const perLayer =
        embedding * (heads * keyLength + kvHeads * (keyLength + valueLength)) +
        heads * valueLength * embedding +
        3 * embedding * feedForward
      const tied = vocabulary * embedding + layers * perLayer
      const nearest = Math.min(
        ...[tied, tied + vocabulary * embedding].map((count) => Math.abs(count / parameterCount - 1)),
      )
      expect(nearest, id).toBeLessThan(0.1)
    }
  })

  it('names files in the order of their parts, and addresses that are addresses', () => {
    for (const { variant } of variants) {
      const parts = variant.files.map(({ path }) => /-(\d{5})-of-(\d{5})\.gguf$/.exec(path))
      if (variant.files.length > 1 || parts[0] !== null) {
        expect(parts.map((part) => Number(part?.[1]))).toEqual(variant.files.map((_, index) => index + 1))
        expect(
          parts.every((part) => Number(part?.[2]) === variant.files.length),
          variant.name,
        ).toBe(true)
      }
      for (const file of variant.files) expect(URL.canParse(fileAddress(variant, file))).toBe(true)
      expect(modelNameSchema.safeParse(variant.name).success).toBe(true)
    }
  })

  it('has digests of what most people pull', () => {
    const pinned = variants.filter(({ variant }) => variant.files.every((file) => file.sha256 !== undefined))
    expect(pinned.length).toBeGreaterThan(40)
    const digests = pinned.flatMap(({ variant }) => variant.files.map((file) => file.sha256))
    expect(new Set(digests).size).toBe(digests.length)
  })

  it('has reference machines whose speed their memory allows', () => {
    expect(catalogue.referenceMachines.length).toBeGreaterThan(3)
    for (const machine of catalogue.referenceMachines) {
      const bytes = estimatedSizeBytes(machine, machine.quantisation)
      // Every weight is read once for a token: nothing generates faster than that.
      expect(machine.tg128, machine.device).toBeLessThan((machine.memoryBandwidthGBs * 1e9) / bytes)
      expect(machine.pp512, machine.device).toBeGreaterThan(machine.tg128)
    }
  })
})
