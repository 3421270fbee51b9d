import { stat, statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import { modelFilesOf } from '../../../protocol/gguf/split-names.ts'
import type { DiskUseView, LeftoverView } from '../../../protocol/local-model-views.ts'
import { fileState } from './file-identity.ts'
import { filesIn } from './leftovers.ts'
import type { NamedModel } from './removal.ts'

/** What models take of the disk: each file once, whatever its names. */
export async function measureDiskUse(
  modelsFolder: string,
  models: readonly NamedModel[],
  leftovers: readonly LeftoverView[],
  signal: AbortSignal,
): Promise<DiskUseView> {
  const own = new Set<string>()
  let ownBytes = 0
  for await (const path of filesIn(modelsFolder, signal)) {
    const state = await fileState(path).catch(() => undefined)
    if (state === undefined || own.has(state.identity)) continue
    own.add(state.identity)
    // A file on its way has its full length from the start.
    ownBytes += path.endsWith('.part') ? state.diskBytes : state.sizeBytes
  }
  const referenced = new Set<string>()
  let referencedBytes = 0
  for (const path of models.flatMap((model) => modelFilesOf(model.path))) {
    const state = await fileState(path).catch(() => undefined)
    if (state === undefined || own.has(state.identity) || referenced.has(state.identity)) continue
    referenced.add(state.identity)
    referencedBytes += state.sizeBytes
  }
  return {
    modelsFolder,
    ownBytes,
    ownFiles: own.size,
    referencedBytes,
    referencedFiles: referenced.size,
    leftoverBytes: leftovers.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    ...(await spaceOf(modelsFolder)),
  }
}

/** Of the disk that the folder is on, or will be on. */
async function spaceOf(folder: string): Promise<Pick<DiskUseView, 'freeBytes' | 'totalBytes'>> {
  try {
    const there = await stat(folder).then(
      () => folder,
      () => dirname(folder),
    )
    const { bavail, blocks, bsize } = await statfs(there)
    return { freeBytes: bavail * bsize, totalBytes: blocks * bsize }
  } catch {
    return {}
  }
}
