import { hkdfSync } from 'node:crypto'
import { chacha20poly1305 } from '@noble/ciphers/chacha.js'
import { ed25519, x25519 } from '@noble/curves/ed25519.js'
import { DriadError } from '../../protocol/errors.ts'
import type { Identity } from '../identity/contract.ts'

/*
 * A sealed letter: version (1 byte) | ephemeral X25519 key (32) | ChaCha20-Poly1305 of the padded content | tag (16).
 *
 * Key and nonce are HKDF-SHA-256 of the X25519 secret between the ephemeral key and the recipient's Ed25519 key, mapped to
 * X25519; the salt is both public keys, the info names the purpose. Each letter has a key of its own. The padded
 * content is its length (4 bytes, big-endian), itself, and zeros. Who sealed it is not proven: what is inside is signed.
 */

const VERSION = 1
const KEY_BYTES = 32
const NONCE_BYTES = 12
const TAG_BYTES = 16
const LENGTH_BYTES = 4
const HEADER_BYTES = 1 + KEY_BYTES

/** What a letter is for. Neither passes as the other, nor under another task. */
export interface SealPurpose {
  readonly kind: 'outcome' | 'reply'
  readonly taskId: string
}

/** Encrypts so that only the holder of the Ed25519 key can read it. Throws `bad_message` if it is no such key. */
export function seal(
  content: Uint8Array,
  recipient: Uint8Array,
  purpose: SealPurpose,
): Uint8Array<ArrayBuffer> {
  const to = montgomeryKey(recipient)
  const ephemeral = x25519.keygen()
  const { key, nonce } = derive(
    x25519.getSharedSecret(ephemeral.secretKey, to),
    ephemeral.publicKey,
    to,
    purpose,
  )
  const padded = new Uint8Array(paddedSize(LENGTH_BYTES + content.byteLength))
  new DataView(padded.buffer).setUint32(0, content.byteLength)
  padded.set(content, LENGTH_BYTES)
  const box = chacha20poly1305(key, nonce).encrypt(padded)
  const sealed = new Uint8Array(HEADER_BYTES + box.byteLength)
  sealed[0] = VERSION
  sealed.set(ephemeral.publicKey, 1)
  sealed.set(box, HEADER_BYTES)
  return sealed
}

/** Reads what was sealed to this identity. Throws `bad_message` for anything else. */
export function openSealed(
  sealed: Uint8Array,
  identity: Pick<Identity, 'publicKey' | 'privateKey'>,
  purpose: SealPurpose,
): Uint8Array<ArrayBuffer> {
  if (sealed.byteLength < HEADER_BYTES + LENGTH_BYTES + TAG_BYTES || sealed[0] !== VERSION) {
    throw new DriadError('bad_message', 'The letter is not in a format that this version reads')
  }
  const ephemeral = sealed.subarray(1, HEADER_BYTES)
  try {
    const secret = ed25519.utils.toMontgomerySecret(identity.privateKey.raw.subarray(0, KEY_BYTES))
    const shared = x25519.getSharedSecret(secret, ephemeral)
    const { key, nonce } = derive(shared, ephemeral, montgomeryKey(identity.publicKey), purpose)
    const padded = chacha20poly1305(key, nonce).decrypt(sealed.subarray(HEADER_BYTES))
    const length = new DataView(padded.buffer, padded.byteOffset).getUint32(0)
    if (length > padded.byteLength - LENGTH_BYTES) throw new Error('The length is beyond the end')
    return new Uint8Array(padded.subarray(LENGTH_BYTES, LENGTH_BYTES + length))
  } catch (cause) {
    throw new DriadError('bad_message', 'The letter is damaged, or sealed to somebody else', { cause })
  }
}

/**
 * The sizes that letters come in: each of its binary length keeps few leading digits, so that a size tells little
 * and costs at most an eighth more (Padmé: Nikitin et al., "Reducing Metadata Leakage from Encrypted Files", 2019).
 */
export function paddedSize(bytes: number): number {
  const exponent = Math.floor(Math.log2(Math.max(bytes, MIN_PADDED_BYTES)))
  const free = 2 ** (exponent - (Math.floor(Math.log2(exponent)) + 1))
  return Math.ceil(Math.max(bytes, MIN_PADDED_BYTES) / free) * free
}

/** Answers such as "yes" and "no" look the same. */
const MIN_PADDED_BYTES = 512

function montgomeryKey(publicKey: Uint8Array): Uint8Array {
  try {
    return ed25519.utils.toMontgomery(publicKey)
  } catch (cause) {
    throw new DriadError('bad_message', 'A letter cannot be sealed to that key', { cause })
  }
}

function derive(shared: Uint8Array, ephemeral: Uint8Array, to: Uint8Array, { kind, taskId }: SealPurpose) {
  const bytes = new Uint8Array(
    hkdfSync(
      'sha256',
      shared,
      Buffer.concat([ephemeral, to]),
      `driad/1/sealed-${kind}\n${taskId}`,
      KEY_BYTES + NONCE_BYTES,
    ),
  )
  return { key: bytes.subarray(0, KEY_BYTES), nonce: bytes.subarray(KEY_BYTES) }
}
