import { setTimeout as sleep } from 'node:timers/promises'
import { DriadError } from '../../protocol/errors.ts'
import type { ChildExitView } from '../../protocol/health-views.ts'
import type { InferenceView } from '../../protocol/views.ts'
import type { Logger } from '../logs/contract.ts'
import { ChildSession, type WatchdogLimits } from './child-session.ts'
import type {
  BenchmarkFigures,
  ChildLauncher,
  ChildMemory,
  DeviceUse,
  EmbedRequest,
  EmbedResult,
  GenerateOptions,
  GenerateRequest,
  GenerateResult,
  InferenceEngine,
  LoadedModel,
  LoadRequest,
  ScoreRequest,
  ScoreResult,
  SupervisedModel,
} from './contract.ts'
import type { DeviceGuard } from './devices/device-guard.ts'
import { fixedDevices } from './devices/fixed-devices.ts'
import { ModelKeeper } from './model-keeper.ts'
import { RestartPolicy, type RestartPolicyInit } from './restart-policy.ts'

export interface SupervisorInit {
  readonly watchdog?: Partial<WatchdogLimits>
  readonly restarts?: Partial<RestartPolicyInit>
  /** How long a generation waits for its model while the child starts or the model loads. */
  readonly readyTimeoutMs?: number
  /** How long the child has to end by itself. */
  readonly stopGraceMs?: number
  readonly now?: () => number
}

const WATCHDOG: WatchdogLimits = {
  startMs: 60_000,
  silenceMs: 30_000,
  stallMs: 180_000,
  loadMs: 15 * 60_000,
  checkMs: 2_000,
}
const RESTARTS: RestartPolicyInit = {
  firstDelayMs: 100,
  maxDelayMs: 10_000,
  maxFailures: 3,
  windowMs: 60_000,
  firstRestMs: 10_000,
  maxRestMs: 5 * 60_000,
}
const READY_TIMEOUT_MS = 120_000
const STOP_GRACE_MS = 3_000
/** Ends of processes that are remembered, the newest. */
const MAX_EXITS = 50
/** How long what runs may keep a process from making way for one on better devices. */
const REPLAN_PATIENCE_MS = 5 * 60_000

export interface SupervisorComponents {
  readonly launch: ChildLauncher
  readonly logger: Logger
  /** What to compute on; whatever llama.cpp finds where absent. */
  readonly devices?: DeviceGuard
}

/** The engine in a child process that is started again when it dies. It restarts the process, never the work. */
export interface InferenceSupervisor extends InferenceEngine, AsyncDisposable {
  /** Starts the child. Needs no waiting: what is asked for meanwhile waits. */
  start(): void
  /** Ends the child: politely, then with SIGKILL. What runs is rejected with `stopping`. Twice is safe. */
  stop(): Promise<void>
  /** Starts a new child, for an operator: out of `broken`, too. Models that failed by crashing get another chance. */
  restart(): Promise<void>
  /**
   * Replaces the child by a new one, to give back memory that it holds for nothing; wanted models are loaded again. For
   * callers that see to it that nothing runs: what does is rejected with `model_unavailable`.
   */
  recycle(): Promise<void>
  /** This child and those after it compute for that share of the time, above 0 to 1. */
  limitCompute(share: number): void
  /** What the child holds; absent while there is none. */
  memory(): ChildMemory | undefined
  state(): InferenceView
  /** How processes ended that nobody asked to end, oldest first; the newest fifty since this program started. */
  exits(): readonly ChildExitView[]
  /** A model that was asked for, through restarts of the child, until it is unloaded. */
  model(name: string): SupervisedModel | undefined
  /** Why models that may use a GPU are not loaded and cannot be; undefined where they can. */
  suspended(): DriadError | undefined
  /** Generations of a model that run or wait for a slot. */
  running(name: string): number
  /** Called when the state or a model's may have changed. Returns how to stop listening. */
  onState(listener: () => void): () => void
}

/** Keeps an inference child running. It is started by `start`, or by the first request. */
export function createInferenceSupervisor(
  components: SupervisorComponents,
  init: SupervisorInit = {},
): InferenceSupervisor {
  return new Supervisor(components, init)
}

