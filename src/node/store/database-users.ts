import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DriadError } from '../../protocol/errors.ts'
import { type FolderLock, lockHolder, takeFolderLock } from './folder-lock.ts'
import { processRuns, processStart } from './process-runs.ts'
import { cannotWrite } from './store-error.ts'

const WRITES = 'writes'

let opened = 0

export interface DatabaseUser extends FolderLock {
  /** Says that it has a write-ahead log from now on. */
  writes(): void
}

/** Where a whole database lies that is to take the place of the one at `path`. */
export function newDatabasePath(path: string): string {
  return `${path}.new`
}

/**
 * Says that this process has the database open, so that nobody puts another file in its place. Throws `data_folder_in_use`
 * while somebody does that, `store_corrupt` where it was interrupted.
 */
export function registerUser(path: string, options: { readonly readOnly: boolean }): DatabaseUser {
  const file = join(usersFolder(path), `${process.pid}.${opened++}`)
  try {
    mkdirSync(usersFolder(path), { recursive: true, mode: 0o700 })
    writeFileSync(file, `${process.pid} ${processStart(process.pid)}\n`, { mode: 0o600 })
  } catch (cause) {
    // A reader may be somebody who cannot write here. To be exchanged under it harms nothing but its answer.
    if (options.readOnly) return { release: () => undefined, writes: () => undefined }
    throw cannotWrite(usersFolder(path), cause)
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
  return {
    release,
    writes: () => {
      try {
        writeFileSync(file, `${process.pid} ${processStart(process.pid)} ${WRITES}\n`, { mode: 0o600 })
      } catch (cause) {
        throw cannotWrite(file, cause)
      }
    },
  }
}

/** Whether any process has it open. */
export function isDatabaseOpen(path: string): boolean {
  return usersOf(path).some(({ runs }) => runs)
}

/** Keeps the database for this process alone, closed. Throws `data_folder_in_use` where anybody has it open. */
export function takeDatabase(path: string): FolderLock {
  const lock = takeFolderLock(exchangeLock(path))
  const user = usersOf(path).find(({ runs }) => runs)?.pid
  if (user === undefined) return lock
  lock.release()
  throw new DriadError(
    'data_folder_in_use',
    `${path} is open in another process (${user}). End it, then try again`,
  )
}

/**
 * Whether a process was killed that wrote to it, and the write-ahead log that it must have left is not there. Not once somebody has
 * opened it since.
 */
export function isLogMissing(path: string): boolean {
  if (existsSync(`${path}-wal`)) return false
  return usersOf(path).some(({ runs, wrote }) => !runs && wrote)
}

/** Forgets processes that were killed with it open. */
export function forgetKilledUsers(path: string): void {
  for (const { file, runs } of usersOf(path)) if (!runs) rmSync(file, { force: true })
}

interface User {
  readonly file: string
  readonly pid: number
  readonly runs: boolean
  /** It got as far as to have a write-ahead log. */
  readonly wrote: boolean
}

function usersOf(path: string): User[] {
  const folder = usersFolder(path)
  if (!existsSync(folder)) return []
  return readdirSync(folder).map((name) => {
    const file = join(folder, name)
    const pid = Number(name.split('.')[0])
    const [, start = '', wrote] = textOf(file).split(' ')
    return { file, pid, runs: processRuns(pid, start), wrote: wrote === WRITES }
  })
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch {
    return '' // it has just ended
  }
}

function usersFolder(path: string): string {
  return `${path}.users`
}

function exchangeLock(path: string): string {
  return `${path}.exchange`
}
