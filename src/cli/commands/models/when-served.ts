import { openDataFolder } from '../../../node/data-folder.ts'
import { isFolderHeld } from '../../../node/store/folder-lock.ts'

/** What becomes of a model that was added to a data folder: a running node looks for such changes. */
export function whenServed(dataDir: string | undefined): string {
  return isFolderHeld(openDataFolder(dataDir).nodeLockPath)
    ? 'is loaded by the running node now'
    : 'is served from the next start of the node'
}
