import { describe, expect, it } from 'vitest'
import type { PeerEvent } from '../../../../src/node/reputation/peer-record.ts'
import { NodeConduct } from '../../../../src/node/requester/node-conduct.ts'
import type { Settled } from '../../../../src/node/requester/request-types.ts'
import { type DriadErrorCode, driadErrorCodes } from '../../../../src/protocol/errors.ts'

const signed = { payload: new Uint8Array(), publicKey: new Uint8Array(), signature: new Uint8Array() }

function settled(completionTokens: number, code?: DriadErrorCode): Settled {
  return {
    state: code === undefined ? 'retrieved' : 'failed',
    node: 'node',
    model: 'demo',
    stats: { promptTokens: 10, completionTokens, totalMs: 4_000 },
    amountMicro: 1n,
    outcome: signed,
    receipt: signed,
    atMs: 90_000,
    ...(code !== undefined && { error: { code, message: '' } }),
  }
}

function conduct(load = 1) {
  const noted: PeerEvent[] = []
  const reputation = { note: (_: string, event: PeerEvent) => noted.push(event) }
  return { noted, conduct: new NodeConduct({ reputation, claimed: () => ({ speed: 20, load }) }) }
}

describe('what counts for and against a node', () => {
  it.each([
    'bad_workflow',
    'context_exceeded',
    'output_invalid',
    'check_failed',
    'max_steps_exceeded',
    'max_time_exceeded',
    'deadline_exceeded',
    'cancelled',
    'tool_failed',
    'tool_refused',
    'too_large',
    'unpaid_limit',
    'stopping',
  ] as const)('is not %s, which is a fault of the task or of nobody', (code) => {
    const { noted, conduct: of } = conduct()
    of.settled(settled(0, code), undefined)
    expect(noted).toEqual([])
  })

  it.each(['internal', 'inference_crashed', 'out_of_memory', 'model_unavailable'] as const)(
    'is %s',
    (code) => {
      expect(driadErrorCodes).toContain(code)
      const { noted, conduct: of } = conduct()
      of.settled(settled(0, code), undefined)
      expect(noted).toEqual([{ type: 'failed' }])
    },
  )

  it('is the speed, by our clock, in relation to what it claims and to what it does besides', () => {
    const { noted, conduct: of } = conduct()
    of.settled(settled(100), { assignedAtMs: 1_000, atMs: 11_000 })
    expect(noted).toEqual([{ type: 'succeeded', speedRatio: 0.5, delayMs: 6_000 }])
    const busy = conduct(4)
    busy.conduct.settled(settled(100), { assignedAtMs: 1_000, atMs: 11_000 })
    expect(busy.noted).toEqual([{ type: 'succeeded', speedRatio: 2, delayMs: 6_000 }])
  })

  it('is not the speed of short answers, nor of those that were fetched later', () => {
    const { noted, conduct: of } = conduct()
    of.settled(settled(15), { assignedAtMs: 1_000, atMs: 9_000 })
    of.settled(settled(100), undefined)
    expect(noted).toEqual([{ type: 'succeeded', delayMs: 4_000 }, { type: 'succeeded' }])
  })
})
