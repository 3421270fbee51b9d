import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
} from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { DriadError } from '../../protocol/errors.ts'
import { type BackupView, backupLimits } from '../../protocol/recovery-views.ts'
import { Connection } from '../store/connection.ts'
import { findDamage } from './find-damage.ts'
import { nameOfTime, timeOfName } from './time-names.ts'

/** What a backup leaves free on the disk. */
const LEFT_FREE_BYTES = 256 * 1024 * 1024

export interface BackupFile extends BackupView {
  readonly path: string
}

export interface BackupPlace {
  readonly databasePath: string
  readonly backupsFolder: string
}

export interface MakeBackupInit extends BackupPlace {
  /** Raw Ed25519 key of whose data it is. */
  readonly publicKey: Uint8Array
  readonly nowMs: number
  readonly limits?: { readonly copies: number; readonly bytes: number }
  readonly freeBytes?: (folder: string) => number
}

const PREFIX = 'driad-'
const SUFFIX = '.sqlite'

/** Newest first. What has another name in that folder is nobody's backup. */
export function listBackups({ backupsFolder }: Pick<BackupPlace, 'backupsFolder'>): BackupFile[] {
  if (!existsSync(backupsFolder)) return []
  return readdirSync(backupsFolder)
    .flatMap((name) => {
      if (!name.startsWith(PREFIX) || !name.endsWith(SUFFIX)) return []
      const madeAtMs = timeOfName(name.slice(PREFIX.length, -SUFFIX.length))
      const path = join(backupsFolder, name)
      const sizeBytes = statSync(path, { throwIfNoEntry: false })?.size
      return madeAtMs === undefined || sizeBytes === undefined ? [] : [{ name, madeAtMs, sizeBytes, path }]
    })
    .sort((a, b) => b.madeAtMs - a.madeAtMs)
}

/**
 * Checks the database and copies it as it is now, while it may be in use, checks the copy, and only then gives it its name and removes the oldest.
 * Throws `disk_full` (also where little would be left), `store_corrupt` where the copy shows that the database is damaged;
 * nothing is left of it then.
 */
export async function makeBackup(init: MakeBackupInit): Promise<BackupFile> {
  const { databasePath, backupsFolder, nowMs } = init
  mkdirSync(backupsFolder, { recursive: true, mode: 0o700 })
  removeDrafts(backupsFolder, nowMs)
  requireRoom(init)
  const name = `${PREFIX}${nameOfTime(nowMs)}${SUFFIX}`
  const path = join(backupsFolder, name)
  const draft = `${path}.${randomBytes(4).toString('hex')}.part`
  try {
    // A copy leaves indexes behind, and with them damage that the database goes on with.
    await requireSound(databasePath, init.publicKey)
    const connection = new Connection({ path: databasePath, readOnly: true, busyTimeoutMs: 5_000 })
    try {
      // On SQLite's own thread: the event loop goes on, and so do writers.
      await connection.execAsync(`VACUUM INTO '${draft.replaceAll("'", "''")}'`)
    } finally {
      connection.close()
    }
    chmodSync(draft, 0o600)
    await requireSound(draft, init.publicKey)
    await syncFile(draft)
    renameSync(draft, path)
    await syncFile(backupsFolder)
  } finally {
    for (const suffix of ['', '-journal', '-wal', '-shm']) rmSync(`${draft}${suffix}`, { force: true })
  }
  removeOldest(init)
  return { name, path, madeAtMs: timeOfName(nameOfTime(nowMs)) ?? nowMs, sizeBytes: statSync(path).size }
}

async function requireSound(path: string, publicKey: Uint8Array): Promise<void> {
  const damage = await findDamage({ path, publicKey, depth: 'thorough' })
  if (damage === undefined) return
  throw new DriadError('store_corrupt', `The database cannot be backed up, for it is damaged: ${damage}`)
}

/** A disk that is nearly full must not be filled by what is only a copy. */
function requireRoom({ databasePath, backupsFolder, freeBytes = freeBytesOf }: MakeBackupInit): void {
  const sizeBytes = ['', '-wal'].reduce(
    (sum, suffix) => sum + (statSync(`${databasePath}${suffix}`, { throwIfNoEntry: false })?.size ?? 0),
    0,
  )
  const free = freeBytes(backupsFolder)
  if (free >= sizeBytes + LEFT_FREE_BYTES) return
  const mebibytes = Math.ceil((sizeBytes + LEFT_FREE_BYTES - free) / 1024 ** 2)
  throw new DriadError(
    'disk_full',
    `There is too little room for a backup in ${backupsFolder}: ${mebibytes} MiB more are needed`,
  )
}

function freeBytesOf(folder: string): number {
  const { bavail, bsize } = statfsSync(folder)
  return bavail * bsize
}

function removeOldest(init: MakeBackupInit): void {
  const { copies, bytes } = init.limits ?? backupLimits
  let sum = 0
  for (const [i, { path, sizeBytes }] of listBackups(init).entries()) {
    sum += sizeBytes
    if (i > 0 && (i >= copies || sum > bytes)) rmSync(path, { force: true })
  }
}

/** What a process left that was killed while it made one; another one may be at work now. */
function removeDrafts(folder: string, nowMs: number): void {
  for (const name of readdirSync(folder)) {
    if (!/\.part(?:-journal)?$/.test(name)) continue
    const path = join(folder, name)
    const changedMs = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? nowMs
    if (nowMs - changedMs > 3_600_000) rmSync(path, { force: true })
  }
}

/** Of a file or a folder. Windows has it for files alone, and needs no more. */
export async function syncFile(path: string): Promise<void> {
  if (process.platform === 'win32' && statSync(path).isDirectory()) return
  const file = await open(path, 'r')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}
