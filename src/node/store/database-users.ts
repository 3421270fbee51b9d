import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DriadError } from '../../protocol/errors.ts'
import { type FolderLock, lockHolder, takeFolderLock } from './folder-lock.ts'
import { processRuns, processStart } from './process-runs.ts'

let opened = 0

/** Where a whole database lies that is to take the place of the one at `path`. */
export function newDatabasePath(path: string): string {
  return `${path}.new`
}

/**
 * Says that this process has the database open, so that nobody puts another file in its place. Throws `data_folder_in_use`
 * while somebody does that, `store_corrupt` where it was interrupted.
 */
export function registerUser(path: string, options: { readonly readOnly: boolean }): FolderLock {
  const file = join(usersFolder(path), `${process.pid}.${opened++}`)
  try {
    mkdirSync(usersFolder(path), { recursive: true, mode: 0o700 })
    writeFileSync(file, `${process.pid} ${processStart(process.pid)}\n`, { mode: 0o600 })
  } catch (cause) {
    // A reader may be somebody who cannot write here. To be exchanged under it harms nothing but its answer.
    if (options.readOnly) return { release: () => undefined }
    throw new DriadError(
      'data_folder_unusable',
      `Cannot write ${usersFolder(path)}. Check that you may write to its folder, or choose another data folder`,
      { cause },
    )
  }
  const release = () => rmSync(file, { force: true })
  // After it said so: of two that come at once, at least one sees the other.
  const exchanger = lockHolder(exchangeLock(path))
  if (exchanger !== undefined) {
    release()
    throw new DriadError(
      'data_folder_in_use',
      `${path} is being mended or restored by another process (${exchanger}). Try again in a moment`,
    )
  }
  if (existsSync(newDatabasePath(path))) {
    release()
    throw new DriadError(
      'store_corrupt',
      `${path} was being mended or restored when that was interrupted. Start the node once: it finishes it`,
    )
  }
  return { release }
}

/** Keeps the database for this process alone, closed. Throws `data_folder_in_use` where anybody has it open. */
export function takeDatabase(path: string): FolderLock {
  const lock = takeFolderLock(exchangeLock(path))
  const user = runningUsers(path)[0]
  if (user === undefined) return lock
  lock.release()
  throw new DriadError(
    'data_folder_in_use',
    `${path} is open in another process (${user}). End it, then try again`,
  )
}

/** Processes that have it open; what others left behind when they were killed is cleared away. */
function runningUsers(path: string): number[] {
  const folder = usersFolder(path)
  if (!existsSync(folder)) return []
  return readdirSync(folder).flatMap((name) => {
    const file = join(folder, name)
    const pid = Number(name.split('.')[0])
    const start = startOf(file)
    if (start !== undefined && processRuns(pid, start)) return [pid]
    rmSync(file, { force: true })
    return []
  })
}

function startOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim().split(' ')[1] ?? ''
  } catch {
    return undefined
  }
}

function usersFolder(path: string): string {
  return `${path}.users`
}

function exchangeLock(path: string): string {
  return `${path}.exchange`
}
