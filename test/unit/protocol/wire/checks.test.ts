import fc from 'fast-check'
import { v7 as uuidv7 } from 'uuid'
import { describe, expect, it } from 'vitest'
import { DriadError } from '../../../../src/protocol/errors.ts'
import {
  checkAssignment,
  checkFromNode,
  checkFromRequester,
  checkLedgerHead,
  checkMailAnswer,
  checkMailDeposit,
  checkMailRequest,
  checkResultAnswer,
  checkTaskOutcome,
  checkToMail,
  checkToResult,
  modelNameSchema,
  networkNameSchema,
  payoutAddressSchema,
} from '../../../../src/protocol/wire/checks.ts'
import { clipText } from '../../../../src/protocol/wire/clip-text.ts'
import { decodeChecked } from '../../../../src/protocol/wire/codec.ts'
import { LETTER_LIFETIME_MS, SEALED_BYTES, SEALED_REPLY_BYTES } from '../../../../src/protocol/wire/limits.ts'
import {
  type Assignment,
  FromNode,
  FromRequester,
  MailAnswer,
  type MailDeposit,
  MailRequest,
  ResultAnswer,
  type Signed,
  type TaskOutcome,
  ToMail,
  ToResult,
} from '../../../../src/protocol/wire/messages.pb.ts'

const taskId = uuidv7()
const signed: Signed = {
  payload: new Uint8Array(10),
  publicKey: new Uint8Array(32),
  signature: new Uint8Array(64),
}

function anAssignment(overrides: Partial<Assignment> = {}): Assignment {
  return {
    taskId,
    offerId: uuidv7(),
    node: new Uint8Array(32),
    model: 'demo',
    workflowJson: '{}',
    deadlineMs: Date.now() + 60_000,
    promptMicroPer1k: 0n,
    completionMicroPer1k: 0n,
    stream: false,
    cancelOnDisconnect: false,
    stop: [],
    ...overrides,
  }
}

function anOutcome(overrides: Partial<TaskOutcome> = {}): TaskOutcome {
  return {
    taskId,
    requester: new Uint8Array(32),
    ok: true,
    result: 'Hello',
    errorCode: '',
    errorMessage: '',
    model: 'demo',
    modelDigest: new Uint8Array(32),
    promptTokens: 1,
    completionTokens: 1,
    totalMs: 5,
    amountMicro: 3n,
    finishedAtMs: Date.now(),
    ...overrides,
  }
}

