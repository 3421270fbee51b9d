import type { MemoryEstimate } from './model-fit/estimate-memory.ts'
import type { ExpectedSpeed } from './model-fit/expected-speed.ts'
import type { FitMachine, FitNumbers, FitVerdict } from './model-fit/fit-of.ts'
import type { KvType, MemoryModel } from './model-fit/memory-plan.ts'

/** A GPU, as far as memory goes. */
export interface GpuMemoryView {
  readonly name: string
  readonly backend: string
  readonly totalBytes: number
  readonly freeBytes: number
  /** True where it uses the computer's own memory. */
  readonly unified: boolean
}

/** What this computer has. Bytes. */
export interface MachineView {
  readonly platform: string
  readonly arch: string
  readonly cpu: string
  readonly cores: number
  /** What this program may use at all: less than the computer has where a container limits it. */
  readonly ramTotalBytes: number
  readonly ramFreeBytes: number
  /** Kept free for the rest of the system. */
  readonly ramReserveBytes: number
  /** What models may take, those included that are loaded now. */
  readonly ramForModelsBytes: number
  readonly gpus: readonly GpuMemoryView[]
  readonly vramForModelsBytes: number
  readonly diskFreeBytes: number
  /** What its memory was measured to read in a second; absent until it was. */
  readonly memoryBytesPerSecond?: number
}

/** What a model would take here with so many slots of so much context. */
export interface FitView {
  readonly verdict: FitVerdict
  readonly contextSize: number
  readonly slots: number
  readonly kvType: KvType
  readonly gpuLayers: number
  readonly totalLayers: number
  readonly memory: Omit<MemoryEstimate, 'gpuLayers' | 'totalLayers'>
  readonly ram: FitNumbers
  readonly vram: FitNumbers
  /** Slots that fit with this context, and context that fits with these slots; 0 for none. */
  readonly mostSlots: number
  readonly mostContext: number
  /** What earlier loads on this computer took, over what was worked out for them; 1 where there were none. */
  readonly correction: number
  readonly speed?: ExpectedSpeed
  /** False where the shape is that of a typical model of this size, as nobody said this one's. */
  readonly exact: boolean
}

/** What a fit is worked out of, for controls that show it while they move. */
export interface FitFactsView {
  readonly model: MemoryModel & {
    /** Tokens that it was trained on; no slot gets more. */
    readonly contextLength?: number
    /** False where the shape is a typical one. */
    readonly exact: boolean
  }
  readonly machine: FitMachine
  readonly correction: number
  /** What is wanted of it where the operator sets nothing for this model. */
  readonly automatic: { readonly contextSize: number; readonly slots: number; readonly kvType: KvType }
}

export interface NamedFitView {
  readonly name: string
  readonly fit: FitView
}

export interface RecommendedModelView {
  /** The name that tasks use. */
  readonly name: string
  readonly title: string
  readonly quantisation: string
  readonly downloadBytes: number
  readonly parameterCount: number
  readonly contextLength: number
  readonly licence?: string
  readonly fit: FitView
  /** Given out only to who has accepted its licence. */
  readonly gated: boolean
  /** Of the first one: what it is the best in, and of how many that fit. */
  readonly chosenAs?: { readonly best: 'highestQuality' | 'fastest'; readonly among: number }
}

/** A better model that is not for this computer. */
export interface ExcludedModelView {
  readonly name: string
  readonly title: string
  /** It does not fit into memory or onto the disk, or is slower than wanted. */
  readonly because: 'memory' | 'disk' | 'speed'
  readonly missingBytes: number
  readonly downloadBytes: number
  readonly fit: FitView
}

export interface RecommendationView {
  readonly wanted: {
    readonly slots: number
    readonly contextSize: number
    readonly atLeastTokensPerSecond: number
    readonly group?: string
  }
  readonly machine: MachineView
  /** Absent where nothing fits. */
  readonly best?: RecommendedModelView
  readonly alternatives: readonly RecommendedModelView[]
  readonly excluded: readonly ExcludedModelView[]
}
