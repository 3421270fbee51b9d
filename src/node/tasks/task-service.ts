import type { ExposureView } from '../../protocol/earnings-views.ts'
import { DriadError } from '../../protocol/errors.ts'
import type { SamplingOptions } from '../../protocol/sampling.ts'
import { cancelReasons } from '../../protocol/task-actors.ts'
import type { TaskDetailView, TaskPage, TaskView, ThroughputPoint } from '../../protocol/views.ts'
import { createWorkflowParser } from '../../protocol/workflow/parse-cache.ts'
import { Exposure } from '../exposure/exposure.ts'
import { defaultExposureBounds, type ExposureBounds } from '../exposure/exposure-rule.ts'
import type { Identity } from '../identity/contract.ts'
import type { InferenceEngine } from '../inference/contract.ts'
import type { Ledger } from '../ledger/contract.ts'
import type { Logger } from '../logs/contract.ts'
import { type MailLimits, mailLimits } from '../mailbox/limits.ts'
import type { NetworkHost } from '../network/contract.ts'
import type { Store } from '../store/contract.ts'
import type { ToolBox } from '../tools/contract.ts'
import type { WorkflowOutcome, WorkflowRun } from '../workflow/contract.ts'
import type { ActiveTask } from './active-task.ts'
import type { ModelSource } from './contract.ts'
import { takeDispute } from './disputes.ts'
import { type TaskLimits, taskLimits } from './limits.ts'
import { takeReceipt } from './receipts.ts'
import { ServingNode } from './serving-node.ts'
import { taskDetail, withLive } from './task-details.ts'
import { TaskExecutor } from './task-executor.ts'
import { TaskFigures } from './task-figures.ts'
import {
  endedCounts,
  minuteFigures,
  type ReceivablesView,
  receivables,
  type TaskPageQuery,
  taskPage,
  taskRow,
  taskView,
} from './task-pages.ts'
import { TaskProgress } from './task-progress.ts'
import { type RunOptions, type RunResult, TaskRunner } from './task-runner.ts'
import { TaskStore } from './task-store.ts'

/** A running task's view is told at most this often while only its tokens change. */
const LIVE_VIEW_MS = 200

export interface TaskServiceComponents {
  readonly store: Store
  readonly identity: Identity
  readonly engine: Pick<InferenceEngine, 'generate' | 'embed' | 'score'>
  readonly models: ModelSource
  readonly ledger: Ledger
  readonly runWorkflow: (run: WorkflowRun) => Promise<WorkflowOutcome>
  readonly toolBox: ToolBox
  readonly logger: Logger
}

export interface TaskServiceInit {
  /** What may be left unpaid, as it is now. */
  readonly exposure?: () => ExposureBounds
  readonly limits?: Partial<TaskLimits>
  readonly mailLimits?: Partial<MailLimits>
}

/** A run for the operator: not a task of the network, not stored, not paid. */
export interface LocalRunSpec {
  /** A workflow as JSON text, or as a value that JSON can express. */
  readonly workflow: unknown
  readonly model: string
  readonly input?: string
  readonly sampling?: SamplingOptions
}

export interface TaskStats {
  readonly running: number
  readonly queued: number
  /** Completion tokens a second over the last 10 s. */
  readonly tokensPerSecond: number
  readonly tasksToday: { readonly completed: number; readonly failed: number }
}

/** The node's side of tasks: takes them from the network, runs them, delivers, is paid, and tells the window. */
export interface TaskService {
  /** Serves on a network, and takes up what was not finished. The host must have been started. */
  start(network: NetworkHost): Promise<void>
  /**
   * Takes no more tasks, lets the running ones end for `drainMs` (30 s), and closes. The rest stays in the store for the
   * next start. Safe twice; may be started again, on another host.
   */
  stop(options?: { drainMs?: number }): Promise<void>
  /** Takes no new tasks until `resume`; what was taken goes on. Kept over stop and start. */
  pause(): void
  resume(): void
  readonly paused: boolean

  /** Throws `bad_workflow`, `model_unavailable`; how the run itself went is in what it resolves with. */
  runLocal(spec: LocalRunSpec, options: RunOptions): Promise<RunResult>
  /** Stops a task of the network. The requester gets the failure. False if it is not active. */
  cancel(taskId: string): boolean

  list(query: TaskPageQuery): TaskPage
  /** Undefined for a task that this node has not executed. */
  get(taskId: string): TaskDetailView | undefined
  stats(): TaskStats
  receivables(): ReceivablesView
  /** What requesters may leave unpaid, and do; those with most at stake first. */
  exposure(limit: number, cursor?: string): ExposureView
  /** The last hour by minutes, oldest first. */
  throughput(): readonly ThroughputPoint[]
  /** A task changed: its state, its payment, or (at most 5 times a second) its tokens. */
  onTask(listener: (task: TaskView) => void): () => void
  /** `stats` may have changed. */
  onStats(listener: () => void): () => void
}

