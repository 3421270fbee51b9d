import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto'
import { publicKeyFromRaw } from '@libp2p/crypto/keys'
import { peerIdFromPublicKey, peerIdFromString } from '@libp2p/peer-id'
import { DriadError } from '../errors.ts'
import { PUBLIC_KEY_BYTES, SIGNATURE_BYTES } from './limits.ts'

/** DER of a SubjectPublicKeyInfo for Ed25519 (RFC 8410) up to where the 32 raw bytes begin. */
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex')

/** Few keys sign nearly everything. */
const CACHED_KEYS = 1024

/** What follows from a key, oldest use first. It holds nothing that could not be made again, so it is not state of any service. */
class KeyMemo<Value> {
  readonly #known = new Map<string, Value>()

  /** What `make` throws is not remembered. */
  of(key: string, make: () => Value): Value {
    const known = this.#known.get(key)
    const value = known ?? make()
    if (known !== undefined) this.#known.delete(key)
    else if (this.#known.size >= CACHED_KEYS) {
      const oldest = this.#known.keys().next()
      if (!oldest.done) this.#known.delete(oldest.value)
    }
    this.#known.set(key, value)
    return value
  }
}

/** Making a key object costs as much as a verification; a peer id takes arithmetic in base 58. */
const keyObjects = new KeyMemo<KeyObject>()
const peerIds = new KeyMemo<string>()
const rawKeys = new KeyMemo<Uint8Array>()

function keyObjectOf(publicKey: Uint8Array): KeyObject {
  return keyObjects.of(latin1(publicKey), () =>
    createPublicKey({ key: Buffer.concat([SPKI_PREFIX, publicKey]), format: 'der', type: 'spki' }),
  )
}

/**
 * Signatures that were found to hold, each with a digest of the key and the bytes: what a stream brought is looked at again when
 * it goes into the ledger, and what was signed here when it comes back. A memo like the one above.
 */
const held = new Map<string, string>()
const MAX_HELD = 2048
/** Of larger ones the digest costs as much as the signature. */
const MAX_HELD_BYTES = 64 * 1024

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
}

function digestOf(publicKey: Uint8Array, bytes: Uint8Array): string {
  return createHash('sha256').update(publicKey).update(bytes).digest('base64')
}

/** Remembers a signature of ours, or one that was checked, so that it is not computed again. */
export function rememberSignature(publicKey: Uint8Array, bytes: Uint8Array, signature: Uint8Array): void {
  if (bytes.byteLength > MAX_HELD_BYTES) return
  held.set(latin1(signature), digestOf(publicKey, bytes))
  const oldest = held.keys().next()
  if (held.size > MAX_HELD && !oldest.done) held.delete(oldest.value)
}

/** True if `signature` (64 bytes) is that of `bytes` by the raw Ed25519 public key. Wrong sizes and bad points are false. */
export function verifySignature(publicKey: Uint8Array, bytes: Uint8Array, signature: Uint8Array): boolean {
  if (publicKey.byteLength !== PUBLIC_KEY_BYTES || signature.byteLength !== SIGNATURE_BYTES) return false
  const known = held.get(latin1(signature))
  if (known !== undefined && known === digestOf(publicKey, bytes)) return true
  try {
    const holds = verify(null, bytes, keyObjectOf(publicKey), signature)
    if (holds) rememberSignature(publicKey, bytes, signature)
    return holds
  } catch {
    return false
  }
}

/** The libp2p peer id (`12D3Koo…`) of a raw Ed25519 public key. Throws `bad_message` if it is not 32 bytes. */
export function peerIdOfPublicKey(publicKey: Uint8Array): string {
  if (publicKey.byteLength !== PUBLIC_KEY_BYTES) {
    throw new DriadError(
      'bad_message',
      `A public key has ${PUBLIC_KEY_BYTES} bytes, not ${publicKey.byteLength}`,
    )
  }
  return peerIds.of(latin1(publicKey), () => peerIdFromPublicKey(publicKeyFromRaw(publicKey)).toString())
}

/** The raw Ed25519 public key inside a peer id, as a copy. Throws `bad_message` if the text is no Ed25519 peer id. */
export function publicKeyOfPeerId(peerId: string): Uint8Array {
  return new Uint8Array(rawKeys.of(peerId, () => rawKeyIn(peerId)))
}

function rawKeyIn(peerId: string): Uint8Array {
  let raw: Uint8Array | undefined
  try {
    const parsed = peerIdFromString(peerId)
    raw = parsed.type === 'Ed25519' ? parsed.publicKey.raw : undefined
  } catch (cause) {
    throw new DriadError('bad_message', `"${peerId}" is not a peer id`, { cause })
  }
  if (raw === undefined) {
    throw new DriadError(
      'bad_message',
      `Peer id "${peerId}" is not of an Ed25519 key (those begin with 12D3KooW)`,
    )
  }
  return raw
}
