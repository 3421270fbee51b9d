import type { ComputeNode } from '../node/compute-node.ts'
import type { Logger } from '../node/logs/contract.ts'
import type { AppInfoView } from '../protocol/views.ts'
import type { WorkflowFiles } from './workflow-files.ts'

/** What the API needs of the program that it runs in: the things only a desktop can do. */
export interface Shell {
  /** Asks for a file; null when the person changed their mind. */
  pickFile(options: { title: string; extensions: readonly string[] }): Promise<string | null>
  /** Asks for a folder; null when the person changed their mind. */
  pickFolder(options: { title: string }): Promise<string | null>
  /** Asks where to save. */
  pickSaveTarget(options: { title: string; suggestedName: string }): Promise<string | null>
  openFolder(path: string): Promise<void>
  /** Opens a web page in the system's browser; only http and https are taken. */
  openLink(url: string): Promise<void>
  copyText(text: string): Promise<void>
  /** Ends the program as by quitting, does that once the node has stopped, and begins again. Returns before. */
  restart(work: () => Promise<void>): void
  appInfo(): AppInfoView
}

export interface ApiContext {
  readonly node: ComputeNode
  readonly shell: Shell
  readonly workflowFiles: WorkflowFiles
  readonly logger: Logger
}
