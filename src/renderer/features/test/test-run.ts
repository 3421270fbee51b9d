import type { TaskState } from '../../../protocol/task.ts'
import type { TestHistoryDetailView, TestRunEvent, TestRunInput } from '../../../protocol/views.ts'
import type { WaitReason } from '../../../protocol/wait-reasons.ts'
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
  readonly notice?: WaitReason
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
        trace: withState(run.trace, event, now),
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
      return { ...run, notice: event.reason }
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

/** The states with one more. What is told twice in a row, happened once. */
function withState(
  trace: TestRunState['trace'],
  { state, node }: Extract<TestRunEvent, { type: 'state' }>,
  atMs: number,
): TestRunState['trace'] {
  const last = trace.at(-1)
  if (last?.state === state && (node === undefined || node === last.node)) return trace
  return [...trace, { state, atMs, ...(node !== undefined && { node }) }]
}

export interface RunFigures {
  /** Both times are those of the node that executed it: how long one waited here is not known any more. */
  readonly atNode?: true
  readonly firstMs?: number
  /** Completion tokens per second, after the first. */
  readonly speed?: number
  readonly tokens?: number
  readonly promptTokens?: number
  readonly totalMs?: number
}

/**
 * What is measured of a run. Times: on the network, how long one waited here; else, and of old runs, those of who executed
 * it once it has ended. Speed: how fast it was written, so by who executed it once that is known.
 */
export function runFigures(run: TestRunState): RunFigures {
  const stats = run.end?.stats
  const isNetwork = run.input.where === 'network'
  const waited = {
    firstMs: run.firstTextAtMs === undefined ? undefined : run.firstTextAtMs - run.startedAtMs,
    totalMs: run.endedAtMs === undefined ? undefined : run.endedAtMs - run.startedAtMs,
  }
  const executed = {
    firstMs: stats?.firstTokenMs ?? waited.firstMs,
    totalMs: stats?.totalMs ?? waited.totalMs,
  }
  const { firstMs, totalMs } = isNetwork && run.isPast !== true ? waited : executed
  const tokens = stats?.completionTokens ?? (run.tokens > 0 ? run.tokens : undefined)
  const endMs = executed.totalMs ?? (run.lastTextAtMs ?? run.startedAtMs) - run.startedAtMs
  const speed =
    tokens !== undefined && tokens > 1 && executed.firstMs !== undefined && endMs > executed.firstMs
      ? ((tokens - 1) / (endMs - executed.firstMs)) * 1_000
      : undefined
  return {
    ...(isNetwork && run.isPast === true && stats !== undefined && { atNode: true }),
    firstMs,
    speed,
    tokens,
    promptTokens: stats?.promptTokens,
    totalMs,
  }
}
