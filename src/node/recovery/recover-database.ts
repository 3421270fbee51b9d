import { existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { v7 as uuidv7 } from 'uuid'
import { DriadError } from '../../protocol/errors.ts'
import type { RecoveryLoss, RecoveryNoteView, RecoverySubject } from '../../protocol/recovery-views.ts'
import type { DataFolder } from '../data-folder.ts'
import { type Anchor, readAnchor } from '../ledger/anchor.ts'
import { chainHead } from '../ledger/gaps.ts'
import type { Logger } from '../logs/contract.ts'
import { Connection } from '../store/connection.ts'
import { isDatabaseOpen, isLogMissing, newDatabasePath, takeDatabase } from '../store/database-users.ts'
import { type FolderLock, takeFolderLock } from '../store/folder-lock.ts'
import { listBackups } from './backup-files.ts'
import { exchangeDatabase, finishExchange } from './exchange-database.ts'
import { findDamage } from './find-damage.ts'
import { damageFolder, freeName } from './kept-damage.ts'
import { unreachableCommits } from './log-damage.ts'
import { rebuildDatabase } from './rebuild/rebuild-database.ts'
import { RecoveryNotes } from './recovery-notes.ts'
import { lossText } from './recovery-text.ts'

export interface RecoverDatabaseInit {
  readonly folder: DataFolder
  /** Raw Ed25519 key of whose data it is. */
  readonly publicKey: Uint8Array
  readonly logger: Logger
  /**
   * How far it is looked: whether it can be opened and has its newest entries; as much as a start can afford; or all of it, however
   * large it is.
   */
  readonly depth: 'quick' | 'start' | 'thorough'
  /** What a run came upon in the database: nothing that a check at a start would see, perhaps. */
  readonly reported?: string | undefined
  readonly nowMs?: number
}

interface Finding {
  readonly subject: RecoverySubject
  readonly reason: string
  readonly lost?: readonly RecoveryLoss[]
}

/**
 * Looks at a closed database, and mends it where it is damaged, missing, or without the newest entries of its ledger. What was
 * damaged is kept. For whoever holds the folder's lock.
 *
 * Throws `data_folder_in_use` where it needs mending and another process has it open, `identity_invalid` where it is another
 * identity's, `disk_full`; the damaged one stays where it is then.
 */
export async function recoverDatabase(init: RecoverDatabaseInit): Promise<void> {
  const { folder } = init
  const path = folder.databasePath
  if (existsSync(newDatabasePath(path)) || existsSync(`${newDatabasePath(path)}.json`)) {
    await alone(path, () => finishExchange(path, notesOf(folder)))
  }
  const anchor = setAsideDamagedAnchor(init)
  if ((await look(init, anchor)) === undefined) return
  await alone(path, async () => {
    // Another process may have been writing when it was looked first, or have mended it.
    const finding = await look(init, anchor)
    if (finding === undefined) return
    init.logger.error(`${finding.reason}. It is mended now`)
    await rebuild(init, anchor, { ...finding, copies: listBackups(folder) })
  })
}

/** The same for a process that only asks: quickly, and not beside a node, which would have seen to it. */
export async function recoverForRequester(
  init: Omit<RecoverDatabaseInit, 'depth' | 'reported'>,
): Promise<void> {
  let lock: FolderLock
  try {
    lock = takeFolderLock(init.folder.nodeLockPath)
  } catch (error) {
    if (error instanceof DriadError && error.code === 'data_folder_in_use') return
    throw error
  }
  try {
    await recoverDatabase({ ...init, depth: 'quick' })
  } catch (error) {
    // Others of its kind are at work in it, so it can be used.
    if (!(error instanceof DriadError) || error.code !== 'data_folder_in_use') throw error
  } finally {
    lock.release()
  }
}

/** The first thing that is wrong. */
async function look(init: RecoverDatabaseInit, anchor: Anchor | undefined): Promise<Finding | undefined> {
  const { folder, publicKey, depth, reported } = init
  const path = folder.databasePath
  const subject = 'database'
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) === 0) {
    const hadOne = anchor !== undefined || listBackups(folder).length > 0
    return hadOne ? { subject, reason: 'The database is missing' } : undefined
  }
  const isOpen = isDatabaseOpen(path)
  const commits = isOpen ? 0 : unreachableCommits(path)
  if (commits > 0) {
    const reason = 'The write-ahead log of the database was damaged'
    return { subject, reason, lost: [{ what: 'commits', count: commits }] }
  }
  if (!isOpen && isLogMissing(path)) {
    const reason = 'The write-ahead log of the database is missing'
    return { subject, reason, lost: [{ what: 'commits', count: null }] }
  }
  if (reported !== undefined) return { subject, reason: `The database was damaged: ${reported}` }
  const damage = await findDamage({ path, publicKey, depth })
  if (damage !== undefined) return { subject, reason: `The database was damaged: ${damage}` }
  const last = lastEntry(path)
  if (anchor === undefined || last >= anchor.seq) return undefined
  const reason = `The database has ${last} entries of the ledger, and there were ${anchor.seq}: it lost what was written last`
  return { subject: 'ledger', reason }
}

