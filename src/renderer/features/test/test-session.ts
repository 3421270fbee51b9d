import { t } from '../../../locales/translate.ts'
import type { TestHistoryDetailView, TestRunEvent, TestRunInput } from '../../../protocol/views.ts'
import { coalesce } from '../../api/coalesce.ts'
import { readFailure } from '../../api/failure.ts'
import { draftOf, emptyDraft, runInputs, type TestDraft } from './test-draft.ts'
import { afterEvent, pastRun, startedRun, stoppedRun, type TestRunState } from './test-run.ts'

/** Where the workflow in the editor came from. */
export interface WorkflowOrigin {
  /** Absent for one that has none yet. */
  readonly name?: string
  /** Where it is saved; absent for one that came out of the gallery, a task, or by drag and drop. */
  readonly path?: string
  /** Its text as it came, or as it was saved last. */
  readonly savedText: string
}

export interface TestSessionState {
  readonly draft: TestDraft
  readonly origin: WorkflowOrigin
  /** None before the first; two where the task runs in both places. */
  readonly runs: readonly TestRunState[]
}

/** Opens the run's subscription; what it returns ends it, and with it the task. */
export type StartRun = (
  input: TestRunInput,
  handlers: { onData(event: TestRunEvent): void; onError(error: unknown): void; onComplete(): void },
) => { unsubscribe(): void }

/** Text comes token by token; the window shows it this often. */
const TEXT_INTERVAL_MS = 40

/**
 * The Test view's fields and its runs. It outlives the view: one may look at the logs while something runs.
 * A store for `useSyncExternalStore`.
 */
export class TestSession {
  #state: TestSessionState = {
    draft: emptyDraft,
    origin: { savedText: emptyDraft.workflowJson },
    runs: [],
  }
  readonly #listeners = new Set<() => void>()
  /** Ends each run that goes on. */
  readonly #ends = new Set<() => void>()
  /** What the editor knew when it was closed last, its undo history with it. Only the editor reads it. */
  editorMemory: unknown

  readonly snapshot = (): TestSessionState => this.#state

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  edit(patch: Partial<TestDraft>): void {
    this.#set({ draft: { ...this.#state.draft, ...patch } })
  }

  /** Puts another workflow into the editor. Saving does not write it over the file that was open before. */
  take(origin: WorkflowOrigin, patch: Partial<TestDraft> = {}): void {
    this.#set({
      draft: { ...this.#state.draft, kind: 'workflow', workflowJson: origin.savedText, ...patch },
      origin,
    })
  }

  /** The editor's text is in this file now. */
  saved(origin: WorkflowOrigin): void {
    this.#set({ origin })
  }

  /** Shows a run out of the history: its input in the fields, its result and steps as the output. */
  restore(past: TestHistoryDetailView): void {
    this.stop()
    const patch = draftOf(past.input)
    if (patch.workflowJson === undefined) this.edit(patch)
    else this.take({ name: past.title, savedText: patch.workflowJson }, patch)
    this.#set({ runs: [pastRun(past)] })
  }

  start(start: StartRun): void {
    this.#endAll()
    const inputs = runInputs(this.#state.draft)
    const now = Date.now()
    this.#set({ runs: inputs.map((input) => startedRun(input, now)) })
    inputs.forEach((input, at) => {
      this.#follow(at, input, start)
    })
  }

  /** Cancels what runs; what it has said so far stays. */
  stop(): void {
    if (this.#ends.size === 0) return
    this.#endAll()
    const now = Date.now()
    this.#set({
      runs: this.#state.runs.map((run) => (run.phase === 'running' ? stoppedRun(run, now) : run)),
    })
  }

  #follow(at: number, input: TestRunInput, start: StartRun): void {
    const events = coalesce<TestRunEvent>(TEXT_INTERVAL_MS, (batch) => {
      this.#set({
        runs: this.#state.runs.map((run, of) => (of === at ? batch.reduce(afterEvent, run) : run)),
      })
    })
    const finish = (event: TestRunEvent) => {
      events.push(event)
      events.flush()
      this.#ends.delete(end)
    }
    let subscription: { unsubscribe(): void } | undefined
    const end = () => {
      subscription?.unsubscribe()
      events.stop()
      this.#ends.delete(end)
    }
    this.#ends.add(end)
    subscription = start(input, {
      onData: (event) => (event.type === 'ended' ? finish(event) : events.push(event)),
      onError: (error) => {
        const { code = 'internal', message, issues } = readFailure(error)
        finish({ type: 'ended', ok: false, error: { code, message, issues } })
      },
      onComplete: () => {
        events.flush()
        if (!this.#ends.has(end)) return
        finish({
          type: 'ended',
          ok: false,
          error: { code: 'internal', message: t('test:run.noResult') },
        })
      },
    })
  }

  #endAll(): void {
    for (const end of [...this.#ends]) end()
  }

  #set(patch: Partial<TestSessionState>): void {
    this.#state = { ...this.#state, ...patch }
    for (const listener of this.#listeners) listener()
  }
}
