import type { WorkflowOperator } from '../../../protocol/workflow/schema.ts'
import type { StepEnded, StepReport } from '../../../protocol/workflow/step-report.ts'
import { emptyMemory, type MemoryState, withChanges } from './memory-state.ts'

/** Ended steps that a log keeps, and characters of all their texts. */
export const KEPT_STEPS = 500
const KEPT_CHARS = 16 * 1024 * 1024
/** Tasks and branches that are counted: more than any workflow has, in case a node tells of more. */
const MAX_TASKS = 1_024
const MAX_EDGES = 4 * MAX_TASKS

export type Branch = StepEnded['branch']

export interface RunningStep {
  readonly index: number
  readonly taskId: string
  readonly operator: WorkflowOperator
  /** When it was told of, unix milliseconds. */
  readonly startedAtMs: number
}

/** What a task did in this run, as far as it was told. */
export interface TaskLog {
  readonly runs: number
  readonly totalMs: number
  readonly lastBranch: Branch | undefined
  readonly isRunning: boolean
  /** Whether its last run failed, with a fallback or without. */
  readonly hasFailed: boolean
}

interface TaskFigures {
  readonly runs: number
  readonly totalMs: number
  readonly lastBranch: Branch
}

interface Figures {
  readonly tasks: ReadonlyMap<string, TaskFigures>
  /** How often each branch was taken, by `edgeKey`. */
  readonly edges: ReadonlyMap<string, number>
  readonly lastEdge: string | undefined
  /** Steps that were not told of, but their changes of memory were, with a later step. */
  readonly skipped: number
  /** Steps of which nothing is known. */
  readonly missing: number
  readonly lastIndex: number
}

/** The steps that are no longer kept, in sum. */
interface Past extends Figures {
  readonly dropped: number
  /** What they did to the memory. */
  readonly memory: MemoryState
  readonly isClipped: boolean
}

/** A run's trace so far: never changed in place, and bounded whatever comes. */
export interface StepLog extends Figures {
  /** The newest ended steps, oldest first, indices rising. */
  readonly steps: readonly StepEnded[]
  readonly running: RunningStep | undefined
  /** What each task's operator is, as far as it was told. */
  readonly operators: ReadonlyMap<string, WorkflowOperator>
  /** Ended steps that were told of and are no longer kept. */
  readonly dropped: number
  readonly past: Past
  /** Characters of the kept steps. */
  readonly chars: number
}

const noFigures: Figures = {
  tasks: new Map(),
  edges: new Map(),
  lastEdge: undefined,
  skipped: 0,
  missing: 0,
  lastIndex: -1,
}

export const emptyLog: StepLog = {
  ...noFigures,
  steps: [],
  running: undefined,
  operators: new Map(),
  dropped: 0,
  past: { ...noFigures, dropped: 0, memory: emptyMemory, isClipped: false },
  chars: 0,
}

/** The log with one report more. A report of an index that was there already means that the run was taken up from there. */
export function withReport(log: StepLog, report: StepReport, nowMs = Date.now()): StepLog {
  const base = report.index <= log.lastIndex ? upTo(log, report.index) : log
  return report.type === 'step' ? withStart(base, report, nowMs) : withEnd(base, report)
}

export function logOf(reports: readonly StepReport[]): StepLog {
  return reports.reduce<StepLog>((log, report) => withReport(log, report), emptyLog)
}

/** The log of a run that is over: a step whose end was never told is not running any more. */
export function withRunEnded(log: StepLog): StepLog {
  return log.running === undefined ? log : { ...log, running: undefined }
}

export function taskLog(log: StepLog, taskId: string): TaskLog {
  const { runs, totalMs, lastBranch } = log.tasks.get(taskId) ?? {
    runs: 0,
    totalMs: 0,
    lastBranch: undefined,
  }
  return {
    runs,
    totalMs,
    lastBranch,
    isRunning: log.running?.taskId === taskId,
    hasFailed: lastBranch === 'fallback' || lastBranch === 'failed',
  }
}

/** Names the way out of a task that a step took. */
export function edgeKey(taskId: string, branch: Branch): string {
  return `${branch} ${taskId}`
}

