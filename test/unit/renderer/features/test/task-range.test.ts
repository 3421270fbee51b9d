import { describe, expect, it } from 'vitest'
import { taskRange } from '../../../../../src/renderer/features/test/editor/task-range.ts'

const text = '{ "tasks": [null, { "id": "one" }, { "name": "two", "id": "t\\u0077o" }] }'

describe('where a task stands', () => {
  it('is its id, however that is written', () => {
    const found = (id: string) => {
      const range = taskRange(text, id)
      return range && text.slice(range.from, range.to)
    }
    expect(found('one')).toBe('"one"')
    expect(found('two')).toBe('"t\\u0077o"')
  })

  it('is nowhere in a text without it, or in one that is no workflow', () => {
    expect(taskRange(text, 'three')).toBeUndefined()
    expect(taskRange('{ "tasks": 1 }', 'one')).toBeUndefined()
    expect(taskRange('{ "tasks": [', 'one')).toBeUndefined()
  })
})
