/** What became damaged. `ledger`: its newest entries were missing, with nothing damaged to be seen. */
export const recoverySubjects = ['database', 'restore', 'ledger', 'anchor', 'settings'] as const
export type RecoverySubject = (typeof recoverySubjects)[number]

/** Something that is gone, or is as it was at an earlier time. */
export type RecoveryLoss =
  /** Entries of the ledger, from the first to the last. */
  | { readonly what: 'entries'; readonly from: number; readonly to: number }
  /** What was written last, in so many commits; null where that cannot be told. */
  | { readonly what: 'commits'; readonly count: number | null }
  /** What was asked for and delivered of entries that are there. */
  | { readonly what: 'proofs'; readonly count: number }
  /** Rows of a table that are gone (null: nobody can tell how many), and rows that were taken from a copy. */
  | {
      readonly what: 'rows'
      readonly table: string
      readonly lost: number | null
      readonly fromCopy: number
    }
  /** A setting; it has the value of the copy, or its default. */
  | { readonly what: 'setting'; readonly key: string; readonly from: 'copy' | 'default' }

/** One thing that was mended. */
export interface RecoveryNoteView {
  readonly id: string
  readonly atMs: number
  readonly subject: RecoverySubject
  /** What was found, in a sentence. */
  readonly reason: string
  /** When the copy was made that something was taken from. */
  readonly copyAtMs?: number | undefined
  readonly lost: readonly RecoveryLoss[]
  /** Where what was damaged lies now. */
  readonly keptPath?: string | undefined
  readonly dismissed: boolean
}

/** Why a node came up without its work. */
export interface SafeModeView {
  readonly cause: 'crashes' | 'asked'
  /** Ends without a stop, one soon after another. */
  readonly crashes: number
  /** What the last one left behind, newest last. */
  readonly lastLines: readonly string[]
}

export interface BackupView {
  readonly name: string
  readonly madeAtMs: number
  readonly sizeBytes: number
}

/** At most so many are kept, and no more than fit in so many bytes; one is kept always. */
export const backupLimits = { copies: 5, bytes: 2 * 1024 ** 3 } as const

/** Why no backup is made though one is due. */
export const backupDelays = ['paused', 'battery', 'disk_full', 'failed', 'safe_mode'] as const
export type BackupDelay = (typeof backupDelays)[number]

export interface RecoveryView {
  /** Newest first. */
  readonly notes: readonly RecoveryNoteView[]
  readonly safeMode: SafeModeView | null
  /** Found while the node runs: it is mended at the next start. */
  readonly damage: { readonly reason: string; readonly atMs: number } | null
  /** Newest first. */
  readonly backups: readonly BackupView[]
  readonly backupDelay: { readonly why: BackupDelay; readonly message?: string | undefined } | null
}
