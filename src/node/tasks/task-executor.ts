import { DriadError } from '../../protocol/errors.ts'
import { samplingOf } from '../../protocol/sampling.ts'
import { taskNotes } from '../../protocol/task-notes.ts'
import { taskSeed } from '../../protocol/task-seed.ts'
import type { Workflow } from '../../protocol/workflow/schema.ts'
import type { StepReport } from '../../protocol/workflow/step-report.ts'
import type { Identity } from '../identity/contract.ts'
import type { TextPiece } from '../inference/contract.ts'
import type { Logger } from '../logs/contract.ts'
import type { PeerTarget } from '../network/contract.ts'
import { SHARED_COMMIT } from '../store/shared-commit.ts'
import { callAt, pause, settledWithin } from './abort.ts'
import { ActiveTask, type ActiveTaskInit } from './active-task.ts'
import type { ModelSource } from './contract.ts'
import type { TaskLimits } from './limits.ts'
import { signOutcome } from './outcome.ts'
import { RunTimes } from './run-times.ts'
import { TaskProgress, writeSteps } from './task-progress.ts'
import { TaskQueue } from './task-queue.ts'
import { restoreTask, unrunnable } from './task-recovery.ts'
import type { RunResult, TaskRunner } from './task-runner.ts'
import type { TaskEnd, TaskStore } from './task-store.ts'

/** Writing down an outcome is tried this often, waiting twice as long each time. */
const FINISH_TRIES = 6
const FINISH_RETRY_MS = 500
/** Tasks on their way to the disk whose places are free already. */
const MAX_FINISHING = 64

export interface TaskExecutorComponents {
  readonly tasks: TaskStore
  readonly progress: TaskProgress
  readonly runner: TaskRunner
  readonly models: ModelSource
  readonly identity: Identity
  readonly parseWorkflow: (json: string) => Workflow
  readonly logger: Logger
}

/** What happens to tasks, for those who tell the requester and the window. */
export interface TaskExecutorEvents {
  /** It is on disk: the requester may be told that it was accepted. */
  accepted(task: ActiveTask): void
  started(task: ActiveTask): void
  text(task: ActiveTask, piece: TextPiece): void
  step(task: ActiveTask, report: StepReport): void
  /** It could not be written down, so it was never accepted. */
  rejected(task: ActiveTask, error: DriadError): void
  /** Its outcome is on disk. */
  ended(task: ActiveTask, end: TaskEnd): void
  changed(task: ActiveTask): void
  /** There may be room for another task. */
  room(): void
}

/** Runs accepted tasks, from the durable acceptance to the durable outcome. */
export class TaskExecutor {
  readonly #components: TaskExecutorComponents
  readonly #events: TaskExecutorEvents
  readonly #limits: TaskLimits
  readonly #queue: TaskQueue
  readonly #runTimes = new RunTimes()
  readonly #active = new Map<string, ActiveTask>()
  readonly #timers = new Map<string, (() => void)[]>()
  readonly #finishing = new Set<Promise<void>>()
  #stopping = new AbortController()

