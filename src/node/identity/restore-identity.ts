import { existsSync } from 'node:fs'
import { copyFile, mkdir, rename } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { DriadError } from '../../protocol/errors.ts'
import { peerIdOfPublicKey } from '../../protocol/wire/keys.ts'
import type { DataFolder } from '../data-folder.ts'
import type { Reader } from '../store/contract.ts'
import { takeFolderLock } from '../store/folder-lock.ts'
import { openStore } from '../store/open-store.ts'
import { readBackupFile } from './backup-file.ts'
import type { Identity } from './contract.ts'
import { openBackup } from './identity-backup.ts'
import { encodeIdentityFile, type IdentityVault } from './identity-file.ts'
import { createKeyFile, replaceKeyFile } from './key-files.ts'
import { IDENTITY_FILE, loadIdentity } from './load-identity.ts'

export interface RestoreInit {
  readonly folder: DataFolder
  /** Of the backup. */
  readonly path: string
  readonly passphrase: string
  /** The peer id of an identity that has a ledger here, where that is to be set aside, ledger and all. */
  readonly replace?: string
  readonly vault?: IdentityVault | undefined
  readonly now?: () => number
}

export interface Restored {
  readonly peerId: string
  /** `already`: the folder had that identity, and nothing was changed. */
  readonly state: 'restored' | 'already'
  /** Where what was there before is kept, if there was something. */
  readonly setAside?: string
}

/**
 * Gives a data folder the identity of a backup. No key is ever thrown away: one that was there is set aside. Throws
 * `backup_invalid`, `wrong_passphrase`, `data_folder_in_use` while a node runs there, and `identity_in_use` where another
 * identity has a ledger or tasks in the folder and `replace` does not name it.
 */
export async function restoreIdentity(init: RestoreInit): Promise<Restored> {
  const { folder, path, passphrase, replace, vault } = init
  const restored = await openBackup(await readBackupFile(path), passphrase)
  const lock = takeFolderLock(folder.nodeLockPath)
  try {
    const current = await currentIdentity(init)
    if (current !== undefined && current !== 'unreadable' && current.peerId === restored.peerId)
      return { peerId: restored.peerId, state: 'already' }
    const present = current === undefined || current === 'unreadable' ? undefined : current.peerId
    const owner = await folderOwner(folder, present)
    const foreign = owner !== undefined && owner !== restored.peerId ? owner : undefined
    if (foreign !== undefined && replace !== foreign) throw inUse(folder, restored, foreign)
    const setAside =
      foreign !== undefined || current !== undefined
        ? await setAsideFolder(folder, foreign ?? present, init.now?.() ?? Date.now())
        : undefined
    if (setAside !== undefined && foreign !== undefined) await moveBooks(folder, setAside)
    await putKey(folder, encodeIdentityFile(restored.privateKey, vault), setAside)
    return { peerId: restored.peerId, state: 'restored', ...(setAside !== undefined && { setAside }) }
  } finally {
    lock.release()
  }
}

async function currentIdentity({ folder, vault }: RestoreInit): Promise<Identity | 'unreadable' | undefined> {
  try {
    return await loadIdentity({ dir: folder.path, ...(vault !== undefined && { vault }) })
  } catch {
    // A damaged key is what backups are for.
    return 'unreadable'
  }
}

/** Whose ledger or tasks a store has; undefined where there are none. Tasks count as `present`'s, who has begun them. */
export function booksOwner(store: Pick<Reader, 'get'>, present: string | undefined): string | undefined {
  const entry = store.get<{
    direction: string
    outcome_public_key: Uint8Array
    receipt_public_key: Uint8Array
  }>('SELECT direction, outcome_public_key, receipt_public_key FROM ledger ORDER BY seq DESC LIMIT 1')
  // Of a credit this side signed the outcome, of a debit the receipt.
  if (entry !== undefined)
    return peerIdOfPublicKey(
      entry.direction === 'credit' ? entry.outcome_public_key : entry.receipt_public_key,
    )
  // They may bring an entry yet.
  const hasTasks =
    store.get('SELECT 1 FROM node_tasks LIMIT 1') ?? store.get('SELECT 1 FROM requests LIMIT 1')
  return hasTasks === undefined ? undefined : (present ?? 'unknown')
}

async function folderOwner(folder: DataFolder, present: string | undefined): Promise<string | undefined> {
  if (!existsSync(folder.databasePath)) return undefined
  const store = openStore({ path: folder.databasePath })
  try {
    return booksOwner(store, present)
  } finally {
    await store.close()
  }
}

async function setAsideFolder(
  folder: DataFolder,
  peerId: string | undefined,
  nowMs: number,
): Promise<string> {
  const stamp = new Date(nowMs).toISOString().replace(/[:.]/g, '-')
  const path = join(folder.path, `replaced-${peerId?.slice(-8) ?? 'unreadable'}-${stamp}`)
  await mkdir(path, { mode: 0o700 })
  return path
}

/** The ledger with all that belongs to it. A database that was closed has everything in its one file. */
async function moveBooks({ databasePath, ledgerAnchorPath }: DataFolder, to: string): Promise<void> {
  for (const path of [ledgerAnchorPath, databasePath, `${databasePath}-wal`, `${databasePath}-shm`])
    if (existsSync(path)) await rename(path, join(to, basename(path)))
}

/** At any moment there is either the old key or the new one. */
async function putKey(folder: DataFolder, text: string, setAside: string | undefined): Promise<void> {
  const path = join(folder.path, IDENTITY_FILE)
  if (setAside !== undefined && existsSync(path)) {
    await copyFile(path, join(setAside, IDENTITY_FILE))
    await replaceKeyFile(path, text)
  } else if (!(await createKeyFile(path, text))) {
    throw new DriadError('data_folder_in_use', `Another process has just made ${path}. Try again`)
  }
}

function inUse(folder: DataFolder, restored: Identity, owner: string): DriadError {
  return new DriadError(
    'identity_in_use',
    `${folder.path} has a ledger or tasks of ${owner}; as ${restored.peerId} nobody could claim what they are owed. ` +
      `Restore into another --data-dir, or set them aside, where they are kept, with --replace ${owner}`,
  )
}
