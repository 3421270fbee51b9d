import { type StepReport, stepReport } from '../../protocol/workflow/step-report.ts'
import type { Logger } from '../logs/contract.ts'
import type { Store, Transaction } from '../store/contract.ts'
import type { WorkflowCheckpoint, WorkflowRun } from '../workflow/contract.ts'
import { KEPT_STEPS, KeptSteps } from './kept-steps.ts'
import { StepFeed } from './step-feed.ts'

/** How far tasks have come, on disk. */
export class TaskProgress {
  readonly #store: Store
  readonly #logger: Logger

  constructor(components: { readonly store: Store; readonly logger: Logger }) {
    this.#store = components.store
    this.#logger = components.logger
  }

  /** Where a task is to be taken up; undefined where that is its start. A state that cannot be read is none. */
  resume(taskId: string, steps: number): WorkflowCheckpoint | undefined {
    const row = this.#store.get<{ state: string }>(
      'SELECT state FROM node_task_checkpoints WHERE task_id = ?',
      taskId,
    )
    if (row === undefined) return undefined
    try {
      const state = JSON.parse(row.state) as WorkflowCheckpoint
      // The workflow is that of the signed assignment; the state was written by this program, of whatever version.
      if (Number.isInteger(state.step) && state.step < steps && Array.isArray(state.memory.files))
        return state
    } catch {
      // Told below.
    }
    this.#logger.warn('What was stored of a task cannot be used; it is run from its start', { taskId })
    return undefined
  }

  /** The newest steps of a task, oldest first. */
  steps(taskId: string): StepReport[] {
    const rows = this.#store.all<{ report: string }>(
      'SELECT report FROM node_task_steps WHERE task_id = ? ORDER BY seq',
      taskId,
    )
    return rows.flatMap(({ report }) => {
      const parsed = stepReport.safeParse(JSON.parse(report))
      return parsed.success ? [parsed.data] : []
    })
  }

  /** Follows one run of a task. */
  follow(taskId: string): RunProgress {
    return new RunProgress({ store: this.#store, logger: this.#logger }, taskId)
  }

  /** For the transaction that ends a task: it will not be taken up again. */
  static forgetCheckpoint(tx: Transaction, taskId: string): void {
    tx.run('DELETE FROM node_task_checkpoints WHERE task_id = ?', taskId)
  }
}

/** One run: what it reaches goes to the disk before it goes on, and its steps to those who watch. */
export class RunProgress {
  readonly #components: { readonly store: Store; readonly logger: Logger }
  readonly #taskId: string
  readonly #unsaved = new KeptSteps()

  constructor(components: { readonly store: Store; readonly logger: Logger }, taskId: string) {
    this.#components = components
    this.#taskId = taskId
  }

  /**
   * For the engine. A step that used the model or a tool is on disk before the next begins, so it is never done again;
   * others repeat exactly, and cost less than a write. A disk that fails costs the certainty, not the task.
   */
  readonly onCheckpoint: NonNullable<WorkflowRun['onCheckpoint']> = (take, { waited }) => {
    if (!waited) return undefined
    const state = JSON.stringify(take())
    const steps = this.takeSteps()
    return this.#components.store
      .write((tx) => {
        tx.run(
          `INSERT INTO node_task_checkpoints (task_id, state) VALUES (?, ?)
           ON CONFLICT (task_id) DO UPDATE SET state = excluded.state`,
          this.#taskId,
          state,
        )
        // It got on since the last start, so it is not what stops the node.
        tx.run('UPDATE node_tasks SET attempts = 0 WHERE task_id = ? AND attempts > 0', this.#taskId)
        writeSteps(tx, this.#taskId, steps)
      })
      .catch((error: unknown) => {
        this.#components.logger.warn('How far a task has come could not be stored', {
          taskId: this.#taskId,
          error,
        })
      })
  }

  /** Tells of the run's steps, not more than can be read, and keeps the newest. */
  feed(tell: (report: StepReport) => void): StepFeed {
    return new StepFeed((report) => {
      this.#unsaved.push(report)
      tell(report)
    })
  }

  /** Steps that are not on disk yet; the caller writes them. */
  takeSteps(): readonly string[] {
    return this.#unsaved.take()
  }
}

export function writeSteps(tx: Transaction, taskId: string, steps: readonly string[]): void {
  if (steps.length === 0) return
  for (const report of steps) {
    tx.run(
      `INSERT INTO node_task_steps (task_id, seq, report)
       SELECT ?, coalesce(max(seq), 0) + 1, ? FROM node_task_steps WHERE task_id = ?`,
      taskId,
      report,
      taskId,
    )
  }
  tx.run(
    `DELETE FROM node_task_steps WHERE task_id = ?
       AND seq <= (SELECT max(seq) FROM node_task_steps WHERE task_id = ?) - ?`,
    taskId,
    taskId,
    KEPT_STEPS,
  )
}
