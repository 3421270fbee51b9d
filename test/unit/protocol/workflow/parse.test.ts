import { describe, expect, it } from 'vitest'
import { DriadError } from '../../../../src/protocol/errors.ts'
import { inspectWorkflow, parseWorkflow } from '../../../../src/protocol/workflow/parse.ts'
import { simpleWorkflow } from '../../../../src/protocol/workflow/simple.ts'
import { previewOf } from '../../../../src/protocol/workflow/title.ts'

describe('parseWorkflow', () => {
  const file = simpleWorkflow({ prompt: 'Hello', system: 'Be kind', maxTokens: 9 })

  it('reads text, bytes and values alike', () => {
    const text = JSON.stringify(file)
    const expected = parseWorkflow(text)
    expect(parseWorkflow(new TextEncoder().encode(text))).toEqual(expected)
    expect(parseWorkflow(`\uFEFF${text}`)).toEqual(expected)
    expect(parseWorkflow(file)).toEqual(expected)
    expect(parseWorkflow({ toJSON: () => file })).toEqual(expected)
  })

  it('allows what its options allow', () => {
    expect(() => parseWorkflow(file, { limits: { maxTokens: 8 } })).toThrow(
      /config\.max_tokens: expected at most 8 tokens/,
    )
    const calling = {
      ...file,
      config: { ...file.config, tools: ['jina'] },
      tasks: [{ ...file.tasks[0], operator: 'function_calling' }],
    }
    expect(() => parseWorkflow(calling, { tools: new Set(['stock'] as const) })).toThrow(
      expect.objectContaining({
        code: 'tool_unavailable',
        issues: [expect.objectContaining({ path: 'config.tools[0]' })],
      }),
    )
    expect(parseWorkflow(calling, { tools: new Set(['jina'] as const) }).tasks[0]?.operator).toBe(
      'function_calling',
    )
  })

  it('gives an editor the workflow, the error and the oddities, and throws nothing', () => {
    expect(inspectWorkflow('{')).toMatchObject({ error: expect.any(DriadError), warnings: [] })
    const odd = inspectWorkflow(simpleWorkflow({ prompt: 'To {nobody}' }))
    expect(odd.error).toBeUndefined()
    expect(odd.warnings).toEqual([
      {
        path: 'tasks[0].messages[0].content',
        expected: 'an input named "nobody": without it the placeholder stays as it is',
      },
    ])
  })

  it('names the first issues in its message and counts the rest', () => {
    expect(() => parseWorkflow({})).toThrow(
      'The workflow is not valid: config: expected an object, found nothing; tasks: expected a list, found nothing; ' +
        'steps: expected a list, found nothing; and 1 more',
    )
  })
})

describe('previewOf', () => {
  const titled = (prompt: string, name?: string) =>
    previewOf(parseWorkflow({ ...simpleWorkflow({ prompt }), name }))

  it('is the name, else the first prompt on one line', () => {
    expect(titled('Hello', 'Greeting')).toBe('Greeting')
    expect(titled('  Hello,\n\n  you  ')).toBe('Hello, you')
    expect(titled('', ' ')).toBe('Empty prompt')
  })

  it('is short, and never ends within a character', () => {
    expect(titled('x'.repeat(500))).toHaveLength(80)
    expect(titled('🙂'.repeat(500)).isWellFormed()).toBe(true)
    expect([...titled('🙂'.repeat(500))].length).toBeLessThanOrEqual(80)
  })
})
