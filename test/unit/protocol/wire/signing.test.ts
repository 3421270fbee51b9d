import fc from 'fast-check'
import { v7 as uuidv7 } from 'uuid'
import { describe, expect, it } from 'vitest'
import { createEphemeralIdentity } from '../../../../src/node/identity/identity.ts'
import { DriadError } from '../../../../src/protocol/errors.ts'
import { payloadLimitBytes } from '../../../../src/protocol/wire/limits.ts'
import { Receipt, ResultRequest, TaskOffer } from '../../../../src/protocol/wire/messages.pb.ts'
import { openSigned, type SignedKind, signMessage } from '../../../../src/protocol/wire/signing.ts'

const identity = await createEphemeralIdentity()
const kinds = Object.keys(payloadLimitBytes) as SignedKind[]

function anOffer(overrides: Partial<TaskOffer> = {}): TaskOffer {
  const now = Date.now()
  return {
    offerId: uuidv7(),
    revision: 1,
    contact: identity.peerId,
    addresses: ['/ip4/127.0.0.1/tcp/4001'],
    models: ['demo'],
    taskCount: 3,
    issuedAtMs: now,
    expiresAtMs: now + 60_000,
    maxPromptMicroPer1k: 1_000n,
    maxCompletionMicroPer1k: 2_000n,
    threshold: 2 ** 32 - 1,
    shard: 0,
    audience: 0,
    modelDigest: new Uint8Array(0),
    tools: [],
    ...overrides,
  }
}

describe('signMessage and openSigned', () => {
  it('gives back what was signed, and who signed it', () => {
    const offer = anOffer()
    const opened = openSigned('offer', signMessage('offer', offer, identity))
    expect(opened.message).toEqual(offer)
    expect(Buffer.from(opened.publicKey)).toEqual(Buffer.from(identity.publicKey))
  })

  it('takes a signature for one kind as none for any other', () => {
    const signed = signMessage('offer', anOffer(), identity)
    for (const kind of kinds.filter((other) => other !== 'offer')) {
      expect(() => openSigned(kind, signed)).toThrow(expect.objectContaining({ code: 'bad_signature' }))
    }
  })

  it('notices any one bit that was changed', () => {
    const signed = signMessage('receipt', aReceipt(), identity)
    for (const field of ['payload', 'publicKey', 'signature'] as const) {
      for (let index = 0; index < signed[field].byteLength; index++) {
        const bytes = new Uint8Array(signed[field])
        bytes[index] = (bytes[index] ?? 0) ^ (1 << (index % 8))
        expect(() => openSigned('receipt', { ...signed, [field]: bytes }), `${field} ${index}`).toThrow(
          expect.objectContaining({ code: 'bad_signature' }),
        )
      }
    }
  })

  it('looks at the size before the signature', () => {
    const signed = signMessage('receipt', aReceipt(), identity)
    const payload = new Uint8Array(payloadLimitBytes.receipt + 1)
    expect(() => openSigned('receipt', { ...signed, payload })).toThrow(
      expect.objectContaining({ code: 'too_large' }),
    )
  })

  it('refuses a well-signed payload that is out of range, naming the field', () => {
    const payload = TaskOffer.encode(anOffer({ taskCount: 2_000_000 }))
    const domain = Buffer.from('driad/1/offer\n')
    const signature = new Uint8Array(identity.sign(Buffer.concat([domain, payload])))
    const signed = { payload, publicKey: new Uint8Array(identity.publicKey), signature }
    expect(() => openSigned('offer', signed)).toThrow(
      expect.objectContaining({
        code: 'bad_message',
        issues: [expect.objectContaining({ path: 'taskCount' })],
      }),
    )
  })

  it('does not sign what peers would refuse', () => {
    expect(() => signMessage('offer', anOffer({ models: [] }), identity)).toThrow(/models/)
    const addresses = Array.from({ length: 9 }, () => '/ip4/127.0.0.1/tcp/1')
    expect(() => signMessage('offer', anOffer({ addresses }), identity)).toThrow(/addresses/)
  })

  it('ignores fields that a later version added', () => {
    const field99 = Buffer.from([0x9a, 0x06, 0x03, 1, 2, 3])
    const request = { taskId: uuidv7(), node: new Uint8Array(32), issuedAtMs: Date.now(), cancel: false }
    const payload = new Uint8Array(Buffer.concat([ResultRequest.encode(request), field99]))
    const signature = new Uint8Array(
      identity.sign(Buffer.concat([Buffer.from('driad/1/result-request\n'), payload])),
    )
    const opened = openSigned('result-request', {
      payload,
      publicKey: new Uint8Array(identity.publicKey),
      signature,
    })
    expect(opened.message).toEqual(request)
    expect(opened.payload).toEqual(payload)
  })

  it('answers any bytes that are well signed with a typed error, or with a message in range', () => {
    fc.assert(
      fc.property(fc.constantFrom(...kinds), fc.uint8Array({ maxLength: 400 }), (kind, bytes) => {
        const payload = new Uint8Array(bytes)
        const signature = new Uint8Array(
          identity.sign(Buffer.concat([Buffer.from(`driad/1/${kind}\n`), payload])),
        )
        try {
          openSigned(kind, { payload, publicKey: new Uint8Array(identity.publicKey), signature })
        } catch (error) {
          expect(error).toBeInstanceOf(DriadError)
          expect(error).toHaveProperty('code', 'bad_message')
        }
      }),
      { numRuns: 500 },
    )
  })

  it('answers any mutation of a valid payload with a typed error, or with a message in range', () => {
    const valid = Receipt.encode(aReceipt())
    fc.assert(
      fc.property(fc.nat(valid.byteLength - 1), fc.nat(255), fc.boolean(), (index, value, cut) => {
        const payload = new Uint8Array(valid)
        payload[index] = value
        const part = cut ? payload.slice(0, index) : payload
        const signature = new Uint8Array(
          identity.sign(Buffer.concat([Buffer.from('driad/1/receipt\n'), part])),
        )
        try {
          openSigned('receipt', { payload: part, publicKey: new Uint8Array(identity.publicKey), signature })
        } catch (error) {
          expect(error).toBeInstanceOf(DriadError)
        }
      }),
      { numRuns: 500 },
    )
  })
})

function aReceipt(): Receipt {
  return {
    taskId: uuidv7(),
    node: new Uint8Array(32).fill(1),
    resultHash: new Uint8Array(32).fill(2),
    modelDigest: new Uint8Array(0),
    promptTokens: 5,
    completionTokens: 7,
    amountMicro: 12n,
    issuedAtMs: Date.now(),
  }
}