describe('checks', () => {
  it.each<[keyof Assignment, Partial<Assignment>]>([
    ['taskId', { taskId: '7d444840-9dc0-11d1-b245-5ffdce74fad2' }],
    ['node', { node: new Uint8Array(31) }],
    ['model', { model: 'a b' }],
    ['model', { model: '../secret\n' }],
    ['workflowJson', { workflowJson: `"${'é'.repeat(600_000)}"` }],
    ['workflowJson', { workflowJson: '"\ud800"' }],
    ['input', { input: 'x'.repeat(1024 * 1024 + 1) }],
    ['temperature', { temperature: Number.NaN }],
    ['temperature', { temperature: Number.POSITIVE_INFINITY }],
    ['temperature', { temperature: 2.1 }],
    ['seed', { seed: 2 ** 32 }],
    ['deadlineMs', { deadlineMs: Date.now() / 1000 }],
    ['promptMicroPer1k', { promptMicroPer1k: 2n ** 63n }],
  ])('names %s when it is out of range', (field, overrides) => {
    expect(checkAssignment(anAssignment())).toBeDefined()
    expect(() => checkAssignment(anAssignment(overrides))).toThrow(
      expect.objectContaining({ code: 'bad_message', issues: [expect.objectContaining({ path: field })] }),
    )
  })

  it('takes a failure with a code and no amount, and nothing in between', () => {
    expect(checkTaskOutcome(anOutcome())).toBeDefined()
    expect(
      checkTaskOutcome(anOutcome({ ok: false, errorCode: 'inference_crashed', amountMicro: 0n })),
    ).toBeDefined()
    expect(() => checkTaskOutcome(anOutcome({ ok: false, amountMicro: 0n }))).toThrow(/errorCode/)
    expect(() => checkTaskOutcome(anOutcome({ errorCode: 'internal' }))).toThrow(/errorCode/)
    expect(() => checkTaskOutcome(anOutcome({ ok: false, errorCode: 'internal' }))).toThrow(/amountMicro/)
  })

  it('takes exactly one message of a oneof', () => {
    expect(checkFromNode({ started: { taskId } })).toEqual({ started: { taskId } })
    expect(() => checkFromNode({})).toThrow(/exactly one/)
    expect(() => checkFromNode({ started: { taskId }, accepted: { taskId } })).toThrow(/exactly one/)
    expect(() => checkFromRequester({})).toThrow(/exactly one/)
    expect(() => checkToResult({})).toThrow(/exactly one/)
    expect(() => checkToMail({})).toThrow(/exactly one/)
    expect(() => checkToMail({ deposit: signed, request: signed })).toThrow(/exactly one/)
  })

  it.each(['', 'iban-xx00', 'bc1qexample', `0x${'aB'.repeat(20)}`])(
    'takes the payout address %j',
    (address) => {
      expect(payoutAddressSchema.safeParse(address).success).toBe(true)
    },
  )
  it.each(['a b', 'é', '0x12', `0x${'aB'.repeat(20)}0`, `0x${'g'.repeat(40)}`, 'x'.repeat(129), 'a\n'])(
    'refuses the payout address %j',
    (address) => {
      expect(payoutAddressSchema.safeParse(address).success).toBe(false)
    },
  )

  it('takes a head of a ledger with hashes where there are entries, and only then', () => {
    const hash = new Uint8Array(32)
    const none = new Uint8Array(0)
    const issuedAtMs = Date.now()
    expect(checkLedgerHead({ entries: 0, firstHash: none, lastHash: none, issuedAtMs })).toBeDefined()
    expect(checkLedgerHead({ entries: 1, firstHash: hash, lastHash: hash, issuedAtMs })).toBeDefined()
    expect(() => checkLedgerHead({ entries: 0, firstHash: hash, lastHash: none, issuedAtMs })).toThrow(
      /hashes/,
    )
    expect(() => checkLedgerHead({ entries: 2, firstHash: hash, lastHash: none, issuedAtMs })).toThrow(
      /hashes/,
    )
  })

  it('takes an answer only with what its status says', () => {
    const none = { errorCode: '', errorMessage: '' }
    const { ENDED, REFUSED, RUNNING } = ResultAnswer.Status
    expect(checkResultAnswer({ status: ENDED, outcome: signed, ...none })).toBeDefined()
    expect(
      checkResultAnswer({ status: REFUSED, errorCode: 'bad_signature', errorMessage: 'No' }),
    ).toBeDefined()
    expect(() => checkResultAnswer({ status: ENDED, ...none })).toThrow(/outcome/)
    expect(() => checkResultAnswer({ status: RUNNING, outcome: signed, ...none })).toThrow(/outcome/)
    expect(() => checkResultAnswer({ status: REFUSED, ...none })).toThrow(/errorCode/)
  })

  it('takes a letter of a size and a lifetime that a mailbox can promise', () => {
    const issuedAtMs = Date.now()
    const deposit = (overrides: Partial<MailDeposit> = {}): MailDeposit => ({
      mailbox: new Uint8Array(32),
      taskId,
      recipient: new Uint8Array(32),
      issuedAtMs,
      expiresAtMs: issuedAtMs + LETTER_LIFETIME_MS,
      sealed: new Uint8Array(SEALED_BYTES),
      ...overrides,
    })
    expect(checkMailDeposit(deposit())).toEqual(deposit())
    expect(() => checkMailDeposit(deposit({ sealed: new Uint8Array(SEALED_BYTES + 1) }))).toThrow(/sealed/)
    expect(() => checkMailDeposit(deposit({ sealed: new Uint8Array(0) }))).toThrow(/a letter/)
    expect(() => checkMailDeposit(deposit({ expiresAtMs: issuedAtMs }))).toThrow(/expiresAtMs/)
    const tooLate = { expiresAtMs: issuedAtMs + LETTER_LIFETIME_MS + 1 }
    expect(() => checkMailDeposit(deposit(tooLate))).toThrow(/expiresAtMs/)
    expect(() => checkMailDeposit(deposit({ recipient: new Uint8Array(31) }))).toThrow(/recipient/)
  })

  it('takes what is sealed where it belongs, and only there', () => {
    const { FETCH, REPLY, CLEAR } = MailRequest.Action
    const request = (action: MailRequest.Action, bytes: number): MailRequest => ({
      mailbox: new Uint8Array(32),
      taskId,
      depositor: new Uint8Array(32),
      issuedAtMs: Date.now(),
      action,
      sealed: new Uint8Array(bytes),
    })
    expect(checkMailRequest(request(REPLY, SEALED_REPLY_BYTES)).action).toBe(REPLY)
    expect(checkMailRequest(request(FETCH, 0)).action).toBe(FETCH)
    expect(() => checkMailRequest(request(REPLY, 0))).toThrow(/sealed/)
    expect(() => checkMailRequest(request(CLEAR, 1))).toThrow(/sealed/)
    expect(() => checkMailRequest(request(REPLY, SEALED_REPLY_BYTES + 1))).toThrow(/sealed/)

    const { LETTER, REFUSED, KEPT } = MailAnswer.Status
    const answer = (status: MailAnswer.Status, bytes: number, errorCode = ''): MailAnswer => ({
      status,
      sealed: new Uint8Array(bytes),
      errorCode,
      errorMessage: '',
    })
    expect(checkMailAnswer(answer(LETTER, 9)).status).toBe(LETTER)
    expect(() => checkMailAnswer(answer(LETTER, 0))).toThrow(/sealed/)
    expect(() => checkMailAnswer(answer(KEPT, 9))).toThrow(/sealed/)
    expect(() => checkMailAnswer(answer(REFUSED, 0))).toThrow(/errorCode/)
    expect(() => checkMailAnswer(answer(KEPT, 0, 'no_capacity'))).toThrow(/errorCode/)
  })

  it.each(['demo', 'llama3.1:8b-instruct-q4_K_M', 'hf.co/org/name:Q8_0', 'a'])(
    'takes the model name %s',
    (name) => {
      expect(modelNameSchema.safeParse(name).success).toBe(true)
    },
  )
  it.each(['', ' demo', 'de mo', '/etc', 'x'.repeat(129), 'demo\u0000'])(
    'refuses the model name %j',
    (name) => {
      expect(modelNameSchema.safeParse(name).success).toBe(false)
    },
  )
  it.each(['', 'Main', 'a/b', '-a', 'x'.repeat(64)])('refuses the network name %j', (name) => {
    expect(networkNameSchema.safeParse(name).success).toBe(false)
  })

  it('answers any bytes with a typed error, or with a message in range', () => {
    const streams = [
      (bytes: Uint8Array) => decodeChecked(FromNode, checkFromNode, bytes, 1000),
      (bytes: Uint8Array) => decodeChecked(FromRequester, checkFromRequester, bytes, 1000),
      (bytes: Uint8Array) => decodeChecked(ToResult, checkToResult, bytes, 1000),
      (bytes: Uint8Array) => decodeChecked(ResultAnswer, checkResultAnswer, bytes, 1000),
      (bytes: Uint8Array) => decodeChecked(ToMail, checkToMail, bytes, 1000),
      (bytes: Uint8Array) => decodeChecked(MailAnswer, checkMailAnswer, bytes, 1000),
    ]
    fc.assert(
      fc.property(fc.constantFrom(...streams), fc.uint8Array({ maxLength: 1100 }), (decode, bytes) => {
        try {
          decode(bytes)
        } catch (error) {
          expect(error).toBeInstanceOf(DriadError)
          expect(['bad_message', 'too_large']).toContain((error as DriadError).code)
        }
      }),
      { numRuns: 2_000 },
    )
  })

  it('survives groups nested as deep as a frame allows', () => {
    // Field 15 of wire type 3, which a decoder skips by calling itself.
    const nested = new Uint8Array(100_000).fill(0x7b)
    expect(() => decodeChecked(FromNode, checkFromNode, nested, 1_000_000)).toThrow(
      expect.objectContaining({ code: 'bad_message' }),
    )
  })
})

describe('clipText', () => {
  it('never exceeds the bytes, never cuts a character, and leaves what fits', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), fc.nat(80), (text, maxBytes) => {
        const clipped = clipText(text, maxBytes)
        expect(Buffer.byteLength(clipped)).toBeLessThanOrEqual(maxBytes)
        expect(clipped).not.toContain('\ufffd'.repeat(text.includes('\ufffd') ? 99 : 1))
        if (Buffer.byteLength(text) <= maxBytes) expect(clipped).toBe(text)
      }),
    )
  })

  it('makes lone surrogates into what UTF-8 can carry', () => {
    expect(clipText('a\ud800b', 100)).toBe('a\ufffdb')
  })
})
