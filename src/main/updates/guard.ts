import { spawn } from 'node:child_process'
import { existsSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { DataFolder } from '../../node/data-folder.ts'
import type { Logger } from '../../node/logs/contract.ts'
import { copyDatabase } from '../../node/store/copy-database.ts'
import { isFolderHeld } from '../../node/store/folder-lock.ts'
import { processStart } from '../../node/store/process-runs.ts'
import type { Replaceable } from './installation.ts'
import type { PendingUpdate, UpdateJournal } from './update-journal.ts'

/** How long the old version may take to let go of the data folder. */
const RELEASE_MS = 60_000
/** From the new version's start to its word that it is fit. */
const PROBATION_MS = 5 * 60_000
/** How long a version that found itself unfit may take to end. */
const END_MS = 15_000
const LOOK_EVERY_MS = 200

export interface GuardInit {
  readonly folder: DataFolder
  readonly journal: UpdateJournal
  readonly installation: Pick<Replaceable, 'executable' | 'putBack'>
  /** With which arguments the program was running, and is started again. */
  readonly args: readonly string[]
  readonly logger: Logger
  readonly now?: () => number
  readonly probationMs?: number
}

/** Where the database stands as the previous version left it, while a new one has not proved itself. */
function savedDatabase(folder: DataFolder): string {
  return join(folder.updatesFolder, 'before-update.sqlite')
}

/**
 * Watches over the first start of a new version, as the previous version, in a process of its own. The new one must write into the
 * journal that it is fit, before it joins the network; where it does not, the previous version is put back, with the database
 * as it was, and started. Resolves to whether the new version runs.
 */
export async function guardUpdate(init: GuardInit): Promise<boolean> {
  const { folder, journal, installation, args, logger } = init
  const pending = journal.pending()
  if (pending === undefined) return false
  journal.amend({ guardPid: process.pid, guardStart: processStart(process.pid) })
  await until(() => !isFolderHeld(folder.nodeLockPath), RELEASE_MS)
  await saveDatabase(folder, pending)
  const reason = await watchFirstStart(init)
  if (reason === undefined) {
    logger.info('The new version is fit', { from: pending.from, to: pending.to })
    forgetSavedDatabase(folder)
    return true
  }
  logger.error('The new version is not fit; the previous one is put back', { ...pending, reason })
  await rollBack({ ...init, pending, reason })
  startDetached(installation.executable, args)
  return false
}

/** Keeps the database as it is now for `rollBack`, where the update may change its form. */
export async function saveDatabase(
  folder: DataFolder,
  { changesSchema }: Pick<PendingUpdate, 'changesSchema'>,
): Promise<void> {
  if (changesSchema && existsSync(folder.databasePath))
    await copyDatabase(folder.databasePath, savedDatabase(folder))
}

/** The new version is fit, and will have more in its database than the old one had. */
export function forgetSavedDatabase(folder: DataFolder): void {
  rmSync(savedDatabase(folder), { force: true })
}

/**
 * Puts the previous version and the database of before in their places. Nothing is lost with the newer database: it has not
 * been on the network with it.
 */
export async function rollBack({
  folder,
  journal,
  installation,
  pending,
  reason,
  now = Date.now,
}: Pick<GuardInit, 'folder' | 'journal' | 'installation' | 'now'> & {
  readonly pending: PendingUpdate
  readonly reason: string
}): Promise<void> {
  await installation.putBack()
  restoreDatabase(folder, pending)
  journal.refuse({ version: pending.to, reason, atMs: now(), rolledBack: true })
}

/** Puts the database of before the update in its place, where the update changes its form. Does nothing the second time. */
export function restoreDatabase(folder: DataFolder, { changesSchema }: PendingUpdate): void {
  const saved = savedDatabase(folder)
  if (!changesSchema || !existsSync(saved)) return
  // What belongs to the newer file would be taken for the older one's.
  for (const rest of ['-wal', '-shm']) rmSync(`${folder.databasePath}${rest}`, { force: true })
  renameSync(saved, folder.databasePath)
}

/** Starts a program that outlives this one. */
export function startDetached(executable: string, args: readonly string[]) {
  const child = spawn(executable, [...args], { detached: true, stdio: 'ignore', env: ownEnvironment() })
  child.on('error', () => undefined) // told by who waits for it
  child.unref()
  return child
}

/** Undefined where the new version is fit, else why not; it has ended then. */
async function watchFirstStart(init: GuardInit): Promise<string | undefined> {
  const { journal, installation, args, probationMs = PROBATION_MS } = init
  const child = startDetached(installation.executable, args)
  let ended: string | undefined
  child.once('error', (error) => {
    ended = error.message
  })
  child.once('exit', (code, signal) => {
    ended = code === null ? `It was ended by ${signal}` : `It ended with exit code ${code}`
  })
  const isFit = () => journal.pending() === undefined
  const failure = () => journal.pending()?.failure
  await until(() => ended !== undefined || isFit() || failure() !== undefined, probationMs)
  if (isFit()) return undefined
  const reason = failure() ?? ended ?? `It said nothing for ${probationMs / 1000} s`
  // One that found itself unfit closes its database first.
  if (failure() !== undefined) await until(() => ended !== undefined, END_MS)
  killGroup(child.pid)
  await until(() => ended !== undefined, END_MS)
  return reason
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // Nothing of it is left.
  }
}

/** An AppImage's runtime tells the program where it is mounted; the next one is mounted elsewhere. */
function ownEnvironment(): NodeJS.ProcessEnv {
  const { APPIMAGE: _image, APPDIR: _folder, ARGV0: _name, OWD: _cwd, ...rest } = process.env
  return rest
}

async function until(holds: () => boolean, timeoutMs: number): Promise<void> {
  for (const end = performance.now() + timeoutMs; !holds() && performance.now() < end; )
    await sleep(LOOK_EVERY_MS)
}
