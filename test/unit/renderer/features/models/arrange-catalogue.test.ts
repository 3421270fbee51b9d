import { describe, expect, it } from 'vitest'
import type { CatalogueModelView } from '../../../../../src/protocol/catalogue-views.ts'
import type { FitView } from '../../../../../src/protocol/fit-views.ts'
import {
  arrangeCatalogue,
  type CatalogueFilter,
} from '../../../../../src/renderer/features/models/get/arrange-catalogue.ts'

const GB = 1e9

function model(id: string, patch: Partial<CatalogueModelView> = {}): CatalogueModelView {
  return {
    id,
    title: id,
    family: 'Family',
    released: '2025-01',
    parameterCount: 4 * GB,
    contextLength: 32_768,
    licence: { id: 'mit', url: 'https://example.org', gated: false },
    kind: 'chat',
    groups: ['small'],
    quality: { rank: 50, source: 'rule' },
    variants: ['q4', 'q8'].map((quantisation, index) => ({
      name: `${id}:${quantisation}`,
      aliases: [],
      quantisation,
      repository: 'owner/repo',
      files: ['file.gguf'],
      sizeBytes: (index + 1) * 2 * GB,
      sizeIsExact: true,
      pinned: true,
    })),
    ...patch,
  }
}

function fitOf(verdict: FitView['verdict'], tokensPerSecond = 10): FitView {
  const numbers = { neededBytes: GB, availableBytes: 2 * GB, missingBytes: 0 }
  return {
    verdict,
    contextSize: 8192,
    slots: 4,
    kvType: 'f16',
    gpuLayers: 0,
    totalLayers: 30,
    memory: {} as FitView['memory'],
    ram: numbers,
    vram: numbers,
    mostSlots: 4,
    mostContext: 8192,
    correction: 1,
    speed: { tokensPerSecond, range: { low: 1, high: 20 }, basis: 'memory' },
    exact: true,
  }
}

const all: CatalogueFilter = { search: '', fitsOnly: false }
const models = [
  model('tiny', { parameterCount: GB, quality: { rank: 20, source: 'rule' }, groups: ['coder'] }),
  model('best', { quality: { rank: 90, source: 'rule' }, kind: 'embedding' }),
  model('huge', {
    parameterCount: 70 * GB,
    quality: { rank: 95, source: 'rule' },
    licence: { id: 'llama3.1', url: 'https://example.org', gated: true },
  }),
]
const fits = new Map([
  ['tiny:q4', fitOf('fits', 90)],
  ['tiny:q8', fitOf('fits', 50)],
  ['best:q4', fitOf('tooLarge')],
  ['best:q8', fitOf('partly', 12)],
  ['huge:q4', fitOf('tooLarge', 300)],
  ['huge:q8', fitOf('tooLarge', 300)],
])
const ids = (filter: Partial<CatalogueFilter>, order: 'quality' | 'size' | 'speed' = 'quality') =>
  arrangeCatalogue(models, fits, { ...all, ...filter }, order).map((listed) => listed.model.id)

describe('arrangeCatalogue', () => {
  it('orders by quality, by the size of what would be got, and by speed with the impossible last', () => {
    expect(ids({})).toEqual(['huge', 'best', 'tiny'])
    expect(ids({}, 'size')).toEqual(['huge', 'tiny', 'best'])
    expect(ids({}, 'speed')).toEqual(['tiny', 'best', 'huge'])
  })

  it('filters by all that is asked for at once', () => {
    expect(ids({ fitsOnly: true })).toEqual(['best', 'tiny'])
    expect(ids({ group: 'coder' })).toEqual(['tiny'])
    expect(ids({ kind: 'embedding' })).toEqual(['best'])
    expect(ids({ size: 'large' })).toEqual(['huge'])
    expect(ids({ licence: 'llama3.1' })).toEqual(['huge'])
    expect(ids({ licence: 'llama3.1', fitsOnly: true })).toEqual([])
    expect(ids({ search: ' BEST  owner/repo ' })).toEqual(['best'])
    expect(ids({ search: 'best nothing' })).toEqual([])
  })

  it('lets the first variant that fits stand for a model, else a part of it, else the smallest', () => {
    const shown = arrangeCatalogue(models, fits, all, 'quality').map(({ variant }) => variant.name)
    expect(shown).toEqual(['huge:q4', 'best:q8', 'tiny:q4'])
  })

  it('lists everything while nothing is known of what fits', () => {
    const listed = arrangeCatalogue(models, new Map(), all, 'quality')
    expect(listed.map(({ variant, fit: known }) => [variant.name, known])).toEqual([
      ['huge:q4', undefined],
      ['best:q4', undefined],
      ['tiny:q4', undefined],
    ])
  })
})
