import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { ApiContext, Shell } from '../../src/api/context.ts'
import { apiRouter } from '../../src/api/router.ts'
import { WorkflowFiles } from '../../src/api/workflow-files.ts'
import { createComputeNode } from '../../src/node/compute-node/create-compute-node.ts'
import { openDataFolder } from '../../src/node/data-folder.ts'
import { createLogger } from '../../src/node/logs/create-logger.ts'
import { PeerRecords } from '../../src/node/network/peer-records.ts'
import { Reputation } from '../../src/node/reputation/reputation.ts'
import { openStore } from '../../src/node/store/open-store.ts'
import { until } from '../helpers/driad-process.ts'
import { launchInferenceChild } from '../helpers/inference-child.ts'
import { demoModelPath } from '../helpers/models.ts'
import { aNetworkName, startHost } from '../helpers/network-hosts.ts'
import { noUpdates } from '../helpers/no-updates.ts'
import { tempFolder } from '../helpers/temp-folder.ts'

const STRANGER = '12D3KooWAbqQtLTbBVxxnAqPqQCJgEpoLgxwgcDYkMdK98Kc1AQW'

it('tells the window of the network: off it, on it, of one peer, and of one that is kept out', async () => {
  using folder = tempFolder()
  const data = openDataFolder(folder.path)
  const logs = createLogger({ level: 'error' })
  await writePast(data.databasePath)
  const network = aNetworkName()
  const node = await createComputeNode(
    {
      folder: data,
      builtInModelPath: demoModelPath,
      overrides: { network, listen: ['/ip4/127.0.0.1/tcp/0'], mdns: false },
    },
    { logger: logs.logger, history: logs.history, launchInference: launchInferenceChild(logs.logger) },
  )
  try {
    const shell = {} as Shell
    const workflowFiles = new WorkflowFiles({ shell }, { galleryFolder: join(folder.path, 'none') })
    const context: ApiContext = { node, shell, workflowFiles, updates: noUpdates, logger: logs.logger }
    const api = apiRouter.createCaller(context)
    const reached = await api.network.onReachability()
    const levels = reached[Symbol.asyncIterator]()

    expect((await levels.next()).value).toBeNull()
    expect(await api.network.peers()).toEqual([])
    expect(await api.network.traffic()).toBeNull()
    expect(await api.network.topics()).toEqual([])

    await node.start()
    await node.join()
    await using peer = await startHost(network, { bootstrap: [node.addresses()[0] ?? ''] })
    const { peerId } = peer.host
    await until(async () => (await api.network.peers()).length === 1, 'the peer')
    await until(async () => (await levels.next()).value?.level === 'this-computer', 'how it is reached')
    await levels.return?.(undefined)

    expect(await api.network.topics()).toMatchObject([{ model: 'demo', parts: 1, peers: 0, offersHeard: 0 }])
    peer.host.listenForOffers(['demo'])
    await until(async () => (await api.network.topics())[0]?.peers === 1, 'somebody who listens, too')
    expect((await api.network.traffic())?.receivedBytes).toBeGreaterThan(0)

    const detail = await api.peers.detail({ peerId })
    expect(detail).toMatchObject({
      peerId,
      connected: { way: 'direct', agent: 'driad/test', models: ['demo'], verdict: 'neither' },
      rule: 'neither',
      misdeeds: [],
    })
    expect(detail.traffic?.receivedBytes).toBe(detail.connected?.receivedBytes)
    expect(detail.conduct).toBeUndefined()

    await api.peers.setRule({ subject: peerId, verdict: 'denied' })
    await until(async () => (await api.network.peers()).length === 0, 'the end of the connection')
    const denied = await api.peers.detail({ peerId })
    expect(denied.rule).toBe('denied')
    expect(denied.connected).toBeUndefined()
    expect(denied.traffic?.receivedBytes).toBeGreaterThan(0)
    await expect(api.peers.setRule({ subject: 'everybody', verdict: 'denied' })).rejects.toMatchObject({
      code: 'BAD_REQUEST',
    })

    const stranger = await api.peers.detail({ peerId: STRANGER })
    expect(stranger).toMatchObject({
      rule: 'neither',
      quarantine: { times: 2, misdeed: 'bad_signature' },
      misdeeds: [{ misdeed: 'bad_signature', detail: 'It does not hold', times: 3 }],
      conduct: { succeeded: 2, failed: 1, checkedWrong: 1, trusted: false },
    })
    expect(stranger.connected).toBeUndefined()
    expect(stranger.conduct?.score).toBeLessThan(0.2)
  } finally {
    await node.stop({ drainMs: 0 })
    await logs.close()
  }
})

/** What was written down of a peer before the node started. */
async function writePast(path: string): Promise<void> {
  const store = openStore({ path })
  const { logger, close } = createLogger({ level: 'error' })
  const nowMs = Date.now()
  const records = new PeerRecords({ store })
  const misdeed = 'bad_signature'
  records.misdeed({ atMs: nowMs, peerId: STRANGER, misdeed, detail: 'It does not hold', times: 3 })
  records.quarantine({ peerId: STRANGER, beganAtMs: nowMs, untilMs: nowMs + 600_000, times: 2, misdeed })
  const reputation = new Reputation({ store, logger })
  for (const type of ['succeeded', 'succeeded', 'failed', 'refuted'] as const)
    reputation.note(STRANGER, { type })
  await reputation.flush()
  await store.close()
  await close()
}
