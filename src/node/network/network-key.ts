import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { generateKey } from '@libp2p/pnet'
import { DriadError } from '../../protocol/errors.ts'

/** Size of a key file as libp2p writes it: two lines of header, 64 hexadecimal digits. */
const KEY_FILE_BYTES = 95
const MAX_FILE_BYTES = 1024
const KEY_FILE = /^\/key\/swarm\/psk\/1\.0\.0\/\r?\n\/base16\/\r?\n[0-9a-fA-F]{64}\s*$/

/** The key of a private network: who does not have it cannot say a word to its nodes. */
export interface NetworkKey {
  /** The file's bytes, as libp2p's protector takes them. */
  readonly file: Uint8Array
  /** Tells keys apart without telling them: 8 hexadecimal digits. */
  readonly fingerprint: string
}

/** Writes a new key, readable by its owner only. Throws `bad_setting` where the file exists or cannot be written. */
export function createNetworkKey(path: string): NetworkKey {
  const file = new Uint8Array(KEY_FILE_BYTES)
  generateKey(file)
  try {
    writeFileSync(path, file, { mode: 0o600, flag: 'wx' })
  } catch (cause) {
    const exists = (cause as NodeJS.ErrnoException).code === 'EEXIST'
    throw new DriadError(
      'bad_setting',
      exists
        ? `${path} exists already; a key is never overwritten`
        : `Cannot write the network key to ${path}: ${String(cause)}`,
      { cause },
    )
  }
  return keyOf(file)
}

/** Reads a key that `createNetworkKey`, or any other program of libp2p, wrote. Throws `bad_setting`. */
export function readNetworkKey(path: string): NetworkKey {
  let file: Buffer
  try {
    file = readFileSync(path)
  } catch (cause) {
    throw new DriadError('bad_setting', `Cannot read the network key ${path}: ${String(cause)}`, { cause })
  }
  if (file.length > MAX_FILE_BYTES || !KEY_FILE.test(file.toString('latin1'))) {
    throw new DriadError(
      'bad_setting',
      `${path} is not a network key. Make one with: driad network key FILE, and copy it to every node`,
    )
  }
  return keyOf(Buffer.from(file.toString('latin1').trim().replaceAll('\r', '')))
}

function keyOf(file: Uint8Array): NetworkKey {
  // Of the key, not of the file: line ends may differ.
  const hex = Buffer.from(file).toString('latin1').trim().split('\n').at(-1)?.toLowerCase() ?? ''
  return {
    file,
    fingerprint: createHash('sha256').update(`driad/1/network-key/${hex}`).digest('hex').slice(0, 8),
  }
}
