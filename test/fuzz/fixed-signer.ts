import { createPrivateKey, createPublicKey, sign } from 'node:crypto'
import type { Signer } from '../../src/protocol/wire/signing.ts'

/** PKCS #8 of an Ed25519 key (RFC 8410) up to where its 32 bytes begin. */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex')

/** A key that is the same in each run, so that seeds of fuzzing repeat. Ed25519 signatures do, too. */
export function fixedSigner(number: number): Signer {
  const privateKey = createPrivateKey({
    key: Buffer.concat([PKCS8_PREFIX, Buffer.alloc(32, number)]),
    format: 'der',
    type: 'pkcs8',
  })
  const raw = createPublicKey(privateKey).export({ format: 'jwk' }).x ?? ''
  return {
    publicKey: new Uint8Array(Buffer.from(raw, 'base64url')),
    sign: (bytes) => new Uint8Array(sign(null, bytes, privateKey)),
  }
}
