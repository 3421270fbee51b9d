import type { BigIntStats } from 'node:fs'
import { stat } from 'node:fs/promises'
import type { FileStamp } from '../model-rows.ts'

/** A file as it is now. */
export interface FileState extends FileStamp {
  /** The same for all names and links of one file. */
  readonly identity: string
  /** Names that it has in its file system. */
  readonly links: number
  /** What deleting it frees, where it has no other name. */
  readonly diskBytes: number
}

/** In full: on Windows they have more digits than a number holds, and two files must not look like one. */
export function identityOf({ dev, ino }: Pick<BigIntStats, 'dev' | 'ino'>): string {
  return `${dev}:${ino}`
}

/** Follows links. Throws what the file system throws. */
export async function fileState(path: string): Promise<FileState> {
  const stats = await stat(path, { bigint: true })
  return {
    path,
    sizeBytes: Number(stats.size),
    modifiedAtMs: Math.trunc(Number(stats.mtimeNs) / 1e6),
    identity: identityOf(stats),
    links: Number(stats.nlink),
    diskBytes: Number(stats.blocks) * 512,
  }
}
