import { jsonLanguage } from '@codemirror/lang-json'
import { describe, expect, it } from 'vitest'
import { issueRange, pathParts } from '../../../../../src/renderer/features/test/editor/issue-range.ts'

const text = `{
  "config": { "max_steps": 10 },
  "external_memory": { "a key": ["x", 7] },
  "tasks": [
    { "id": "one", "operator": "end" },
    {
      "id": "two",
      "inputs": [{ "name": "n", "value": { "type": "reed", "key": "k" } }]
    }
  ],
  "name": "first",
  "name": "second"
}`

function at(path: string, of = text): string {
  const { from, to } = issueRange(of, jsonLanguage.parser.parse(of), path)
  return of.slice(from, to)
}

describe('the parts of a path', () => {
  it('are names, indices and quoted keys', () => {
    expect(pathParts('tasks[2].inputs[0].value.type')).toEqual(['tasks', 2, 'inputs', 0, 'value', 'type'])
    expect(pathParts('external_memory["a \\"key\\""][1]')).toEqual(['external_memory', 'a "key"', 1])
    expect(pathParts('')).toEqual([])
  })

  it('are none where a key was cut short', () => {
    expect(pathParts('external_memory["a long ke…]')).toBeUndefined()
  })
})

describe('where an issue stands', () => {
  it('is the value, where that is small', () => {
    expect(at('tasks[1].inputs[0].value.type')).toBe('"reed"')
    expect(at('config.max_steps')).toBe('10')
    expect(at('external_memory["a key"][1]')).toBe('7')
  })

  it('is the name of a list or an object', () => {
    expect(at('config')).toBe('"config"')
    expect(at('tasks')).toBe('"tasks"')
    expect(at('tasks[1].inputs[0].value')).toBe('"value"')
  })

  it('is the first line of an item, so that no whole task is underlined', () => {
    expect(at('tasks[1]')).toBe('{')
    expect(at('tasks[0]')).toBe('{ "id": "one", "operator": "end" }')
  })

  it('is what is nearest, where the thing itself is missing', () => {
    expect(at('config.max_time')).toBe('"config"')
    expect(at('tasks[1].operator')).toBe('{')
    expect(at('tasks[7].operator')).toBe('"tasks"')
    expect(at('steps')).toBe('{')
    expect(at('config.max_steps.deeper')).toBe('10')
  })

  it('is the beginning, where there is no path or no JSON', () => {
    expect(at('')).toBe('{')
    expect(at('external_memory["cut…]')).toBe('{')
    expect(at('tasks', '')).toBe('')
    expect(at('tasks', 'nonsense\nmore')).toBe('nonsense')
  })

  it('is the last of two properties of a name: JSON.parse takes that one', () => {
    expect(at('name')).toBe('"second"')
  })

  it('is found in a text that has errors before it', () => {
    const broken = text.replace('"max_steps": 10', '"max_steps": 10,, ')
    expect(at('tasks[1].inputs[0].value.type', broken)).toBe('"reed"')
  })
})
