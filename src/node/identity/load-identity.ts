import { readFileSync } from 'node:fs'
import { chmod, mkdir, open, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { DriadError } from '../../protocol/errors.ts'
import { publicKeyOfPeerId } from '../../protocol/wire/keys.ts'
import type { Logger } from '../logs/contract.ts'
import { orphanedHistory } from '../recovery/data-owner.ts'
import type { Identity } from './contract.ts'
import { createEphemeralKey } from './identity.ts'
import { decodeIdentityFile, encodeIdentityFile, type IdentityVault, peerIdInFile } from './identity-file.ts'
import { createKeyFile } from './key-files.ts'

export const IDENTITY_FILE = 'identity.key'

/** An identity file has 300 bytes, or 1 KiB from a vault. */
const MAX_FILE_BYTES = 16 * 1024

export interface LoadIdentityInit {
  /** The data folder; made (mode 0700) if it does not exist. */
  readonly dir: string
  readonly vault?: IdentityVault | undefined
  readonly logger?: Logger
}

/**
 * The identity of a data folder, made at the first call. Several processes may call it at once: they get the same.
 * Throws `identity_invalid` for a file that is not a key of ours; such a file is never overwritten. Throws it,
 * too, where the file is missing and the folder has the ledger or the tasks of an identity: a new one could not go on with them.
 */
export async function loadOrCreateIdentity({ dir, vault, logger }: LoadIdentityInit): Promise<Identity> {
  const path = join(dir, IDENTITY_FILE)
  const existing = await readIdentity(path, vault, logger)
  if (existing !== undefined) return existing
  const history = orphanedHistory(dir)
  if (history !== undefined) {
    const whose = history.owner === undefined ? 'an identity' : history.owner
    throw new DriadError(
      'identity_invalid',
      `${path} is missing, and this folder has the history of ${whose}: its ledger, or what is left of it. No new identity is made over it. Put the file back, or use another data folder`,
    )
  }

  try {
    await mkdir(dir, { recursive: true, mode: 0o700 })
    await createKeyFile(path, encodeIdentityFile(await createEphemeralKey(), vault))
  } catch (cause) {
    throw new DriadError('identity_invalid', `Cannot store an identity in ${dir}: ${reason(cause)}`, {
      cause,
    })
  }
  // Read back, also by the process that lost the race: what counts is what is on disk.
  const created = await readIdentity(path, vault, logger)
  if (created === undefined) {
    throw new DriadError('identity_invalid', `${path} vanished while it was being made. Try again`)
  }
  logger?.info('Made a new identity', { peerId: created.peerId })
  return created
}

/** The public key of a folder that has an identity, sealed or not. Throws `identity_invalid` where it has none. */
export function publicKeyOfFolder(dir: string): Uint8Array {
  const path = join(dir, IDENTITY_FILE)
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    const why = isCode(cause, 'ENOENT')
      ? `${dir} has no identity. The first start of a node makes one`
      : `Cannot read ${path}: ${reason(cause)}`
    throw new DriadError('identity_invalid', why, { cause })
  }
  return publicKeyOfPeerId(peerIdInFile(text, path))
}

/** The identity that a data folder has; undefined where it has none. Throws `identity_invalid`. */
export async function loadIdentity({ dir, vault, logger }: LoadIdentityInit): Promise<Identity | undefined> {
  return await readIdentity(join(dir, IDENTITY_FILE), vault, logger)
}

async function readIdentity(
  path: string,
  vault: IdentityVault | undefined,
  logger: Logger | undefined,
): Promise<Identity | undefined> {
  let text: string
  try {
    const info = await stat(path)
    if (!info.isFile() || info.size > MAX_FILE_BYTES) {
      throw new DriadError(
        'identity_invalid',
        `${path} is not an identity file. Put back the one that belongs there`,
      )
    }
    // Windows has no such bits: its files are private to the user's profile already.
    if (process.platform !== 'win32' && (info.mode & 0o077) !== 0) {
      logger?.warn('The identity file could be read by other users; its mode is corrected', { path })
      await chmod(path, 0o600)
    }
    const file = await open(path, 'r')
    try {
      text = await file.readFile('utf8')
    } finally {
      await file.close()
    }
  } catch (cause) {
    if (cause instanceof DriadError) throw cause
    if (isCode(cause, 'ENOENT')) return undefined
    throw new DriadError('identity_invalid', `Cannot read ${path}: ${reason(cause)}`, { cause })
  }
  return decodeIdentityFile(text, path, vault)
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && (error as NodeJS.ErrnoException).code === code
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
