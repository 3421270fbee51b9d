import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Identity } from '../../../../src/node/identity/contract.ts'
import { createEphemeralIdentity } from '../../../../src/node/identity/identity.ts'
import { requesterLimits } from '../../../../src/node/requester/limits.ts'
import { OfferPublisher } from '../../../../src/node/requester/offer-publisher.ts'
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
  const state = { recipients: 1 }
  const offer = new OfferPublisher(
    {
      identity,
      logger: recordingLogger().logger,
      network: {
        peerId: '12D3KooWGRUyDzRwG2HEhmFR3vmGhXx7zAAzCgiuLGuZZ3zJ8YDP',
        addresses: () => ['/ip4/127.0.0.1/tcp/1'],
        peers: () => [],
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
    requesterLimits,
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

  it('that never went out needs no withdrawal', async () => {
    const { offer, published } = publisher()
    await offer.withdraw()
    expect(published).toEqual([])
  })
})
