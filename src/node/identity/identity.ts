import { createPrivateKey, createPublicKey, sign } from 'node:crypto'
import { generateKeyPair } from '@libp2p/crypto/keys'
import type { PrivateKey } from '@libp2p/interface'
import { DriadError } from '../../protocol/errors.ts'
import { peerIdOfPublicKey } from '../../protocol/wire/keys.ts'
import { PUBLIC_KEY_BYTES } from '../../protocol/wire/limits.ts'
import type { Identity } from './contract.ts'

/** DER of a PKCS #8 Ed25519 key (RFC 8410) up to where the 32 bytes of the seed begin. */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex')
const SEED_BYTES = 32

/** Wraps an Ed25519 key. Signs with node:crypto, which is three times as fast as libp2p's own. Throws `identity_invalid`. */
export function identityOf(privateKey: PrivateKey): Identity {
  if (privateKey.type !== 'Ed25519') {
    throw new DriadError(
      'identity_invalid',
      `The identity is a key of type ${privateKey.type}; it must be Ed25519`,
    )
  }
  const key = createPrivateKey({
    key: Buffer.concat([PKCS8_PREFIX, privateKey.raw.subarray(0, SEED_BYTES)]),
    format: 'der',
    type: 'pkcs8',
  })
  const publicKey = privateKey.publicKey.raw
  // libp2p keeps both halves and believes what it is given; halves that differ would sign what nobody can verify.
  const derived = createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-PUBLIC_KEY_BYTES)
  if (!derived.equals(publicKey)) {
    throw new DriadError('identity_invalid', 'The two halves of the identity key do not belong together')
  }
  return {
    publicKey,
    peerId: peerIdOfPublicKey(publicKey),
    privateKey,
    sign: (bytes) => sign(null, bytes, key),
  }
}

/** A new key that is kept nowhere: the transport key of a process that only asks, or an identity for a test. */
export async function createEphemeralKey(): Promise<PrivateKey> {
  return await generateKeyPair('Ed25519')
}

/** A new identity that is kept nowhere. */
export async function createEphemeralIdentity(): Promise<Identity> {
  return identityOf(await createEphemeralKey())
}
