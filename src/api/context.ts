import type { ComputeNode } from '../node/compute-node/compute-node.ts'
import type { Logger } from '../node/logs/contract.ts'
import type { UpdatesView } from '../protocol/update-views.ts'
import type { AppInfoView } from '../protocol/views.ts'
import type { WorkflowFiles } from './workflow-files.ts'

/** What a file is asked for; the desktop has the words for it. */
export type FilePurpose = 'openKey' | 'openModel' | 'openSettings' | 'openSettlement' | 'openWorkflow'
/** What is saved. */
export type SavePurpose =
  | 'saveDiagnostics'
  | 'saveKey'
  | 'saveStatement'
  | 'saveLedger'
  | 'saveLog'
  | 'saveSettings'
  | 'saveWorkflow'

/** What the API needs of the program that it runs in: the things only a desktop can do. */
export interface Shell {
  /** Asks for a file; null when the person changed their mind. */
  pickFile(options: { purpose: FilePurpose; extensions: readonly string[] }): Promise<string | null>
  /** Asks for a folder; null when the person changed their mind. */
  pickFolder(options: { purpose: 'modelFolder' }): Promise<string | null>
  /** Asks where to save. */
  pickSaveTarget(options: { purpose: SavePurpose; suggestedName: string }): Promise<string | null>
  openFolder(path: string): Promise<void>
  /** Opens a web page in the system's browser; only http and https are taken. */
  openLink(url: string): Promise<void>
  copyText(text: string): Promise<void>
  /** Called with each place (a location's hash) that the window is asked to show. Returns a function that ends it. */
  onGoTo(listener: (route: string) => void): () => void
  /** Called with the paths of files that the system asks the program to open. Returns a function that ends it. */
  onOpenFiles(listener: (paths: readonly string[]) => void): () => void
  /** Ends the program as by quitting, does that work once the node has stopped, and starts it again. Returns before. */
  restart(work?: () => Promise<void>): void
  appInfo(): AppInfoView
}

/** New versions of the program itself. */
export interface Updates {
  view(): UpdatesView
  onChange(listener: () => void): () => void
  /** Looks for a new version now. Throws `download_failed`, `bad_signature`; `bad_usage` where it is not updated from here. */
  check(): Promise<void>
  /** Fetches, tries and installs the one that there is. Throws as `check`, `verification_failed` for one that is not fit. */
  install(): Promise<void>
  /** Forgets the one that there is; the next one is told again. */
  skip(): void
  /** The operator has read why a version was refused. */
  dismiss(): void
}

export interface ApiContext {
  readonly node: ComputeNode
  readonly shell: Shell
  readonly updates: Updates
  readonly workflowFiles: WorkflowFiles
  readonly logger: Logger
}
