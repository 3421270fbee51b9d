import type { AgreementView } from './agreement.ts'
import type { BenchmarkView } from './benchmark-views.ts'
import type { DeviceCause } from './device-views.ts'
import type { DriadErrorCode, InputIssue } from './errors.ts'
import type { GuestView } from './guest/pause-views.ts'
import type { LoadedLess } from './load-views.ts'
import type { MemoryShare } from './model-fit/estimate-memory.ts'
import type { KvType } from './model-fit/memory-plan.ts'
import type { NotificationKind } from './notification-kinds.ts'
import type { PaymentState, UnpaidCode } from './payment.ts'
import type { TaskState, TaskStats, TaskTransition } from './task.ts'
import type { AssignedNodeView, DisputeView, PaymentTrailView } from './task-views.ts'
import type { SwitchableTool } from './tools.ts'
import type { UpdateChannel, UpdatePolicy } from './update-views.ts'
import type { WaitReason } from './wait-reasons.ts'
import type { StepReport } from './workflow/step-report.ts'

/**
 * What the window sees: plain JSON, everything already named, nothing secret.
 * Money is a decimal string of micro-credits (JSON has no bigint); times are unix milliseconds.
 */

/** The node's state, in the words that the window and the tray both use. */
export type NodePhase = 'offline' | 'joining' | 'online' | 'paused' | 'leaving' | 'failed'

/** What keeps a node that is on the network from earning, or makes it slow. */
export type NodeTrouble =
  | { readonly code: 'bootstrap_only' | 'no_model' }
  | { readonly code: 'loading'; readonly model: string }
  /** Models miss their device; `why` is the causes in English, with what the system or the driver told. */
  | {
      readonly code: 'suspended' | 'fallback'
      readonly causes: readonly DeviceCause[]
      readonly why: string
    }

export interface NodeStatusView {
  readonly phase: NodePhase
  /** Why, where the phase alone does not say: `The model demo is still loading`. */
  readonly reason?: string
  /** The same by its code, where there is one. */
  readonly trouble?: NodeTrouble
  readonly error?: { readonly code: DriadErrorCode; readonly message: string }
  readonly network: string
  /** The node's identity as a libp2p peer id. */
  readonly peerId: string
  readonly addresses: readonly string[]
  readonly peers: number
  /** What to do about this computer's clock, where it is far from those of peers: others may ignore this node then. */
  readonly clockWarning?: string
  /** Unix time of joining; absent while offline. */
  readonly onlineSinceMs?: number
  readonly slots: number
  readonly running: number
  readonly queued: number
  /** Completion tokens per second over the last 10 s. */
  readonly tokensPerSecond: number
  readonly earnedTodayMicro: string
  readonly pendingMicro: string
  readonly tasksToday: { readonly completed: number; readonly failed: number }
  readonly inference: InferenceView
  /** Why tasks are not taken, or would not be, whether it is on the network or not. */
  readonly guest: GuestView
}

export interface InferenceView {
  readonly state: 'starting' | 'ready' | 'restarting' | 'broken' | 'stopped'
  readonly pid?: number
  readonly restarts: number
  readonly reason?: string
}

/** One point of the last hour: tokens generated and micro-credits earned in that interval. */
export interface ThroughputPoint {
  readonly atMs: number
  readonly intervalMs: number
  readonly tokens: number
  readonly earnedMicro: string
}

export interface ModelView {
  readonly name: string
  readonly path: string
  /** `idle`: it is served, and loaded when a task asks for it. `unloaded`: it is not served. */
  readonly state: 'loading' | 'ready' | 'idle' | 'unloaded' | 'failed' | 'suspended'
  readonly error?: { readonly code: DriadErrorCode; readonly message: string }
  readonly builtIn: boolean
  readonly sizeBytes: number
  readonly sha256?: string
  readonly architecture?: string
  readonly quantisation?: string
  readonly parameterCount?: number
  readonly contextSize?: number
  readonly slots?: number
  readonly running: number
  readonly device?: string
  readonly gpuLayers?: number
  readonly totalLayers?: number
  readonly threads?: number
  readonly memoryBytes?: number
  /** The same by what it is for, while it is loaded. */
  readonly memory?: ModelMemoryView
  /** What its keys and values are kept in, while it is loaded. */
  readonly kvType?: KvType
  /** As the file names it. */
  readonly licence?: string
  readonly tokensPerSecond?: number
  readonly hasChatTemplate?: boolean
  /** Whether it stays in memory, whoever else is asked for. */
  readonly preload: boolean
  /** What the operator set for this model alone; the settings hold where absent. */
  readonly ownSlots?: number
  readonly ownContextSize?: number
  /** GGUF that guesses ahead for it. */
  readonly draftPath?: string
  readonly ownKvType?: KvType
  /** Present where it is loaded with less than was wanted. */
  readonly notice?: LoadedLess
  /** What it came to when it was measured last. */
  readonly benchmark?: BenchmarkView
  readonly promptMicroPer1k: string
  readonly completionMicroPer1k: string
  /** Whether that price is its own; the settings' otherwise. */
  readonly ownPrice: boolean
}

