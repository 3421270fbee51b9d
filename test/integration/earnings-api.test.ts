import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { ApiContext, Shell } from '../../src/api/context.ts'
import { apiRouter } from '../../src/api/router.ts'
import { WorkflowFiles } from '../../src/api/workflow-files.ts'
import { createComputeNode } from '../../src/node/compute-node/create-compute-node.ts'
import { openDataFolder } from '../../src/node/data-folder.ts'
import { createEphemeralKey } from '../../src/node/identity/identity.ts'
import { loadOrCreateIdentity } from '../../src/node/identity/load-identity.ts'
import { verifyStatement } from '../../src/node/ledger/statements/statement-file.ts'
import { Statements } from '../../src/node/ledger/statements/statements.ts'
import { createLogger } from '../../src/node/logs/create-logger.ts'
import { createNetworkHost } from '../../src/node/network/create-host.ts'
import { fetchDescription } from '../../src/node/network/info-service.ts'
import { openSettings } from '../../src/node/settings/settings.ts'
import { openStore } from '../../src/node/store/open-store.ts'
import { peerIdOfPublicKey } from '../../src/protocol/wire/keys.ts'
import { launchInferenceChild } from '../helpers/inference-child.ts'
import { closeBooks, openBooks, payTask } from '../helpers/ledger-pair.ts'
import { demoModelPath } from '../helpers/models.ts'
import { noUpdates } from '../helpers/no-updates.ts'
import { testSigner } from '../helpers/signed-work.ts'
import { tempFolder } from '../helpers/temp-folder.ts'
import { eventually } from '../helpers/test-requester.ts'

const PERIOD_MS = 86_400_000

it('tells the window what was earned, by whom and for what, and everybody where to pay', async () => {
  using folder = tempFolder()
  using payerFolder = tempFolder()
  const data = openDataFolder(folder.path)
  const identity = await loadOrCreateIdentity({ dir: data.path })
  const books = openBooks(data.databasePath, data.ledgerAnchorPath, identity)
  const payer = openBooks(payerFolder.file('p.sqlite'), payerFolder.file('p.anchor'), testSigner())
  await payTask(payer, books, 700n)
  await payTask(payer, books, 20n)
  await closeBooks(books)
  const payerId = peerIdOfPublicKey(payer.identity.publicKey)

  const logs = createLogger({ level: 'error' })
  const node = await createComputeNode(
    {
      folder: data,
      builtInModelPath: demoModelPath,
      overrides: { listen: ['/ip4/127.0.0.1/tcp/0'], mdns: false },
    },
    { logger: logs.logger, history: logs.history, launchInference: launchInferenceChild(logs.logger) },
  )
  const network = `earnings-api-${process.pid}`
  const host = await createNetworkHost({
    privateKey: await createEphemeralKey(),
    networkName: network,
    listen: ['/ip4/127.0.0.1/tcp/0'],
    bootstrap: [],
    mdns: false,
    dht: false,
    logger: logs.logger,
  })
  try {
    const chosen = folder.file('chosen.json')
    const shell = { pickSaveTarget: async () => chosen, pickFile: async () => chosen } as unknown as Shell
    const workflowFiles = new WorkflowFiles({ shell }, { galleryFolder: join(folder.path, 'none') })
    const context: ApiContext = { node, shell, workflowFiles, updates: noUpdates, logger: logs.logger }
    const { earnings, settings } = apiRouter.createCaller(context)

    expect(await earnings.summary({ days: 1 })).toMatchObject({
      acknowledgedMicro: '720',
      settledMicro: '0',
      disputedTasks: 0,
    })
    const days = await earnings.days({ days: 2, requester: payerId })
    expect(days.map(({ acknowledgedMicro }) => acknowledgedMicro)).toEqual(['0', '720'])
    expect(await earnings.modelDays({ days: 2, top: 3, requester: payerId })).toMatchObject({
      models: ['demo'],
      days: [{ earnedMicro: ['0'] }, { earnedMicro: ['720'], otherMicro: '0' }],
    })
    const range = { fromMs: 0, toMs: Date.now() + 1 }
    expect(await earnings.groups({ by: 'requester', ...range, limit: 5 })).toMatchObject({
      groups: [{ key: payerId, acknowledgedMicro: '720', tasks: 2 }],
    })
    expect(await earnings.groups({ by: 'model', ...range, limit: 5 })).toMatchObject({
      groups: [{ key: 'demo' }],
    })
    expect(await earnings.unpaid({ limit: 5 })).toEqual({ tasks: [] })
    expect(await earnings.unpaidCauses(range)).toEqual([])
    expect(await earnings.exposure({ limit: 5 })).toMatchObject({
      strangersOpenMicro: '0',
      strangersLimitMicro: '20000000',
    })
    expect(await earnings.statements({ limit: 5 })).toEqual([])
    await expect(earnings.unpaid({ limit: 5, code: 'whatever' as 'free' })).rejects.toThrow()
    await expect(earnings.groups({ by: 'model', ...range, limit: 5, cursor: 'x' })).rejects.toThrow(/page/)

    const period = { requester: payerId, fromMs: Date.UTC(2020, 0, 1), toMs: Date.now() }
    expect(await earnings.stateFile(period)).toEqual({ path: chosen })
    const answer = await new Statements({ ...payer, payoutAddress: () => '' }).confirm(
      readFileSync(chosen, 'utf8').split('\n'),
      'transfer 2',
    )
    writeFileSync(chosen, answer)
    expect(await earnings.settleFile()).toEqual({ entries: 2, totalMicro: '720' })
    expect(await earnings.summary({ days: 1 })).toMatchObject({ acknowledgedMicro: '0', settledMicro: '720' })
    expect(await earnings.statements({ limit: 5 })).toMatchObject([
      { totalMicro: '720', reference: 'transfer 2' },
    ])
    const [statement] = await earnings.statements({ limit: 5 })
    if (statement === undefined) throw new Error('no statement')
    expect(await earnings.statements({ limit: 5, cursor: statement })).toEqual([])
    await expect(earnings.statements({ limit: 5, cursor: { ...statement, hash: 'x' } })).rejects.toThrow()
    await expect(earnings.exposure({ limit: 5, cursor: 'x' })).rejects.toThrow(/page/)
    expect((await earnings.entries({ limit: 5 })).map(({ state }) => state)).toEqual(['settled', 'settled'])
    await expect(earnings.stateFile(period)).rejects.toThrow(/owes nothing/)

    await node.settings.set({ payoutAddress: 'iban-xx00', network, unpaidStrangersMicro: '77' })
    expect(await settings.get()).toMatchObject({ payoutAddress: 'iban-xx00', unpaidStrangersMicro: '77' })
    expect((await earnings.exposure({ limit: 5 })).strangersLimitMicro).toBe('77')
    // What another process writes, `driad settings set` say, holds in the node that runs.
    const elsewhere = openStore({ path: data.databasePath })
    await openSettings({ store: elsewhere }).set({ unpaidStrangersMicro: '78' })
    await elsewhere.close()
    await eventually(() => node.money.exposure(5).strangersLimitMicro === '78', 'the node takes it up')
    await host.start()
    await node.join()
    const target = { peerId: identity.peerId, addresses: node.addresses() }
    const description = await fetchDescription(host, target, { signal: AbortSignal.timeout(10_000) })
    expect(description.payoutAddress).toBe('iban-xx00')
  } finally {
    await closeBooks(payer)
    await host.stop()
    await node.stop({ drainMs: 0 })
    await logs.close()
  }
})

