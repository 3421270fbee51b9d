import { describe, expect, it } from 'vitest'
import { checkModelName, modelNameOf } from '../../../../src/node/models/model-name.ts'

describe('model names', () => {
  it('come from files', () => {
    expect(modelNameOf('/models/Llama-3.1-8B.Q4_K_M.gguf')).toBe('Llama-3.1-8B.Q4_K_M')
    expect(modelNameOf('/models/my model (2).GGUF')).toBe('my-model-2')
    expect(modelNameOf('/models/模型.gguf')).toBe('model')
    expect(modelNameOf(`/models/${'x'.repeat(300)}.gguf`)).toHaveLength(128)
  })

  it('are always ones that can be announced', () => {
    for (const path of ['.gguf', '-.gguf', '../..', '_x.gguf', 'ü.gguf', 'a b/c d.gguf']) {
      expect(() => checkModelName(modelNameOf(path)), path).not.toThrow()
    }
  })

  it('are refused where they could not be announced', () => {
    for (const name of ['', 'a b', '-x', 'ü', 'x'.repeat(129), 'a\n']) {
      expect(() => checkModelName(name), JSON.stringify(name)).toThrow(/cannot name a model/)
    }
    expect(() => checkModelName('llama3.1:8b-instruct-q4_K_M')).not.toThrow()
  })
})
