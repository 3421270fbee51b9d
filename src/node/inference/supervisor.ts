import { setTimeout as sleep } from 'node:timers/promises'
import { DriadError } from '../../protocol/errors.ts'
import type { InferenceView } from '../../protocol/views.ts'
import type { Logger } from '../logs/contract.ts'
import { ChildSession, type WatchdogLimits } from './child-session.ts'
import type {
  BenchmarkFigures,
  ChildLauncher,
  ChildMemory,
  EmbedRequest,
  EmbedResult,
  GenerateOptions,
  GenerateRequest,
  GenerateResult,
  InferenceEngine,
  LoadedModel,
  LoadRequest,
  SupervisedModel,
} from './contract.ts'
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
/** After that many deaths in a row while the GPU was being taken hold of, it is left alone. */
const MAX_GPU_DEATHS = 2

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
  /** What the child holds; absent while there is none. */
  memory(): ChildMemory | undefined
  state(): InferenceView
  /** A model that was asked for, through restarts of the child, until it is unloaded. */
  model(name: string): SupervisedModel | undefined
  /** Generations of a model that run or wait for a slot. */
  running(name: string): number
  /** Called when the state or a model's may have changed. Returns how to stop listening. */
  onState(listener: () => void): () => void
}

/** Keeps an inference child running. It is started by `start`, or by the first request. */
export function createInferenceSupervisor(
  components: { launch: ChildLauncher; logger: Logger },
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
  #state: InferenceView['state'] = 'stopped'
  #reason: string | undefined
  #restarts = 0
  /** Off after children died while they took hold of the GPU: on the CPU the node earns less, dead it earns nothing. */
  #gpu: 'auto' | 'off' = 'auto'
  #gpuDeaths = 0
  /** What the current child computes on, or the last one did; absent until it is ready. */
  #backend: string | undefined
  #session: ChildSession | undefined
  /** Ends the loop below, and its waits; absent while stopped. */
  #stopping: AbortController | undefined
  #loop: Promise<void> = Promise.resolve()
  #ended = false

  constructor(components: { launch: ChildLauncher; logger: Logger }, init: SupervisorInit) {
    this.#launch = components.launch
    this.#logger = components.logger
    this.#init = init
    this.#watchdog = { ...WATCHDOG, ...init.watchdog }
    this.#policy = new RestartPolicy({ ...RESTARTS, ...init.restarts })
  }

  start(): void {
    if (this.#ended) throw new DriadError('stopping', 'The inference process was stopped')
    if (this.#stopping !== undefined) return
    this.#stopping = new AbortController()
    this.#loop = this.#run(this.#stopping.signal)
  }

  async stop(): Promise<void> {
    this.#ended = true
    await this.#halt(new DriadError('stopping', 'The node is shutting down'))
    this.#set('stopped')
  }

  async restart(): Promise<void> {
    if (this.#ended) throw new DriadError('stopping', 'The inference process was stopped')
    await this.#halt(new DriadError('inference_crashed', 'The inference process was restarted by hand'))
    if (this.#ended) return
    this.#policy.worked()
    this.#gpu = 'auto'
    this.#gpuDeaths = 0
    this.#models.forgive()
    this.#set('stopped')
    this.start()
  }

  async recycle(): Promise<void> {
    if (this.#ended || this.#state !== 'ready') return
    await this.#halt(new DriadError('model_unavailable', 'The inference process is being replaced'))
    if (!this.#ended) this.start()
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

  model(name: string): SupervisedModel | undefined {
    return this.#models.get(name)
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
        const result = await work(session)
        this.#policy.worked()
        this.#gpuDeaths = 0
        return result
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
    return work(session)
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
      const reason = await this.#runChild(signal)
      const blamed = this.#models.detach(reason)
      if (signal.aborted) return
      this.#logger.error(`The inference process ${reason}`, { restarts: this.#restarts })
      if (blamed || this.#backend === undefined) this.#countGpuDeath()
      const delayMs = blamed ? this.#policy.delay() : this.#policy.failed(this.#now())
      if (delayMs === undefined) await this.#rest(reason, signal)
      else {
        this.#restarts++
        this.#set('restarting', `The inference process ${reason}`)
        await sleep(delayMs, undefined, { signal }).catch(() => {})
      }
    }
  }

  /** It died before it was ready, or while it loaded a model: a driver may be to blame. */
  #countGpuDeath(): void {
    if (this.#gpu === 'off' || this.#backend === 'cpu' || ++this.#gpuDeaths < MAX_GPU_DEATHS) return
    this.#gpu = 'off'
    this.#logger.warn('Inference goes on without the GPU: the process died twice while taking hold of it', {
      backend: this.#backend ?? 'unknown',
    })
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
  async #runChild(signal: AbortSignal): Promise<string> {
    let session: ChildSession
    this.#backend = undefined
    try {
      session = new ChildSession(
        {
          handle: this.#launch({ gpu: this.#gpu }),
          logger: this.#logger,
          onThreads: (name, threads) => this.#models.setThreads(name, threads),
        },
        this.#watchdog,
      )
    } catch (error) {
      return `could not be started: ${error instanceof Error ? error.message : String(error)}`
    }
    this.#session = session
    const close = () => void session.close(signal.reason, this.#init.stopGraceMs ?? STOP_GRACE_MS)
    signal.addEventListener('abort', close, { once: true })
    try {
      const backend = await session.ready
      this.#backend = backend
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
    this.#stopping?.abort(reason)
    this.#stopping = undefined
    await this.#loop
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