/** Memory of a loaded model, here and on GPUs. Bytes. */
export interface ModelMemoryView {
  readonly weights: MemoryShare
  /** Keys and values of what was said so far. */
  readonly cache: MemoryShare
  /** What a batch is computed in. */
  readonly buffers: MemoryShare
}

/** How fast a model writes right now, all its generations together. */
export interface ModelSpeedView {
  readonly name: string
  readonly tokensPerSecond: number
}

/** `executed`: this node did it for somebody. `requested`: this identity asked for it. */
export type TaskRole = 'executed' | 'requested'

export interface TaskView {
  readonly role: TaskRole
  readonly taskId: string
  /** The workflow's name, or a short form of its first prompt. */
  readonly title: string
  readonly state: TaskState
  readonly model: string
  /** Peer id of the other side; absent while no node has taken it. */
  readonly counterparty?: string
  readonly createdAtMs: number
  readonly endedAtMs?: number
  readonly stats?: TaskStats
  readonly amountMicro?: string
  readonly error?: { readonly code: DriadErrorCode; readonly message: string }
  /** How far its payment has come; absent while it has not ended. */
  readonly payment?: PaymentState
  /** Why it brings nothing, once that is certain. */
  readonly unpaidCode?: UnpaidCode
  /** Why it was not paid, or not yet, in words. */
  readonly unpaidReason?: string
  /** While it executes: completion tokens so far. */
  readonly liveTokens?: number
}

export interface TaskDetailView extends TaskView {
  readonly workflowJson: string
  readonly input?: string
  readonly result?: string
  readonly deadlineMs: number
  readonly transitions: readonly TaskTransition[]
  /** The newest steps of its trace, oldest first, as far as they were kept. */
  readonly steps?: readonly StepReport[]
  readonly receipt?: ReceiptView
  /** Of a task that was given to several nodes for comparison. */
  readonly agreement?: AgreementView
  /** What the requester has against the result. */
  readonly dispute?: DisputeView
  readonly paymentTrail?: PaymentTrailView
  /** Of a task that was asked for: the nodes that have or had it, the first one first. */
  readonly nodes?: readonly AssignedNodeView[]
  /** Checks of its results, oldest first; of results that were refused, too. */
  readonly checks?: readonly CheckView[]
}

/** What came of checking a result. */
export interface CheckView {
  /** Peer id of who sent the result. */
  readonly node: string
  readonly method: 'own_model' | 'second_node'
  /** `unclear` counts neither for nor against the node. */
  readonly verdict: 'agreed' | 'refuted' | 'unclear'
  readonly reason: string
  /** After the result was accepted and paid. */
  readonly late: boolean
  readonly atMs: number
}

export interface ReceiptView {
  readonly ledgerSeq: number
  readonly resultHash: string
  readonly amountMicro: string
  readonly issuedAtMs: number
  readonly signature: string
}

