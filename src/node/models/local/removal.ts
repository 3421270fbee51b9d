import { lstat, realpath, rm } from 'node:fs/promises'
import { sep } from 'node:path'
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
  const keep = (keeps: NonNullable<RemovalView['keeps']>): RemovalView => ({
    name,
    path,
    deletes: [],
    freesBytes: 0,
    keeps,
  })
  const state = await stateOf(path)
  if (state === undefined) return keep('missing')
  if (!(await isOwnFile(path, modelsFolder))) return keep('other-program')
  const sharing: string[] = []
  for (const other of others) {
    if (other.name !== name && (await stateOf(other.path))?.identity === state.identity)
      sharing.push(other.name)
  }
  if (sharing.length > 0) return { ...keep('other-names'), sharedWith: sharing }
  if (state.links > 1) return keep('hard-link')
  const own = await ownFiles(path, modelsFolder)
  return own.deletes.length === 0 ? keep('missing') : { name, path, ...own }
}

/** The files of a model, as far as they may be deleted. */
async function ownFiles(
  path: string,
  modelsFolder: string,
): Promise<Pick<RemovalView, 'deletes' | 'freesBytes'>> {
  const deletes: string[] = []
  let freesBytes = 0
  for (const part of modelFilesOf(path)) {
    const state = await stateOf(part)
    if (state === undefined || state.links > 1 || !(await isOwnFile(part, modelsFolder))) continue
    deletes.push(part)
    freesBytes += state.sizeBytes
  }
  return { deletes, freesBytes }
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
