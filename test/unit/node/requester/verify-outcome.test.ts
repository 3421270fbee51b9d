import { describe, expect, it } from 'vitest'
import type { RequestAssignment } from '../../../../src/node/requester/request-types.ts'
import { outcomeError, outcomeFault } from '../../../../src/node/requester/verify-outcome.ts'
import type { TaskOutcome } from '../../../../src/protocol/wire/messages.pb.ts'

const requester = new Uint8Array(32).fill(1)
const digest = new Uint8Array(32).fill(2)
const assignment: RequestAssignment = {
  taskId: 'task',
  node: 'node',
  addresses: [],
  mailboxes: [],
  model: 'demo',
  modelDigest: digest,
  contextSize: 512,
  price: { promptMicroPer1k: 1_000n, completionMicroPer1k: 2_000n },
  assignedAtMs: 0,
}
const expected = { assignment, requester, plausible: { promptTokens: 100, completionTokens: 50 } }
const outcome: TaskOutcome = {
  taskId: 'task',
  requester,
  ok: true,
  result: 'text',
  errorCode: '',
  errorMessage: '',
  model: 'demo',
  modelDigest: digest,
  promptTokens: 10,
  completionTokens: 5,
  totalMs: 1,
  amountMicro: 20n,
  finishedAtMs: 0,
}

describe('an outcome', () => {
  it('that is what was agreed has no fault', () => {
    expect(outcomeFault(outcome, expected)).toBeUndefined()
    expect(
      outcomeFault({ ...outcome, promptTokens: 100, completionTokens: 50, amountMicro: 200n }, expected),
    ).toBeUndefined()
  })

  it.each([
    [{ taskId: 'other' }, 'another task'],
    [{ requester: digest }, 'another requester'],
    [{ model: 'large' }, 'model large, not with demo'],
    [{ modelDigest: requester }, 'other weights'],
    [{ modelDigest: new Uint8Array(0) }, 'other weights'],
    [{ promptTokens: 101, amountMicro: 111n }, '101 prompt tokens'],
    [{ completionTokens: 51, amountMicro: 112n }, '51 completion tokens'],
    [{ amountMicro: 21n }, '20 were agreed'],
    [{ amountMicro: 19n }, '20 were agreed'],
  ])('with %o is refused', (fields, reason) => {
    expect(outcomeFault({ ...outcome, ...fields }, expected)).toContain(reason)
  })

  it('of a failure needs no weights, tokens or amount', () => {
    const failure = {
      ...outcome,
      ok: false,
      errorCode: 'inference_crashed',
      errorMessage: 'It died',
      amountMicro: 0n,
    }
    expect(
      outcomeFault({ ...failure, modelDigest: new Uint8Array(0), promptTokens: 9_999 }, expected),
    ).toBeUndefined()
    expect(outcomeFault({ ...failure, taskId: 'other' }, expected)).toContain('another task')
    expect(outcomeError(failure)).toEqual({ code: 'inference_crashed', message: 'It died' })
    expect(outcomeError({ ...failure, errorCode: 'of_a_later_version' })).toEqual({
      code: 'internal',
      message: 'of_a_later_version: It died',
    })
  })
})
