import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type CopyState, decide, tally } from '../../../../src/node/requester/agreement.ts'

const open: Omit<CopyState, 'taskId'> = { ended: false }
const says = (resultHash: string) => ({ ended: true, resultHash })
const failed = (code: 'no_node' | 'inference_crashed' = 'inference_crashed') => ({
  ended: true,
  error: { code, message: 'It failed' },
})
const copies = (...states: Omit<CopyState, 'taskId'>[]) =>
  states.map((state, index): CopyState => ({ ...state, taskId: `c${index + 1}` }))

describe('what copies come to', () => {
  it('is open while a further result could decide it', () => {
    expect(decide(copies(says('a'), open, open), 'majority')).toBeUndefined()
    expect(decide(copies(says('a'), says('b'), open), 'majority')).toBeUndefined()
    expect(decide(copies(says('a'), says('a'), open), 'all')).toBeUndefined()
  })

  it('is the result of most of those asked, as soon as nothing can change that', () => {
    expect(decide(copies(says('b'), says('a'), open, says('a'), says('a')), 'majority')).toEqual({
      kind: 'agreed',
      copy: 'c2',
    })
    expect(decide(copies(says('a'), says('a'), failed()), 'majority')).toEqual({ kind: 'agreed', copy: 'c1' })
    // Half is no majority.
    expect(decide(copies(says('a'), says('a'), failed(), failed()), 'majority')).toMatchObject({
      kind: 'failed',
    })
  })

  it('is a failure as soon as too few can agree, with the reason that says most', () => {
    expect(decide(copies(says('a'), says('b'), open), 'all')).toMatchObject({ code: 'results_differ' })
    expect(decide(copies(says('a'), says('b'), says('c')), 'majority')).toMatchObject({
      code: 'results_differ',
      message: expect.stringContaining('of 3 nodes 3 answered, and 1 gave the same result; 2 are needed'),
    })
    expect(decide(copies(failed(), failed(), open), 'majority')).toMatchObject({ code: 'inference_crashed' })
    expect(decide(copies(says('a'), failed('no_node'), failed('no_node')), 'majority')).toMatchObject({
      code: 'no_node',
      message: expect.stringContaining('1 of 3 nodes answered'),
    })
  })

  it('never changes once it is decided, whatever the others say later', () => {
    const ending = fc.oneof(
      fc.constantFrom('a', 'b', 'c').map((hash) => says(hash)),
      fc.constant(failed()),
    )
    fc.assert(
      fc.property(
        fc.array(ending, { minLength: 2, maxLength: 9 }),
        fc.constantFrom('majority', 'all' as const),
        (endings, rule) => {
          const states = copies(...endings.map(() => open))
          let first: ReturnType<typeof decide>
          for (const [index, state] of endings.entries()) {
            states[index] = { ...state, taskId: `c${index + 1}` }
            const now = decide(states, rule)
            if (first?.kind === 'agreed') {
              const best = tally(states)[0]
              expect(now).toMatchObject({ kind: 'agreed', copy: best?.first })
              expect(best?.first).toBe(first.copy)
            } else if (first !== undefined) expect(now?.kind).toBe('failed')
            first ??= now
          }
          expect(first).toBeDefined()
        },
      ),
    )
  })
})
