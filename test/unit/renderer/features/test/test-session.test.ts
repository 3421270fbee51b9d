import { describe, expect, it, vi } from 'vitest'
import type { TestHistoryDetailView, TestRunEvent, TestRunInput } from '../../../../../src/protocol/views.ts'
import { emptyDraft } from '../../../../../src/renderer/features/test/test-draft.ts'
import { type StartRun, TestSession } from '../../../../../src/renderer/features/test/test-session.ts'

const draft = { ...emptyDraft, model: 'demo', prompt: 'Hey there!' }

/** Hands the run's events in by hand. */
function scripted() {
  const run = {
    inputs: [] as TestRunInput[],
    unsubscribed: 0,
    handlers: undefined as Parameters<StartRun>[1] | undefined,
  }
  const start: StartRun = (input, handlers) => {
    run.inputs.push(input)
    run.handlers = handlers
    return {
      unsubscribe: () => {
        run.unsubscribed += 1
      },
    }
  }
  return { run, start, emit: (event: TestRunEvent) => run.handlers?.onData(event) }
}

const past: TestHistoryDetailView = {
  id: 'past',
  atMs: 1_764_000_000_000,
  where: 'network',
  model: 'demo',
  title: 'Hearts',
  outcome: 'done',
  input: { where: 'network', model: 'demo', workflowJson: '{}', input: 'octopuses', seed: 7 },
  result: 'Three.',
  steps: [
    { type: 'step', index: 0, taskId: 'answer', operator: 'generation' },
    {
      type: 'step_ended',
      index: 0,
      taskId: 'answer',
      durationMs: 12,
      inputs: {},
      output: 'Three.',
      branch: 'target',
      next: 'end',
      changes: [],
    },
  ],
}

describe('TestSession', () => {
  it('gathers text and states, and ends with the result', async () => {
    const session = new TestSession()
    session.edit(draft)
    const { start, emit } = scripted()
    session.start(start)
    emit({ type: 'state', state: 'executing', taskId: 't' })
    emit({ type: 'text', text: 'Hey ', tokens: 1 })
    emit({ type: 'text', text: 'you', tokens: 2 })
    await vi.waitFor(() => expect(session.snapshot().runs[0]?.text).toBe('Hey you'))
    emit({ type: 'ended', ok: true, result: 'Hey you!' })
    expect(session.snapshot().runs[0]).toMatchObject({
      phase: 'ended',
      text: 'Hey you!',
      tokens: 2,
      taskId: 't',
    })
  })

  it('clears a notice as soon as something goes on', async () => {
    const session = new TestSession()
    const { start, emit } = scripted()
    session.start(start)
    emit({ type: 'notice', reason: { code: 'no_peer' } })
    expect(session.snapshot().runs[0]?.notice).toEqual({ code: 'no_peer' })
    emit({ type: 'state', state: 'accepted', taskId: 't' })
    await vi.waitFor(() => expect(session.snapshot().runs[0]?.notice).toBeUndefined())
  })

  it('stops by closing the subscription, and keeps what was said', async () => {
    const session = new TestSession()
    const { run, start, emit } = scripted()
    session.start(start)
    emit({ type: 'text', text: 'Hey', tokens: 1 })
    session.stop()
    session.stop()
    expect(run.unsubscribed).toBe(1)
    expect(session.snapshot().runs[0]).toMatchObject({ phase: 'stopped', text: 'Hey' })
  })

  it('turns a failed call into a failed run', () => {
    const session = new TestSession()
    const { run, start } = scripted()
    session.start(start)
    run.handlers?.onError(Object.assign(new Error('No model'), { data: { driadCode: 'model_unavailable' } }))
    expect(session.snapshot().runs[0]?.end).toMatchObject({ ok: false, error: { code: 'model_unavailable' } })
  })

  it('does not call an unfinished run done', () => {
    const session = new TestSession()
    const { run, start } = scripted()
    session.start(start)
    run.handlers?.onComplete()
    expect(session.snapshot().runs[0]).toMatchObject({ phase: 'ended', end: { ok: false } })
  })

  it('ends the run before when another begins', () => {
    const session = new TestSession()
    const { run, start } = scripted()
    session.start(start)
    session.start(start)
    expect(run.unsubscribed).toBe(1)
    expect(session.snapshot().runs[0]?.phase).toBe('running')
  })

  it('keeps the steps that it is told of, and none as running once it is over', async () => {
    const session = new TestSession()
    const { start, emit } = scripted()
    session.start(start)
    emit({ type: 'step', report: { type: 'step', index: 0, taskId: 'answer', operator: 'generation' } })
    await vi.waitFor(() => expect(session.snapshot().runs[0]?.log.running?.taskId).toBe('answer'))
    session.stop()
    expect(session.snapshot().runs[0]?.log.running).toBeUndefined()
  })

  it('runs in both places at once, and each ends by itself', async () => {
    const session = new TestSession()
    session.edit({ ...draft, where: 'both' })
    const places = [scripted(), scripted()] as const
    const waiting = [...places]
    session.start((input, handlers) => {
      const place = waiting.shift()
      if (place === undefined) throw new Error('More runs than places')
      return place.start(input, handlers)
    })
    const [here, network] = places
    expect(here.run.inputs).toMatchObject([{ where: 'here', prompt: 'Hey there!' }])
    expect(network.run.inputs).toMatchObject([{ where: 'network', prompt: 'Hey there!' }])
    here.emit({ type: 'text', text: 'Hey', tokens: 1 })
    network.run.handlers?.onError(new Error('No node'))
    await vi.waitFor(() => expect(session.snapshot().runs[0]?.text).toBe('Hey'))
    expect(session.snapshot().runs.map(({ phase }) => phase)).toEqual(['running', 'ended'])
    session.stop()
    expect(session.snapshot().runs.map(({ phase }) => phase)).toEqual(['stopped', 'ended'])
    expect([here.run.unsubscribed, network.run.unsubscribed]).toEqual([1, 0])
  })

  it('puts a past run back: its fields, its result, its steps', () => {
    const session = new TestSession()
    const { run, start } = scripted()
    session.start(start)
    session.restore(past)
    expect(run.unsubscribed).toBe(1)
    const { draft: fields, origin, runs } = session.snapshot()
    expect(fields).toMatchObject({
      kind: 'workflow',
      where: 'network',
      model: 'demo',
      workflowJson: '{}',
      input: 'octopuses',
      seed: '7',
      temperature: '',
    })
    expect(origin).toEqual({ name: 'Hearts', savedText: '{}' })
    expect(runs).toMatchObject([{ phase: 'ended', text: 'Three.', isPast: true, end: { ok: true } }])
    expect(runs[0]?.log.steps.map(({ taskId }) => taskId)).toEqual(['answer'])
  })

  it('forgets the file that was open when another workflow comes, so that saving does not write over it', () => {
    const session = new TestSession()
    session.saved({ name: 'mine.json', path: '/home/ana/mine.json', savedText: '{}' })
    session.take({ name: 'Ask', savedText: '{"name":"Ask"}' })
    expect(session.snapshot().origin.path).toBeUndefined()
    expect(session.snapshot().draft).toMatchObject({ kind: 'workflow', workflowJson: '{"name":"Ask"}' })
  })
})
