import { privateKeyFromProtobuf, privateKeyToProtobuf } from '@libp2p/crypto/keys'
import type { PrivateKey } from '@libp2p/interface'
import { z } from 'zod'
import { DriadError } from '../../protocol/errors.ts'
import type { Identity } from './contract.ts'
import { identityOf } from './identity.ts'

/**
 * Encrypts the key with something that the operating system keeps: Electron's safeStorage in the app.
 * Where it is unavailable (no keyring on a server) the key is stored as it is, in a file of mode 0600.
 */
export interface IdentityVault {
  available(): boolean
  encrypt(text: string): Uint8Array
  /** Throws if this user on this computer did not encrypt it. */
  decrypt(bytes: Uint8Array): string
}

const FORMAT = 'driad-identity'

/** The file is JSON, so that a person who opens it sees what it is and whose. */
const fileSchema = z.object({
  format: z.literal(FORMAT),
  version: z.literal(1),
  peerId: z.string(),
  /** `vault`: `key` is encrypted. */
  protection: z.enum(['none', 'vault']),
  /** Base64 of libp2p's protobuf encoding of the private key, or of what the vault made of that base64. */
  key: z.base64(),
})

/** The file's text for a key, encrypted if there is a vault that works. */
export function encodeIdentityFile(privateKey: PrivateKey, vault?: IdentityVault): string {
  const plain = encodeKey(privateKey)
  const useVault = vault?.available() === true
  const file: z.infer<typeof fileSchema> = {
    format: FORMAT,
    version: 1,
    peerId: identityOf(privateKey).peerId,
    protection: useVault ? 'vault' : 'none',
    key: useVault ? Buffer.from(vault.encrypt(plain)).toString('base64') : plain,
  }
  return `${JSON.stringify(file, null, 2)}\n`
}

/** Reads a file's text. Throws `identity_invalid`, saying what a person can do, for anything that is not a key of ours. */
export function decodeIdentityFile(text: string, path: string, vault?: IdentityVault): Identity {
  const file = parseFile(text, path)
  let plain = file.key
  if (file.protection === 'vault') {
    if (vault === undefined) {
      throw new DriadError(
        'identity_invalid',
        `${path} is encrypted by the desktop app and can only be read there. Use another data folder, or run this in the app`,
      )
    }
    if (!vault.available()) {
      throw new DriadError(
        'identity_invalid',
        `${path} is encrypted, and the system's key store that can open it is not available. Unlock the keyring and try again`,
      )
    }
    try {
      plain = vault.decrypt(Buffer.from(file.key, 'base64'))
    } catch (cause) {
      throw new DriadError(
        'identity_invalid',
        `${path} was encrypted by another user or computer and cannot be opened here. Restore the one that belongs here`,
        { cause },
      )
    }
  }
  let identity: Identity
  try {
    identity = identityOf(privateKeyFromProtobuf(Buffer.from(plain, 'base64')))
  } catch (cause) {
    throw damaged(path, 'its key cannot be read', cause)
  }
  // The decoder overlooks some damage, such as to a field's tag; a key that encodes to other bytes was not ours.
  if (encodeKey(identity.privateKey) !== plain) throw damaged(path, 'its key cannot be read')
  if (identity.peerId !== file.peerId) throw damaged(path, 'its key is not the one of its peer id')
  return identity
}

/** Whose key a file has, also where only another program can open it. Throws `identity_invalid`. */
export function peerIdInFile(text: string, path: string): string {
  return parseFile(text, path).peerId
}

function encodeKey(privateKey: PrivateKey): string {
  return Buffer.from(privateKeyToProtobuf(privateKey)).toString('base64')
}

function parseFile(text: string, path: string): z.infer<typeof fileSchema> {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw damaged(path, 'it is not a Driad identity file', cause)
  }
  const parsed = fileSchema.safeParse(json)
  if (!parsed.success) throw damaged(path, 'it is not a Driad identity file', parsed.error)
  return parsed.data
}

function damaged(path: string, what: string, cause?: unknown): DriadError {
  return new DriadError(
    'identity_invalid',
    `${path} is damaged: ${what}. It is left as it is. Put back a copy of it, or begin with a new identity in another data folder`,
    { cause },
  )
}
