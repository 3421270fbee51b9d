import { setTimeout as sleep } from 'node:timers/promises'
import type { InferenceSupervisor } from '../../inference/supervisor.ts'
import type { Logger } from '../../logs/contract.ts'

/** A child that holds more than so many times what it held before with the same models is replaced. */
const TOLERATED = 1.04
/** After an unload, this long is waited: another load may follow at once. */
const GRACE_MS = 250
/** Models that would take longer than that to be loaded again are not unloaded for tidiness. */
const MAX_RELOAD_MS = 5_000
const RELOADED_WITHIN_MS = 60_000

export interface MemoryReturnComponents {
  readonly engine: Pick<InferenceSupervisor, 'model' | 'recycle' | 'memory' | 'state' | 'onState'>
  readonly logger: Logger
  /** Names of the models in memory. */
  readonly residents: () => readonly string[]
  /** Whether anything runs on a model. */
  readonly atWork: () => boolean
  /** Whether a model is being loaded or unloaded. */
  readonly moving: () => boolean
}

/**
 * Sees to it that what a model took is given back when it is unloaded. The child returns nearly all of it by itself (see
 * `return-memory.ts`); what its allocator keeps nevertheless goes with the child, which is replaced when nothing runs.
 */
export class MemoryReturn {
  readonly #components: MemoryReturnComponents
  /** What this child held with each set of models when it had them for the first time. */
  readonly #first = new Map<string, number>()
  #pid: number | undefined
  #scheduled = false
  /** Resolves when no child is being replaced. */
  settled: Promise<void> = Promise.resolve()

  constructor(components: MemoryReturnComponents) {
    this.#components = components
  }

  /** To be called before a load: what is held now is what must be held again afterwards. */
  loading(): void {
    this.#note()
  }

  /** Looks a moment after an unload whether the memory came back. `exclusively` keeps others from loading meanwhile. */
  soon(exclusively: (work: () => Promise<void>) => Promise<void>): void {
    if (this.#scheduled) return
    this.#scheduled = true
    const timer = setTimeout(() => {
      this.#scheduled = false
      if (this.#components.moving() || this.#components.atWork() || !this.#exceeds()) return
      void exclusively(() => this.#replace()).catch(() => {})
    }, GRACE_MS)
    timer.unref()
  }

  async #replace(): Promise<void> {
    const { engine, logger, residents } = this.#components
    if (this.#components.atWork() || !this.#exceeds()) return
    const before = engine.memory()?.nowBytes ?? 0
    // From here on, whoever would work waits until it is settled.
    const replaced = Promise.withResolvers<void>()
    this.settled = replaced.promise
    try {
      await engine.recycle()
      await untilLoaded(engine, residents())
      this.#checkChild()
      logger.info('The inference process was replaced, as it held memory of models that are unloaded', {
        beforeBytes: before,
        afterBytes: engine.memory()?.nowBytes ?? 0,
      })
    } finally {
      replaced.resolve()
    }
  }

  #exceeds(): boolean {
    this.#checkChild()
    const { engine, residents } = this.#components
    const memory = engine.memory()
    if (memory === undefined || engine.state().state !== 'ready') return false
    const names = residents()
    const first = this.#first.get(keyOf(names)) ?? (names.length === 0 ? memory.startBytes : undefined)
    if (first === undefined || memory.nowBytes <= first * TOLERATED) return false
    let reloadMs = 0
    for (const name of names) {
      const model = engine.model(name)
      if (model?.state !== 'ready') return false
      reloadMs += model.loaded.loadMs
    }
    return reloadMs <= MAX_RELOAD_MS
  }

  #note(): void {
    this.#checkChild()
    const memory = this.#components.engine.memory()
    if (memory === undefined) return
    const key = keyOf(this.#components.residents())
    if (!this.#first.has(key)) this.#first.set(key, memory.nowBytes)
  }

  /** Figures of a child that is gone say nothing of the next one. */
  #checkChild(): void {
    const { pid } = this.#components.engine.state()
    if (pid === this.#pid) return
    this.#pid = pid
    this.#first.clear()
  }
}

function keyOf(names: readonly string[]): string {
  return [...names].sort().join('\n')
}

async function untilLoaded(
  engine: MemoryReturnComponents['engine'],
  names: readonly string[],
): Promise<void> {
  const loaded = () => names.every((name) => engine.model(name)?.state !== 'loading')
  const done = new AbortController()
  const unsubscribe = engine.onState(() => {
    if (loaded() && engine.state().state === 'ready') done.abort()
  })
  try {
    if (loaded() && engine.state().state === 'ready') return
    await sleep(RELOADED_WITHIN_MS, undefined, { signal: done.signal, ref: false }).catch(() => {})
  } finally {
    unsubscribe()
  }
}
