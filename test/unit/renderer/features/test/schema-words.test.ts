import { describe, expect, it } from 'vitest'
import { schemaWords } from '../../../../../src/renderer/features/test/editor/schema-words.ts'
import { editorSchema } from '../../../../../src/renderer/features/test/editor/workflow-schema.ts'

describe('what is said of a schema', () => {
  it('is its type with its bounds, and its description', () => {
    expect(schemaWords([{ type: 'integer', minimum: 1, description: 'How many' }])).toEqual({
      expected: 'a whole number, at least 1',
      description: 'How many',
    })
    expect(schemaWords([{ type: 'number', minimum: 0, maximum: 2 }])?.expected).toBe('a number from 0 to 2')
    expect(schemaWords([{ type: 'number', exclusiveMinimum: 0 }])?.expected).toBe('a number above 0')
  })

  it('is each alternative, once', () => {
    const words = schemaWords([{ anyOf: [{ type: 'string' }, { type: 'object' }] }, { type: 'string' }])
    expect(words?.expected).toBe('a text or an object')
    expect(schemaWords([{ enum: ['user', 'system'] }])?.expected).toBe('one of user, system')
    expect(schemaWords([{ const: 'custom' }])?.expected).toBe('"custom"')
  })

  it('is nothing where the schemas say nothing', () => {
    expect(schemaWords([])).toBeUndefined()
    expect(schemaWords([{}])).toBeUndefined()
  })
})

describe("the editor's schema", () => {
  it('offers no nulls, and keeps the rest as it is', () => {
    const text = JSON.stringify(editorSchema)
    expect(text).not.toMatch(/"type":(?:"null"|\[[^\]]*"null")/)
    const config = editorSchema.properties?.['config']
    expect(config).toMatchObject({
      properties: {
        max_steps: { type: 'integer', minimum: 1 },
        max_tokens: { type: 'integer', minimum: 1, description: 'Tokens of one generation' },
      },
    })
  })
})