export interface TaskPage {
  readonly tasks: readonly TaskView[]
  readonly nextCursor?: string
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

export interface LogLineView {
  readonly seq: number
  readonly atMs: number
  readonly level: LogLevel
  /** `network`, `tasks`, `inference`... */
  readonly scope: string
  readonly message: string
  readonly fields?: Readonly<Record<string, unknown>>
}

export interface TestRunInput {
  readonly where: 'here' | 'network'
  readonly model: string
  /** Exactly one of the two. */
  readonly prompt?: string
  readonly workflowJson?: string
  readonly input?: string
  readonly temperature?: number
  readonly seed?: number
  readonly maxTokens?: number
}

/** What a test run tells while it goes on; the last one is `ended`. */
export type TestRunEvent =
  | { readonly type: 'state'; readonly state: TaskState; readonly taskId: string; readonly node?: string }
  | { readonly type: 'text'; readonly text: string; readonly tokens: number }
  /** The step trace, as it grows. */
  | { readonly type: 'step'; readonly report: StepReport }
  /** Nothing changed, and this is why: `No node has answered yet`. */
  | { readonly type: 'notice'; readonly reason: WaitReason }
  | {
      readonly type: 'ended'
      readonly ok: boolean
      readonly result?: string
      readonly stats?: TaskStats
      readonly error?: {
        readonly code: DriadErrorCode
        readonly message: string
        readonly issues?: readonly { path: string; expected: string; found?: string }[]
      }
    }

/** What an editor says of a workflow while it is written. */
export interface WorkflowInspectionView {
  /** Why it could not run on this node; absent where it could. Its issues have JSON paths (`tasks[2].operator`). */
  readonly error?: {
    readonly code: DriadErrorCode
    readonly message: string
    readonly issues: readonly InputIssue[]
  }
  /** Oddities that run all the same. */
  readonly warnings: readonly InputIssue[]
}

/** A workflow that comes with the program. */
export interface GalleryItemView {
  /** Its file's name without the ending: `story-book`. */
  readonly id: string
  readonly name: string
  readonly description: string
  readonly workflowJson: string
  /** Whether it reads the run's input. */
  readonly takesInput: boolean
}

/** A workflow out of a file that the operator chose. */
export interface WorkflowFileView {
  readonly path: string
  readonly text: string
}

/** One of the test runs that are kept, the newest first. */
export interface TestHistoryItemView {
  readonly id: string
  readonly atMs: number
  readonly where: 'here' | 'network'
  readonly model: string
  /** The workflow's name, or a short form of its prompt. */
  readonly title: string
  readonly outcome: 'done' | 'failed' | 'stopped'
  readonly stats?: TaskStats
}

export interface TestHistoryDetailView extends TestHistoryItemView {
  readonly input: TestRunInput
  readonly result?: string
  readonly error?: {
    readonly code: DriadErrorCode
    readonly message: string
    readonly issues?: readonly InputIssue[]
  }
  /** The newest steps of its trace, oldest first, as far as they were kept. */
  readonly steps: readonly StepReport[]
}

/** What may be done with the settings as a whole. */
export interface SettingsStateView {
  /** Keys of those that differ from their defaults. */
  readonly changed: readonly string[]
  /** Those that a flag decides in this run, with what it says. */
  readonly overridden: readonly { readonly key: string; readonly value: string }[]
}

/** What a file of settings would change. */
export interface SettingsFileView {
  readonly changes: readonly { readonly key: string; readonly from: string; readonly to: string }[]
  /** Keys that this version does not know. */
  readonly unknown: readonly string[]
  /** To be handed to `settings.set`. */
  readonly patch: Readonly<Record<string, unknown>>
}

export interface SettingsView {
  readonly network: string
  readonly listen: readonly string[]
  readonly bootstrap: readonly string[]
  readonly announce: readonly string[]
  readonly relay: boolean
  readonly upnp: boolean
  /** Empty on an open network. */
  readonly networkKeyFile: string
  readonly slots: number
  readonly joinOnStart: boolean
  readonly closeToTray: boolean
  readonly startAtLogin: boolean
  readonly startHidden: boolean
  /** Hours of days, as `parseWeekHours` reads them; empty is always. */
  readonly schedule: string
  /** 0 is at any time. */
  readonly idleMs: number
  readonly onBattery: 'pause' | 'serve'
  readonly batteryLeastPercent: number
  readonly pausePrograms: readonly string[]
  readonly pauseFullScreen: boolean
  /** 0 does not look. */
  readonly othersPercent: number
  /** 0 does not look. */
  readonly maxCelsius: number
  readonly computeSharePercent: number
  readonly quietMode: 'off' | 'in_use' | 'always'
  readonly updateChannel: UpdateChannel
  readonly updatePolicy: UpdatePolicy
  readonly theme: 'system' | 'light' | 'dark'
  /** Of the window and the tray; a code of ISO 639-1. */
  /** What the system's notifications tell of. */
  readonly notifications: readonly NotificationKind[]
  readonly logLevel: LogLevel
  readonly language: 'system' | 'en' | 'de' | 'es' | 'tr' | 'zh'
  readonly modelEndpoint: string
  readonly modelMirrors: readonly string[]
  readonly proxy: string
  readonly downloadBytesPerSecond: number
  readonly downloadsAtOnce: number
  readonly modelFolders: readonly string[]
  /** Of all models together; 0 is all that is free. */
  readonly memoryBudgetBytes: number
  /** Null where nobody set it. */
  readonly memoryReserveBytes: number | null
  /** 0 is never. */
  readonly idleUnloadMs: number
  readonly catalogueUrl: string
  readonly catalogueKey: string
  /** 0 keeps nothing for others. */
  readonly mailboxBytes: number
  readonly promptMicroPer1k: string
  readonly completionMicroPer1k: string
  readonly payoutAddress: string
  readonly unpaidStartMicro: string
  readonly unpaidMaxMicro: string
  readonly unpaidStrangersMicro: string
  /** 0 is never. */
  readonly statementDays: number
  /** 0 to 1. */
  readonly verifyShare: number
  readonly verifyOnNodes: boolean
  readonly verifyModels: readonly string[]
}

export interface AppInfoView {
  readonly version: string
  readonly dataDir: string
  /** Of whoever runs it: paths below it are shown with `~`. */
  readonly homeDir: string
  readonly platform: string
  readonly arch: string
  readonly cpu: string
  readonly cores: number
  readonly memoryBytes: number
  readonly electron?: string
}

/** A tool that workflows may use once the operator turns it on. */
export interface ToolView {
  readonly name: SwitchableTool
  readonly enabled: boolean
  /** Whether its service asks for a key, and whether one is stored. Keys are never shown again. */
  readonly key: 'none' | 'optional' | 'required'
  readonly hasKey: boolean
  /** Where its service is, and where it is by default; absent for tools without one service. */
  readonly endpoint?: string
  readonly defaultEndpoint?: string
  /** False where it is enabled but cannot work, as without its key: it is not announced then. */
  readonly available: boolean
}
