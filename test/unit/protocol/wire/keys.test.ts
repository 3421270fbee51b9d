import { describe, expect, it } from 'vitest'
import { createEphemeralIdentity } from '../../../../src/node/identity/identity.ts'
import { peerIdOfPublicKey, publicKeyOfPeerId, verifySignature } from '../../../../src/protocol/wire/keys.ts'

describe('keys', () => {
  it('converts between public keys and peer ids', async () => {
    const { publicKey, peerId } = await createEphemeralIdentity()
    expect(peerIdOfPublicKey(publicKey)).toBe(peerId)
    expect(Buffer.from(publicKeyOfPeerId(peerId))).toEqual(Buffer.from(publicKey))
  })

  it.each(['', 'peer', 'QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N', '12D3KooW'])(
    'refuses %j, which is no Ed25519 peer id',
    (text) => {
      expect(() => publicKeyOfPeerId(text)).toThrow(expect.objectContaining({ code: 'bad_message' }))
    },
  )

  it('verifies with more keys than it remembers', async () => {
    const bytes = Buffer.from('x')
    const identities = await Promise.all(Array.from({ length: 1100 }, () => createEphemeralIdentity()))
    const [first] = identities
    for (const identity of identities) {
      expect(verifySignature(identity.publicKey, bytes, identity.sign(bytes))).toBe(true)
    }
    expect(verifySignature(first?.publicKey ?? bytes, bytes, first?.sign(bytes) ?? bytes)).toBe(true)
  })

  it('is false for sizes that are wrong and keys that are none', () => {
    expect(verifySignature(new Uint8Array(31), new Uint8Array(1), new Uint8Array(64))).toBe(false)
    expect(verifySignature(new Uint8Array(32), new Uint8Array(1), new Uint8Array(63))).toBe(false)
    expect(verifySignature(new Uint8Array(32).fill(255), new Uint8Array(1), new Uint8Array(64))).toBe(false)
  })
})
