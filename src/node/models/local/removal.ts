import { lstat, realpath, rm } from 'node:fs/promises'
import { basename, sep } from 'node:path'
import { DriadError } from '../../../protocol/errors.ts'
import { modelFilesOf } from '../../../protocol/gguf/split-names.ts'
import type { RemovalView } from '../../../protocol/local-model-views.ts'
import { type FileState, fileState } from './file-identity.ts'

export interface NamedModel {
  readonly name: string
  readonly path: string
}

/**
 * What removing a model does to the disk. A file is deleted only if it is in the program's own folder of models, is no
 * link, has no other name in the file system, and no other model is made of it.
 */
export async function planRemoval(
  model: NamedModel,
  others: readonly NamedModel[],
  modelsFolder: string,
): Promise<RemovalView> {
  const { name, path } = model
  const keep = (keeps: NonNullable<RemovalView['keeps']>, message: string): RemovalView => ({
    name,
    path,
    deletes: [],
    freesBytes: 0,
    keeps,
    message,
  })
  const state = await stateOf(path)
  if (state === undefined) return keep('missing', `There is no file ${path} any more; only the name goes`)
  if (!(await isOwnFile(path, modelsFolder))) {
    return keep('other-program', `${path} is not in this program's folder of models, and stays where it is`)
  }
  const sharing: string[] = []
  for (const other of others) {
    if (other.name !== name && (await stateOf(other.path))?.identity === state.identity)
      sharing.push(other.name)
  }
  if (sharing.length > 0) {
    return keep('other-names', `Its file is also ${sharing.join(', ')}, and stays: nothing is freed`)
  }
  if (state.links > 1) {
    return keep(
      'hard-link',
      `${path} has another name on this disk, perhaps another program's: nothing would be freed, and it stays`,
    )
  }
  return { name, path, ...(await ownFiles(path, modelsFolder)) }
}

/** The files of a model, as far as they may be deleted. */
async function ownFiles(
  path: string,
  modelsFolder: string,
): Promise<Pick<RemovalView, 'deletes' | 'freesBytes' | 'message'>> {
  const deletes: string[] = []
  let freesBytes = 0
  for (const part of modelFilesOf(path)) {
    const state = await stateOf(part)
    if (state === undefined || state.links > 1 || !(await isOwnFile(part, modelsFolder))) continue
    deletes.push(part)
    freesBytes += state.sizeBytes
  }
  const message = `Deleting ${basename(path)} frees ${(freesBytes / 1e6).toFixed(1)} MB`
  return { deletes, freesBytes, message }
}

/** Deletes what was planned. Throws `bad_setting` where the system refuses, as Windows does for a file that is in use. */
export async function deleteFiles(paths: readonly string[], modelsFolder: string): Promise<void> {
  for (const path of paths) {
    // Looked at again: between plan and deed, somebody may have put a link in its place.
    if (!(await isOwnFile(path, modelsFolder))) continue
    try {
      await rm(path, { force: true })
    } catch (cause) {
      const reason = (cause as NodeJS.ErrnoException).code ?? String(cause)
      throw new DriadError('bad_setting', `${path} could not be deleted (${reason}); it is in use, perhaps`, {
        cause,
      })
    }
  }
}

/** Whether it is a file of its own in the folder, wherever links lead. */
export async function isOwnFile(path: string, modelsFolder: string): Promise<boolean> {
  try {
    const folder = await realpath(modelsFolder)
    return (await lstat(path)).isFile() && (await realpath(path)).startsWith(folder + sep)
  } catch {
    return false
  }
}

async function stateOf(path: string): Promise<FileState | undefined> {
  return fileState(path).catch(() => undefined)
}
