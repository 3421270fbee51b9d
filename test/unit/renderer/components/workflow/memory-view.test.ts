import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { MemoryChange } from '../../../../../src/protocol/workflow/step-report.ts'
import {
  emptyMemory,
  followedBy,
  type MemoryState,
  withChanges,
} from '../../../../../src/renderer/components/workflow/memory-state.ts'
import { memoryAfter, memoryAtStart } from '../../../../../src/renderer/components/workflow/memory-view.ts'
import { KEPT_STEPS, logOf } from '../../../../../src/renderer/components/workflow/step-log.ts'
import { ended, reports } from './reports.ts'

const plain = ({ cache, stacks, files }: MemoryState) => ({
  cache: [...cache],
  stacks: [...stacks].map(([key, { items }]) => [key, items]),
  files,
})
const workflow = (memory: unknown) => JSON.stringify({ tasks: [{ id: 'a' }], external_memory: memory })

describe('the memory at the start', () => {
  it('holds what the workflow brings along, in the form that the engine keeps, and the input', () => {
    const json = workflow({
      topic: 'sea',
      point: { x: 1 },
      facts: ['one', { two: 2 }],
      none: null,
      empty: [],
    })
    expect(plain(memoryAtStart(json, '{ "ask": 1 }'))).toEqual({
      cache: [
        ['topic', 'sea'],
        ['point', '{"x":1}'],
        ['__input', '{"ask":1}'],
      ],
      stacks: [['facts', ['one', '{"two":2}']]],
      files: [],
    })
  })

  it('takes any text and any memory', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string(), fc.jsonValue().map(workflow)), (text) => {
        memoryAtStart(text, undefined)
      }),
    )
  })
})

describe('the memory after a step', () => {
  const start = memoryAtStart(workflow({ list: ['old'] }), undefined)
  const log = logOf([
    ended(0, 'a', { changes: [{ type: 'write', key: 'k', text: '1' }] }),
    ended(1, 'a', {
      changes: [
        { type: 'pop', key: 'list' },
        { type: 'push', key: 'list', text: 'new' },
        { type: 'insert', text: 'file', chunks: 2 },
      ],
    }),
    ended(2, 'a', { changes: [{ type: 'write', key: 'k', text: '2' }] }),
  ])

  it('is what all changes up to then made of it, and says which were of that step', () => {
    const after = memoryAfter(start, log, 1)
    expect(plain(after.state)).toEqual({
      cache: [['k', '1']],
      stacks: [['list', ['new']]],
      files: [{ text: 'file', chunks: 2 }],
    })
    expect(after.fresh.stacks.get('list')).toEqual({ pushed: 1, taken: 1 })
    expect(after.fresh.files).toBe(1)
    expect(after.fresh.keys.size).toBe(0)
    expect(after.doubts).toEqual([])
    expect(after.after).toBe(1)
  })

  it('is that after the newest step where none is named', () => {
    const { state, after, fresh } = memoryAfter(start, log, undefined)
    expect([...state.cache]).toEqual([['k', '2']])
    expect(after).toBe(2)
    expect([...fresh.keys]).toEqual(['k'])
  })

  it('is that of the start before any step', () => {
    const { state, after } = memoryAfter(start, log, -1)
    expect(state).toEqual(start)
    expect(after).toBeUndefined()
  })

  it('is exact after more steps than are kept', () => {
    const long = Array.from({ length: KEPT_STEPS + 50 }, (_, index) =>
      ended(index, 'a', { changes: [{ type: 'push', key: 'list', text: `${index}` }] }),
    )
    const { state, doubts } = memoryAfter(start, logOf(long), undefined)
    expect(state.stacks.get('list')?.items.length).toBe(KEPT_STEPS + 51)
    expect(state.stacks.get('list')?.items[0]).toBe('old')
    expect(doubts).toEqual([])
  })

  it.each([
    ['steps are missing', logOf([ended(3, 'a')]), undefined, /^3 steps before this one are not known/],
    ['a step was shortened', logOf([ended(0, 'a', { clipped: true })]), undefined, /shortened/],
    [
      'a stack gave more than it had',
      logOf([ended(0, 'a', { changes: [{ type: 'pop', key: 'other' }] })]),
      undefined,
      /More was taken/,
    ],
    [
      'the step is not kept any more',
      logOf(Array.from({ length: KEPT_STEPS + 9 }, (_, index) => ended(index, 'a'))),
      3,
      /^Steps up to 9 are no longer kept/,
    ],
  ])('says where it cannot be exact: %s', (_why, given, upTo, words) => {
    expect(memoryAfter(start, given, upTo).doubts).toEqual([expect.stringMatching(words)])
  })

  it('is exact where skipped steps told their changes with a later one', () => {
    const given = logOf([ended(4, 'a', { skipped: 4, changes: [{ type: 'write', key: 'k', text: '1' }] })])
    expect(memoryAfter(start, given, undefined).doubts).toEqual([])
  })

  it('takes any reports', () => {
    fc.assert(
      fc.property(fc.array(reports, { maxLength: 40 }), fc.option(fc.integer()), (told, upTo) => {
        memoryAfter(start, logOf(told), upTo ?? undefined)
      }),
    )
  })
})

describe('memory states', () => {
  const key = fc.constantFrom('k', 's', '__proto__')
  const changes = fc.array(
    fc.oneof(
      fc.record({ type: fc.constant('write' as const), key, text: fc.string({ maxLength: 3 }) }),
      fc.record({ type: fc.constant('push' as const), key, text: fc.string({ maxLength: 3 }) }),
      fc.record({
        type: fc.constant('insert' as const),
        text: fc.string({ maxLength: 3 }),
        chunks: fc.nat(3),
      }),
      fc.record({ type: fc.constant('pop' as const), key }),
    ),
    { maxLength: 20 },
  )

  it('come to the same in one go, one by one, and put behind one another', () => {
    fc.assert(
      fc.property(changes, changes, (first: MemoryChange[], then: MemoryChange[]) => {
        const atOnce = withChanges(emptyMemory, [...first, ...then])
        const oneByOne = [...first, ...then].reduce(
          (state, change) => withChanges(state, [change]),
          emptyMemory,
        )
        expect(oneByOne).toEqual(atOnce)
        const joined = followedBy(withChanges(emptyMemory, first), withChanges(emptyMemory, then))
        expect(joined.cache).toEqual(atOnce.cache)
        for (const [name, stack] of atOnce.stacks) expect(joined.stacks.get(name)).toEqual(stack)
        expect(joined.files).toEqual(atOnce.files)
      }),
    )
  })

  it('stay within their bounds, and say so', () => {
    const many: MemoryChange[] = Array.from({ length: 30_000 }, () => ({ type: 'push', key: 's', text: 'x' }))
    const state = withChanges(emptyMemory, many)
    expect(state.isCut).toBe(true)
    expect(state.stacks.get('s')?.items.length).toBeLessThanOrEqual(20_000)
  })
})
