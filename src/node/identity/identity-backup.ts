import { createHash, randomBytes, scrypt } from 'node:crypto'
import { privateKeyFromProtobuf, privateKeyToProtobuf } from '@libp2p/crypto/keys'
import { xchacha20poly1305 } from '@noble/ciphers/chacha.js'
import { z } from 'zod'
import { DriadError } from '../../protocol/errors.ts'
import type { Identity } from './contract.ts'
import { identityOf } from './identity.ts'

/*
 * A backup of an identity: JSON of fixed order and indentation, so that a person who opens it sees what it is and whose.
 * `key` is libp2p's protobuf of the private key under XChaCha20-Poly1305, by a key that scrypt (r 8, p 1) makes of the
 * passphrase; all that stands before it is authenticated with it. `checksum` is the SHA-256 of everything before
 * itself: it proves nothing to an attacker, but tells a damaged file from a wrong passphrase.
 */

const FORMAT = 'driad-identity-backup'
const VERSION = 1
const ABOUT =
  'The key of a Driad node, encrypted with a passphrase. To use it again: driad identity restore <this file>'
const KEY_BYTES = 32
const SALT_BYTES = 16
const NONCE_BYTES = 24
/** scrypt with N = 2^17 and r = 8 takes 128 MiB and about half a second: what OWASP asks for. */
const COST_LOG2 = 17
const BLOCK_SIZE = 8
/** What is accepted of a file, so that one from elsewhere cannot ask for any amount of memory. */
const MOST_COST_LOG2 = 18
const LEAST_COST_LOG2 = 15

/** Of a passphrase. Whoever has the file may try as many as they like. */
export const PASSPHRASE_LEAST = 10
const PASSPHRASE_MOST = 1024

/** A backup has 700 bytes. */
export const BACKUP_MAX_BYTES = 16 * 1024

const fileSchema = z.strictObject({
  format: z.literal(FORMAT),
  version: z.literal(VERSION),
  about: z.literal(ABOUT),
  peerId: z.string().max(128),
  createdAt: z.iso.datetime(),
  kdf: z.literal('scrypt'),
  costLog2: z.int().min(LEAST_COST_LOG2).max(MOST_COST_LOG2),
  salt: bytesOf(SALT_BYTES),
  cipher: z.literal('xchacha20-poly1305'),
  nonce: bytesOf(NONCE_BYTES),
  key: z.base64().max(1024),
  checksum: z.string().length(64),
})
type BackupFile = z.infer<typeof fileSchema>
type Header = Omit<BackupFile, 'key' | 'checksum'>

/** What a backup says of itself without its passphrase. */
export interface BackupFacts {
  /** Whose it says that it is; proven only by opening it. */
  readonly peerId: string
  readonly createdAtMs: number
}

/** The text of a backup. Throws `bad_usage` for a passphrase that is too short or too long. */
export async function encodeBackup(
  identity: Identity,
  passphrase: string,
  { now = Date.now }: { readonly now?: () => number } = {},
): Promise<string> {
  const normal = checkedPassphrase(passphrase)
  const salt = randomBytes(SALT_BYTES)
  const nonce = randomBytes(NONCE_BYTES)
  const header: Header = {
    format: FORMAT,
    version: VERSION,
    about: ABOUT,
    peerId: identity.peerId,
    createdAt: new Date(now()).toISOString(),
    kdf: 'scrypt',
    costLog2: COST_LOG2,
    salt: salt.toString('base64'),
    cipher: 'xchacha20-poly1305',
    nonce: nonce.toString('base64'),
  }
  const secret = privateKeyToProtobuf(identity.privateKey)
  const wrapping = await derive(normal, salt, COST_LOG2)
  try {
    const sealed = xchacha20poly1305(wrapping, nonce, aad(header)).encrypt(secret)
    const body = { ...header, key: Buffer.from(sealed).toString('base64') }
    return toText({ ...body, checksum: checksum(body) })
  } finally {
    wrapping.fill(0)
    secret.fill(0)
  }
}

/** Throws `backup_invalid` for anything that is not a whole backup of ours. */
export function readBackup(text: string): BackupFacts {
  const { peerId, createdAt } = parse(text)
  return { peerId, createdAtMs: Date.parse(createdAt) }
}

