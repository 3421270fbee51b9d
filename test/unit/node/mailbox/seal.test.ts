import { createPrivateKey, createPublicKey } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createEphemeralIdentity } from '../../../../src/node/identity/identity.ts'
import { openSealed, paddedSize, seal } from '../../../../src/node/mailbox/seal.ts'
import { payloadLimitBytes, SEALED_BYTES } from '../../../../src/protocol/wire/limits.ts'

const recipient = await createEphemeralIdentity()
const purpose = { kind: 'outcome', taskId: '0190a0a0-0000-7000-8000-000000000001' } as const

describe('a sealed letter', () => {
  it('is read by its recipient, whatever is in it', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5_000 }), (content) => {
        const opened = openSealed(seal(content, recipient.publicKey, purpose), recipient, purpose)
        expect(Buffer.from(opened)).toEqual(Buffer.from(content))
      }),
      { numRuns: 25 },
    )
  })

  it('is read by nobody else', async () => {
    const sealed = seal(Buffer.from('yes'), recipient.publicKey, purpose)
    const other = await createEphemeralIdentity()
    expect(() => openSealed(sealed, other, purpose)).toThrow('sealed to somebody else')
  })

  it('passes for no other purpose and no other task', () => {
    const sealed = seal(Buffer.from('yes'), recipient.publicKey, purpose)
    const otherTask = { ...purpose, taskId: '0190a0a0-0000-7000-8000-000000000002' }
    expect(() => openSealed(sealed, recipient, otherTask)).toThrow('damaged')
    expect(() => openSealed(sealed, recipient, { ...purpose, kind: 'reply' })).toThrow('damaged')
  })

  it('is refused with any byte changed, cut short, or prolonged', () => {
    const sealed = seal(Buffer.from('A result'), recipient.publicKey, purpose)
    fc.assert(
      fc.property(fc.nat(sealed.byteLength - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        // The topmost bit of an X25519 key is ignored (RFC 7748), but it is in the salt.
        const changed = Uint8Array.from(sealed, (byte, index) => (index === at ? byte ^ change : byte))
        expect(() => openSealed(changed, recipient, purpose)).toThrow()
      }),
      { numRuns: 60 },
    )
    for (const length of [0, 1, 33, 52, sealed.byteLength - 1]) {
      expect(() => openSealed(sealed.subarray(0, length), recipient, purpose)).toThrow()
    }
    expect(() => openSealed(Buffer.concat([sealed, new Uint8Array(1)]), recipient, purpose)).toThrow()
  })

  it('is different each time, and shows nothing of what is in it', () => {
    const content = Buffer.from('The same text, twice')
    const [one, other] = [1, 2].map(() => Buffer.from(seal(content, recipient.publicKey, purpose)))
    expect(one?.equals(other ?? Buffer.alloc(0))).toBe(false)
    expect(one?.includes(content)).toBe(false)
  })

  it('cannot be sealed to what is no key', () => {
    expect(() => seal(Buffer.from('yes'), new Uint8Array(32).fill(0xff), purpose)).toThrow(
      'cannot be sealed to that key',
    )
    // The neutral element: everybody could compute its secret.
    const neutral = Uint8Array.from({ length: 32 }, (_, index) => (index === 0 ? 1 : 0))
    expect(() => seal(Buffer.from('yes'), neutral, purpose)).toThrow()
  })
})

describe('the size of a letter', () => {
  it('is the same for short answers, and at most an eighth more than needed for others', () => {
    expect(paddedSize(7)).toBe(paddedSize(400))
    fc.assert(
      fc.property(fc.integer({ min: 512, max: payloadLimitBytes.outcome }), (bytes) => {
        expect(paddedSize(bytes)).toBeGreaterThanOrEqual(bytes)
        expect(paddedSize(bytes)).toBeLessThanOrEqual(bytes * 1.125)
      }),
    )
  })

  it('has room for the largest outcome', () => {
    const largest = seal(new Uint8Array(payloadLimitBytes.outcome + 1_024), recipient.publicKey, purpose)
    expect(largest.byteLength).toBeLessThanOrEqual(SEALED_BYTES)
  })
})

describe('the mapping of keys', () => {
  it('agrees with the X25519 of node:crypto', async () => {
    const { x25519, ed25519 } = await import('@noble/curves/ed25519.js')
    const secret = ed25519.utils.toMontgomerySecret(recipient.privateKey.raw.subarray(0, 32))
    const prefix = Buffer.from('302e020100300506032b656e04220420', 'hex')
    const key = createPrivateKey({ key: Buffer.concat([prefix, secret]), format: 'der', type: 'pkcs8' })
    const derived = createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-32)
    expect(Buffer.from(ed25519.utils.toMontgomery(recipient.publicKey))).toEqual(derived)
    expect(Buffer.from(x25519.getPublicKey(secret))).toEqual(derived)
  })
})
