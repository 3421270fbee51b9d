import { DriadError } from '../../protocol/errors.ts'
import type { Logger } from '../logs/contract.ts'
import { sharedInterval } from '../shared-interval.ts'
import type {
  BenchmarkFigures,
  ChildHandle,
  ChildMemory,
  EmbedRequest,
  EmbedResult,
  FromInferenceChild,
  GenerateOptions,
  GenerateRequest,
  GenerateResult,
  LoadedModel,
  LoadRequest,
  ScoreRequest,
  ScoreResult,
  TextPiece,
  ToInferenceChild,
} from './contract.ts'

/** Requests that one child has at a time; slots and their queues bound real work far below. */
const MAX_PENDING = 4096

/** How long a child may be silent or stand still before it is killed. */
export interface WatchdogLimits {
  /** From its start to `ready`: loading the native library, on a slow disk. */
  readonly startMs: number
  /** Without a sign of life from its event loop, which never computes for long. */
  readonly silenceMs: number
  /** With generations under way, but no token read or written. A slow CPU needs seconds for a piece of a prompt. */
  readonly stallMs: number
  /** One load, its measurements included. */
  readonly loadMs: number
  /** How often this is looked at. Silence is counted in looks, so that a computer's sleep is not taken for it. */
  readonly checkMs: number
}

export interface ChildEnd {
  /** For people: `ended with code 1`, `was killed (SIGKILL)`, `did not answer for 30 s`. */
  readonly reason: string
}

interface Pending {
  readonly kind: 'load' | 'unload' | 'generate' | 'embed' | 'score' | 'benchmark'
  readonly resolve: (value: never) => void
  readonly reject: (reason: unknown) => void
  readonly onText: ((piece: TextPiece) => void) | undefined
}

/** One child from its start to its exit: its requests, and the watch over it. */
export class ChildSession {
  /** Resolves with what it computes on. Rejects with `inference_crashed` if the child ends before. */
  readonly ready: Promise<string>
  readonly ended: Promise<ChildEnd>
  readonly #handle: ChildHandle
  readonly #logger: Logger
  readonly #limits: WatchdogLimits
  readonly #pending = new Map<number, Pending>()
  readonly #stopChecks: () => void
  readonly #onReady: (backend: string) => void
  readonly #onThreads: (model: string, threads: number) => void
  #nextId = 1
  #isReady = false
  #ageMs = 0
  #silentMs = 0
  #stalledMs = 0
  #progress = -1
  #startBytes = 0
  #residentBytes = 0
  #killedBecause: string | undefined
  /** What to reject pending requests with at the exit, where it was asked for. */
  #closing: DriadError | undefined

  constructor(
    components: {
      handle: ChildHandle
      logger: Logger
      onThreads: (model: string, threads: number) => void
    },
    limits: WatchdogLimits,
  ) {
    this.#onThreads = components.onThreads
    this.#handle = components.handle
    this.#logger = components.logger
    this.#limits = limits
    const ready = Promise.withResolvers<string>()
    const ended = Promise.withResolvers<ChildEnd>()
    this.ready = ready.promise
    this.ended = ended.promise
    this.#onReady = ready.resolve
    // Whoever does not wait for `ready` learns of a failure by `ended`.
    ready.promise.catch(() => {})
    this.#stopChecks = sharedInterval(limits.checkMs, () => this.#check())
    components.handle.onMessage((message) => this.#receive(message))
    components.handle.onExit((code, signal) => {
      this.#stopChecks()
      const reason =
        this.#killedBecause ?? (signal === null ? `ended with code ${code}` : `was killed (${signal})`)
      const error = this.#closing ?? new DriadError('inference_crashed', `The inference process ${reason}`)
      ready.reject(error)
      for (const { reject } of this.#pending.values()) reject(error)
      this.#pending.clear()
      ended.resolve({ reason })
    })
  }

  get pid(): number | undefined {
    return this.#handle.pid
  }

  /** Absent until it is ready. */
  get memory(): ChildMemory | undefined {
    if (!this.#isReady) return undefined
    return { startBytes: this.#startBytes, nowBytes: this.#residentBytes }
  }

  load(request: LoadRequest, options: { signal?: AbortSignal }): Promise<LoadedModel> {
    return this.#request<LoadedModel>('load', (id) => ({ type: 'load', id, request }), options)
  }

  unload(name: string): Promise<void> {
    return this.#request<void>('unload', (id) => ({ type: 'unload', id, name }), {})
  }

  generate(request: GenerateRequest, options: GenerateOptions): Promise<GenerateResult> {
    const { onText, textPace = 'live' } = options
    return this.#request<GenerateResult>(
      'generate',
      (id) => ({ type: 'generate', id, request, ...(onText !== undefined && { textPace }) }),
      options,
    )
  }

  embed(request: EmbedRequest, options: { signal?: AbortSignal }): Promise<EmbedResult> {
    return this.#request<EmbedResult>('embed', (id) => ({ type: 'embed', id, request }), options)
  }

  score(request: ScoreRequest, options: { signal?: AbortSignal }): Promise<ScoreResult> {
    return this.#request<ScoreResult>('score', (id) => ({ type: 'score', id, request }), options)
  }

  benchmark(model: string, options: { signal?: AbortSignal }): Promise<BenchmarkFigures> {
    return this.#request<BenchmarkFigures>('benchmark', (id) => ({ type: 'benchmark', id, model }), options)
  }

  limitCompute(computeShare: number): void {
    this.#send({ type: 'limit', computeShare })
  }

  /** Asks the child to end and kills it if it has not after `graceMs`. Resolves when it is gone. */
  async close(reason: DriadError, graceMs: number): Promise<void> {
    this.#closing ??= reason
    this.#send({ type: 'shutdown' })
    const timer = setTimeout(() => this.kill('did not shut down in time'), graceMs)
    await this.ended
    clearTimeout(timer)
  }

  kill(reason: string): void {
    if (this.#killedBecause !== undefined) return
    this.#killedBecause = reason
    this.#handle.kill()
  }

  #request<T>(
    kind: Pending['kind'],
    message: (id: number) => ToInferenceChild,
    { signal, onText }: GenerateOptions,
  ): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      signal?.throwIfAborted()
      if (this.#closing !== undefined) throw this.#closing
      if (this.#pending.size >= MAX_PENDING) {
        throw new DriadError('no_capacity', `${MAX_PENDING} requests are under way already`)
      }
      const id = this.#nextId++
      const timeout =
        kind === 'load' ? setTimeout(() => this.kill(this.#loadTooLong()), this.#limits.loadMs) : undefined
      const settle = () => {
        this.#pending.delete(id)
        clearTimeout(timeout)
        signal?.removeEventListener('abort', abort)
      }
      const abort = () => {
        settle()
        this.#send({ type: 'abort', id })
        reject(signal?.reason)
      }
      signal?.addEventListener('abort', abort, { once: true })
      this.#pending.set(id, {
        kind,
        onText,
        resolve: (value) => {
          settle()
          resolve(value)
        },
        reject: (reason) => {
          settle()
          reject(reason)
        },
      })
      this.#send(message(id))
    })
  }

  #send(message: ToInferenceChild): void {
    try {
      this.#handle.send(message)
    } catch (error) {
      // A child that is about to exit cannot be written to; its exit rejects what is pending.
      this.#logger.debug('A message to the inference process was not sent', { error: String(error) })
    }
  }

