import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { conditionWords, cut } from '../../../../../src/renderer/components/workflow/condition-words.ts'
import {
  taskFigures,
  taskSentence,
  taskState,
} from '../../../../../src/renderer/components/workflow/graph-words.ts'
import { readWorkflow } from '../../../../../src/renderer/components/workflow/read-workflow.ts'
import { shortened } from '../../../../../src/renderer/components/workflow/shortened.ts'
import { emptyLog, logOf } from '../../../../../src/renderer/components/workflow/step-log.ts'
import {
  branchWords,
  gapWords,
  stepTokens,
} from '../../../../../src/renderer/components/workflow/step-words.ts'
import { traceNames } from '../../../../../src/renderer/components/workflow/trace-names.ts'
import { ended, started } from './reports.ts'

describe('a condition in words', () => {
  it.each([
    [{ type: 'size', key: 'questions' }, 'GreaterThanOrEqual', '5', 'size of questions ≥ 5'],
    [{ type: 'read', key: 'verdict' }, 'Equal', 'yes', 'verdict = “yes”'],
    [{ type: 'read', key: 'verdict' }, 'NotContains', 'no', 'verdict does not contain “no”'],
    [{ type: 'peek', key: 'drafts', index: -1 }, 'Contains', 'x', 'newest of drafts contains “x”'],
    [{ type: 'peek', key: 'drafts' }, 'NotEqual', true, 'oldest of drafts ≠ true'],
    [{ type: 'peek', key: 'drafts', index: 2 }, 'LessThan', 3, 'item 2 of drafts < 3'],
    [{ type: 'pop', key: 'drafts' }, 'LessThanOrEqual', '1', 'newest of drafts, taken out ≤ 1'],
    [{ type: 'input' }, 'GreaterThan', '1.5', 'the input > 1.5'],
    [{ type: 'read', key: 'k' }, 'HaveSimilar', 'a whale', 'files hold something like “a whale”'],
    [{ type: 'size' }, 'Equals', undefined, 'size of … … …'],
    [7, 'Equal', '', '… = “”'],
  ])('%j %s %j', (input, expression, expected, words) => {
    expect(conditionWords({ input, expression, expected })).toBe(words)
  })

  it('takes any JSON, and stays short', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), fc.string(), (input, expected, expression) => {
        expect(conditionWords({ input, expected, expression }).length).toBeLessThan(200)
        conditionWords(input)
      }),
    )
  })

  it('cuts no character in two', () => {
    expect(cut('🐳🐳🐳🐳', 3)).toBe('🐳🐳…')
    expect(cut('abc', 3)).toBe('abc')
    expect(cut('abcd', 3)).toBe('ab…')
  })
})

describe('a task in the graph', () => {
  const { picture } = readWorkflow(
    JSON.stringify({
      tasks: [
        { id: 'ask', name: 'Ask', operator: 'generation' },
        { id: 'lost', operator: 'nonsense' },
      ],
      steps: [
        {
          source: 'ask',
          target: '_end',
          fallback: 'ask',
          condition: {
            input: { type: 'size', key: 'q' },
            expression: 'Equal',
            expected: 2,
            target_if_not: 'ask',
          },
        },
      ],
    }),
  )
  const [ask, lost] = picture?.tasks ?? []
  if (picture === undefined || ask === undefined || lost === undefined) throw new Error('There is no picture')

  it('says how it stands', () => {
    const stateAfter = (...told: Parameters<typeof logOf>[0]) => taskState(ask, logOf(told))
    expect(stateAfter()).toEqual({ tone: 'neutral', label: undefined })
    expect(stateAfter(started(0, 'ask'))).toEqual({ tone: 'running', label: 'Running' })
    expect(stateAfter(ended(0, 'ask'))).toEqual({ tone: 'earned', label: 'Done' })
    expect(stateAfter(ended(0, 'ask', { branch: 'failed' }))).toEqual({ tone: 'attention', label: 'Failed' })
    expect(taskState(lost, emptyLog)).toEqual({ tone: 'neutral', label: 'Not reached' })
    expect(taskState({ ...lost, exists: false }, emptyLog)).toEqual({
      tone: 'attention',
      label: 'No such task',
    })
  })

  it('counts its runs, as a least where some were not told', () => {
    expect(taskFigures('ask', logOf([ended(0, 'ask'), ended(1, 'ask')]))).toBe('2 runs · 20 ms')
    expect(taskFigures('ask', logOf([ended(4, 'ask', { skipped: 4 })]))).toBe('1+ runs · 10 ms')
    expect(taskFigures('ask', emptyLog)).toBe('')
  })

  it('is told in a sentence', () => {
    expect(taskSentence(ask, picture, logOf([ended(0, 'ask')]))).toBe(
      'Ask Done Generation 1 run · 10 ms, runs first, then end if size of q = 2; Ask otherwise; Ask if it fails',
    )
    expect(taskSentence(lost, picture, emptyLog)).toBe('lost Not reached Unknown')
  })

  it('gives its name to the trace', () => {
    const names = traceNames(picture, new Map([['lost', 'check']]))
    expect(names.nameOf('ask')).toBe('Ask')
    expect(names.nameOf('other')).toBe('other')
    expect(names.operatorOf('ask')).toBe('generation')
    expect(names.operatorOf('lost')).toBe('check')
    expect(branchWords({ branch: 'target', next: 'ask' }, names.nextOf)).toBe('→ Ask')
    expect(branchWords({ branch: 'target_if_not', next: 'ask' }, names.nextOf)).toBe('otherwise → Ask')
    expect(branchWords({ branch: 'fallback', next: '_end' }, names.nextOf)).toBe('fallback → end')
    expect(branchWords({ branch: 'failed', next: '' }, names.nextOf)).toBe('failed')
    const { nextOf } = traceNames(undefined, new Map())
    expect(branchWords({ branch: 'target', next: 'score' }, nextOf)).toBe('→ score')
  })
})

describe('a step in words', () => {
  it('adds its tokens up', () => {
    expect(stepTokens(ended(0, 'a', { promptTokens: 3, completionTokens: 4 }))).toBe(7)
    expect(stepTokens(ended(0, 'a', { completionTokens: 4 }))).toBe(4)
    expect(stepTokens(ended(0, 'a'))).toBeUndefined()
  })

  it('says what lies before it', () => {
    expect(gapWords({ skipped: 0, missing: 0 })).toBeUndefined()
    expect(gapWords({ skipped: 9, missing: 0 })).toBe('9 quick steps not listed one by one')
    expect(gapWords({ skipped: 1, missing: 2 })).toBe(
      '1 quick step not listed one by one, 2 steps not known here',
    )
  })
})

describe('a long text', () => {
  it('is shortened to its first lines', () => {
    expect(shortened('short')).toBe('short')
    expect(shortened('x'.repeat(2_000)).length).toBe(480)
    expect(shortened('line\n'.repeat(40)).split('\n').length).toBe(8)
  })

  it('begins as it does, and loses no half of a character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 1_500, size: 'max' }), (text) => {
        const short = shortened(text)
        expect(text.startsWith(short)).toBe(true)
        expect(short.isWellFormed()).toBe(true)
      }),
    )
  })
})
