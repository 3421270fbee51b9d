import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Identity } from '../../../../src/node/identity/contract.ts'
import { createEphemeralIdentity } from '../../../../src/node/identity/identity.ts'
import type { OfferShard } from '../../../../src/node/network/shard-directory.ts'
import { Audiences } from '../../../../src/node/requester/call-up.ts'
import { requesterLimits } from '../../../../src/node/requester/limits.ts'
import { OfferPublisher } from '../../../../src/node/requester/offer-publisher.ts'
import { UINT32 } from '../../../../src/protocol/wire/limits.ts'
import type { Signed, TaskOffer } from '../../../../src/protocol/wire/messages.pb.ts'
import { openSigned } from '../../../../src/protocol/wire/signing.ts'
import { recordingLogger } from '../../../helpers/recording-logger.ts'

let identity: Identity
beforeEach(async () => {
  identity = await createEphemeralIdentity()
  vi.useFakeTimers()
})
afterEach(() => vi.useRealTimers())

/** Only the network and the clock are not real: what is published, and when, is what is looked at. */
function publisher() {
  const published: TaskOffer[] = []
  let peersChanged = () => {}
  const state: { recipients: number; shard: OfferShard } = {
    recipients: 1,
    shard: { point: 7, share: 1, listeners: 1, nodes: 1 },
  }
  const offer = new OfferPublisher(
    {
      identity,
      logger: recordingLogger().logger,
      network: {
        peerId: '12D3KooWGRUyDzRwG2HEhmFR3vmGhXx7zAAzCgiuLGuZZ3zJ8YDP',
        addresses: () => ['/ip4/127.0.0.1/tcp/1'],
        peers: () => [],
        offerShard: () => state.shard,
        publishOffer: async (signed: Signed) => {
          published.push(openSigned('offer', signed).message)
          return state.recipients
        },
        onPeersChanged: (listener) => {
          peersChanged = listener
          return () => {}
        },
        connectToProviders: async () => 0,
      },
    },
    {
      offerId: '01890a5d-ac96-774b-bcce-b302099a8057',
      models: ['demo'],
      maxPrice: { promptMicroPer1k: 1n, completionMicroPer1k: 2n },
      tools: [],
      copies: false,
    },
    { published: () => {} },
    { limits: requesterLimits, audiences: new Audiences() },
  )
  return { offer, published, state, peersChanged: () => peersChanged() }
}

const counts = (published: TaskOffer[]) => published.map(({ taskCount }) => taskCount)

describe('an offer', () => {
  it('goes out at once, and again with a back-off while tasks remain', async () => {
    const { offer, published } = publisher()
    offer.want(3)
    await vi.advanceTimersByTimeAsync(0)
    expect(published[0]).toMatchObject({ revision: 0, taskCount: 3, maxCompletionMicroPer1k: 2n })
    await vi.advanceTimersByTimeAsync(400)
    await vi.advanceTimersByTimeAsync(800)
    expect(published.map(({ revision }) => revision)).toEqual([0, 1, 2])
    await vi.advanceTimersByTimeAsync(60_000)
    // Never less often than every 5 s, and never more often than the back-off allows.
    expect(published.length).toBeGreaterThan(12)
    expect(published.length).toBeLessThan(18)
    offer.abort()
  })

  it('is silent once nothing is left, and withdrawn by a revision of no tasks', async () => {
    const { offer, published } = publisher()
    offer.want(1)
    await vi.advanceTimersByTimeAsync(0)
    offer.want(0)
    await vi.advanceTimersByTimeAsync(10_000)
    expect(counts(published)).toEqual([1])
    await offer.withdraw()
    expect(counts(published)).toEqual([1, 0])
    offer.want(5)
    await vi.advanceTimersByTimeAsync(10_000)
    expect(counts(published)).toEqual([1, 0])
  })

  it('of a burst of tasks is two messages', async () => {
    const { offer, published } = publisher()
    for (let count = 1; count <= 100; count++) {
      offer.want(count)
      await vi.advanceTimersByTimeAsync(0)
    }
    await vi.advanceTimersByTimeAsync(60)
    expect(counts(published)).toEqual([1, 100])
    offer.abort()
  })

  it('goes out soon to a new peer where nobody has heard it', async () => {
    const { offer, published, state, peersChanged } = publisher()
    state.recipients = 0
    offer.want(1)
    await vi.advanceTimersByTimeAsync(20_000)
    const before = published.length
    peersChanged()
    await vi.advanceTimersByTimeAsync(60)
    expect(published).toHaveLength(before + 1)
    offer.abort()
  })

  it('calls up a part of many listeners, and more with each revision that too few answer', async () => {
    const { offer, published, state } = publisher()
    state.shard = { point: 7, share: 1, listeners: 400, nodes: 400 }
    offer.want(1)
    await vi.advanceTimersByTimeAsync(20_000)
    const parts = published.map(({ threshold }) => threshold / UINT32)
    expect(parts[0]).toBeCloseTo(0.01, 5)
    expect(parts.slice(0, 4)).toEqual(parts.slice(0, 4).toSorted((a, b) => a - b))
    expect(parts.at(-1)).toBe(1)
    expect(published.every(({ shard }) => shard === 7)).toBe(true)
    offer.abort()
  })

  it('calls up no more once enough have answered', async () => {
    const { offer, published, state } = publisher()
    state.shard = { point: 7, share: 1, listeners: 400, nodes: 400 }
    offer.want(1)
    await vi.advanceTimersByTimeAsync(50)
    for (const node of ['a', 'b', 'c', 'd']) offer.claimed(node, 4)
    offer.want(0)
    await vi.advanceTimersByTimeAsync(20_000)
    expect(published).toHaveLength(1)
    // What it learnt is told with the next revision.
    offer.want(1)
    await vi.advanceTimersByTimeAsync(0)
    expect(published[1]?.threshold).toBeLessThan(UINT32 / 20)
    offer.abort()
  })

  it('goes to another shard once all of one were called', async () => {
    const { offer, published, state } = publisher()
    state.shard = { point: 1, share: 1 / 8, listeners: 3, nodes: 3 }
    offer.want(1)
    await vi.advanceTimersByTimeAsync(0)
    state.shard = { point: 2, share: 1 / 8, listeners: 3, nodes: 3 }
    await vi.advanceTimersByTimeAsync(60_000)
    const shards = published.map(({ shard }) => shard)
    const moved = shards.indexOf(2)
    expect(moved).toBeGreaterThan(1)
    expect(published[moved - 1]?.threshold).toBe(UINT32)
    expect(published[moved]?.threshold).toBeLessThan(UINT32 / 8)
    offer.abort()
  })

  it('that never went out needs no withdrawal', async () => {
    const { offer, published } = publisher()
    await offer.withdraw()
    expect(published).toEqual([])
  })
})
