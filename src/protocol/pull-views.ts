/** Where a download of a model stands. The last three are its end, though `failed` may be tried again. */
export const pullStates = [
  'queued',
  'downloading',
  'verifying',
  'paused',
  'completed',
  'failed',
  'cancelled',
] as const
export type PullState = (typeof pullStates)[number]

export interface PullFileView {
  readonly fileName: string
  readonly sizeBytes?: number
  readonly receivedBytes?: number
}

/** How a download gets on. */
export interface DownloadProgress {
  readonly phase: 'connecting' | 'downloading' | 'verifying'
  readonly receivedBytes: number
  /** Of them, bytes that were there already when this download began. */
  readonly resumedBytes: number
  readonly totalBytes?: number
  /** Bytes that were read once more for the digest, in the last phase. */
  readonly verifiedBytes?: number
  /** Over the last few seconds; 0 while another process downloads it. */
  readonly bytesPerSecond: number
  /** Milliseconds that are left at that speed. */
  readonly etaMs?: number
  /** What is being tried again, or who else is at it. */
  readonly notice?: DownloadNotice
}

/** `reason` is the message of an error, in English. */
export type DownloadNotice =
  | { readonly code: 'onePiece' | 'anew'; readonly reason: string }
  /** A part was damaged on the disk; what came is another file. Both are fetched again. */
  | { readonly code: 'damaged' | 'wrongFile' }
  | { readonly code: 'retry'; readonly waitMs: number; readonly reason: string }
  | { readonly code: 'elsewhere'; readonly processId: number }

/** A download of a model, as the window and `driad models pulls` show it. */
export interface PullView extends Omit<DownloadProgress, 'phase'> {
  readonly id: string
  /** What the model will be called. */
  readonly name: string
  readonly state: PullState
  /** While it is downloading: what it does right now. */
  readonly phase?: DownloadProgress['phase']
  /** The host that it comes from. */
  readonly source: string
  /** More than one where the model is split. */
  readonly files: readonly PullFileView[]
  readonly error?: { readonly code: string; readonly message: string }
  /** When it is tried again by itself. */
  readonly nextTryAtMs?: number
  /** Once it is completed: whether its digest was known beforehand, and is what it ought to be. */
  readonly verified?: boolean
  /** Once it is completed: the model's file, of a split one the first. */
  readonly path?: string
  /** Whether it is loaded once it is there. */
  readonly load: boolean
  readonly licence?: string
  /** Where the model and its licence are described. */
  readonly page?: string
  readonly createdAtMs: number
  readonly updatedAtMs: number
}

/** Whether there is a token for gated models, and where from. The token itself never comes out. */
export interface ModelTokenView {
  readonly from: 'settings' | 'environment' | 'none'
  /** The only origin that gets it. */
  readonly origin: string
}
