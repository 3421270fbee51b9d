import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ShardPeers } from '../../../../src/node/network/shard-peers.ts'
import { recordingLogger } from '../../../helpers/recording-logger.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => vi.useRealTimers())

/** The DHT is what is not real: what is announced and looked for there is what is looked at. */
function shardPeers() {
  const announced: (readonly string[])[] = []
  const lookedFor: (readonly string[])[] = []
  const state = { listeners: 0 }
  const peers = new ShardPeers({
    providers: {
      announce: (names) => announced.push(names),
      connect: (names) => {
        lookedFor.push(names)
        return Promise.resolve(names.length)
      },
    },
    listenersOf: () => state.listeners,
    logger: recordingLogger().logger,
  })
  return { peers, announced, lookedFor, state }
}

describe('a node in a shard', () => {
  it('says in the DHT that it is there, beside the models that it serves', async () => {
    const { peers, announced } = shardPeers()
    peers.announceModels(['demo'])
    peers.enter([
      { model: 'demo', level: 3, index: 5 },
      { model: 'other', level: 1, index: 0 },
    ])
    peers.enter([])
    expect(announced).toEqual([['demo'], ['demo', 'demo#3.5'], ['demo']])
    await peers.stop()
  })

  it('looks for others of the shard while it has too few, less and less often', async () => {
    const { peers, lookedFor, state } = shardPeers()
    peers.start()
    peers.announceModels(['demo'])
    peers.enter([{ model: 'demo', level: 1, index: 1 }])
    await vi.advanceTimersByTimeAsync(30_000)
    expect(lookedFor).toEqual([['demo#1.1'], ['demo#1.1']])
    await vi.advanceTimersByTimeAsync(3_600_000)
    // After 1.5, 3.5, 7.5 and 15.5 minutes, and each quarter of an hour.
    expect(lookedFor).toHaveLength(9)
    state.listeners = 4
    await vi.advanceTimersByTimeAsync(3_600_000)
    expect(lookedFor).toHaveLength(9)
    state.listeners = 3
    await vi.advanceTimersByTimeAsync(30_000)
    expect(lookedFor).toHaveLength(10)
    await peers.stop()
  })

  it('looks for nobody where topics are not divided', async () => {
    const { peers, lookedFor } = shardPeers()
    peers.start()
    peers.announceModels(['demo'])
    await vi.advanceTimersByTimeAsync(120_000)
    expect(lookedFor).toEqual([])
    await peers.stop()
  })
})
