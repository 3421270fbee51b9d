import { describe, expect, it } from 'vitest'
import {
  draftOf,
  draftProblem,
  emptyDraft,
  runInputs,
} from '../../../../../src/renderer/features/test/test-draft.ts'

const draft = { ...emptyDraft, model: 'demo', prompt: 'Hey there!' }

describe('a draft', () => {
  it('says why it cannot run', () => {
    expect(draftProblem(draft)).toBeUndefined()
    expect(draftProblem({ ...draft, model: '' })).toBe('no-model')
    expect(draftProblem({ ...draft, prompt: ' ' })).toBe('no-prompt')
    expect(draftProblem({ ...draft, kind: 'workflow', workflowJson: '{' })).toBe('bad-json')
    expect(draftProblem({ ...draft, kind: 'workflow' })).toBeUndefined()
  })

  it('becomes an input with exactly one of prompt and workflow, and only the numbers that were given', () => {
    expect(runInputs({ ...draft, temperature: '0', seed: '', input: 'unused', maxTokens: '9' })).toEqual([
      { where: 'here', model: 'demo', prompt: 'Hey there!', temperature: 0, maxTokens: 9 },
    ])
    // A workflow's own limits count: the field is not even shown for one.
    expect(runInputs({ ...draft, kind: 'workflow', workflowJson: '{}', input: 'x', maxTokens: '9' })).toEqual(
      [{ where: 'here', model: 'demo', workflowJson: '{}', input: 'x' }],
    )
  })

  it('becomes the same input once for each place', () => {
    const [here, network] = runInputs({ ...draft, where: 'both', seed: '7' })
    expect(here).toEqual({ where: 'here', model: 'demo', prompt: 'Hey there!', seed: 7 })
    expect(network).toEqual({ ...here, where: 'network' })
  })

  it('comes back out of the input that it became', () => {
    for (const before of [
      { ...draft, temperature: '0.5', seed: '7', maxTokens: '20' },
      { ...draft, kind: 'workflow' as const, where: 'network' as const, input: 'x' },
    ]) {
      const [input] = runInputs(before)
      if (input === undefined) throw new Error('No run')
      expect({ ...before, ...draftOf(input) }).toEqual(before)
    }
  })
})
