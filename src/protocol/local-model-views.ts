import type { DriadErrorCode } from './errors.ts'

/** Whose folders are looked into. `folder` is one that the operator named, `driad` the program's own. */
export const localModelSources = [
  'driad',
  'lm-studio',
  'ollama',
  'hugging-face',
  'llama.cpp',
  'gpt4all',
  'jan',
  'folder',
] as const
export type LocalModelSource = (typeof localModelSources)[number]

/** What a model file says of itself, as far as a list of models shows it. */
export interface LocalModelFacts {
  readonly architecture: string
  readonly quantisation: string
  readonly parameterCount: number
  readonly hasChatTemplate: boolean
  readonly contextLength?: number
}

/** One way in which weights are on this computer. */
export interface LocalPlaceView {
  readonly source: LocalModelSource
  readonly path: string
  /** The name that it has there; for Ollama exactly Ollama's. */
  readonly name: string
  /** True where an earlier place of the list is the same file by another path: it takes no space of its own. */
  readonly sameFile: boolean
}

/** The same weights, wherever they are. */
export interface LocalWeightsView {
  /** What `add` calls them by: the path of the first place. */
  readonly path: string
  /** Of one copy. */
  readonly sizeBytes: number
  /** In hex. Absent where nobody made one yet. */
  readonly sha256?: string
  /** `made` from the bytes here, or `claimed` by the program that keeps them. */
  readonly digest?: 'made' | 'claimed'
  readonly facts?: LocalModelFacts
  /** Why no model can be made of it. */
  readonly error?: { readonly code: DriadErrorCode; readonly message: string }
  readonly places: readonly LocalPlaceView[]
  readonly suggestedName: string
  /** Names under which this folder has it already. */
  readonly addedAs: readonly string[]
  /** On the disk, by all copies. */
  readonly takenBytes: number
}

/** Why something was not looked at. The words belong to whoever shows it. */
export const skipCodes = [
  'not_allowed',
  'link_loop',
  'dangling',
  /** With the system's `cause`. */
  'unreadable',
  'leads_out',
  'weights_lead_out',
  'no_folder',
  'not_a_folder',
  /** Below `count` folders. */
  'too_deep',
  /** Of Ollama: what is wrong, `at` and `expected`. */
  'not_a_manifest',
  /** Of `count` bytes. */
  'manifest_too_large',
  'no_gguf',
  'no_weights',
  /** The scan ended after so many of them, or seconds: `count`. */
  'ended_entries',
  'ended_time',
  'ended_models',
] as const
export type SkipCode = (typeof skipCodes)[number]

export interface SkippedView {
  readonly path: string
  readonly code: SkipCode
  /** For the gaps in the words. */
  readonly facts: Readonly<Record<string, string | number>>
}

export interface LocalScanView {
  readonly state: 'never' | 'running' | 'done' | 'cancelled' | 'failed'
  /** Why it failed. */
  readonly error?: { readonly code: DriadErrorCode; readonly message: string }
  /** When the scan that this tells of ended. */
  readonly finishedAtMs?: number
  /** Of the scan that runs: files and folders looked at, models found. */
  readonly progress?: { readonly looked: number; readonly found: number; readonly at: string }
  /** Folders that were there and were looked into. */
  readonly places: readonly { readonly source: LocalModelSource; readonly path: string }[]
  /** What was not looked at, the first ones. */
  readonly skipped: readonly SkippedView[]
  readonly weights: readonly LocalWeightsView[]
  /** On the disk, by all that was found. */
  readonly takenBytes: number
  /** Taken by second copies of the same weights. */
  readonly savableBytes: number
  readonly digests: DigestQueueView
}

/** Files that are read to the end for their digest, one at a time. */
export interface DigestQueueView {
  readonly waiting: number
  readonly current?: { readonly path: string; readonly doneBytes: number; readonly totalBytes: number }
}

/** What became of one file that was to be added. */
export interface AddedFileView {
  readonly path: string
  readonly outcome: 'added' | 'already' | 'refused'
  /** The name it is served under. */
  readonly name?: string
  readonly error?: { readonly code: DriadErrorCode; readonly message: string }
}

export interface DiskUseView {
  /** Where downloads are kept: the only folder that anything is ever deleted from. */
  readonly modelsFolder: string
  /** All that is in it. */
  readonly ownBytes: number
  readonly ownFiles: number
  /** Models that are somebody else's files. */
  readonly referencedBytes: number
  readonly referencedFiles: number
  /** Of `ownBytes`, what no model needs. */
  readonly leftoverBytes: number
  /** On the disk of the models folder; absent where the system does not tell. */
  readonly freeBytes?: number
  readonly totalBytes?: number
}

/** What removing a model does to the disk. */
export interface RemovalView {
  readonly name: string
  readonly path: string
  /** Files that are deleted. */
  readonly deletes: readonly string[]
  readonly freesBytes: number
  /** Why the file stays, or that it is gone already; absent where it can be deleted. */
  readonly keeps?: 'other-program' | 'other-names' | 'hard-link' | 'missing'
  /** With `other-names`: the models that are the same file. */
  readonly sharedWith?: readonly string[]
}

/** A file in the models folder that no model needs. */
export interface LeftoverView {
  readonly path: string
  readonly kind: 'partial' | 'unused'
  /** What deleting it frees: a partial file takes less than its length. */
  readonly sizeBytes: number
  readonly modifiedAtMs: number
}
