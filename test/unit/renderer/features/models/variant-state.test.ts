import { describe, expect, it } from 'vitest'
import type { LocalWeightsView } from '../../../../../src/protocol/local-model-views.ts'
import type { PullView } from '../../../../../src/protocol/pull-views.ts'
import type { ModelView } from '../../../../../src/protocol/views.ts'
import { variantStates } from '../../../../../src/renderer/features/models/get/variant-state.ts'

const served = (name: string) => ({ name, state: 'ready' }) as ModelView
const pull = (name: string, state: PullView['state']) => ({ id: name, name, state }) as PullView
const found = (suggestedName: string, patch: Partial<LocalWeightsView> = {}): LocalWeightsView => ({
  path: `/models/${suggestedName}.gguf`,
  sizeBytes: 1,
  places: [],
  suggestedName,
  addedAs: [],
  takenBytes: 1,
  ...patch,
})

describe('variantStates', () => {
  it('knows a model by its name and by its aliases', () => {
    const stateOf = variantStates({ models: [served('gemma3:1b')], pulls: [], weights: [] })
    expect(stateOf('gemma3:1b-it-q4_K_M', ['gemma3:1b']).kind).toBe('served')
    expect(stateOf('gemma3:1b-it-q4_K_M').kind).toBe('away')
  })

  it('tells of a download until it is over', () => {
    const kinds = (state: PullView['state']) =>
      variantStates({ models: [], pulls: [pull('a', state)], weights: [] })('a').kind
    expect(kinds('downloading')).toBe('coming')
    expect(kinds('failed')).toBe('coming')
    expect(kinds('cancelled')).toBe('away')
    expect(kinds('completed')).toBe('away')
  })

  it('finds files that are here, by the name that the catalogue has for them or the one they have there', () => {
    const place = { source: 'ollama', path: '/blob', name: 'b:latest', sameFile: false } as const
    const stateOf = variantStates({
      models: [served('other')],
      pulls: [],
      weights: [
        found('a', { places: [place] }),
        found('broken', { error: { code: 'model_invalid', message: 'No' } }),
        found('c', { addedAs: ['other'] }),
      ],
    })
    expect(stateOf('a')).toEqual({ kind: 'here', path: '/models/a.gguf' })
    expect(stateOf('b:latest')).toEqual({ kind: 'here', path: '/models/a.gguf' })
    expect(stateOf('broken').kind).toBe('away')
    expect(stateOf('c')).toMatchObject({ kind: 'served', model: { name: 'other' } })
  })
})
