import { setTimeout as sleep } from 'node:timers/promises'
import { DriadError } from '../../../protocol/errors.ts'
import type { InferenceSupervisor } from '../../inference/supervisor.ts'
import type { Logger } from '../../logs/contract.ts'
import { sharedInterval } from '../../shared-interval.ts'
import { MemoryReturn } from './memory-return.ts'

export interface ResidencyComponents {
  readonly engine: Pick<InferenceSupervisor, 'unload' | 'model' | 'recycle' | 'memory' | 'state' | 'onState'>
  readonly logger: Logger
  /** Bytes that models may take together, those included that take so many now. */
  readonly budgetBytes: (residentBytes: number) => Promise<number>
  /** Bytes that a model would take, as it is wanted. */
  readonly estimateBytes: (name: string) => Promise<number>
  /** Loads a model with at most that much memory. Resolves with how much it took. */
  readonly load: (name: string, roomBytes: number, options: ResidencyLoad) => Promise<number>
  /** Models that stay in memory. */
  readonly preloaded: (name: string) => boolean
  /** Milliseconds without a generation after which a model is unloaded; 0 for never. */
  readonly idleUnloadMs: () => number
  /** Who is in memory may have changed. */
  readonly onChange: () => void
}

export interface ResidencyInit {
  /** A model that was loaded stays that long at least before another may take its place. */
  readonly minResidenceMs?: number
  /** How long a load waits for others to make way. */
  readonly maxWaitMs?: number
  readonly lookMs?: number
  readonly now?: () => number
}

export interface ResidencyLoad {
  /** Tries what is wanted even if less was remembered. */
  readonly afresh?: boolean
  readonly signal?: AbortSignal
}

interface Resident {
  readonly bytes: number
  readonly sinceMs: number
  lastUsedMs: number
  leases: number
  /** It makes way as soon as it is idle; whoever wants it waits until it is loaded again. */
  leaving: boolean
}

/** Two models that are asked for in turn would otherwise do nothing but load. */
const MIN_RESIDENCE_MS = 10_000
const MAX_WAIT_MS = 5 * 60_000
const LOOK_MS = 1_000

/**
 * Which models are in memory. One is loaded or unloaded at a time. A model that is asked for and not there takes the
 * place of the one that was not used for the longest time, never of one that is at work, which is waited for.
 */
export class Residency {
  readonly #components: ResidencyComponents
  readonly #init: ResidencyInit
  readonly #memory: MemoryReturn
  readonly #residents = new Map<string, Resident>()
  readonly #loading = new Map<string, Promise<void>>()
  readonly #stopping = new AbortController()
  readonly #stopLooking: () => void
  readonly #unsubscribe: () => void
  /** Wakes those who wait for a model to become idle. */
  readonly #released = new Set<() => void>()
  #moves: Promise<void> = Promise.resolve()
  #moving = 0

