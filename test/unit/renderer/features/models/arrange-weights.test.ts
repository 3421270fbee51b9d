import { describe, expect, it } from 'vitest'
import type { LocalWeightsView } from '../../../../../src/protocol/local-model-views.ts'
import { arrangeWeights } from '../../../../../src/renderer/features/models/files/arrange-weights.ts'

const found = (name: string, patch: Partial<LocalWeightsView> = {}): LocalWeightsView => ({
  path: `/models/${name}.gguf`,
  sizeBytes: 10,
  places: [{ source: 'lm-studio', path: `/models/${name}.gguf`, name, sameFile: false }],
  suggestedName: name,
  addedAs: [],
  takenBytes: 10,
  ...patch,
})
const broken = { code: 'model_invalid', message: 'The file is cut off' } as const
const all = [
  found('broken', { error: broken, sizeBytes: 99, takenBytes: 198 }),
  found('served', { addedAs: ['mine'], sizeBytes: 50, takenBytes: 100 }),
  found('small'),
  found('large', { sizeBytes: 40, takenBytes: 40 }),
]
const names = (...args: [Parameters<typeof arrangeWeights>[1], string?]) =>
  arrangeWeights(all, args[0], args[1] ?? '').map(({ suggestedName }) => suggestedName)

describe('arrangeWeights', () => {
  it('shows what can be served first, the largest on top, and what is unusable last', () => {
    expect(names('all')).toEqual(['large', 'small', 'served', 'broken'])
  })

  it('filters, and counts no copies of what is of no use', () => {
    expect(names('ready')).toEqual(['large', 'small'])
    expect(names('served')).toEqual(['served'])
    expect(names('copies')).toEqual(['served'])
    expect(names('unusable')).toEqual(['broken'])
  })

  it('searches names, those it is served under, and paths', () => {
    expect(names('all', ' MINE ')).toEqual(['served'])
    expect(names('all', '/models/sm')).toEqual(['small'])
    expect(names('served', 'small')).toEqual([])
  })
})
