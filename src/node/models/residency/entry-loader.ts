import { statSync } from 'node:fs'
import type { GpuMemoryView } from '../../../protocol/fit-views.ts'
import { inspectGguf } from '../../../protocol/gguf/inspect-gguf.ts'
import type { LoadPlan } from '../../../protocol/load-views.ts'
import { allBytes, estimateMemory } from '../../../protocol/model-fit/estimate-memory.ts'
import { offloadableLayers, plainPlan } from '../../../protocol/model-fit/memory-plan.ts'
import type { LoadedModel, LoadRequest } from '../../inference/contract.ts'
import type { InferenceSupervisor } from '../../inference/supervisor.ts'
import type { Logger } from '../../logs/contract.ts'
import type { Settings } from '../../settings/settings.ts'
import { fitModelOf } from '../fit/fit-view.ts'
import type { ModelEntry } from '../model-entry.ts'
import { halvableCache, smallerPlans } from './load-plan.ts'
import type { PlanRows } from './plan-rows.ts'
import { loadStepwise } from './stepwise-load.ts'

export interface EntryLoaderComponents {
  readonly engine: Pick<InferenceSupervisor, 'load'>
  readonly settings: Pick<Settings, 'get'>
  readonly plans: PlanRows
  readonly logger: Logger
}

export interface EntryLoaderInit {
  readonly gpu: LoadRequest['gpu']
  /** Tokens per sequence where the operator does not say. */
  readonly contextSize: number
  /** GPUs that models are loaded to. Remembered plans belong to them: another one has other memory. */
  readonly gpus: () => readonly GpuMemoryView[]
  readonly now: () => number
}

/** Loads models as the operator wants them, or as near to that as memory allows. */
export class EntryLoader {
  readonly #components: EntryLoaderComponents
  readonly #init: EntryLoaderInit

  constructor(components: EntryLoaderComponents, init: EntryLoaderInit) {
    this.#components = components
    this.#init = init
  }

  /** What is wanted of it now, by its own wish and the settings. */
  wanted({ wish, info }: ModelEntry): LoadPlan {
    const contextSize = wish.contextSize ?? this.#init.contextSize
    return {
      contextSize: Math.min(contextSize, info?.contextLength ?? contextSize),
      slots: wish.slots ?? this.#components.settings.get().slots,
      kvType: wish.kvType ?? 'f16',
      ...(wish.draftPath !== undefined && { draftPath: wish.draftPath }),
    }
  }

  /** Bytes that it takes with a plan: as many as the last time where that was the same, else worked out of its shape. */
  estimateBytes(entry: ModelEntry, plan: LoadPlan): number {
    const { lastLoad, loadedFor, notice, info } = entry
    if (lastLoad !== undefined && notice === undefined && loadedFor === this.#key(entry, plan)) {
      return this.takenBytes(entry, lastLoad)
    }
    if (info === undefined) return 0
    return allBytes(estimateMemory(fitModelOf(info), plainPlan(plan)).total) + draftBytes(plan)
  }

  /** Bytes that it takes as it is loaded: what llama.cpp tells of, and what it does not. */
  takenBytes({ info }: ModelEntry, { memoryBytes, contextSize, slots }: LoadedModel): number {
    if (info === undefined) return memoryBytes
    return (
      memoryBytes + allBytes(estimateMemory(fitModelOf(info), plainPlan({ contextSize, slots })).overhead)
    )
  }

  /** Bytes that it takes at the least, with the smallest plan. */
  leastBytes(entry: ModelEntry): number {
    const wanted = this.wanted(entry)
    return this.estimateBytes(
      entry,
      smallerPlans(wanted, { halvableCache: this.#halvable(entry) }).at(-1) ?? wanted,
    )
  }

  /** Whether it was loaded for what is wanted now. */
  isCurrent(entry: ModelEntry): boolean {
    return entry.loadedFor === this.#key(entry, this.wanted(entry))
  }

  /** Looks at the file again, which may be another one. Throws `model_not_found`, `model_invalid`. */
  async inspect(entry: ModelEntry, options: { signal?: AbortSignal } = {}): Promise<void> {
    entry.info = await inspectGguf(entry.path, options)
  }

  async load(
    entry: ModelEntry,
    roomBytes: number,
    options: { afresh?: boolean; signal?: AbortSignal },
  ): Promise<LoadedModel> {
    const { engine, plans, logger } = this.#components
    const { signal, afresh = false } = options
    await this.inspect(entry, signal === undefined ? {} : { signal })
    const wanted = this.wanted(entry)
    const gpus = this.#init.gpus()
    // It is of the load before.
    entry.notice = undefined
    const { loaded, notice } = await loadStepwise(
      { engine, plans, logger, estimateBytes: (plan) => this.estimateBytes(entry, plan) },
      {
        request: { name: entry.name, path: entry.path, gpu: this.#init.gpu },
        wanted,
        roomBytes,
        key: entry.digest && {
          sha256: entry.digest,
          device: gpus.map(({ name }) => name).join(', ') || 'CPU',
        },
        gpuLayers:
          gpus.length > 0 && entry.info?.shape !== undefined ? offloadableLayers(entry.info.shape) : 0,
        halvableCache: this.#halvable(entry),
        afresh,
        now: this.#init.now,
      },
      signal === undefined ? {} : { signal },
    )
    entry.lastLoad = loaded
    entry.loadedFor = this.#key(entry, wanted)
    entry.notice = notice
    return loaded
  }

  /** What a load is for: a plan, and whether keys and values may be kept in less than it says. */
  #key(entry: ModelEntry, { contextSize, slots, kvType, gpuLayers, draftPath }: LoadPlan): string {
    const kept = this.#halvable(entry) ? `${kvType} or less` : kvType
    return `${contextSize} ${slots} ${kept} ${gpuLayers ?? ''} ${draftPath ?? ''}`
  }

  /** What the operator chose stays. */
  #halvable({ wish, info }: ModelEntry): boolean {
    return wish.kvType === undefined && halvableCache(info?.shape)
  }
}

/** Its weights; what it remembers of a context is little beside the large model's. */
function draftBytes({ draftPath }: LoadPlan): number {
  if (draftPath === undefined) return 0
  return statSync(draftPath, { throwIfNoEntry: false })?.size ?? 0
}
