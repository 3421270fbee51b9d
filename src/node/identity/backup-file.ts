import { open } from 'node:fs/promises'
import { DriadError } from '../../protocol/errors.ts'
import type { Identity } from './contract.ts'
import { BACKUP_MAX_BYTES, encodeBackup, openBackup } from './identity-backup.ts'
import { createKeyFile, replaceKeyFile } from './key-files.ts'

/** Writes a backup, for this user alone. Throws `bad_usage` where there is a file already, or none can be made. */
export async function writeBackup(
  identity: Identity,
  { path, passphrase, overwrite }: { path: string; passphrase: string; overwrite: boolean },
): Promise<void> {
  const text = await encodeBackup(identity, passphrase)
  let made: boolean
  try {
    made = overwrite ? await replaceKeyFile(path, text).then(() => true) : await createKeyFile(path, text)
  } catch (cause) {
    throw new DriadError('bad_usage', `${path} cannot be written: ${reason(cause)}`, { cause })
  }
  if (!made) throw new DriadError('bad_usage', `There is a file ${path} already; choose another name`)
}

/** A backup's text. Throws `backup_invalid`, saying why it cannot be read. */
export async function readBackupFile(path: string): Promise<string> {
  try {
    const file = await open(path, 'r')
    try {
      const { size } = await file.stat()
      if (size > BACKUP_MAX_BYTES) throw new Error('it is far too large for a backup')
      return await file.readFile('utf8')
    } finally {
      await file.close()
    }
  } catch (cause) {
    throw new DriadError('backup_invalid', `${path} cannot be read: ${reason(cause)}`, { cause })
  }
}

/**
 * What restoring would do, without touching anything: reads the file back, opens it with the passphrase, and compares
 * whose key is in it. Throws `backup_invalid`, `wrong_passphrase`.
 */
export async function rehearseRestore(
  identity: Pick<Identity, 'peerId'>,
  { path, passphrase }: { path: string; passphrase: string },
): Promise<void> {
  const restored = await openBackup(await readBackupFile(path), passphrase)
  if (restored.peerId === identity.peerId) return
  throw new DriadError(
    'backup_invalid',
    `${path} is a backup of ${restored.peerId}, and this node is ${identity.peerId}`,
  )
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