it('writes statements of what is owed by itself, and takes the answers', async () => {
  using folder = tempFolder()
  using payerFolder = tempFolder()
  const data = openDataFolder(folder.path)
  const identity = await loadOrCreateIdentity({ dir: data.path })
  // Earned two days ago.
  const atMs = Date.now() - 2 * PERIOD_MS
  const books = openBooks(data.databasePath, data.ledgerAnchorPath, identity, { now: () => atMs })
  const payer = openBooks(payerFolder.file('p.sqlite'), payerFolder.file('p.anchor'), testSigner())
  await payTask(payer, books, 700n)
  await closeBooks(books)
  const logs = createLogger({ level: 'error' })
  const open = () =>
    createComputeNode(
      { folder: data, builtInModelPath: demoModelPath },
      { logger: logs.logger, history: logs.history, launchInference: launchInferenceChild(logs.logger) },
    )
  const files = () => {
    try {
      return readdirSync(data.statementsFolder)
    } catch {
      return []
    }
  }
  const first = await open()
  await first.settings.set({ statementDays: 1 })
  await first.start()
  await eventually(() => files().some((name) => name.endsWith('.statement.jsonl')), 'a statement is written')
  await first.stop()
  const [name = ''] = files()
  const lines = readFileSync(join(data.statementsFolder, name), 'utf8').split('\n')
  expect(await verifyStatement(lines)).toMatchObject({
    ok: true,
    entries: 1,
    statement: { node: identity.peerId },
  })

  const settlement = await new Statements({ ...payer, payoutAddress: () => '' }).confirm(lines, 'paid')
  await closeBooks(payer)
  writeFileSync(join(data.statementsFolder, 'answer.settlement.json'), settlement)
  const second = await open()
  try {
    await second.start()
    await eventually(() => files().includes('answer.settled.json'), 'the answer is taken')
    expect(second.earnings(1)).toMatchObject({ acknowledgedMicro: '0', settledMicro: '700' })
    expect(second.ledger.isSettled(1)).toBe(true)
  } finally {
    await second.stop()
    await logs.close()
  }
})