  constructor(components: TaskExecutorComponents, events: TaskExecutorEvents, limits: TaskLimits) {
    this.#components = components
    this.#events = events
    this.#limits = limits
    this.#queue = new TaskQueue({
      placesOf: (model) => {
        const slots = components.models.get(model)?.slots ?? 0
        return slots + this.#runTimes.handedAhead(model, slots)
      },
      maxQueued: limits.maxQueued,
    })
    this.#queue.hold()
  }

  /** Those that are computed; the inference process may have more of them waiting. */
  get running(): number {
    const slots = this.#components.models.served().reduce((sum, model) => sum + model.slots, 0)
    return Math.min(this.#queue.running, slots)
  }

  get queued(): number {
    return this.#queue.queued + this.#queue.running - this.running
  }

  /**
   * Tasks of a model that take up room: running or waiting, less those that will be over before another could be here. Those
   * that are being written down take none, unless the disk does not keep up.
   */
  countIn(model: string): number {
    let count = 0
    let finishing = 0
    for (const task of this.#active.values()) {
      if (task.assignment.model !== model) continue
      if (task.finishing) finishing++
      else count++
    }
    const slots = this.#components.models.get(model)?.slots ?? 0
    const behind = Math.max(0, finishing - MAX_FINISHING)
    return count + behind - this.#runTimes.soonDone(model, slots)
  }

  get(taskId: string): ActiveTask | undefined {
    return this.#active.get(taskId)
  }

  active(): Iterable<ActiveTask> {
    return this.#active.values()
  }

  /**
   * Takes a task that passed admission. It may be running when this returns, while its acceptance is on its way to
   * the disk: `accepted` tells when it is there. Throws `no_capacity`.
   */
  accept(init: Omit<ActiveTaskInit, 'durable'>): ActiveTask {
    const task = new ActiveTask({ ...init, durable: false })
    task.enter('accepted')
    this.#begin(task, { beyondLimit: false })
    void this.#persist(task)
    return task
  }

  /** Takes up what the last run of the node left unfinished, then lets tasks start. */
  async start(): Promise<void> {
    this.#stopping = new AbortController()
    const recovered: { readonly task: ActiveTask; readonly failure?: DriadError }[] = []
    const { models, logger } = this.#components
    const { maxAttempts } = this.#limits
    for (const row of this.#components.tasks.unfinished()) {
      let task: ActiveTask
      try {
        task = restoreTask(row, this.#components)
      } catch (error) {
        logger.error('A stored task cannot be read and is left alone', { taskId: row.taskId, error })
        continue
      }
      const failure = unrunnable(row, task, { models, maxAttempts })
      task.note('accepted', taskNotes.restarted)
      recovered.push(failure === undefined ? { task } : { task, failure })
      if (row.state === 'executing')
        await this.#write((tx) => this.#components.tasks.countAttempt(tx, row.taskId))
    }
    if (recovered.length > 0) {
      this.#components.logger.info('Taking up tasks that were not finished', { tasks: recovered.length })
    }
    for (const { task, failure } of recovered) {
      if (failure === undefined) {
        this.#begin(task, { beyondLimit: true })
        this.#flush(task)
      } else {
        this.#active.set(task.taskId, task)
        this.#finishLater(task, failed(failure))
      }
    }
    this.#queue.release()
  }

  /**
   * Lets running tasks end for `drainMs`, then interrupts them. What has not ended stays in the store and is taken up
   * at the next start.
   */
  async stop(drainMs: number): Promise<void> {
    this.#queue.hold()
    const drained = await settledWithin(this.#queue.idle(), drainMs)
    const reason = new DriadError('stopping', 'The node is being stopped')
    this.#stopping.abort(reason)
    if (!drained) {
      for (const task of this.#active.values()) task.abort(reason)
      await this.#queue.idle()
    }
    while (this.#finishing.size > 0) await Promise.allSettled(this.#finishing)
    for (const task of [...this.#active.values()]) {
      this.#queue.remove(task.taskId, task.assignment.model)
      this.#leave(task)
    }
  }

  /** Interrupts a task. False if it is not active, or is over already. */
  cancel(taskId: string, reason: DriadError): boolean {
    const task = this.#active.get(taskId)
    if (task === undefined || task.finishing) return false
    this.#interrupt(task, reason)
    return true
  }

  /** To be called when models came or went. */
  modelsChanged(): void {
    for (const task of [...this.#active.values()]) {
      const { model } = task.assignment
      if (task.state === 'accepted' && !task.finishing && !this.#components.models.expected(model)) {
        const why = this.#components.models.whyNot(model)
        const message = `This node no longer serves ${model}${why === undefined ? '' : `: ${why}`}`
        this.#interrupt(task, new DriadError('model_unavailable', message))
      }
    }
    this.#queue.pump()
  }

  /** A requester that came back with another process, or at another address. */
  attach(task: ActiveTask, contact: PeerTarget): void {
    if (task.contact.peerId === contact.peerId) return
    task.contact = contact
    if (task.durable) void this.#write((tx) => this.#components.tasks.setContact(tx, task.taskId, contact))
  }

  #begin(task: ActiveTask, options: { beyondLimit: boolean }): void {
    const { model, deadlineMs } = task.assignment
    const stopDeadline = callAt(deadlineMs, () => {
      this.#interrupt(task, new DriadError('deadline_exceeded', 'The task did not end before its deadline'))
    })
    this.#active.set(task.taskId, task)
    this.#timers.set(task.taskId, [stopDeadline])
    try {
      this.#queue.enqueue(
        { id: task.taskId, lane: model, owner: task.requester, start: () => this.#run(task) },
        options,
      )
    } catch (error) {
      stopDeadline()
      this.#timers.delete(task.taskId)
      this.#active.delete(task.taskId)
      throw error
    }
  }

  async #persist(task: ActiveTask): Promise<void> {
    const { tasks } = this.#components
    const transitions = task.takeUnsaved()
    try {
      await tasks.store.write((tx) => {
        tasks.insert(tx, {
          taskId: task.taskId,
          requester: task.requester,
          contact: task.contact,
          assignment: task.signed,
          title: task.title,
          model: task.assignment.model,
          deadlineMs: task.assignment.deadlineMs,
          createdAtMs: task.createdAtMs,
        })
        tasks.addTransitions(tx, task.taskId, transitions)
      }, SHARED_COMMIT)
    } catch (cause) {
      this.#refuse(task, cause)
      return
    }
    task.durable = true
    this.#events.accepted(task)
    if (task.state === 'executing') this.#events.started(task)
  }

  /** What cannot be written down is not accepted; another node may have a better disk. */
  #refuse(task: ActiveTask, cause: unknown): void {
    this.#components.logger.error('A task could not be stored, so it was not accepted', {
      taskId: task.taskId,
      error: cause,
    })
    const error = new DriadError('no_capacity', 'This node cannot store the task', { cause })
    this.#queue.remove(task.taskId, task.assignment.model)
    task.lost = true
    task.abort(error)
    this.#leave(task)
    this.#events.rejected(task, error)
  }

  async #run(task: ActiveTask): Promise<void> {
    const { models, runner, progress } = this.#components
    const { assignment } = task
    const following = progress.follow(task.taskId)
    const feed = following.feed((report) => this.#events.step(task, report))
    const resume = task.recovered ? progress.resume(task.taskId, task.workflow.steps.length) : undefined
    task.enter('executing')
    task.modelDigest = models.get(assignment.model)?.digest ?? task.modelDigest
    if (task.durable) {
      this.#events.started(task)
      this.#flush(task)
      this.#events.changed(task)
    }
    const run = await runner.run(
      {
        workflow: task.workflow,
        model: assignment.model,
        sampling: {
          ...samplingOf(assignment),
          seed: assignment.seed ?? taskSeed(task.taskId),
        },
        ...(assignment.input === undefined ? {} : { input: assignment.input }),
        ...(assignment.scoreText === undefined ? {} : { scoreText: assignment.scoreText }),
      },
      {
        signal: task.signal,
        textPace: assignment.stream ? 'live' : 'calm',
        onCheckpoint: following.onCheckpoint,
        ...(resume === undefined ? {} : { resume }),
        onEvent: (event) => {
          if (event.type !== 'text') feed.push(event)
        },
        onText: (piece) => {
          task.liveTokens = piece.tokens
          this.#events.text(task, piece)
        },
        onRetry: (crash) => {
          task.note('executing', taskNotes.crashed)
          this.#flush(task)
          this.#components.logger.warn(
            'A generation is started again after a crash of the inference process',
            {
              taskId: task.taskId,
              crash: crash.message,
            },
          )
        },
      },
    )
    feed.end()
    if (run.ok) this.#runTimes.ran(assignment.model, run.totalMs)
    if (task.lost) return
    task.steps = following.takeSteps()
    // A run that the stop interrupted has not ended: the next start takes it up.
    if (this.#stopping.signal.aborted && task.signal.reason === this.#stopping.signal.reason) return
    this.#finishLater(task, run)
  }

  #interrupt(task: ActiveTask, reason: DriadError): void {
    if (task.finishing) return
    if (this.#queue.remove(task.taskId, task.assignment.model)) this.#finishLater(task, failed(reason))
    else task.abort(reason)
  }

  #finishLater(task: ActiveTask, run: RunResult): void {
    task.finishing = true
    this.#events.room()
    const finished = this.#finish(task, run).finally(() => this.#finishing.delete(finished))
    this.#finishing.add(finished)
  }

  async #finish(task: ActiveTask, run: RunResult): Promise<void> {
    const { tasks, logger } = this.#components
    const end = this.#sign(task, run)
    task.note(end.state, end.error?.message)
    const transitions = task.takeUnsaved()
    for (let attempt = 1; ; attempt++) {
      try {
        await tasks.store.write((tx) => {
          tasks.addTransitions(tx, task.taskId, transitions, { keepState: true })
          tasks.end(tx, task.taskId, end)
          writeSteps(tx, task.taskId, task.steps)
          TaskProgress.forgetCheckpoint(tx, task.taskId)
        })
        break
      } catch (error) {
        if (task.lost) return
        if (attempt === FINISH_TRIES || this.#stopping.signal.aborted) {
          logger.error('An outcome could not be stored. The task is run again at the next start', {
            taskId: task.taskId,
            error,
          })
          this.#leave(task)
          return
        }
        await pause(FINISH_RETRY_MS * 2 ** attempt, this.#stopping.signal)
      }
    }
    this.#leave(task)
    this.#events.ended(task, end)
  }

  #sign(task: ActiveTask, run: RunResult): TaskEnd {
    const facts = {
      assignment: task.assignment,
      requester: task.signed.publicKey,
      modelDigest: task.modelDigest,
      finishedAtMs: Date.now(),
    }
    try {
      return signOutcome({ ...facts, run }, this.#components.identity).end
    } catch (cause) {
      // Our own mistake, and the requester's task still has to end.
      this.#components.logger.error('A result could not be signed', { taskId: task.taskId, error: cause })
      const error = new DriadError('internal', 'The node could not sign its result', { cause })
      return signOutcome({ ...facts, run: failed(error) }, this.#components.identity).end
    }
  }

  #leave(task: ActiveTask): void {
    for (const stop of this.#timers.get(task.taskId) ?? []) stop()
    this.#timers.delete(task.taskId)
    this.#active.delete(task.taskId)
    task.leave()
    this.#events.room()
  }

  /** Brings a change of state to the disk soon, together with the next write if there is one before. */
  #flush(task: ActiveTask): void {
    const timer = setTimeout(() => {
      const transitions = task.takeUnsaved()
      if (transitions.length === 0) return
      void this.#write((tx) => this.#components.tasks.addTransitions(tx, task.taskId, transitions))
    }, this.#limits.transitionFlushMs)
    this.#timers.get(task.taskId)?.push(() => clearTimeout(timer))
  }

  /** For writes that nothing depends on: a failure is logged. */
  async #write(work: Parameters<TaskStore['store']['write']>[0]): Promise<void> {
    try {
      await this.#components.tasks.store.write(work)
    } catch (error) {
      this.#components.logger.warn('A change of a task could not be stored', { error })
    }
  }
}

function failed(error: DriadError): RunResult {
  return { ok: false, error, promptTokens: 0, completionTokens: 0, totalMs: 0 }
}
