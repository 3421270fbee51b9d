import { expect, it } from 'vitest'
import type { TaskState } from '../../../src/protocol/task.ts'
import { cancelReasons, transitionActor } from '../../../src/protocol/task-actors.ts'
import { taskNoteStarts } from '../../../src/protocol/task-notes.ts'

const history = (...states: (TaskState | [TaskState, string])[]) =>
  states.map((entry, atMs) =>
    typeof entry === 'string' ? { state: entry, atMs } : { state: entry[0], atMs, reason: entry[1] },
  )

it('tells who is behind each change of a task', () => {
  const paid = history(
    'created',
    'published',
    'accepted',
    'executing',
    'completed',
    'retrieved',
    'acknowledged',
  )
  expect(paid.map((_, index) => transitionActor('requested', paid, index))).toEqual([
    ...['requester', 'requester', 'node', 'node', 'node', 'requester', 'requester'],
  ])
})

it('tells a task that nobody took from one that its node failed', () => {
  const untaken = history('created', 'published', 'failed')
  expect(transitionActor('requested', untaken, 2)).toBe('requester')
  const failed = history('created', 'published', 'accepted', 'failed')
  expect(transitionActor('requested', failed, 3)).toBe('node')
  expect(transitionActor('executed', history('accepted', 'failed'), 1)).toBe('node')
})

it('tells who stopped a task, and that nobody stopped one that ran out of time', () => {
  const stopped = (reason: string) =>
    transitionActor('executed', history('accepted', ['cancelled', reason]), 1)
  expect(stopped(cancelReasons.operator)).toBe('operator')
  expect(stopped(cancelReasons.requester)).toBe('requester')
  expect(stopped(cancelReasons.lost)).toBe('requester')
  expect(transitionActor('executed', history('accepted', 'expired'), 1)).toBe('deadline')
})

it('tells a dispute, which changes no state, from the state itself', () => {
  const disputed = history('accepted', 'completed', ['completed', `${taskNoteStarts.disputes}other text`])
  expect(transitionActor('executed', disputed, 1)).toBe('node')
  expect(transitionActor('executed', disputed, 2)).toBe('requester')
})
