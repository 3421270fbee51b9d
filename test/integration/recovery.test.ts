import { once } from 'node:events'
import { cpSync, existsSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { verifyLedgerFile } from '../../src/node/ledger/verify-ledger.ts'
import { openStore } from '../../src/node/store/open-store.ts'
import { publicKeyOfPeerId } from '../../src/protocol/wire/keys.ts'
import { damages, seeded } from '../helpers/damage.ts'
import {
  driad,
  makeTestFolder,
  type NodeProcess,
  startNode,
  type TestFolder,
} from '../helpers/driad-process.ts'

const LOCAL = ['--listen', '/ip4/127.0.0.1/tcp/0', '--no-upnp']

function start(dataDir: string, ...flags: string[]): Promise<NodeProcess> {
  return startNode(['--data-dir', dataDir, '--network', `recovery-${process.pid}`, ...LOCAL, ...flags])
}

/** Has a node end by an error of its own once it has come up; returns how it had. */
async function startAndDie(folder: TestFolder, ...flags: string[]): Promise<string | undefined> {
  const sign = join(folder.path, 'die')
  const env = {
    DRIAD_TEST_DIE: sign,
    NODE_OPTIONS: `--import ${new URL('../fixtures/dying.mjs', import.meta.url).href}`,
  }
  const network = `recovery-${process.pid}`
  const node = await startNode(
    ['--data-dir', folder.dataDir('node'), '--network', network, ...LOCAL, ...flags],
    env,
  )
  const gone = once(node.child, 'close')
  writeFileSync(sign, '')
  await gone
  rmSync(sign)
  return node.events.find(({ event }) => event === 'ready' || event === 'safe_mode')?.event
}

const database = (dataDir: string) => join(dataDir, 'driad.sqlite')
const says = (node: NodeProcess, event: string) => node.events.find((each) => each.event === event)

/** A folder of a node that has run, and paid itself for a task by the way of the network. */
async function usedFolder(dataDir: string): Promise<{ readonly peerId: string }> {
  const node = await start(dataDir)
  const published = await driad([
    'publish',
    '--prompt',
    'Once upon a time',
    '--models',
    'demo',
    '--data-dir',
    `${dataDir}-asks`,
    '--network',
    `recovery-${process.pid}`,
    '--no-mdns',
    '--listen',
    '/ip4/127.0.0.1/tcp/0',
    '--bootstrap',
    node.addresses[0] ?? '',
  ])
  if (published.code !== 0) throw new Error(published.stderr)
  await node.waitFor(({ event }) => event === 'ledger')
  expect(await node.stop()).toBe(0)
  return { peerId: node.peerId }
}

describe('a node whose starts fail', () => {
  it('comes up safely after three, says why, and starts normally again once it was stopped', async () => {
    using folder = makeTestFolder()
    const dataDir = folder.dataDir('node')
    for (let crashes = 0; crashes < 3; crashes++) expect(await startAndDie(folder)).toBe('ready') // one or two are no loop
    const safe = await start(dataDir)
    expect(says(safe, 'safe_mode')).toMatchObject({
      cause: 'crashes',
      crashes: 3,
      lastLines: expect.arrayContaining([expect.stringContaining('the last straw')]),
    })
    expect(says(safe, 'ready')).toBeUndefined()
    expect((await safe.waitFor(({ event }) => event === 'inference'))['pid']).toBeUndefined()
    expect(await safe.stop()).toBe(0)

    const normal = await start(dataDir)
    expect(says(normal, 'ready')).toMatchObject({ models: ['demo'] })
    expect(await normal.stop()).toBe(0)
  })

  it('can be started safely on purpose, and never where that is not wanted', async () => {
    using folder = makeTestFolder()
    const dataDir = folder.dataDir('node')
    const safe = await start(dataDir, '--safe-mode')
    expect(says(safe, 'safe_mode')).toMatchObject({ cause: 'asked', crashes: 0 })
    // It stays, so that one can look at it.
    expect((await driad(['health', '--data-dir', dataDir])).stdout).not.toBe('')
    expect(safe.child.exitCode).toBeNull()
    expect(await safe.stop()).toBe(0)
    for (let crashes = 0; crashes < 4; crashes++)
      expect(await startAndDie(folder, '--no-safe-mode')).toBe('ready')
  })

  it('goes on with its work however often somebody kills it', async () => {
    using folder = makeTestFolder()
    for (let kills = 0; kills < 4; kills++) {
      const node = await start(folder.dataDir('node'))
      expect(says(node, 'ready')).toBeDefined()
      await node.stop('SIGKILL')
    }
  })
})

describe('a damaged data folder', () => {
  it('is mended at the start, with what is lost said and the damaged file kept', async () => {
    using folder = makeTestFolder()
    const dataDir = folder.dataDir('node')
    const { peerId } = await usedFolder(dataDir)
    damages.zeroHeader(database(dataDir))
    const refused = await driad(['ledger', 'list', '--data-dir', dataDir])
    expect(refused.code).toBe(1)
    expect(refused.stderr).toContain('store_corrupt')

    const node = await start(dataDir)
    const note = says(node, 'recovered')
    expect(note).toMatchObject({ subject: 'database', lost: [] })
    expect(existsSync(join(String(note?.['keptPath']), 'driad.sqlite'))).toBe(true)
    expect(node.peerId).toBe(peerId)
    expect(await node.stop()).toBe(0)
    const verified = await driad(['ledger', 'verify', '--data-dir', dataDir, '--json'])
    expect(verified.json()[0]).toEqual({ ok: true, entries: 1, problems: [] })
  })

  it('says which entries are gone where nothing has them, and gives their numbers to no others', async () => {
    using folder = makeTestFolder()
    const dataDir = folder.dataDir('node')
    const { peerId } = await usedFolder(dataDir)
    damages.garbage(database(dataDir), seeded(2))
    const node = await start(dataDir)
    expect(says(node, 'recovered')?.['lost']).toContainEqual({ what: 'entries', from: 1, to: 1 })
    expect(await node.stop()).toBe(0)
    const verified = await driad(['ledger', 'verify', '--data-dir', dataDir, '--json'])
    expect(verified.json()[0]).toMatchObject({
      ok: true,
      entries: 0,
      lost: [{ what: 'entries', from: 1, to: 1 }],
    })
    const again = await start(dataDir)
    expect(says(again, 'recovered')).toBeUndefined() // it was said once
    expect(await again.stop()).toBe(0)
    expect(again.peerId).toBe(peerId)
  })

  it('has its settings back from the backup, or at their defaults', async () => {
    using folder = makeTestFolder()
    const dataDir = folder.dataDir('node')
    const node = await start(dataDir)
    expect(await node.stop()).toBe(0)
    await driad(['settings', 'set', 'slots', '3', '--data-dir', dataDir])
    await driad(['backup', 'now', '--data-dir', dataDir])
    await driad(['settings', 'set', 'payoutAddress', 'somewhere', '--data-dir', dataDir])
    const store = openStore({ path: database(dataDir) })
    await store.write((tx) =>
      tx.run("UPDATE settings SET value_json = '{\"garbage' WHERE key IN ('slots', 'payoutAddress')"),
    )
    await store.close()
    const again = await start(dataDir)
    expect(says(again, 'recovered')).toMatchObject({
      subject: 'settings',
      lost: [
        { what: 'setting', key: 'payoutAddress', from: 'default' },
        { what: 'setting', key: 'slots', from: 'copy' },
      ],
    })
    expect(await again.stop()).toBe(0)
    const listed = await driad(['settings', 'list', '--data-dir', dataDir, '--json'])
    expect(listed.json()[0]).toMatchObject({ slots: 3, payoutAddress: '' })
    const reset = await driad(['settings', 'reset', '--all', '--data-dir', dataDir])
    expect(reset.code).toBe(0)
    const defaults = await driad(['settings', 'list', '--data-dir', dataDir, '--json'])
    expect(defaults.json()[0]).not.toMatchObject({ slots: 3 })
  })

  it('gets no new identity where it has a history', async () => {
    using folder = makeTestFolder()
    const dataDir = folder.dataDir('node')
    const { peerId } = await usedFolder(dataDir)
    rmSync(join(dataDir, 'identity.key'))
    for (const harm of [
      () => undefined,
      () => damages.zeroHeader(database(dataDir)),
      () => rmSync(database(dataDir)),
    ]) {
      harm()
      const refused = await driad(['start', '--data-dir', dataDir, ...LOCAL])
      expect(refused.code).toBe(1)
      expect(refused.stderr).toContain('identity_invalid')
      expect(existsSync(join(dataDir, 'identity.key'))).toBe(false)
    }
    expect(peerId).not.toBe('')
  })

  it('does not take another identity for its own', async () => {
    using folder = makeTestFolder()
    const dataDir = folder.dataDir('node')
    await usedFolder(dataDir)
    const other = folder.dataDir('other')
    await driad(['identity', '--data-dir', other])
    rmSync(join(dataDir, 'identity.key'))
    cpSync(join(other, 'identity.key'), join(dataDir, 'identity.key'))
    const before = statSync(database(dataDir)).size
    const refused = await driad(['start', '--data-dir', dataDir, ...LOCAL])
    expect(refused.code).toBe(1)
    expect(refused.stderr).toContain('identity_invalid')
    expect(statSync(database(dataDir)).size).toBe(before)
  })
})

describe('driad backup', () => {
  it('makes, lists and restores, keeps the ledger, and refuses beside a running node', async () => {
    using folder = makeTestFolder()
    const dataDir = folder.dataDir('node')
    const first = await start(dataDir)
    expect(await first.stop()).toBe(0)
    await driad(['settings', 'set', 'slots', '2', '--data-dir', dataDir])
    const made = await driad(['backup', 'now', '--data-dir', dataDir, '--json'])
    expect(made.code).toBe(0)
    const [{ name, path }] = made.json<{ name: string; path: string }>() as [{ name: string; path: string }]
    expect(statSync(path).mode & 0o777).toBe(0o600)
    await driad(['settings', 'set', 'slots', '5', '--data-dir', dataDir])
    const { peerId } = await usedFolder(dataDir)

    const running = await start(dataDir)
    const refused = await driad(['backup', 'restore', name, '--data-dir', dataDir])
    expect(refused.code).toBe(1)
    expect(refused.stderr).toContain('data_folder_in_use')
    expect(await running.stop()).toBe(0)
    const asking = openStore({ path: database(dataDir) })
    const beside = await driad(['backup', 'restore', name, '--data-dir', dataDir])
    expect(beside.stderr).toContain('data_folder_in_use')
    await asking.close()

    const restored = await driad(['backup', 'restore', '--data-dir', dataDir, '--json'])
    expect(restored.json()[0]).toMatchObject({ subject: 'restore' })
    const listed = await driad(['settings', 'list', '--data-dir', dataDir, '--json'])
    expect(listed.json()[0]).toMatchObject({ slots: 2 })
    const verified = await verifyLedgerFile({
      path: database(dataDir),
      anchorPath: join(dataDir, 'ledger.anchor'),
      publicKey: publicKeyOfPeerId(peerId),
    })
    // The entry since the backup is there; what belongs to it was put aside, and is said to be.
    expect(verified).toMatchObject({ ok: true, entries: 1, lost: [{ what: 'tasks', from: 1, to: 1 }] })
    expect(readdirSync(join(dataDir, 'damaged'))).toHaveLength(1)
    writeFileSync(path, 'no database at all')
    const broken = await driad(['backup', 'restore', name, '--data-dir', dataDir])
    expect(broken.stderr).toContain('store_corrupt')
    const node = await start(dataDir)
    expect(says(node, 'ready')).toBeDefined()
    expect(await node.stop()).toBe(0)
  })
})
