import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Misbehaviour } from '../../src/node/network/misbehaviour.ts'
import { PeerRecords } from '../../src/node/network/peer-records.ts'
import { openStore } from '../../src/node/store/open-store.ts'
import type { PeerStandingView } from '../../src/protocol/peer-views.ts'
import { driad, until } from '../helpers/driad-process.ts'
import { startRawPeer } from '../helpers/raw-peer.ts'
import { recordingLogger } from '../helpers/recording-logger.ts'
import { makeTestNetwork } from '../helpers/test-network.ts'

const STRANGER = '12D3KooWAbqQtLTbBVxxnAqPqQCJgEpoLgxwgcDYkMdK98Kc1AQW'

describe('driad network', () => {
  it('keeps rules, refuses what is none, and shows who is kept out and what for', async () => {
    await using network = makeTestNetwork()
    const dataDir = network.folder.dataDir('alone')
    const run = async (...args: string[]) => driad(['network', ...args, '--data-dir', dataDir, '--json'])
    expect((await run('deny', '192.0.2.0/24')).json()).toEqual([{ allowed: [], denied: ['192.0.2.0/24'] }])
    expect((await run('allow', STRANGER)).json()).toEqual([{ allowed: [STRANGER], denied: ['192.0.2.0/24'] }])
    expect((await run('deny', STRANGER)).json()).toEqual([
      { allowed: [], denied: ['192.0.2.0/24', STRANGER] },
    ])
    expect((await run('forget', '192.0.2.0/24')).json()).toEqual([{ allowed: [], denied: [STRANGER] }])
    const forget = async () =>
      (await driad(['network', 'forget', '198.51.100.1', '--data-dir', dataDir])).stdout
    await run('deny', '198.51.100.1')
    expect(await forget()).toContain('198.51.100.1 is no longer denied')
    expect(await forget()).toContain('There was no rule for 198.51.100.1')
    const wrong = await run('deny', 'nobody')
    expect(wrong.code).toBe(2)
    expect(wrong.json()).toMatchObject([{ error: { code: 'bad_setting' } }])

    const store = openStore({ path: join(dataDir, 'driad.sqlite') })
    const { logger } = recordingLogger()
    const records = new PeerRecords({ store })
    const misbehaviour = new Misbehaviour({ logger, records, onQuarantine: () => {} })
    // Five are enough within one millisecond; what was longer ago counts a little less.
    for (let turn = 0; turn < 6; turn++)
      misbehaviour.report(STRANGER, 'bad_signature', 'The signature does not hold')
    await store.close()
    const [view] = (await run('list')).json<PeerStandingView>()
    expect(view).toMatchObject({
      denied: [STRANGER],
      quarantined: [{ peerId: STRANGER, times: 1, misdeed: 'bad_signature' }],
      misdeeds: [
        { peerId: STRANGER, misdeed: 'bad_signature', detail: 'The signature does not hold', times: 1 },
      ],
    })
    const text = await driad(['network', 'list', '--data-dir', dataDir])
    expect(text.stdout).toContain(`denied       ${STRANGER}`)
    expect(text.stdout).toMatch(/kept out {5}12D3\S+ until .* for bad_signature/)
  })

  it.each([
    ['network', 'status'],
    ['network', 'list'],
    ['network', 'forget', '192.0.2.1'],
    ['ledger', 'list'],
    ['ledger', 'verify'],
    ['pause'],
  ])(
    'is told, as others are, of a data folder that does not exist, and does not make it: %s %s',
    async (...args) => {
      await using network = makeTestNetwork()
      const dataDir = network.folder.dataDir('mistyped')
      const refused = await driad([...args, '--data-dir', dataDir])
      expect(refused.code).toBe(2)
      expect(refused.stderr).toContain(`There is no data folder ${dataDir}`)
      expect(existsSync(dataDir)).toBe(false)
    },
  )

  it('says in the status of a running node that its operator paused it', async () => {
    await using network = makeTestNetwork()
    await network.node('node')
    const dataDir = ['--data-dir', network.folder.dataDir('node')]
    const status = async () => (await driad(['network', 'status', ...dataDir])).stdout
    await until(async () => (await status()) !== '', 'a node that is on the network')
    expect(await status()).not.toContain('operator:')
    await driad(['pause', ...dataDir])
    expect(await status()).toMatch(/^operator: Paused$/m)
    await driad(['resume', '--anyway-for', '1h', ...dataDir])
    expect(await status()).toMatch(/^operator: Works until \d\d:\d\d, whatever the rules say$/m)
  })

  it('has a running node take a rule over: connections are closed, and none is made', async () => {
    await using network = makeTestNetwork()
    const node = await network.node('node')
    const dataDir = network.folder.dataDir('node')
    await using peer = await startRawPeer(network.name, node.addresses[0] ?? '')
    const peerId = peer.libp2p.peerId.toString()
    await driad(['network', 'deny', peerId, '--data-dir', dataDir])
    await until(() => peer.libp2p.getConnections().length === 0, 'the end of the connection')
    await driad(['network', 'forget', peerId, '--data-dir', dataDir])
    await until(
      () =>
        startRawPeer(network.name, node.addresses[0] ?? '')
          .then((again) => again[Symbol.asyncDispose]())
          .then(() => true),
      'another connection',
    )
  })
})
