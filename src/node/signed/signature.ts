import { createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto'
import { DriadError } from '../../protocol/errors.ts'
import { verifySignature } from '../../protocol/wire/keys.ts'
import { PUBLIC_KEY_BYTES, SIGNATURE_BYTES } from '../../protocol/wire/limits.ts'

/** What stands before the 32 bytes of a raw key in a SubjectPublicKeyInfo for Ed25519 (RFC 8410). */
const SPKI_PREFIX_BYTES = 12

/**
 * Signs a file's exact bytes with a PEM private key, for one purpose: under another domain the signature does not hold.
 * Returns base64. Throws `bad_usage` for another kind of key.
 */
export function signBytes(bytes: Uint8Array, privateKeyPem: string, domain: string): string {
  return sign(null, inDomain(bytes, domain), privateKeyOf(privateKeyPem)).toString('base64')
}

/** The public key that belongs to it: its 32 bytes in base64. */
export function publicKeyText(privateKeyPem: string): string {
  const spki = createPublicKey(privateKeyOf(privateKeyPem)).export({ format: 'der', type: 'spki' })
  return spki.subarray(SPKI_PREFIX_BYTES).toString('base64')
}

/** Whether one of the keys (raw, in base64) has signed exactly these bytes for this domain. */
export function isSignedByOne(
  bytes: Uint8Array,
  signature: string,
  keys: readonly string[],
  domain: string,
): boolean {
  const raw = base64Of(signature.trim(), SIGNATURE_BYTES)
  const signed = inDomain(bytes, domain)
  return keys.some((key) => {
    const publicKey = base64Of(key, PUBLIC_KEY_BYTES)
    return publicKey !== undefined && raw !== undefined && verifySignature(publicKey, signed, raw)
  })
}

function inDomain(bytes: Uint8Array, domain: string): Buffer {
  return Buffer.concat([Buffer.from(`${domain}\n`), bytes])
}

function privateKeyOf(pem: string): KeyObject {
  try {
    const key = createPrivateKey(pem)
    if (key.asymmetricKeyType === 'ed25519') return key
  } catch (cause) {
    throw new DriadError('bad_usage', 'The key file holds no private key in PEM', { cause })
  }
  throw new DriadError('bad_usage', 'The key file holds another kind of key: it must be Ed25519')
}

function base64Of(text: string, size: number): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64')
  return bytes.byteLength === size && bytes.toString('base64') === text ? bytes : undefined
}
