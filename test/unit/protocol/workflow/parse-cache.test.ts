import { describe, expect, it } from 'vitest'
import { createWorkflowParser } from '../../../../src/protocol/workflow/parse-cache.ts'
import { simpleWorkflow } from '../../../../src/protocol/workflow/simple.ts'

const text = (prompt: string) => JSON.stringify(simpleWorkflow({ prompt }))

describe('a parser that remembers', () => {
  it('gives the same workflow for the same text, and parses objects anew', () => {
    const parse = createWorkflowParser()
    expect(parse(text('one'))).toBe(parse(text('one')))
    const given = simpleWorkflow({ prompt: 'one' })
    expect(parse(given)).not.toBe(parse(given))
    expect(parse(given)).toEqual(parse(text('one')))
  })

  it('forgets what was used longest ago, by number and by size', () => {
    const few = createWorkflowParser({ maxEntries: 2 })
    const [one, two] = [few(text('one')), few(text('two'))]
    expect(few(text('one'))).toBe(one)
    few(text('three'))
    expect(few(text('one'))).toBe(one)
    expect(few(text('two'))).not.toBe(two)

    const small = createWorkflowParser({ maxChars: text('one').length })
    const first = small(text('one'))
    expect(small(text('one'))).toBe(first)
    const long = small(text('one and more'))
    expect(small(text('one and more'))).not.toBe(long)
    expect(small(text('one'))).toBe(first)
    small(text('six'))
    expect(small(text('one'))).not.toBe(first)
  })

  it('says each time what is wrong', () => {
    const parse = createWorkflowParser()
    for (let i = 0; i < 2; i++)
      expect(() => parse('{')).toThrow(expect.objectContaining({ code: 'bad_workflow' }))
  })
})
