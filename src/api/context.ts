import type { ComputeNode } from '../node/compute-node.ts'
import type { Logger } from '../node/logs/contract.ts'
import type { AppInfoView } from '../protocol/views.ts'
import type { WorkflowFiles } from './workflow-files.ts'

/** What a file is asked for; the desktop has the words for it. */
export type FilePurpose = 'openModel' | 'openSettlement' | 'openWorkflow'
/** What is saved. */
export type SavePurpose = 'saveStatement' | 'saveLedger' | 'saveLog' | 'saveWorkflow'

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
  appInfo(): AppInfoView
}

export interface ApiContext {
  readonly node: ComputeNode
  readonly shell: Shell
  readonly workflowFiles: WorkflowFiles
  readonly logger: Logger
}