  #receive(message: FromInferenceChild): void {
    this.#silentMs = 0
    switch (message.type) {
      case 'ready':
        this.#isReady = true
        this.#startBytes = message.residentBytes
        this.#residentBytes = message.residentBytes
        this.#onReady(message.backend)
        break
      case 'beat':
        if (message.progress !== this.#progress) this.#stalledMs = 0
        this.#progress = message.progress
        this.#residentBytes = message.residentBytes
        break
      case 'threads':
        this.#onThreads(message.model, message.threads)
        break
      case 'log':
        this.#logger[message.level](message.message)
        break
      case 'texts':
        for (const { id, piece } of message.texts) this.#pending.get(id)?.onText?.(piece)
        break
      case 'loaded':
        this.#residentBytes = message.residentBytes
        this.#pending.get(message.id)?.resolve(message.model as never)
        break
      case 'unloaded':
        this.#residentBytes = message.residentBytes
        this.#pending.get(message.id)?.resolve(undefined as never)
        break
      case 'generated':
        this.#pending.get(message.id)?.resolve(message.result as never)
        break
      case 'embedded':
        this.#pending.get(message.id)?.resolve(message.result as never)
        break
      case 'scored':
        this.#pending.get(message.id)?.resolve(message.result as never)
        break
      case 'benchmarked':
        this.#pending.get(message.id)?.resolve(message.result as never)
        break
      case 'failed':
        this.#pending.get(message.id)?.reject(errorOf(message))
        break
      case 'probed':
      // Only children tell it that were started to look, and those have no session.
    }
  }

  #check(): void {
    const { startMs, silenceMs, stallMs, checkMs } = this.#limits
    this.#ageMs += checkMs
    this.#silentMs += checkMs
    const kinds = new Set([...this.#pending.values()].map(({ kind }) => kind))
    // While a model loads, others may have to wait for memory and disk.
    const computing = (['generate', 'embed', 'score', 'benchmark'] as const).some((kind) => kinds.has(kind))
    if (computing && !kinds.has('load')) this.#stalledMs += checkMs
    else this.#stalledMs = 0
    if (!this.#isReady) {
      if (this.#ageMs > startMs) this.kill(`was not ready after ${seconds(startMs)}`)
    } else if (this.#silentMs > silenceMs) this.kill(`did not answer for ${seconds(silenceMs)}`)
    else if (this.#stalledMs > stallMs) this.kill(`made no progress for ${seconds(stallMs)}`)
  }

  #loadTooLong(): string {
    return `did not load a model within ${seconds(this.#limits.loadMs)}`
  }
}

function errorOf({ code, message, issues }: Extract<FromInferenceChild, { type: 'failed' }>): DriadError {
  // Only what we aborted ourselves comes back as aborted, and then nobody waits for it any more.
  if (code === 'aborted') return new DriadError('cancelled', message)
  return new DriadError(code, message, issues === undefined ? {} : { issues })
}

function seconds(ms: number): string {
  return `${Math.round(ms / 100) / 10} s`
}