/**
 * Puts a backup in the place of the database, which is kept. The ledger keeps every entry of both. Throws `data_folder_in_use`
 * while any process has the folder, `store_corrupt` where the backup is damaged, newer or of another identity.
 */
export async function restoreBackup(
  init: Omit<RecoverDatabaseInit, 'depth'> & { readonly name: string },
): Promise<RecoveryNoteView> {
  const { folder, name } = init
  const backup = listBackups(folder).find((each) => each.name === name)
  if (backup === undefined)
    throw new DriadError('bad_usage', `There is no backup ${name}; see driad backup list`)
  const anchor = setAsideDamagedAnchor(init)
  return await alone(folder.databasePath, () =>
    rebuild(init, anchor, {
      subject: 'restore',
      reason: 'A backup was put in the place of the database',
      copies: [backup],
    }),
  )
}

async function rebuild(
  init: Omit<RecoverDatabaseInit, 'depth'>,
  anchor: Anchor | undefined,
  what: Finding & {
    readonly copies: readonly { readonly path: string; readonly madeAtMs: number }[]
  },
): Promise<RecoveryNoteView> {
  const { folder, publicKey, logger, nowMs = Date.now() } = init
  const path = folder.databasePath
  const draftPath = `${path}.draft`
  const scratchFolder = join(folder.path, 'mending')
  try {
    const { lost, copyAtMs } = await rebuildDatabase({
      path,
      targetPath: draftPath,
      scratchFolder,
      publicKey,
      anchor,
      copies: what.copies,
      prefer: what.subject === 'restore' ? 'copy' : 'damaged',
      nowMs,
    })
    const keptFolder = damageFolder(folder.damagedFolder, nowMs)
    const note: RecoveryNoteView = {
      id: uuidv7(),
      atMs: nowMs,
      subject: what.subject,
      reason: what.reason,
      ...(copyAtMs !== undefined && { copyAtMs }),
      lost: [...(what.lost ?? []), ...lost],
      ...(existsSync(path) && { keptPath: keptFolder }),
      dismissed: false,
    }
    mkdirSync(keptFolder, { recursive: true, mode: 0o700 })
    await exchangeDatabase({ databasePath: path, draftPath, keptFolder, note, notes: notesOf(folder) })
    logger.warn(`The database was mended. ${lossText(note)}`, { keptPath: note.keptPath })
    return note
  } catch (error) {
    throw noRoom(error, path)
  } finally {
    for (const suffix of ['', '-journal', '-wal', '-shm']) rmSync(`${draftPath}${suffix}`, { force: true })
  }
}

export function notesOf(folder: DataFolder): RecoveryNotes {
  return new RecoveryNotes({ path: folder.recoveryNotesPath, damagedFolder: folder.damagedFolder })
}

async function alone<T>(path: string, work: () => Promise<T>): Promise<T> {
  const lock = takeDatabase(path)
  try {
    return await work()
  } finally {
    lock.release()
  }
}

/**
 * The newest entry that the anchor, or where there is none, the newest backup names. A damaged anchor is set aside: it is written anew
 * once the ledger is open.
 */
function setAsideDamagedAnchor(init: Omit<RecoverDatabaseInit, 'depth'>): Anchor | undefined {
  const { folder, logger, nowMs = Date.now() } = init
  const path = folder.ledgerAnchorPath
  try {
    const anchor = readAnchor(path)
    if (anchor !== undefined) return anchor
  } catch {
    const keptPath = freeName(damageFolder(folder.damagedFolder, nowMs), 'ledger.anchor')
    renameSync(path, keptPath)
    const reason = "The ledger's anchor was damaged; it is made anew from the ledger"
    notesOf(folder).add({
      id: uuidv7(),
      atMs: nowMs,
      subject: 'anchor',
      reason,
      lost: [],
      keptPath,
      dismissed: false,
    })
    logger.warn(reason, { keptPath })
  }
  return headOfNewestBackup(folder)
}

function headOfNewestBackup(folder: DataFolder): Anchor | undefined {
  for (const { path } of listBackups(folder)) {
    try {
      return headIn(path)
    } catch {
      // Damaged itself: the one before it.
    }
  }
  return undefined
}

function lastEntry(path: string): number {
  return headIn(path)?.seq ?? 0
}

function headIn(path: string): Anchor | undefined {
  const connection = new Connection({ path, readOnly: true, busyTimeoutMs: 5_000 })
  try {
    if (connection.get("SELECT 1 AS found FROM sqlite_schema WHERE name = 'ledger'") === undefined)
      return undefined
    return chainHead(connection)
  } finally {
    connection.close()
  }
}

function noRoom(error: unknown, path: string): unknown {
  if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') return error
  return new DriadError('disk_full', `There is no room to mend ${path}. Free some space, then start again`, {
    cause: error,
  })
}
