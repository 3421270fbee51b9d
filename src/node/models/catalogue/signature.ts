import { DriadError } from '../../../protocol/errors.ts'
import { isSignedByOne, signBytes } from '../../signed/signature.ts'

/**
 * Raw Ed25519 public keys in base64 whose catalogues are taken without a setting. There is none yet: catalogues are
 * published by nobody so far, and whoever sets an address sets the key that goes with it.
 */
export const catalogueKeys: readonly string[] = []

/** A signature of something else, also by the same key, is none of a catalogue. */
const DOMAIN = 'driad/1/catalogue'

/** Signs a catalogue's exact bytes with a PEM private key. Returns base64. Throws `bad_usage` for another kind of key. */
export function signCatalogue(bytes: Uint8Array, privateKeyPem: string): string {
  return signBytes(bytes, privateKeyPem, DOMAIN)
}

/** Throws `bad_signature` where none of the keys has signed exactly these bytes. */
export function checkSignature(bytes: Uint8Array, signature: string, keys: readonly string[]): void {
  if (keys.length === 0) {
    throw new DriadError(
      'bad_signature',
      'There is no key to check a catalogue of models with: set catalogueKey to that of its maintainers',
    )
  }
  if (!isSignedByOne(bytes, signature, keys, DOMAIN))
    throw new DriadError('bad_signature', 'The catalogue of models is not signed by its maintainers')
}
