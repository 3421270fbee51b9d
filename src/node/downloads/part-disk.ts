import { statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import { DriadError } from '../../protocol/errors.ts'
import { takeFolderLock } from '../store/folder-lock.ts'

/** Two that write one part would make a mess of it. */
export function lockPart(path: string): { release(): void } {
  try {
    return takeFolderLock(`${path}.part.lock`)
  } catch (cause) {
    if (DriadError.from(cause).code !== 'data_folder_in_use') throw cause
    throw new DriadError('download_failed', `Another program is downloading ${path} right now`, { cause })
  }
}

/** @throws DriadError `disk_full` where the disk of that file has not so much room, and what is to stay free besides. */
export async function checkSpace(path: string, neededBytes: number, reserveBytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(dirname(path))
  const freeBytes = bavail * bsize
  if (freeBytes >= neededBytes + reserveBytes) return
  throw new DriadError(
    'disk_full',
    `The download needs ${gigabytes(neededBytes)} more, and ${gigabytes(reserveBytes)} are to stay free, but ${dirname(path)} has ${gigabytes(freeBytes)} left. Make room, or choose another folder`,
  )
}

/** What the file system refused, as an error for people. */
export function diskError(path: string, cause: unknown): DriadError {
  if (cause instanceof DriadError) return cause
  const code = (cause as NodeJS.ErrnoException).code
  const full = code === 'ENOSPC' || code === 'EDQUOT'
  return new DriadError(
    full ? 'disk_full' : 'download_failed',
    full
      ? `The disk of ${dirname(path)} is full. Make room, and go on: what came is kept`
      : `${path}.part cannot be written (${code ?? String(cause)})`,
    { cause },
  )
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(bytes < 1e9 ? 2 : 1)} GB`
}