class Supervisor implements InferenceSupervisor {
  readonly #launch: ChildLauncher
  readonly #logger: Logger
  readonly #init: SupervisorInit
  readonly #watchdog: WatchdogLimits
  readonly #policy: RestartPolicy
  readonly #models = new ModelKeeper(() => this.#changed())
  readonly #listeners = new Set<() => void>()
  readonly #running = new Map<string, number>()
  #exits: readonly ChildExitView[] = []
  #state: InferenceView['state'] = 'stopped'
  #reason: string | undefined
  #restarts = 0
  /** What the current child was started to compute on. */
  #use: DeviceUse = 'auto'
  /** Set while another child is to take over from this one, on other devices. */
  #replacing: NodeJS.Timeout | 'now' | undefined
  readonly #devices: DeviceGuard
  readonly #stopFollowing: () => void
  #session: ChildSession | undefined
  #computeShare = 1
  /** Ends the loop below, and its waits; absent while stopped. */
  #stopping: AbortController | undefined
  #loop: Promise<void> = Promise.resolve()
  #ended = false

  constructor(components: SupervisorComponents, init: SupervisorInit) {
    this.#launch = components.launch
    this.#logger = components.logger
    this.#devices = components.devices ?? fixedDevices('auto')
    this.#init = init
    this.#watchdog = { ...WATCHDOG, ...init.watchdog }
    this.#policy = new RestartPolicy({ ...RESTARTS, ...init.restarts })
    this.#stopFollowing = this.#devices.onPlan((urgent) => this.#planChanged(urgent))
  }

