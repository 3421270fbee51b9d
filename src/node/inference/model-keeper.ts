import { DriadError } from '../../protocol/errors.ts'
import type { ChildSession } from './child-session.ts'
import type { LoadedModel, LoadRequest, SupervisedModel } from './contract.ts'

/** A file that ended the process that often while it was loaded is not tried again. */
const MAX_CRASHES = 3

interface Entry {
  readonly request: LoadRequest
  /** Aborted when the model is no longer wanted. */
  readonly dropped: AbortController
  /** Replaced each time that the model has to be loaded anew. */
  outcome: PromiseWithResolvers<LoadedModel>
  status: SupervisedModel
  crashes: number
  /** Whether it was ever loaded: then it is not its memory that ends the process. */
  worked: boolean
}

/**
 * The models that ought to be loaded, whatever becomes of the child. One is loaded at a time, so that a crash during
 * a load can be blamed on its file: a poisonous one must not keep the others from being served.
 */
export class ModelKeeper {
  readonly #entries = new Map<string, Entry>()
  readonly #onChange: () => void
  #session: ChildSession | undefined
  #loading: Entry | undefined
  /** Why models that may use a GPU are not loaded; absent while they are. */
  #suspended: DriadError | undefined

  constructor(onChange: () => void) {
    this.#onChange = onChange
  }

  get suspended(): DriadError | undefined {
    return this.#suspended
  }

  get(name: string): SupervisedModel | undefined {
    return this.#entries.get(name)?.status
  }

