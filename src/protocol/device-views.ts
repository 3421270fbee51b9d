/** What llama.cpp computes on, apart from the processor. */
export const gpuBackends = ['cuda', 'metal', 'vulkan'] as const
export type GpuBackend = (typeof gpuBackends)[number]
export const deviceBackends = [...gpuBackends, 'cpu'] as const
export type DeviceBackend = (typeof deviceBackends)[number]

/** `software`: a processor that passes itself off as a GPU, as llvmpipe does. */
export const deviceKinds = ['discrete', 'integrated', 'software', 'cpu'] as const
export type DeviceKind = (typeof deviceKinds)[number]

/** `cpu`, or a backend and how it numbers the device: a number, with CUDA also a UUID. */
export const DEVICE_ID_PATTERN = /^(?:cpu|(?:cuda|metal|vulkan):[A-Za-z0-9-]{1,64})$/

/** Why a backend has no device. */
export type BackendProblem =
  | 'not_here'
  | 'library_missing'
  | 'driver_missing'
  | 'no_device'
  | 'failed'
  | 'crashed'
  | 'timed_out'

export interface DeviceView {
  /** `vulkan:0`, `cuda:1`, `cpu`: what settings and flags name it by. */
  readonly id: string
  readonly backend: DeviceBackend
  readonly name: string
  readonly kind: DeviceKind
  readonly totalBytes: number
  /** When it was probed. */
  readonly freeBytes: number
  /** The driver as it names itself, where it does. */
  readonly driver?: string
  readonly driverVersion?: string
  /** Whether models are to be computed on it. */
  readonly chosen: boolean
  /** Why it is left alone although nobody excluded it. */
  readonly ignoredBecause?: IgnoredCause
  /** With `broken`, in English: what happened. */
  readonly fault?: string
}

/** `stands_by`: a processor, beside GPUs. `broken`: it failed a trial. */
export type IgnoredCause = 'stands_by' | 'software' | 'others_chosen' | 'broken'

export interface BackendView {
  readonly backend: DeviceBackend
  readonly available: boolean
  /** Absent where it is available. */
  readonly problem?: BackendProblem
  /** In English and in detail, as the system or the driver told: what is missing, or what happened. */
  readonly reason?: string
}

/** Why a device that is wanted is not found. */
export type AbsenceCause =
  | { readonly code: 'problem'; readonly backend: GpuBackend; readonly problem: BackendProblem }
  | { readonly code: 'no_backend'; readonly backend: string }
  /** Of its backend there are these alone. */
  | { readonly code: 'others_only'; readonly devices: readonly string[] }

/** Why models are not computed on what they ought to be. Devices stand as `vulkan:0 (AMD Radeon RX 6600)`. */
export type DeviceCause =
  /** One that was used before, and one that was chosen. */
  | { readonly code: 'gone' | 'absent'; readonly device: string; readonly why: AbsenceCause }
  /** It was used before, and what there is instead is slower. */
  | {
      readonly code: 'weaker'
      readonly device: string
      readonly why: AbsenceCause
      readonly others: readonly string[]
    }
  /** It failed a trial. */
  | { readonly code: 'broken'; readonly device: string }

/** What models are computed on now. */
export interface DeviceUseView {
  /** `fallback`: on the processor, as the operator allows it, in place of what is missing. */
  readonly state: 'probing' | 'active' | 'fallback' | 'suspended'
  /** Ids of the devices; empty while nothing is known or models are suspended. */
  readonly devices: readonly string[]
  /** Why, where the state is not `active`, or where only a part of what was chosen is there. */
  readonly causes?: readonly DeviceCause[]
  /** The same in English, with what the system or the driver told. */
  readonly reason?: string
}

export type ProbeCause = 'started' | 'resumed' | 'asked' | 'retry' | 'died'

export interface DevicesView {
  readonly devices: readonly DeviceView[]
  readonly backends: readonly BackendView[]
  /** What the operator chose: `auto`, or ids. */
  readonly choice: 'auto' | readonly string[]
  readonly cpuFallback: boolean
  readonly use: DeviceUseView
  readonly probing: boolean
  /** Unix time of the last complete probe; absent before the first. */
  readonly probedAtMs?: number
  readonly probedBecause?: ProbeCause
}