  start(): void {
    if (this.#ended) throw new DriadError('stopping', 'The inference process was stopped')
    if (this.#stopping !== undefined) return
    this.#stopping = new AbortController()
    this.#loop = this.#run(this.#stopping.signal)
  }

  async stop(): Promise<void> {
    this.#ended = true
    this.#stopFollowing()
    await this.#halt(new DriadError('stopping', 'The node is shutting down'))
    this.#set('stopped')
  }

  async restart(): Promise<void> {
    if (this.#ended) throw new DriadError('stopping', 'The inference process was stopped')
    await this.#halt(new DriadError('inference_crashed', 'The inference process was restarted by hand'))
    if (this.#ended) return
    this.#policy.worked()
    this.#models.forgive()
    this.#set('stopped')
    this.start()
  }

  async recycle(): Promise<void> {
    if (this.#ended || this.#state !== 'ready') return
    await this.#halt(new DriadError('model_unavailable', 'The inference process is being replaced'))
    if (!this.#ended) this.start()
  }

  limitCompute(share: number): void {
    if (share === this.#computeShare) return
    this.#computeShare = share
    this.#session?.limitCompute(share)
  }

  memory(): ChildMemory | undefined {
    return this.#session?.memory
  }

  state(): InferenceView {
    const pid = this.#session?.pid
    return {
      state: this.#state,
      ...(pid !== undefined && { pid }),
      restarts: this.#restarts,
      ...(this.#reason !== undefined && { reason: this.#reason }),
    }
  }

  exits(): readonly ChildExitView[] {
    return this.#exits
  }

  model(name: string): SupervisedModel | undefined {
    return this.#models.get(name)
  }

  suspended(): DriadError | undefined {
    return this.#models.suspended
  }

  running(name: string): number {
    return this.#running.get(name) ?? 0
  }

  onState(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async load(request: LoadRequest, options: { signal?: AbortSignal } = {}): Promise<LoadedModel> {
    options.signal?.throwIfAborted()
    this.#ensureRunning()
    return this.#models.add(request, options)
  }

  async unload(name: string): Promise<void> {
    await this.#models.remove(name)
  }

  generate(request: GenerateRequest, options: GenerateOptions = {}): Promise<GenerateResult> {
    return this.#work(request.model, options.signal, (session) => session.generate(request, options))
  }

  embed(request: EmbedRequest, options: { signal?: AbortSignal } = {}): Promise<EmbedResult> {
    return this.#work(request.model, options.signal, (session) => session.embed(request, options))
  }

  score(request: ScoreRequest, options: { signal?: AbortSignal } = {}): Promise<ScoreResult> {
    return this.#work(request.model, options.signal, (session) => session.score(request, options))
  }

  benchmark(model: string, options: { signal?: AbortSignal } = {}): Promise<BenchmarkFigures> {
    return this.#onceLoaded(model, options.signal, (session) => session.benchmark(model, options))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  async #work<T>(
    model: string,
    signal: AbortSignal | undefined,
    work: (session: ChildSession) => Promise<T>,
  ): Promise<T> {
    return this.#onceLoaded(model, signal, async (session) => {
      this.#count(model, 1)
      try {
        return await work(session)
      } finally {
        this.#count(model, -1)
      }
    })
  }

  async #onceLoaded<T>(
    model: string,
    signal: AbortSignal | undefined,
    work: (session: ChildSession) => Promise<T>,
  ): Promise<T> {
    signal?.throwIfAborted()
    this.#ensureRunning()
    if (this.#models.get(model)?.state !== 'ready') await this.#whenLoaded(model, signal)
    const session = this.#session
    if (session === undefined) throw this.#crashed()
    try {
      const result = await work(session)
      this.#policy.worked()
      this.#devices.worked()
      return result
    } catch (cause) {
      if (this.#use !== 'cpu' && cause instanceof DriadError && cause.code === 'internal') {
        this.#devices.suspect(cause.message)
      }
      throw cause
    }
  }

  async #whenLoaded(name: string, signal: AbortSignal | undefined): Promise<void> {
    const timeoutMs = this.#init.readyTimeoutMs ?? READY_TIMEOUT_MS
    const waiting = new AbortController()
    const timeout = sleep(timeoutMs, undefined, {
      signal: signal === undefined ? waiting.signal : AbortSignal.any([waiting.signal, signal]),
    }).then(
      () => {
        throw new DriadError(
          'model_unavailable',
          `The model ${name} was not ready within ${timeoutMs / 1000} s`,
        )
      },
      () => signal?.throwIfAborted(),
    )
    try {
      await Promise.race([this.#models.whenLoaded(name), timeout])
    } finally {
      waiting.abort()
    }
  }

  #count(name: string, change: 1 | -1): void {
    const running = this.running(name) + change
    if (running > 0) this.#running.set(name, running)
    else this.#running.delete(name)
    if (this.#replacing !== undefined && this.#running.size === 0) this.#replaceChild()
    this.#changed()
  }

  #ensureRunning(): void {
    if (this.#state === 'broken') throw this.#crashed()
    this.start()
  }

  /** One child after the other, with rests where they keep failing, until `signal` ends it. */
  async #run(signal: AbortSignal): Promise<void> {
    this.#set('starting')
    while (!signal.aborted) {
      const use = await this.#plannedUse(signal)
      if (use === undefined) return
      const reason = await this.#runChild(use, signal)
      const wanted = this.#replacing === 'now'
      this.#keepChild()
      const blamed = this.#models.detach(reason, { wanted })
      if (signal.aborted) return
      if (wanted) {
        this.#logger.info('The inference process is replaced by one on other devices')
        this.#set('restarting', 'Other devices are to be used')
        continue
      }
      // By the clock on the wall, for people: the policy has its own.
      this.#exits = [...this.#exits, { atMs: Date.now(), reason }].slice(-MAX_EXITS)
      this.#logger.error(`The inference process ${reason}`, { restarts: this.#restarts })
      const delayMs = blamed ? this.#policy.delay() : this.#policy.failed(this.#now())
      if (delayMs !== undefined) this.#set('restarting', `The inference process ${reason}`)
      // Whether a device is to blame is found out meanwhile, and the plan is another one then.
      const examined = use === 'cpu' ? undefined : this.#devices.died(reason, { signal })
      if (delayMs === undefined) await this.#rest(reason, signal)
      else {
        this.#restarts++
        await sleep(delayMs, undefined, { signal }).catch(() => {})
      }
      await examined
    }
  }

  /**
   * What the next child computes on, once that is known; undefined when stopped. Without its devices, models that may
   * use a GPU are suspended, and the child is there for the others alone.
   */
  async #plannedUse(signal: AbortSignal): Promise<DeviceUse | undefined> {
    if (this.#devices.plan().state === 'unknown') {
      const known = Promise.withResolvers<void>()
      const unfollow = this.#devices.onPlan(() => {
        if (this.#devices.plan().state !== 'unknown') known.resolve()
      })
      const abort = () => known.resolve()
      signal.addEventListener('abort', abort, { once: true })
      await known.promise
      signal.removeEventListener('abort', abort)
      unfollow()
    }
    const plan = this.#devices.plan()
    if (signal.aborted || plan.state === 'unknown') return undefined
    const suspended =
      plan.state === 'suspended' ? new DriadError('device_unavailable', plan.reason) : undefined
    this.#models.suspend(suspended)
    return plan.state === 'suspended' ? 'cpu' : plan.use
  }

  /** What is missing is let go of at once; what is better waits for what runs, unless the operator says so. */
  #planChanged(urgent: boolean): void {
    const plan = this.#devices.plan()
    const session = this.#session
    if (session === undefined || plan.state === 'unknown') return
    const use = plan.state === 'suspended' ? 'cpu' : plan.use
    if (plan.state === 'suspended') {
      this.#models.suspend(new DriadError('device_unavailable', plan.reason))
      this.#changed()
    }
    if (JSON.stringify(use) === JSON.stringify(this.#use)) {
      this.#keepChild()
      // The processor may go on with what it could not have before.
      if (plan.state !== 'suspended') this.#models.suspend(undefined)
    } else if (urgent || plan.state === 'suspended' || this.#running.size === 0) this.#replaceChild()
    else this.#replacing ??= setTimeout(() => this.#replaceChild(), REPLAN_PATIENCE_MS).unref()
  }

  #replaceChild(): void {
    if (this.#replacing === 'now') return
    this.#keepChild()
    this.#replacing = 'now'
    const reason = new DriadError(
      'inference_crashed',
      'The inference process makes way for one on other devices',
    )
    void this.#session?.close(reason, this.#init.stopGraceMs ?? STOP_GRACE_MS)
  }

  #keepChild(): void {
    if (typeof this.#replacing === 'object') clearTimeout(this.#replacing)
    this.#replacing = undefined
  }

  /** Meanwhile nothing is taken: whoever waits is told. */
  async #rest(reason: string, signal: AbortSignal): Promise<void> {
    const restMs = this.#policy.rest()
    this.#set(
      'broken',
      `The inference process failed too often; last, it ${reason}. It is tried again in ${Math.ceil(restMs / 1000)} s`,
    )
    this.#models.rejectWaiting(this.#crashed())
    await sleep(restMs, undefined, { signal }).catch(() => {})
    if (signal.aborted) return
    this.#restarts++
    this.#set('restarting', this.#reason)
  }

  /** Runs one child to its end and tells how it ended. */
  async #runChild(use: DeviceUse, signal: AbortSignal): Promise<string> {
    let session: ChildSession
    this.#use = use
    try {
      session = new ChildSession(
        {
          handle: this.#launch({ devices: use }),
          logger: this.#logger,
          onThreads: (name, threads) => this.#models.setThreads(name, threads),
        },
        this.#watchdog,
      )
    } catch (error) {
      return `could not be started: ${error instanceof Error ? error.message : String(error)}`
    }
    this.#session = session
    this.#planChanged(false)
    const close = () => void session.close(signal.reason, this.#init.stopGraceMs ?? STOP_GRACE_MS)
    signal.addEventListener('abort', close, { once: true })
    try {
      const backend = await session.ready
      if (use !== 'cpu') this.#devices.working()
      if (this.#computeShare !== 1) session.limitCompute(this.#computeShare)
      this.#logger.info('The inference process is ready', { pid: session.pid, backend })
      this.#models.attach(session)
      this.#set('ready')
    } catch {
      // It ended before it was ready; how is told by its end.
    }
    const { reason } = await session.ended
    signal.removeEventListener('abort', close)
    this.#session = undefined
    return reason
  }

  async #halt(reason: DriadError): Promise<void> {
    const stopping = this.#stopping
    stopping?.abort(reason)
    await this.#loop
    // Not before: whoever asks for something meanwhile would start a second process beside the one that ends.
    if (this.#stopping === stopping) this.#stopping = undefined
    this.#models.rejectWaiting(reason)
  }

  #crashed(): DriadError {
    return new DriadError('inference_crashed', this.#reason ?? 'The inference process is not running')
  }

  #set(state: InferenceView['state'], reason?: string): void {
    this.#state = state
    this.#reason = reason
    this.#changed()
  }

  #changed(): void {
    for (const listener of this.#listeners) listener()
  }

  #now(): number {
    return this.#init.now?.() ?? performance.now()
  }
}
