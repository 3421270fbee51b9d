import { createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto'
import { DriadError } from '../../../protocol/errors.ts'
import { verifySignature } from '../../../protocol/wire/keys.ts'
import { PUBLIC_KEY_BYTES, SIGNATURE_BYTES } from '../../../protocol/wire/limits.ts'

/**
 * Raw Ed25519 public keys in base64 whose catalogues are taken without a setting. There is none yet: catalogues are
 * published by nobody so far, and whoever sets an address sets the key that goes with it.
 */
export const catalogueKeys: readonly string[] = []

/** A signature of something else, also by the same key, is none of a catalogue. */
const DOMAIN = Buffer.from('driad/1/catalogue\n')
/** What stands before the 32 bytes of a raw key in a SubjectPublicKeyInfo for Ed25519 (RFC 8410). */
const SPKI_PREFIX_BYTES = 12

/** Signs a catalogue's exact bytes with a PEM private key. Returns base64. Throws `bad_usage` for another kind of key. */
export function signCatalogue(bytes: Uint8Array, privateKeyPem: string): string {
  const signed = Buffer.concat([DOMAIN, bytes])
  return sign(null, signed, privateKeyOf(privateKeyPem)).toString('base64')
}

/** The public key that belongs to it, as the setting `catalogueKey` takes it. */
export function publicKeyText(privateKeyPem: string): string {
  const spki = createPublicKey(privateKeyOf(privateKeyPem)).export({ format: 'der', type: 'spki' })
  return spki.subarray(SPKI_PREFIX_BYTES).toString('base64')
}

/** Throws `bad_signature` where none of the keys has signed exactly these bytes. */
export function checkSignature(bytes: Uint8Array, signature: string, keys: readonly string[]): void {
  const raw = base64Of(signature.trim(), SIGNATURE_BYTES)
  if (keys.length === 0) {
    throw new DriadError(
      'bad_signature',
      'There is no key to check a catalogue of models with: set catalogueKey to that of its maintainers',
    )
  }
  const signed = Buffer.concat([DOMAIN, bytes])
  const good = keys.some((key) => {
    const publicKey = base64Of(key, PUBLIC_KEY_BYTES)
    return publicKey !== undefined && raw !== undefined && verifySignature(publicKey, signed, raw)
  })
  if (!good) throw new DriadError('bad_signature', 'The catalogue of models is not signed by its maintainers')
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
