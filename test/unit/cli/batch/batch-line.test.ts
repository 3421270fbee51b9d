import { describe, expect, it } from 'vitest'
import { parseBatchLine } from '../../../../src/cli/batch/batch-line.ts'
import { parseWorkflow } from '../../../../src/protocol/workflow/parse.ts'

const parse = (value: unknown) =>
  parseBatchLine({ number: 7, text: typeof value === 'string' ? value : JSON.stringify(value) })

describe('a line of a batch', () => {
  it('is a prompt with options', () => {
    const line = parse({
      id: 'a-1',
      prompt: 'Hey',
      maxTokens: 5,
      models: ['demo'],
      input: 'x',
      sampling: { temperature: 0 },
      maxPrice: { promptMicroPer1k: 10, completionMicroPer1k: 20 },
      priority: 'high',
      redundancy: 3,
      agreement: 'all',
      timeoutMs: 9_000,
    })
    expect(line).toMatchObject({
      number: 7,
      id: 'a-1',
      timeoutMs: 9_000,
      task: {
        models: ['demo'],
        input: 'x',
        sampling: { temperature: 0 },
        maxPrice: { promptMicroPer1k: 10n, completionMicroPer1k: 20n },
        priority: 'high',
        redundancy: 3,
        agreement: 'all',
      },
    })
    expect(parseWorkflow(line.task.workflow).config.maxTokens).toBe(5)
    // Another text is another task.
    expect(parse({ prompt: 'Hey' }).digest).not.toBe(parse({ prompt: 'Hey!' }).digest)
  })

  it.each([
    ['{"prompt": "a"', 'is not JSON'],
    ['[]', 'is not a task'],
    [{ models: ['demo'] }, 'either prompt or workflow'],
    [{ prompt: 'a', workflow: {} }, 'either prompt or workflow'],
    [{ workflow: {}, maxTokens: 5 }, 'only with prompt'],
    [{ prompt: 'a', promt: 'b' }, 'no promt'],
    [{ prompt: 'a', priority: 'urgent' }, 'priority'],
    [
      { prompt: 'a', maxPrice: { promptMicroPer1k: 0.5, completionMicroPer1k: 1 } },
      'maxPrice.promptMicroPer1k',
    ],
  ])('that is wrong is named with its number: %j', (value, reason) => {
    expect(() => parse(value)).toThrow(`Line 7 `)
    expect(() => parse(value)).toThrow(reason)
  })

  it('that was too long to be read is named', () => {
    expect(() => parseBatchLine({ number: 3 })).toThrow('Line 3 is longer than')
  })
})
