import type { TaskState } from '../../../protocol/task.ts'
import type { TestHistoryDetailView, TestRunEvent, TestRunInput } from '../../../protocol/views.ts'
import {
  emptyLog,
  logOf,
  type StepLog,
  withReport,
  withRunEnded,
} from '../../components/workflow/step-log.ts'

type TestEnd = Extract<TestRunEvent, { type: 'ended' }>

export interface TestRunState {
  /** What it was asked to do: the fields may have been edited since. */
  readonly input: TestRunInput
  readonly phase: 'running' | 'ended' | 'stopped'
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
  /** Its steps, as far as they are kept. */
  readonly log: StepLog
  readonly taskId?: string
  /** Why nothing goes on at the moment. */
  readonly notice?: string
  readonly end?: TestEnd
  /** True for one out of the history. */
  readonly isPast?: boolean
}

export function startedRun(input: TestRunInput, nowMs: number): TestRunState {
  return { input, phase: 'running', startedAtMs: nowMs, text: '', tokens: 0, trace: [], log: emptyLog }
}

/** A run out of the history, as it stood at its end. */
export function pastRun(past: TestHistoryDetailView): TestRunState {
  const { input, atMs, outcome, result, stats, error, steps } = past
  return {
    ...startedRun(input, atMs),
    phase: outcome === 'stopped' ? 'stopped' : 'ended',
    text: result ?? '',
    tokens: stats?.completionTokens ?? 0,
    log: withRunEnded(logOf(steps)),
    end: {
      type: 'ended',
      ok: outcome === 'done',
      ...(result !== undefined && { result }),
      ...(stats !== undefined && { stats }),
      ...(error !== undefined && { error }),
    },
    isPast: true,
  }
}

export function stoppedRun(run: TestRunState, nowMs: number): TestRunState {
  return { ...run, phase: 'stopped', endedAtMs: nowMs, notice: undefined, log: withRunEnded(run.log) }
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
      return { ...run, log: withReport(run.log, event.report, now) }
    case 'notice':
      return { ...run, notice: event.message }
    case 'ended':
      return {
        ...run,
        phase: 'ended',
        endedAtMs: now,
        notice: undefined,
        text: event.result ?? run.text,
        log: withRunEnded(run.log),
        end: event,
      }
  }
}

export interface RunFigures {
  readonly firstMs?: number
  /** Completion tokens per second, after the first. */
  readonly speed?: number
  readonly tokens?: number
  readonly promptTokens?: number
  readonly totalMs?: number
}

/** What is measured of a run: by who executed it once it has ended, by the window until then. */
export function runFigures(run: TestRunState): RunFigures {
  const stats = run.end?.stats
  const firstMs =
    stats?.firstTokenMs ?? (run.firstTextAtMs === undefined ? undefined : run.firstTextAtMs - run.startedAtMs)
  const totalMs =
    stats?.totalMs ?? (run.endedAtMs === undefined ? undefined : run.endedAtMs - run.startedAtMs)
  const tokens = stats?.completionTokens ?? (run.tokens > 0 ? run.tokens : undefined)
  const endMs = totalMs ?? (run.lastTextAtMs ?? run.startedAtMs) - run.startedAtMs
  const speed =
    tokens !== undefined && tokens > 1 && firstMs !== undefined && endMs > firstMs
      ? ((tokens - 1) / (endMs - firstMs)) * 1_000
      : undefined
  return { firstMs, speed, tokens, promptTokens: stats?.promptTokens, totalMs }
}