/**
 * The identity in a backup. Throws `backup_invalid` where a byte of it differs from what was written, `wrong_passphrase`
 * where it is whole but does not open.
 */
export async function openBackup(text: string, passphrase: string): Promise<Identity> {
  const { key, checksum: _, ...header } = parse(text)
  const wrapping = await derive(
    passphrase.normalize('NFKC').slice(0, PASSPHRASE_MOST),
    Buffer.from(header.salt, 'base64'),
    header.costLog2,
  )
  let secret: Uint8Array
  try {
    const box = xchacha20poly1305(wrapping, Buffer.from(header.nonce, 'base64'), aad(header))
    secret = box.decrypt(Buffer.from(key, 'base64'))
  } catch (cause) {
    throw new DriadError('wrong_passphrase', 'The passphrase does not open this backup', { cause })
  } finally {
    wrapping.fill(0)
  }
  let identity: Identity
  try {
    identity = identityOf(privateKeyFromProtobuf(secret))
  } catch (cause) {
    throw damaged('there is no key in it', cause)
  } finally {
    secret.fill(0)
  }
  if (identity.peerId !== header.peerId) throw damaged('its key is not the one of its peer id')
  return identity
}

function parse(text: string): BackupFile {
  // Mail and old editors change the ends of lines; nothing else may differ.
  const unix = text.replaceAll('\r\n', '\n')
  let json: unknown
  try {
    json = JSON.parse(unix)
  } catch (cause) {
    throw damaged('it is not the text of one', cause)
  }
  const { format, version } = (json ?? {}) as { format?: unknown; version?: unknown }
  if (format === FORMAT && typeof version === 'number' && version > VERSION)
    throw new DriadError(
      'backup_invalid',
      `This backup was made by a newer Driad (its version is ${version}); update Driad to use it`,
    )
  const parsed = fileSchema.safeParse(json)
  if (!parsed.success) throw damaged('its parts are not as they were written', parsed.error)
  const { checksum: said, ...body } = parsed.data
  if (toText(parsed.data) !== unix || checksum(body) !== said)
    throw damaged('its checksum does not match; take another copy of it')
  return parsed.data
}

function toText({ key, checksum: sum, ...header }: BackupFile): string {
  return `${JSON.stringify({ ...ordered(header), key, checksum: sum }, null, 2)}\n`
}

function ordered(header: Header): Header {
  const { format, version, about, peerId, createdAt, kdf, costLog2, salt, cipher, nonce } = header
  return { format, version, about, peerId, createdAt, kdf, costLog2, salt, cipher, nonce }
}

function aad(header: Header): Buffer {
  return Buffer.from(JSON.stringify(ordered(header)))
}

function checksum({ key, ...header }: Omit<BackupFile, 'checksum'>): string {
  return createHash('sha256').update(aad(header)).update(key).digest('hex')
}

function derive(passphrase: string, salt: Uint8Array, costLog2: number): Promise<Buffer> {
  const cost = 2 ** costLog2
  const options = { N: cost, r: BLOCK_SIZE, p: 1, maxmem: 2 * 128 * cost * BLOCK_SIZE }
  return new Promise((resolve, reject) => {
    scrypt(passphrase, salt, KEY_BYTES, options, (error, key) => (error ? reject(error) : resolve(key)))
  })
}

/** The same on every keyboard and system. Throws `bad_usage`. */
function checkedPassphrase(passphrase: string): string {
  const normal = passphrase.normalize('NFKC')
  const { length } = [...normal]
  if (length >= PASSPHRASE_LEAST && normal.length <= PASSPHRASE_MOST) return normal
  const expected = `from ${PASSPHRASE_LEAST} to ${PASSPHRASE_MOST} characters`
  throw new DriadError('bad_usage', `The passphrase needs ${expected}`, {
    issues: [{ path: 'passphrase', expected, found: `${length} characters` }],
  })
}

/** Base64 of so many bytes. */
function bytesOf(length: number) {
  return z.base64().refine((text) => Buffer.from(text, 'base64').length === length)
}

function damaged(what: string, cause?: unknown): DriadError {
  return new DriadError('backup_invalid', `This is no undamaged backup of a Driad key: ${what}`, { cause })
}