  constructor(components: ResidencyComponents, init: ResidencyInit = {}) {
    this.#components = components
    this.#init = init
    this.#memory = new MemoryReturn({
      engine: components.engine,
      logger: components.logger,
      residents: () => [...this.#residents.keys()],
      atWork: () => [...this.#residents.values()].some(({ leases }) => leases > 0),
      moving: () => this.#moving > 0,
    })
    this.#stopLooking = sharedInterval(init.lookMs ?? LOOK_MS, () => this.#look())
    this.#unsubscribe = components.engine.onState(() => this.#forgetLost())
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new DriadError('stopping', 'The node is shutting down'))
    this.#stopLooking()
    this.#unsubscribe()
    await Promise.allSettled([this.#moves, ...this.#loading.values()])
  }

  /** Whether no model is in memory. */
  get empty(): boolean {
    return this.#residents.size === 0
  }

  has(name: string): boolean {
    return this.#residents.has(name)
  }

  /** Whether it is being loaded, or waits for that. */
  isLoading(name: string): boolean {
    return this.#loading.has(name)
  }

  /** Whether it can be loaded with no other making way. */
  async fits(name: string): Promise<boolean> {
    const used = this.#usedBytes()
    const [budget, bytes] = await Promise.all([
      this.#components.budgetBytes(used),
      this.#components.estimateBytes(name),
    ])
    return used + bytes <= budget
  }

  /** Works with a model: loads it before, if need be, and keeps it until the work is done. */
  async use<T>(name: string, work: () => Promise<T>, options: { signal?: AbortSignal } = {}): Promise<T> {
    for (;;) {
      options.signal?.throwIfAborted()
      const resident = this.#residents.get(name)
      if (resident === undefined || resident.leaving) {
        await this.load(name, options)
        continue
      }
      return this.#lease(resident, work)
    }
  }

  /** The same for a model that is in memory; does nothing for one that is not, or is about to leave. */
  async whileResident(name: string, work: () => Promise<unknown>): Promise<void> {
    const resident = this.#residents.get(name)
    if (resident !== undefined && !resident.leaving) await this.#lease(resident, work)
  }

  /**
   * Loads a model, if it is not there: others make way where need be. The signal ends the waiting, not the load, which
   * others may be waiting for, too. Throws what loading throws, `no_capacity` where nobody makes way in time.
   */
  async load(name: string, { signal, ...how }: ResidencyLoad = {}): Promise<void> {
    signal?.throwIfAborted()
    const resident = this.#residents.get(name)
    if (resident !== undefined && !resident.leaving) return
    let loading = this.#loading.get(name)
    if (loading === undefined) {
      loading = this.#move(() => this.#bring(name, how)).finally(() => {
        this.#loading.delete(name)
        this.#components.onChange()
      })
      loading.catch(() => {})
      this.#loading.set(name, loading)
      this.#components.onChange()
    }
    await (signal === undefined ? loading : orAborted(loading, signal))
  }

  /** Takes note of a model that is in memory, whoever had it loaded. */
  adopt(name: string, bytes: number): void {
    const now = this.#now()
    this.#residents.set(name, {
      bytes,
      sinceMs: now,
      lastUsedMs: now,
      leases: 0,
      leaving: false,
    })
  }

  /** Unloads what is beyond the budget, which may have become smaller. Waits for what runs, within bounds. */
  async trim(): Promise<void> {
    await this.#move(async () => {
      await this.#makeRoom('a smaller budget', async () => 0)
    })
  }

  /** Unloads a model now, whatever it does. */
  async unload(name: string): Promise<void> {
    const resident = this.#residents.get(name)
    this.#residents.delete(name)
    this.#wake()
    await this.#components.engine.unload(name)
    this.#components.onChange()
    if (resident !== undefined) this.#returnSoon()
  }

  /** Unloads it and loads it anew, when nothing runs on it. */
  async reload(name: string, how: ResidencyLoad = {}): Promise<void> {
    await this.#move(async () => {
      const resident = this.#residents.get(name)
      if (resident !== undefined && !(await this.#vacate(name, resident, this.#deadline()))) return
    })
    await this.load(name, how)
  }

  async #lease<T>(resident: Resident, work: () => Promise<T>): Promise<T> {
    resident.leases++
    resident.lastUsedMs = this.#now()
    try {
      await this.#memory.settled
      return await work()
    } finally {
      resident.leases--
      resident.lastUsedMs = this.#now()
      this.#wake()
    }
  }

  async #bring(name: string, how: ResidencyLoad): Promise<void> {
    if (this.#residents.has(name)) return
    const roomBytes = await this.#makeRoom(name, () => this.#components.estimateBytes(name))
    await this.#memory.settled
    this.#memory.loading()
    this.adopt(name, await this.#components.load(name, roomBytes, how))
    this.#components.onChange()
  }

  /** Unloads others until the model fits, or none is left that may make way. @returns the bytes that are free then */
  async #makeRoom(name: string, bytesOf: () => Promise<number>): Promise<number> {
    const deadlineMs = this.#deadline()
    for (;;) {
      this.#stopping.signal.throwIfAborted()
      const used = this.#usedBytes()
      const [budget, bytes] = await Promise.all([this.#components.budgetBytes(used), bytesOf()])
      const others = [...this.#residents].filter(([other]) => !this.#components.preloaded(other))
      if (used + bytes <= budget || others.length === 0) return budget - used
      const nextMs = Math.min(...others.map(([, { sinceMs }]) => sinceMs)) + this.#minResidenceMs()
      if (nextMs > this.#now()) {
        await this.#pause(Math.min(nextMs, deadlineMs) - this.#now())
        if (this.#now() >= deadlineMs) throw tooBusy(name)
        continue
      }
      const [victim, resident] = this.#longestUnused(others)
      if (!(await this.#vacate(victim, resident, deadlineMs))) throw tooBusy(name)
      this.#components.logger.info(`${victim} made way for ${name}`)
    }
  }

  /** Of those that were there long enough: an idle one if there is one, and the one not used for the longest time. */
  #longestUnused(others: readonly (readonly [string, Resident])[]): readonly [string, Resident] {
    const latest = this.#now() - this.#minResidenceMs()
    const ripe = others.filter(([, { sinceMs }]) => sinceMs <= latest)
    const [first, ...rest] = ripe
    if (first === undefined) throw new DriadError('internal', 'No model can make way')
    const better = (a: readonly [string, Resident], b: readonly [string, Resident]) => {
      const busy = Math.sign(a[1].leases) - Math.sign(b[1].leases)
      return (busy !== 0 ? busy : a[1].lastUsedMs - b[1].lastUsedMs) <= 0 ? a : b
    }
    return rest.reduce(better, first)
  }

  /** Unloads it once it is idle. @returns whether it became so in time */
  async #vacate(name: string, resident: Resident, deadlineMs: number): Promise<boolean> {
    resident.leaving = true
    while (resident.leases > 0 && this.#residents.get(name) === resident) {
      if (this.#now() >= deadlineMs) {
        resident.leaving = false
        this.#wake()
        return false
      }
      await this.#pause(deadlineMs - this.#now())
    }
    if (this.#residents.get(name) === resident) await this.unload(name)
    return true
  }

  /** Once a second: what nobody used for long is unloaded. */
  #look(): void {
    const idleMs = this.#components.idleUnloadMs()
    if (idleMs === 0 || this.#moving > 0) return
    for (const [name, resident] of this.#residents) {
      if (resident.leases > 0 || this.#components.preloaded(name)) continue
      if (this.#now() - resident.lastUsedMs < idleMs) continue
      this.#components.logger.info(`${name} is unloaded: nobody used it for ${Math.round(idleMs / 1000)} s`)
      void this.#move(async () => {
        const still = this.#residents.get(name)
        if (still === resident && resident.leases === 0) await this.unload(name)
      }).catch(() => {})
    }
  }

  /** A model that failed for good when the child came back is not in memory. */
  #forgetLost(): void {
    for (const name of this.#residents.keys()) {
      const supervised = this.#components.engine.model(name)
      if (supervised === undefined || supervised.state === 'failed') this.#residents.delete(name)
    }
  }

  #returnSoon(): void {
    this.#memory.soon((work) => this.#move(work))
  }

  /** One change of what is in memory after the other. */
  #move<T>(work: () => Promise<T>): Promise<T> {
    this.#moving++
    const result = this.#moves.then(() => {
      this.#stopping.signal.throwIfAborted()
      return work()
    })
    this.#moves = result.then(
      () => undefined,
      () => undefined,
    )
    return result.finally(() => {
      this.#moving--
    })
  }

  /** Until a model is released, or so long. */
  async #pause(ms: number): Promise<void> {
    const woken = new AbortController()
    const wake = () => woken.abort()
    this.#released.add(wake)
    const signal = AbortSignal.any([woken.signal, this.#stopping.signal])
    await sleep(Math.max(1, ms), undefined, { signal, ref: false }).catch(() => {})
    this.#released.delete(wake)
    this.#stopping.signal.throwIfAborted()
  }

  #wake(): void {
    for (const wake of [...this.#released]) wake()
  }

  #usedBytes(): number {
    let used = 0
    for (const { bytes } of this.#residents.values()) used += bytes
    return used
  }

  #minResidenceMs(): number {
    return this.#init.minResidenceMs ?? MIN_RESIDENCE_MS
  }

  #deadline(): number {
    return this.#now() + (this.#init.maxWaitMs ?? MAX_WAIT_MS)
  }

  #now(): number {
    return this.#init.now?.() ?? performance.now()
  }
}

function tooBusy(name: string): DriadError {
  return new DriadError(
    'no_capacity',
    `${name} is not loaded: the models in memory are at work and do not make way`,
  )
}

/** Waits for work that goes on after the signal. */
export async function orAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  const aborted = Promise.withResolvers<never>()
  const abort = () => aborted.reject(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  try {
    await Promise.race([work, aborted.promise])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
