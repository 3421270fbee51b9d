import { describe, expect, it } from 'vitest'
import { plausibleTokens } from '../../../../src/node/requester/plausible-tokens.ts'
import { parseWorkflow } from '../../../../src/protocol/workflow/parse.ts'
import { simpleWorkflow } from '../../../../src/protocol/workflow/simple.ts'

const bounds = (workflow: unknown, contextSize = 8_192, input?: string) =>
  plausibleTokens(parseWorkflow(workflow), { contextSize, ...(input !== undefined && { input }) })

function chain(length: number, back?: string) {
  const ids = Array.from({ length }, (_, index) => `t${index}`)
  return {
    config: { max_steps: 50, max_time: 60, max_tokens: 100 },
    tasks: ids.map((id) => ({
      id,
      operator: 'generation',
      messages: [{ role: 'user', content: 'Go on' }],
      outputs: [{ type: 'push', key: 'all', value: '__result' }],
    })),
    steps: ids.map((id, index) => ({ source: id, target: ids[index + 1] ?? back ?? '_end' })),
    return_value: { input: { type: 'size', key: 'all' } },
  }
}

describe('what an honest node can count at most', () => {
  it('for one prompt is its text with a template, and the answer that was allowed', () => {
    const { promptTokens, completionTokens } = bounds(
      simpleWorkflow({ prompt: 'x'.repeat(100), maxTokens: 20 }),
    )
    expect(completionTokens).toBe(21)
    expect(promptTokens).toBeGreaterThanOrEqual(100)
    expect(promptTokens).toBeLessThan(1_000)
  })

  it('is never more than the context', () => {
    expect(bounds(simpleWorkflow({ prompt: 'x'.repeat(10_000), maxTokens: 9_000 }), 512)).toEqual({
      promptTokens: 512,
      completionTokens: 512,
    })
  })

  it('grows with every task of a chain, and with every step of a loop', () => {
    expect(bounds(chain(3)).completionTokens).toBe(303)
    expect(bounds(chain(3, 't0')).completionTokens).toBe(50 * 101)
  })

  it('counts what placeholders may bring in from the input', () => {
    const workflow = {
      ...chain(1),
      tasks: [
        {
          id: 't0',
          operator: 'generation',
          messages: [{ role: 'user', content: 'About {topic}' }],
          inputs: [{ name: 'topic', value: { type: 'input', key: '' }, required: true }],
          outputs: [{ type: 'push', key: 'all', value: '__result' }],
        },
      ],
    }
    const short = bounds(workflow, 8_192, 'a').promptTokens
    expect(bounds(workflow, 8_192, 'a'.repeat(1_001)).promptTokens).toBe(short + 1_000)
  })

  it('is the whole context where prompts come from memory', () => {
    const workflow = {
      ...chain(1),
      tasks: [
        {
          id: 't0',
          operator: 'generation',
          messages: [{ role: 'user', content: 'About {topic}' }],
          inputs: [{ name: 'topic', value: { type: 'read', key: 'topic' }, required: false }],
          outputs: [{ type: 'push', key: 'all', value: '__result' }],
        },
      ],
    }
    expect(bounds(workflow, 8_192).promptTokens).toBe(8_192)
  })
})
