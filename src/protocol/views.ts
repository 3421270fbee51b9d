import type { AgreementView } from './agreement.ts'
import type { BenchmarkView } from './benchmark-views.ts'
import type { DriadErrorCode, InputIssue } from './errors.ts'
import type { GuestView } from './guest/pause-views.ts'
import type { MemoryShare } from './model-fit/estimate-memory.ts'
import type { KvType } from './model-fit/memory-plan.ts'
import type { DisputeCode, PaymentState, UnpaidCode } from './payment.ts'
import type { TaskState, TaskStats, TaskTransition } from './task.ts'
import type { SwitchableTool } from './tools.ts'
import type { StepReport } from './workflow/step-report.ts'

/**
 * What the window sees: plain JSON, everything already named, nothing secret.
 * Money is a decimal string of micro-credits (JSON has no bigint); times are unix milliseconds.
 */

/** The node's state, in the words that the window and the tray both use. */
export type NodePhase = 'offline' | 'joining' | 'online' | 'paused' | 'leaving' | 'failed'

export interface NodeStatusView {
  readonly phase: NodePhase
  /** Why, where the phase alone does not say: `The model demo is still loading`. */
  readonly reason?: string
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
  /** Why it is not loaded as wanted, a sentence for people. */
  readonly notice?: string
  /** What it came to when it was measured last. */
  readonly benchmark?: BenchmarkView
  readonly promptMicroPer1k: string
  readonly completionMicroPer1k: string
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

export interface DisputeView {
  /** Of `disputeCodes`. */
  readonly code: DisputeCode
  readonly reason: string
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

export interface LedgerEntryView {
  readonly seq: number
  readonly taskId: string
  readonly direction: 'credit' | 'debit'
  readonly amountMicro: string
  readonly counterparty: string
  readonly state: 'acknowledged' | 'settled'
  readonly model: string
  readonly createdAtMs: number
  readonly hash: string
}

export interface EarningsView {
  readonly balanceMicro: string
  readonly earnedTodayMicro: string
  readonly pendingMicro: string
  readonly pendingTasks: number
  /** Credits whose payers signed for them and have not said that they paid. */
  readonly acknowledgedMicro: string
  /** Credits whose payers signed that they paid. */
  readonly settledMicro: string
  readonly disputedMicro: string
  readonly disputedTasks: number
  /** Given up; what is disputed is not in it. */
  readonly unpaidMicro: string
  readonly unpaidTasks: number
  /** Oldest first, local days, with empty days in between. */
  readonly byDay: readonly {
    readonly day: string
    readonly creditMicro: string
    readonly debitMicro: string
    readonly tasks: number
  }[]
}

/** Amounts by how far their payment has come, each in one of them. Decimal strings of micro-credits. */
export interface PaymentSumsView {
  readonly pendingMicro: string
  readonly acknowledgedMicro: string
  readonly settledMicro: string
  readonly disputedMicro: string
  readonly unpaidMicro: string
  /** Tasks of all of these. */
  readonly tasks: number
}

export interface EarningsDayView extends PaymentSumsView {
  /** `2031-04-09`, in the computer's time zone. */
  readonly day: string
}

export interface EarningsGroupView extends PaymentSumsView {
  /** A model's name, or a requester's peer id. */
  readonly key: string
}

export interface EarningsGroupPage {
  /** The largest first. */
  readonly groups: readonly EarningsGroupView[]
  readonly nextCursor?: string
}

/** A task that ended and brings nothing. */
export interface UnpaidTaskView {
  readonly taskId: string
  readonly title: string
  readonly model: string
  readonly requester: string
  readonly endedAtMs: number
  /** What it would have brought; 0 for a failure. */
  readonly amountMicro: string
  readonly code: UnpaidCode
  /** The code in words, with what is known of this case. */
  readonly reason?: string
}

export interface UnpaidTaskPage {
  /** Newest first. */
  readonly tasks: readonly UnpaidTaskView[]
  readonly nextCursor?: string
}

export interface UnpaidCauseView {
  readonly code: UnpaidCode
  readonly tasks: number
  readonly amountMicro: string
}

/** What one requester may leave unpaid, and does. */
export interface RequesterExposureView {
  readonly requester: string
  /** Has never paid: it shares the strangers' bound. */
  readonly stranger: boolean
  readonly limitMicro: string
  /** Results without a receipt, and tasks that run, as they are expected to come to. */
  readonly openMicro: string
  readonly lostMicro: string
  readonly acknowledgedMicro: string
  readonly results: number
}

export interface ExposureView {
  readonly strangersOpenMicro: string
  readonly strangersLimitMicro: string
  /** Those with most at stake first. */
  readonly requesters: readonly RequesterExposureView[]
}

/** A statement of what one requester owes for a period. */
export interface StatementView {
  /** Hex SHA-256 of what was signed. */
  readonly hash: string
  /** `credit`: this node issued it. `debit`: this identity confirmed it. */
  readonly direction: 'credit' | 'debit'
  readonly counterparty: string
  readonly fromMs: number
  readonly toMs: number
  readonly entries: number
  readonly totalMicro: string
  readonly createdAtMs: number
  readonly settledAtMs?: number
  /** How it was settled, in the payer's words. */
  readonly reference?: string
}

export interface LedgerVerificationView {
  readonly ok: boolean
  readonly entries: number
  readonly problems: readonly { readonly seq?: number; readonly message: string }[]
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
  | { readonly type: 'notice'; readonly message: string }
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
  readonly theme: 'system' | 'light' | 'dark'
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
}

export interface AppInfoView {
  readonly version: string
  readonly dataDir: string
  readonly platform: string
  readonly arch: string
  readonly cpu: string
  readonly cores: number
  readonly memoryBytes: number
  readonly electron?: string
}

export interface PeerView {
  readonly peerId: string
  readonly address: string
  readonly direction: 'inbound' | 'outbound'
  readonly connectedAtMs: number
  readonly agent?: string
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
