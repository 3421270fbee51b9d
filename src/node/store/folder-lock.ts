import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { DriadError } from '../../protocol/errors.ts'
import { processRuns, processStart } from './process-runs.ts'
import { cannotWrite } from './store-error.ts'

/** Holds a folder for one process. */
export interface FolderLock {
  release(): void
}

/**
 * Takes the folder's lock file, which names its holder's process. A lock whose holder is gone (a crash, `kill -9`,
 * a reboot) is taken over. Throws `data_folder_in_use` while another node holds it, `data_folder_unusable` or
 * `disk_full` where it cannot be written.
 */
export function takeFolderLock(path: string): FolderLock {
  try {
    return takeOver(path)
  } catch (cause) {
    if (cause instanceof DriadError) throw cause
    throw cannotWrite(path, cause)
  }
}

/** Whether a running process holds the folder. Of no use before taking it: only `takeFolderLock` is sure. */
export function isFolderHeld(path: string): boolean {
  const holder = readHolder(path)
  return holder !== undefined && processRuns(holder.pid, holder.start)
}

function takeOver(path: string): FolderLock {
  for (let attempt = 0; attempt < 3; attempt++) {
    const draft = `${path}.${process.pid}`
    try {
      // Written aside first: whoever finds the lock finds its holder's name in it.
      writeFileSync(draft, `${process.pid} ${processStart(process.pid)}\n`, { mode: 0o600 })
      linkSync(draft, path)
      return { release: () => releaseIfOurs(path) }
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause
      const holder = readHolder(path)
      if (holder !== undefined && processRuns(holder.pid, holder.start)) {
        throw new DriadError(
          'data_folder_in_use',
          `Another node (process ${holder.pid}) is running on this data folder. Stop it, or use another --data-dir`,
        )
      }
      rmSync(path, { force: true })
    } finally {
      rmSync(draft, { force: true })
    }
  }
  throw new DriadError('data_folder_in_use', `The lock ${path} cannot be taken: others keep taking it`)
}

/** The process that holds such a lock now; undefined where none does. */
export function lockHolder(path: string): number | undefined {
  const holder = readHolder(path)
  return holder !== undefined && processRuns(holder.pid, holder.start) ? holder.pid : undefined
}

interface Holder {
  readonly pid: number
  readonly start: string
}

function readHolder(path: string): Holder | undefined {
  try {
    const [pid, start = ''] = readFileSync(path, 'utf8').trim().split(' ')
    const number = Number(pid)
    return Number.isInteger(number) && number > 0 ? { pid: number, start } : undefined
  } catch {
    return undefined
  }
}

function releaseIfOurs(path: string): void {
  if (readHolder(path)?.pid === process.pid) rmSync(path, { force: true })
}
