import type { TaskState } from '../../../protocol/task.ts'
import type { TestRunEvent, TestRunInput } from '../../../protocol/views.ts'
import { coalesce } from '../../api/coalesce.ts'
import { readFailure } from '../../api/failure.ts'
import { emptyDraft, runInput, type TestDraft } from './test-draft.ts'

export type TestEnd = Extract<TestRunEvent, { type: 'ended' }>

export interface TestRunState {
  readonly phase: 'idle' | 'running' | 'ended' | 'stopped'
  readonly startedAtMs: number
  /** Unix time of the first text. */
  readonly firstTextAtMs?: number
  /** Unix time of the newest text. */
  readonly lastTextAtMs?: number
  readonly endedAtMs?: number
  readonly text: string
  /** Completion tokens so far. */
  readonly tokens: number
  readonly trace: readonly { readonly state: TaskState; readonly atMs: number; readonly node?: string }[]
  readonly taskId?: string
  /** Why nothing goes on at the moment. */
  readonly notice?: string
  readonly where: 'here' | 'network'
  readonly end?: TestEnd
}

export interface TestSessionState {
  readonly draft: TestDraft
  readonly run: TestRunState
}

/** Opens the run's subscription; what it returns ends it, and with it the task. */
export type StartRun = (
  input: TestRunInput,
  handlers: { onData(event: TestRunEvent): void; onError(error: unknown): void; onComplete(): void },
) => { unsubscribe(): void }

const idle: TestRunState = { phase: 'idle', startedAtMs: 0, text: '', tokens: 0, trace: [], where: 'here' }

/** Text comes token by token; the window shows it this often. */
const TEXT_INTERVAL_MS = 40

/**
 * The Test view's fields and its run. It outlives the view: one may look at the logs while it runs.
 * A store for `useSyncExternalStore`.
 */
export class TestSession {
  #state: TestSessionState = { draft: emptyDraft, run: idle }
  readonly #listeners = new Set<() => void>()
  #end: (() => void) | undefined

  readonly snapshot = (): TestSessionState => this.#state

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  edit(patch: Partial<TestDraft>): void {
    this.#set({ draft: { ...this.#state.draft, ...patch } })
  }

  start(start: StartRun): void {
    this.#end?.()
    const { draft } = this.#state
    this.#set({ run: { ...idle, phase: 'running', startedAtMs: Date.now(), where: draft.where } })
    const events = coalesce<TestRunEvent>(TEXT_INTERVAL_MS, (batch) => {
      this.#set({ run: batch.reduce(afterEvent, this.#state.run) })
    })
    const finish = (event: TestRunEvent) => {
      events.push(event)
      events.flush()
      this.#end = undefined
    }
    const subscription = start(runInput(draft), {
      onData: (event) => (event.type === 'ended' ? finish(event) : events.push(event)),
      onError: (error) => {
        const { code = 'internal', message, issues } = readFailure(error)
        finish({ type: 'ended', ok: false, error: { code, message, issues } })
      },
      onComplete: () => {
        events.flush()
        if (this.#state.run.phase !== 'running') return
        finish({
          type: 'ended',
          ok: false,
          error: { code: 'internal', message: 'The run ended without a result' },
        })
      },
    })
    this.#end = () => {
      subscription.unsubscribe()
      events.stop()
      this.#end = undefined
    }
  }

  /** Cancels the run; what it has said so far stays. */
  stop(): void {
    if (this.#end === undefined) return
    this.#end()
    this.#set({ run: { ...this.#state.run, phase: 'stopped', endedAtMs: Date.now() } })
  }

  #set(patch: Partial<TestSessionState>): void {
    this.#state = { ...this.#state, ...patch }
    for (const listener of this.#listeners) listener()
  }
}

/** The run after one more event. A result replaces what was streamed: a workflow may return something else. */
export function afterEvent(run: TestRunState, event: TestRunEvent): TestRunState {
  const now = Date.now()
  switch (event.type) {
    case 'state':
      return {
        ...run,
        notice: undefined,
        taskId: event.taskId,
        trace: [
          ...run.trace,
          { state: event.state, atMs: now, ...(event.node !== undefined && { node: event.node }) },
        ],
      }
    case 'text':
      return {
        ...run,
        text: run.text + event.text,
        tokens: Math.max(run.tokens, event.tokens),
        firstTextAtMs: run.firstTextAtMs ?? now,
        lastTextAtMs: now,
      }
    case 'step':
      return run
    case 'notice':
      return { ...run, notice: event.message }
    case 'ended':
      return { ...run, phase: 'ended', endedAtMs: now, text: event.result ?? run.text, end: event }
  }
}