/** Whether the log has nothing to show. */
export function isEmptyLog(log: StepLog): boolean {
  return log.steps.length === 0 && log.running === undefined
}

/** Steps between two that came one after the other: not told of, or not known at all. */
export function gapBefore(step: StepEnded, previousIndex: number): { skipped: number; missing: number } {
  const skipped = step.skipped ?? 0
  return { skipped, missing: Math.max(0, step.index - previousIndex - 1 - skipped) }
}

function withStart(log: StepLog, step: Extract<StepReport, { type: 'step' }>, nowMs: number): StepLog {
  const { index, taskId, operator } = step
  const isKnown = log.operators.get(taskId) === operator || log.operators.size >= MAX_TASKS
  return {
    ...log,
    running: { index, taskId, operator, startedAtMs: nowMs },
    operators: isKnown ? log.operators : new Map(log.operators).set(taskId, operator),
  }
}

function withEnd(log: StepLog, step: StepEnded): StepLog {
  const longer: StepLog = {
    ...log,
    ...counted(log, step),
    steps: [...log.steps, step],
    chars: log.chars + charsOf(step),
    // A later step's start may be known before an earlier one's end; then that one goes on.
    running: log.running !== undefined && log.running.index > step.index ? log.running : undefined,
  }
  return withinBounds(longer)
}

function withinBounds(log: StepLog): StepLog {
  let { past, chars } = log
  let drop = 0
  // The newest is kept, whatever its length.
  while (drop < log.steps.length - 1 && (log.steps.length - drop > KEPT_STEPS || chars > KEPT_CHARS)) {
    const step = log.steps[drop] as StepEnded
    chars -= charsOf(step)
    past = {
      ...counted(past, step),
      dropped: past.dropped + 1,
      memory: withChanges(past.memory, step.changes),
      isClipped: past.isClipped || step.clipped === true,
    }
    drop++
  }
  return drop === 0 ? log : { ...log, past, chars, dropped: past.dropped, steps: log.steps.slice(drop) }
}

/** The log as it was before the step of this index. */
function upTo(log: StepLog, index: number): StepLog {
  const { past, operators } = log
  const start: StepLog =
    index <= past.lastIndex
      ? { ...emptyLog, operators }
      : {
          ...emptyLog,
          operators,
          past,
          tasks: past.tasks,
          edges: past.edges,
          lastEdge: past.lastEdge,
          skipped: past.skipped,
          missing: past.missing,
          lastIndex: past.lastIndex,
          dropped: past.dropped,
        }
  const kept = index <= past.lastIndex ? [] : log.steps.filter((step) => step.index < index)
  return kept.reduce(withEnd, start)
}

function counted(figures: Figures, step: StepEnded): Figures {
  const { taskId, branch, durationMs } = step
  const task = figures.tasks.get(taskId)
  const key = edgeKey(taskId, branch)
  const taken = figures.edges.get(key)
  const { skipped, missing } = gapBefore(step, figures.lastIndex)
  return {
    tasks:
      task === undefined && figures.tasks.size >= MAX_TASKS
        ? figures.tasks
        : new Map(figures.tasks).set(taskId, {
            runs: (task?.runs ?? 0) + 1,
            totalMs: (task?.totalMs ?? 0) + durationMs,
            lastBranch: branch,
          }),
    edges:
      taken === undefined && figures.edges.size >= MAX_EDGES
        ? figures.edges
        : new Map(figures.edges).set(key, (taken ?? 0) + 1),
    lastEdge: key,
    skipped: figures.skipped + skipped,
    missing: figures.missing + missing,
    lastIndex: step.index,
  }
}

function charsOf({ inputs, messages, calls, output, error, changes }: StepEnded): number {
  let chars = (output?.length ?? 0) + (error?.length ?? 0)
  for (const [name, text] of Object.entries(inputs)) chars += name.length + text.length
  for (const { content } of messages ?? []) chars += content.length
  for (const call of calls ?? []) {
    chars += JSON.stringify(call.arguments).length + (call.answer?.length ?? 0) + (call.error?.length ?? 0)
  }
  for (const change of changes) chars += 'text' in change ? change.text.length : 0
  return chars
}
