import { describe, expect, it, vi } from 'vitest'
import type { TestRunEvent, TestRunInput } from '../../../../src/protocol/views.ts'
import {
  draftProblem,
  emptyDraft,
  runInput,
  sdkCode,
} from '../../../../src/renderer/features/test/test-draft.ts'
import { type StartRun, TestSession } from '../../../../src/renderer/features/test/test-session.ts'

const draft = { ...emptyDraft, model: 'demo', prompt: 'Hey there!' }

describe('a draft', () => {
  it('says why it cannot run', () => {
    expect(draftProblem(draft)).toBeUndefined()
    expect(draftProblem({ ...draft, model: '' })).toBe('no-model')
    expect(draftProblem({ ...draft, prompt: ' ' })).toBe('no-prompt')
    expect(draftProblem({ ...draft, kind: 'workflow', workflowJson: '{' })).toBe('bad-json')
    expect(draftProblem({ ...draft, kind: 'workflow' })).toBeUndefined()
  })

  it('becomes an input with exactly one of prompt and workflow, and only the numbers that were given', () => {
    expect(runInput({ ...draft, temperature: '0', seed: '', input: 'unused' })).toEqual({
      where: 'here',
      model: 'demo',
      prompt: 'Hey there!',
      temperature: 0,
    })
    expect(runInput({ ...draft, kind: 'workflow', workflowJson: '{}', input: 'x' })).toEqual({
      where: 'here',
      model: 'demo',
      workflowJson: '{}',
      input: 'x',
    })
  })

  it('becomes code that carries its prompt safely', () => {
    expect(sdkCode({ ...draft, prompt: 'a "quoted"\nline' })).toContain('prompt: "a \\"quoted\\"\\nline"')
  })

  it('becomes code with the sampling as the SDK takes it', () => {
    expect(sdkCode({ ...draft, temperature: '0', seed: '7' })).toContain(
      'sampling: { temperature: 0, seed: 7 },',
    )
    expect(sdkCode(draft)).not.toContain('sampling')
  })
})

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

describe('TestSession', () => {
  it('gathers text and states, and ends with the result', async () => {
    const session = new TestSession()
    session.edit(draft)
    const { start, emit } = scripted()
    session.start(start)
    emit({ type: 'state', state: 'executing', taskId: 't' })
    emit({ type: 'text', text: 'Hey ', tokens: 1 })
    emit({ type: 'text', text: 'you', tokens: 2 })
    await vi.waitFor(() => expect(session.snapshot().run.text).toBe('Hey you'))
    emit({ type: 'ended', ok: true, result: 'Hey you!' })
    expect(session.snapshot().run).toMatchObject({ phase: 'ended', text: 'Hey you!', tokens: 2, taskId: 't' })
  })

  it('clears a notice as soon as something goes on', async () => {
    const session = new TestSession()
    const { start, emit } = scripted()
    session.start(start)
    emit({ type: 'notice', message: 'No node has answered yet' })
    expect(session.snapshot().run.notice).toBe('No node has answered yet')
    emit({ type: 'state', state: 'accepted', taskId: 't' })
    await vi.waitFor(() => expect(session.snapshot().run.notice).toBeUndefined())
  })

  it('stops by closing the subscription, and keeps what was said', async () => {
    const session = new TestSession()
    const { run, start, emit } = scripted()
    session.start(start)
    emit({ type: 'text', text: 'Hey', tokens: 1 })
    session.stop()
    session.stop()
    expect(run.unsubscribed).toBe(1)
    expect(session.snapshot().run).toMatchObject({ phase: 'stopped', text: 'Hey' })
  })

  it('turns a failed call into a failed run', () => {
    const session = new TestSession()
    const { run, start } = scripted()
    session.start(start)
    run.handlers?.onError(Object.assign(new Error('No model'), { data: { driadCode: 'model_unavailable' } }))
    expect(session.snapshot().run.end).toMatchObject({ ok: false, error: { code: 'model_unavailable' } })
  })

  it('does not call an unfinished run done', () => {
    const session = new TestSession()
    const { run, start } = scripted()
    session.start(start)
    run.handlers?.onComplete()
    expect(session.snapshot().run).toMatchObject({ phase: 'ended', end: { ok: false } })
  })

  it('ends the run before when another begins', () => {
    const session = new TestSession()
    const { run, start } = scripted()
    session.start(start)
    session.start(start)
    expect(run.unsubscribed).toBe(1)
    expect(session.snapshot().run.phase).toBe('running')
  })
})
