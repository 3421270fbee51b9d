import { describe, expect, it } from 'vitest'
import type { TaskView } from '../../../../src/protocol/views.ts'
import {
  firstPageOnly,
  listedTasks,
  matchesFilter,
  mergeTasks,
  type TaskPages,
} from '../../../../src/renderer/api/live-tasks.ts'

const task = (taskId: string, createdAtMs: number, patch: Partial<TaskView> = {}): TaskView => ({
  role: 'executed',
  taskId,
  title: `Task ${taskId}`,
  state: 'executing',
  model: 'demo',
  counterparty: '12D3KooWrequester',
  createdAtMs,
  ...patch,
})

const pages = (...lists: TaskView[][]): TaskPages => ({
  pages: lists.map((tasks, index) => ({
    tasks,
    ...(index < lists.length - 1 && { nextCursor: String(index) }),
  })),
  pageParams: lists.map((_, index) => (index === 0 ? null : String(index))),
})

const ids = (merged: TaskPages) => merged.pages.map((page) => page.tasks.map(({ taskId }) => taskId))

describe('mergeTasks', () => {
  it('puts a new task on top', () => {
    expect(ids(mergeTasks(pages([task('b', 2), task('a', 1)]), [task('c', 3)], {}))).toEqual([
      ['c', 'b', 'a'],
    ])
  })

  it('replaces a known task where it stands', () => {
    const merged = mergeTasks(
      pages([task('b', 2)], [task('a', 1)]),
      [task('a', 1, { state: 'acknowledged' })],
      {},
    )
    expect(ids(merged)).toEqual([['b'], ['a']])
    expect(listedTasks(merged)[1]?.state).toBe('acknowledged')
  })

  it('takes out what the filter no longer lets through', () => {
    const filter = { state: 'executing' } as const
    expect(ids(mergeTasks(pages([task('a', 1)]), [task('a', 1, { state: 'failed' })], filter))).toEqual([[]])
  })

  it('puts a task that arrives late where its time says', () => {
    expect(ids(mergeTasks(pages([task('d', 4), task('b', 2)], [task('a', 1)]), [task('c', 3)], {}))).toEqual([
      ['d', 'c', 'b'],
      ['a'],
    ])
  })

  it('leaves tasks older than what is loaded to their own page', () => {
    const loaded: TaskPages = { pages: [{ tasks: [task('b', 2)], nextCursor: 'more' }], pageParams: [null] }
    expect(ids(mergeTasks(loaded, [task('a', 1)], {}))).toEqual([['b']])
  })

  it('takes the first task of an empty list', () => {
    expect(ids(mergeTasks(pages([]), [task('a', 1)], {}))).toEqual([['a']])
  })

  it('keeps the two sides of one task apart', () => {
    const merged = mergeTasks(pages([task('a', 1)]), [task('a', 1, { role: 'requested' })], {})
    expect(listedTasks(merged)).toHaveLength(2)
  })

  it('does not change the pages that it was given', () => {
    const before = pages([task('a', 1)])
    mergeTasks(before, [task('b', 2)], {})
    expect(ids(before)).toEqual([['a']])
  })
})

describe('matchesFilter', () => {
  it.each([
    [{}, true],
    [{ role: 'requested' }, false],
    [{ model: 'other' }, false],
    [{ search: ' TASK A ' }, true],
    [{ search: 'oowREQ' }, true],
    [{ search: 'demo' }, false],
  ] as const)('%j: %s', (filter, matches) => {
    expect(matchesFilter(task('a', 1), filter)).toBe(matches)
  })
})

it('lets go of all but the first page', () => {
  const cut = firstPageOnly(pages([task('c', 3), task('b', 2)], [task('a', 1)]), 1)
  expect(ids(cut)).toEqual([['c']])
  expect(cut.pageParams).toEqual([null])
})
