import { existsSync, mkdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { v7 as uuidv7 } from 'uuid'
import { DriadError } from '../../protocol/errors.ts'
import type { RecoveryNoteView, RecoverySubject } from '../../protocol/recovery-views.ts'
import type { DataFolder } from '../data-folder.ts'
import { type Anchor, readAnchor } from '../ledger/anchor.ts'
import { chainHead } from '../ledger/gaps.ts'
import type { Logger } from '../logs/contract.ts'
import { Connection } from '../store/connection.ts'
import { newDatabasePath, takeDatabase } from '../store/database-users.ts'
import { listBackups } from './backup-files.ts'
import { exchangeDatabase, finishExchange } from './exchange-database.ts'
import { findDamage } from './find-damage.ts'
import { damageFolder } from './kept-damage.ts'
import { rebuildDatabase } from './rebuild/rebuild-database.ts'
import { RecoveryNotes } from './recovery-notes.ts'
import { lossText } from './recovery-text.ts'

export interface RecoverDatabaseInit {
  readonly folder: DataFolder
  /** Raw Ed25519 key of whose data it is. */
  readonly publicKey: Uint8Array
  readonly logger: Logger
  /** Whether all of the database is looked at, however large it is. */
  readonly thorough: boolean
  readonly nowMs?: number
}

/**
 * Looks at a closed database, and mends it where it is damaged, missing, or without the newest entries of its ledger. What was
 * damaged is kept. For whoever holds the folder's lock.
 *
 * Throws `data_folder_in_use` where it needs mending and another process has it open, `identity_invalid` where it is another
 * identity's, `disk_full`; the damaged one stays where it is then.
 */
export async function recoverDatabase(init: RecoverDatabaseInit): Promise<void> {
  const { folder, publicKey, thorough } = init
  const path = folder.databasePath
  if (existsSync(newDatabasePath(path)) || existsSync(`${newDatabasePath(path)}.json`)) {
    await alone(path, () => finishExchange(path, notesOf(folder)))
  }
  const anchor = soundAnchor(folder.ledgerAnchorPath)
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) === 0) {
    const hadOne = anchor !== undefined || listBackups(folder).length > 0
    if (hadOne) await mend(init, anchor, 'database', 'The database is missing')
    return
  }
  const damage = await findDamage({ path, publicKey, thorough })
  if (damage !== undefined) {
    await mend(init, anchor, 'database', `The database was damaged: ${damage}`)
    return
  }
  if (anchor === undefined) return
  const last = lastEntry(path)
  if (last >= anchor.seq) return
  await mend(
    init,
    anchor,
    'ledger',
    `The database has ${last} entries of the ledger, and there were ${anchor.seq}: it lost what was written last`,
  )
}

/**
 * Puts a backup in the place of the database, which is kept. The ledger keeps every entry of both. Throws `data_folder_in_use`
 * while any process has the folder, `store_corrupt` where the backup is damaged, newer or of another identity.
 */
export async function restoreBackup(
  init: Omit<RecoverDatabaseInit, 'thorough'> & { readonly name: string },
): Promise<RecoveryNoteView> {
  const { folder, name } = init
  const backup = listBackups(folder).find((each) => each.name === name)
  if (backup === undefined)
    throw new DriadError('bad_usage', `There is no backup ${name}; see driad backup list`)
  const anchor = soundAnchor(folder.ledgerAnchorPath)
  return await rebuild(init, anchor, {
    subject: 'restore',
    reason: 'A backup was put in the place of the database',
    copies: [backup],
  })
}

async function mend(
  init: RecoverDatabaseInit,
  anchor: Anchor | undefined,
  subject: RecoverySubject,
  reason: string,
): Promise<void> {
  init.logger.error(`${reason}. It is mended now`)
  await rebuild(init, anchor, { subject, reason, copies: listBackups(init.folder) })
}

async function rebuild(
  init: Omit<RecoverDatabaseInit, 'thorough'>,
  anchor: Anchor | undefined,
  what: {
    readonly subject: RecoverySubject
    readonly reason: string
    readonly copies: readonly { readonly path: string; readonly madeAtMs: number }[]
  },
): Promise<RecoveryNoteView> {
  const { folder, publicKey, logger, nowMs = Date.now() } = init
  const path = folder.databasePath
  return await alone(path, async () => {
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
        lost,
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
  })
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

/** One that is damaged says nothing. */
function soundAnchor(path: string): Anchor | undefined {
  try {
    return readAnchor(path)
  } catch {
    return undefined
  }
}

function lastEntry(path: string): number {
  const connection = new Connection({ path, readOnly: true, busyTimeoutMs: 5_000 })
  try {
    if (connection.get("SELECT 1 AS found FROM sqlite_schema WHERE name = 'ledger'") === undefined) return 0
    return chainHead(connection)?.seq ?? 0
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