  /** Adds a model, or replaces the one of that name. Resolves once it is loaded. */
  add(request: LoadRequest, options: { signal?: AbortSignal } = {}): Promise<LoadedModel> {
    this.#drop(request.name, new DriadError('model_unavailable', `${request.name} was loaded anew`))
    const entry: Entry = {
      request,
      dropped: new AbortController(),
      outcome: newOutcome(),
      status: { state: 'loading' },
      crashes: 0,
      worked: false,
    }
    this.#entries.set(request.name, entry)
    if (this.#suspended !== undefined) this.#suspend(entry, this.#suspended)
    const abort = () => this.#drop(request.name, options.signal?.reason, entry)
    options.signal?.addEventListener('abort', abort, { once: true })
    this.#onChange()
    this.#loadNext()
    return entry.outcome.promise.finally(() => options.signal?.removeEventListener('abort', abort))
  }

  /** Resolves when the model is loaded; at once if it is. Throws `model_unavailable`, or why it failed. */
  async whenLoaded(name: string): Promise<LoadedModel> {
    const entry = this.#entries.get(name)
    if (entry === undefined) throw new DriadError('model_unavailable', `The model ${name} is not loaded`)
    return entry.outcome.promise
  }

  /** It uses another number of threads than when it was loaded. */
  setThreads(name: string, threads: number): void {
    const entry = this.#entries.get(name)
    if (entry?.status.state !== 'ready') return
    entry.status = { state: 'ready', loaded: { ...entry.status.loaded, threads } }
    this.#onChange()
  }

  async remove(name: string): Promise<void> {
    const entry = this.#entries.get(name)
    if (entry === undefined) return
    this.#drop(name, new DriadError('model_unavailable', `${name} was unloaded`))
    this.#onChange()
    // A child that dies meanwhile has unloaded it, too.
    await this.#session?.unload(name).catch(() => {})
  }

  /** A child is ready: everything is loaded into it. */
  attach(session: ChildSession): void {
    this.#session = session
    this.#loadNext()
  }

  /**
   * From the next child on, models that may use a GPU are not loaded, because of `error`; without one they are again.
   * Whoever waits for them is told.
   */
  suspend(error: DriadError | undefined): void {
    if (this.#suspended?.message === error?.message) return
    this.#suspended = error
    for (const entry of this.#entries.values()) {
      if (error !== undefined) this.#suspend(entry, error)
      else if (entry.status.state === 'suspended') {
        entry.status = { state: 'loading' }
        entry.outcome = newOutcome()
      }
    }
    this.#onChange()
    this.#loadNext()
  }

  /** The child is gone. Returns whether a model that was being loaded is to blame. `wanted`: we ended it ourselves. */
  detach(reason: string, { wanted = false } = {}): boolean {
    this.#session = undefined
    const culprit = this.#loading
    this.#loading = undefined
    for (const entry of this.#entries.values()) {
      if (entry.status.state !== 'ready') continue
      entry.status = { state: 'loading' }
      entry.outcome = newOutcome()
    }
    if (wanted || culprit === undefined || culprit.dropped.signal.aborted) return false
    culprit.crashes++
    const { worked, crashes, request } = culprit
    const most = worked ? MAX_CRASHES : Math.min(MAX_CRASHES, request.maxCrashes ?? MAX_CRASHES)
    if (crashes >= most) {
      const times = crashes === 1 ? 'once' : `${crashes} times`
      const message = `${request.path}: loading it ended the inference process ${times}; last, it ${reason}`
      const cause = new DriadError('inference_crashed', `The inference process ${reason}`)
      this.#fail(culprit, new DriadError('model_invalid', message, { cause }))
    }
    return true
  }

  /** Models that failed by crashing are tried again. */
  forgive(): void {
    for (const entry of this.#entries.values()) {
      if (entry.status.state !== 'failed' || entry.crashes === 0) continue
      entry.crashes = 0
      entry.status = { state: 'loading' }
      entry.outcome = newOutcome()
    }
  }

  /** Ends all waiting; what is loaded stays wanted. */
  rejectWaiting(error: DriadError): void {
    for (const entry of this.#entries.values()) {
      if (entry.status.state !== 'loading') continue
      entry.outcome.reject(error)
      entry.outcome = newOutcome()
    }
  }

  #loadNext(): void {
    const session = this.#session
    if (session === undefined || this.#loading !== undefined) return
    const next = [...this.#entries.values()].find(({ status }) => status.state === 'loading')
    if (next === undefined) return
    this.#loading = next
    void this.#load(session, next)
  }

  async #load(session: ChildSession, entry: Entry): Promise<void> {
    try {
      const loaded = await session.load(entry.request, { signal: entry.dropped.signal })
      // It may have been suspended meanwhile, and the child is about to make way then.
      if (this.#session !== session || entry.status.state !== 'loading') return
      entry.status = { state: 'ready', loaded }
      entry.worked = true
      entry.outcome.resolve(loaded)
    } catch (error) {
      // At a crash, `detach` does what there is to do.
      if (this.#session !== session || entry.status.state !== 'loading' || isCrash(error)) return
      if (!entry.dropped.signal.aborted) this.#fail(entry, DriadError.from(error))
    }
    this.#loading = undefined
    this.#onChange()
    this.#loadNext()
  }

  #fail(entry: Entry, error: DriadError): void {
    entry.status = { state: 'failed', error }
    entry.outcome.reject(error)
  }

  #suspend(entry: Entry, error: DriadError): void {
    if (entry.request.gpu === 'off' || entry.status.state === 'failed') return
    entry.status = { state: 'suspended', error }
    const message = `The model ${entry.request.name} is suspended: ${error.message}`
    entry.outcome.reject(new DriadError('model_unavailable', message, { cause: error }))
    // A later reason may find it suspended already.
    entry.outcome = newOutcome()
    entry.outcome.reject(new DriadError('model_unavailable', message, { cause: error }))
  }

  #drop(name: string, reason: unknown, only?: Entry): void {
    const entry = this.#entries.get(name)
    if (entry === undefined || (only !== undefined && only !== entry)) return
    this.#entries.delete(name)
    entry.outcome.reject(reason)
    entry.dropped.abort(reason)
    this.#onChange()
  }
}

function isCrash(error: unknown): boolean {
  return error instanceof DriadError && (error.code === 'inference_crashed' || error.code === 'stopping')
}

function newOutcome(): PromiseWithResolvers<LoadedModel> {
  const outcome = Promise.withResolvers<LoadedModel>()
  // Nobody may be waiting; the status tells the same.
  outcome.promise.catch(() => {})
  return outcome
}