export function createTaskService(
  components: TaskServiceComponents,
  init: TaskServiceInit = {},
): TaskService {
  return new StoredTaskService(components, init)
}

class StoredTaskService implements TaskService {
  readonly #components: TaskServiceComponents
  readonly #limits: TaskLimits
  readonly #mailLimits: MailLimits
  readonly #logger: Logger
  readonly #tasks: TaskStore
  readonly #runner: TaskRunner
  readonly #progress: TaskProgress
  readonly #executor: TaskExecutor
  readonly #figures: TaskFigures
  readonly #exposure: Exposure
  readonly #taskListeners = new Set<(task: TaskView) => void>()
  readonly #statsListeners = new Set<() => void>()
  /** When each running task's view was last told, by `performance.now()`. */
  readonly #toldAt = new WeakMap<ActiveTask, number>()
  /** For new work: refuses what needs tools that are off. */
  readonly #parseWorkflow: ReturnType<typeof createWorkflowParser>
  #serving: ServingNode | undefined
  #stopping: Promise<void> | undefined
  #paused = false

  constructor(components: TaskServiceComponents, init: TaskServiceInit) {
    const limits = { ...taskLimits, ...init.limits }
    const { store, engine, models, identity, toolBox, runWorkflow } = components
    const logger = components.logger.scope('tasks')
    this.#components = components
    this.#limits = limits
    this.#mailLimits = { ...mailLimits, ...init.mailLimits }
    this.#logger = logger
    this.#tasks = new TaskStore(store)
    this.#parseWorkflow = createWorkflowParser({ tools: () => toolBox.available() })
    this.#figures = new TaskFigures({
      countSince: (sinceMs) => endedCounts(store, sinceMs),
      minutesSince: (sinceMs) => minuteFigures(store, sinceMs),
    })
    this.#runner = new TaskRunner(
      { engine, models, toolBox, runWorkflow, logger },
      { modelReturnMs: limits.modelReturnMs, onTokens: (added) => this.#figures.addTokens(added) },
    )
    this.#progress = new TaskProgress({ store, logger })
    this.#executor = new TaskExecutor(
      // What was accepted with its tools on is run, and fails there if they were turned off since.
      {
        tasks: this.#tasks,
        progress: this.#progress,
        runner: this.#runner,
        models,
        identity,
        parseWorkflow: createWorkflowParser(),
        logger,
      },
      {
        accepted: (task) => {
          this.#serving?.accepted(task)
          // Nobody is shown a task that a crash could still make unknown. By now it may be running already.
          this.#emit({ ...task.view(), state: 'accepted' })
          if (task.state !== 'accepted') this.#tell(task)
        },
        started: (task) => this.#serving?.started(task),
        text: (task, piece) => {
          this.#serving?.text(task, piece)
          this.#tellTokens(task)
        },
        step: (task, report) => this.#serving?.step(task, report),
        rejected: (task, error) => this.#serving?.rejected(task, error),
        ended: (task, end) => {
          this.#serving?.ended(task, end)
          this.#figures.addEnded(end.state)
          this.#tellStored(task.taskId)
        },
        changed: (task) => this.#tell(task),
        room: () => {
          this.#serving?.room()
          this.#tellStats()
        },
      },
      limits,
    )
    this.#exposure = new Exposure(
      {
        store,
        bounds: init.exposure ?? (() => defaultExposureBounds),
        inFlight: () => this.#executor.active(),
        prices: () => models.served().map((model) => model.price),
      },
      { supersededForMs: limits.outboxRetentionMs },
    )
  }

  get paused(): boolean {
    return this.#paused
  }

  async start(network: NetworkHost): Promise<void> {
    await this.#stopping
    if (this.#serving !== undefined)
      throw new DriadError('internal', 'The task service has been started already')
    const { identity, models, ledger, toolBox } = this.#components
    const serving = new ServingNode(
      {
        network,
        identity,
        models,
        toolBox,
        parseWorkflow: this.#parseWorkflow,
        tasks: this.#tasks,
        executor: this.#executor,
        exposure: this.#exposure,
        logger: this.#logger,
        takeReceipt: async (signed, deliveries) => {
          const taken = await takeReceipt(
            signed,
            { tasks: this.#tasks, ledger, identity, logger: this.#logger },
            (taskId) => deliveries.at(taskId),
          )
          if (taken.isNew) {
            this.#figures.addEarning(taken.amountMicro)
            this.#tellStored(taken.taskId)
          }
          return taken
        },
        takeDispute: async (signed) => {
          const taken = await takeDispute(signed, { tasks: this.#tasks, identity, logger: this.#logger })
          if (taken.isNew) this.#tellStored(taken.taskId)
          return taken
        },
      },
      this.#limits,
      this.#mailLimits,
    )
    this.#serving = serving
    if (this.#paused) serving.pause()
    // The tasks of an earlier run first: new ones come behind them.
    await this.#executor.start()
    await serving.start()
  }

  stop(options: { drainMs?: number } = {}): Promise<void> {
    this.#stopping ??= this.#stop(options.drainMs ?? this.#limits.drainMs).finally(() => {
      this.#stopping = undefined
    })
    return this.#stopping
  }

  pause(): void {
    this.#paused = true
    this.#serving?.pause()
    this.#tellStats()
  }

  resume(): void {
    this.#paused = false
    this.#serving?.resume()
    this.#tellStats()
  }

  async runLocal(spec: LocalRunSpec, options: RunOptions): Promise<RunResult> {
    const workflow = this.#parseWorkflow(spec.workflow)
    if (!this.#components.models.expected(spec.model)) {
      const why = this.#components.models.whyNot(spec.model)
      throw new DriadError(
        'model_unavailable',
        why === undefined
          ? `There is no model named ${spec.model}. Add it, or choose another`
          : `The model ${spec.model} is suspended: ${why}`,
      )
    }
    return await this.#runner.run(
      {
        workflow,
        model: spec.model,
        sampling: spec.sampling ?? {},
        ...(spec.input === undefined ? {} : { input: spec.input }),
      },
      options,
    )
  }

  cancel(taskId: string): boolean {
    return this.#executor.cancel(taskId, new DriadError('cancelled', cancelReasons.operator))
  }

  list(query: TaskPageQuery): TaskPage {
    const { rows, nextCursor } = taskPage(this.#components.store, query)
    const tasks = rows.map((row) => withLive(taskView(row), this.#executor.get(row.task_id)?.view()))
    return { tasks, ...(nextCursor === undefined ? {} : { nextCursor }) }
  }

  get(taskId: string): TaskDetailView | undefined {
    const row = taskRow(this.#components.store, taskId)
    const active = this.#executor.get(taskId)
    if (row !== undefined) {
      const detail = {
        ...taskDetail(row, this.#tasks, this.#components.ledger),
        steps: this.#progress.steps(taskId),
      }
      if (active === undefined) return detail
      return {
        ...detail,
        ...withLive(detail, active.view()),
        transitions: [...detail.transitions, ...active.unsaved()],
      }
    }
    if (active === undefined) return undefined
    const { workflowJson, input, deadlineMs } = active.assignment
    return {
      ...active.view(),
      workflowJson,
      deadlineMs,
      transitions: active.unsaved(),
      ...(input === undefined ? {} : { input }),
    }
  }

  stats(): TaskStats {
    return {
      running: this.#executor.running,
      queued: this.#executor.queued,
      tokensPerSecond: this.#figures.tokensPerSecond(),
      tasksToday: this.#figures.tasksToday(),
    }
  }

  receivables(): ReceivablesView {
    return receivables(this.#components.store)
  }

  exposure(limit: number, cursor?: string): ExposureView {
    return this.#exposure.view(limit, cursor)
  }

  throughput(): readonly ThroughputPoint[] {
    return this.#figures.throughput()
  }

  onTask(listener: (task: TaskView) => void): () => void {
    this.#taskListeners.add(listener)
    return () => this.#taskListeners.delete(listener)
  }

  onStats(listener: () => void): () => void {
    this.#statsListeners.add(listener)
    return () => this.#statsListeners.delete(listener)
  }

  async #stop(drainMs: number): Promise<void> {
    const serving = this.#serving
    if (serving === undefined) return
    serving.refuseWork()
    await this.#executor.stop(drainMs)
    await serving.stop()
    this.#serving = undefined
    this.#tellStats()
  }

  #tellTokens(task: ActiveTask): void {
    if (this.#taskListeners.size === 0) return
    const now = performance.now()
    if (now - (this.#toldAt.get(task) ?? Number.NEGATIVE_INFINITY) >= LIVE_VIEW_MS) this.#tell(task)
  }

  #tell(task: ActiveTask): void {
    this.#toldAt.set(task, performance.now())
    this.#emit(task.view())
  }

  #tellStored(taskId: string): void {
    if (this.#taskListeners.size === 0) {
      this.#tellStats()
      return
    }
    const row = taskRow(this.#components.store, taskId)
    if (row !== undefined) this.#emit(taskView(row))
  }

  #emit(view: TaskView): void {
    for (const listener of this.#taskListeners) {
      this.#guarded(() => listener(view))
    }
    this.#tellStats()
  }

  #tellStats(): void {
    for (const listener of this.#statsListeners) this.#guarded(listener)
  }

  /** A window that fails to listen must not fail a task. */
  #guarded(tell: () => void): void {
    try {
      tell()
    } catch (error) {
      this.#logger.error('A listener for tasks failed', { error })
    }
  }
}
