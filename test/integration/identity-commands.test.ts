import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openDataFolder } from '../../src/node/data-folder.ts'
import type { Identity } from '../../src/node/identity/contract.ts'
import { loadOrCreateIdentity } from '../../src/node/identity/load-identity.ts'
import { openLedger } from '../../src/node/ledger/open-ledger.ts'
import { openSettings } from '../../src/node/settings/settings.ts'
import { takeFolderLock } from '../../src/node/store/folder-lock.ts'
import { openStore } from '../../src/node/store/open-store.ts'
import { driad, makeTestFolder } from '../helpers/driad-process.ts'
import { insertTask } from '../helpers/ledger-file.ts'
import { signedWork, testSigner } from '../helpers/signed-work.ts'

const PASSPHRASE = 'larch beech rowan alder'
const input = `${PASSPHRASE}\n`

interface Restored {
  readonly peerId: string
  readonly state: string
  readonly setAside?: string
}

/** The commands on one folder of test data folders; the passphrase comes by standard input. */
function commands(folder: ReturnType<typeof makeTestFolder>) {
  const file = folder.dataDir('key.json')
  const run = (command: 'backup' | 'restore', dataDir: string, ...args: string[]) =>
    driad(
      [
        'identity',
        command,
        file,
        '--data-dir',
        folder.dataDir(dataDir),
        '--passphrase-file',
        '-',
        ...args,
        '--json',
      ],
      { input },
    )
  return {
    file,
    identity: (dataDir: string) =>
      loadOrCreateIdentity({ dir: openDataFolder(folder.dataDir(dataDir)).path }),
    backup: (dataDir: string, ...args: string[]) => run('backup', dataDir, ...args),
    restore: (dataDir: string, ...args: string[]) => run('restore', dataDir, ...args),
  }
}

/** Books a task that was done for somebody, as that identity. */
async function earn(dataDir: string, identity: Identity): Promise<void> {
  const folder = openDataFolder(dataDir)
  const store = openStore({ path: folder.databasePath })
  const ledger = openLedger({ store, anchorPath: folder.ledgerAnchorPath, publicKey: identity.publicKey })
  const payer = testSigner()
  const work = signedWork({ payer, payee: identity })
  const entry = await store.write((tx) => {
    const appended = ledger.append(tx, { direction: 'credit', ...work })
    insertTask(tx, appended, [payer, identity])
    return appended
  })
  ledger.committed(entry)
  await ledger.close()
  await store.close()
}

describe('driad identity backup and restore', () => {
  it('carries the key to another data folder', async () => {
    using folder = makeTestFolder()
    const { file, identity, backup, restore } = commands(folder)
    const { peerId } = await identity('old')
    const made = await backup('old')
    expect(made.code, made.stderr).toBe(0)
    expect(made.json()[0]).toEqual({ peerId, path: file, verified: true })
    if (process.platform !== 'win32') expect(statSync(file).mode & 0o777).toBe(0o600)
    const restored = await restore('new')
    expect(restored.code, restored.stderr).toBe(0)
    expect(restored.json<Restored>()[0]).toMatchObject({ peerId, state: 'restored' })
    const shown = await driad(['identity', '--data-dir', folder.dataDir('new'), '--json'])
    expect(shown.json()[0]).toMatchObject({ peerId })
    expect((await restore('new')).json<Restored>()[0]).toMatchObject({ peerId, state: 'already' })
  })

  it('tells the window of the backup, where there is one', async () => {
    using folder = makeTestFolder()
    const { file, identity, backup } = commands(folder)
    const { peerId } = await identity('old')
    await openStore({ path: openDataFolder(folder.dataDir('old')).databasePath }).close()
    expect((await backup('old')).code).toBe(0)
    const store = openStore({ path: openDataFolder(folder.dataDir('old')).databasePath })
    expect(openSettings({ store }).get().identityBackup).toMatchObject({ peerId, path: file, verified: true })
    await store.close()
  })

  it('takes no weak passphrase, no file that is there, and makes no key', async () => {
    using folder = makeTestFolder()
    const { file, identity, backup } = commands(folder)
    expect((await backup('none')).json()[0]).toMatchObject({ error: { code: 'bad_usage' } })
    openDataFolder(folder.dataDir('empty'))
    expect((await backup('empty')).json()[0]).toMatchObject({ error: { code: 'identity_invalid' } })
    await identity('old')
    const dataDir = ['--data-dir', folder.dataDir('old'), '--json']
    const weak = await driad(['identity', 'backup', file, ...dataDir, '--passphrase-file', '-'], {
      input: 'short\n',
    })
    expect(weak.code).toBe(2)
    expect(weak.json()[0]).toMatchObject({ error: { issues: [{ path: 'passphrase' }] } })
    const unasked = await driad(['identity', 'backup', file, ...dataDir])
    expect(unasked.json()[0]).toMatchObject({ error: { code: 'bad_usage' } })
    expect(existsSync(file)).toBe(false)
    writeFileSync(file, 'dear diary')
    expect((await backup('old')).code).toBe(2)
    expect(readFileSync(file, 'utf8')).toBe('dear diary')
    expect((await backup('old', '--force')).code).toBe(0)
  })

  it('says whether the passphrase or the file is wrong, and changes nothing', async () => {
    using folder = makeTestFolder()
    const { file, identity, backup, restore } = commands(folder)
    await identity('old')
    await backup('old')
    const wrong = await driad(
      ['identity', 'restore', file, '--data-dir', folder.dataDir('new'), '--passphrase-file', '-', '--json'],
      { input: 'another passphrase\n' },
    )
    expect(wrong.code).toBe(2)
    expect(wrong.json()[0]).toMatchObject({ error: { code: 'wrong_passphrase' } })
    writeFileSync(file, readFileSync(file, 'utf8').replace('"nonce": "', '"nonce": "A'))
    expect((await restore('new')).json()[0]).toMatchObject({ error: { code: 'backup_invalid' } })
    expect(existsSync(join(folder.dataDir('new'), 'identity.key'))).toBe(false)
  })

  it('sets a key aside that has done nothing, or is damaged', async () => {
    using folder = makeTestFolder()
    const { identity, backup, restore } = commands(folder)
    const { peerId } = await identity('old')
    await backup('old')
    await identity('fresh')
    const key = join(folder.dataDir('fresh'), 'identity.key')
    for (const text of [readFileSync(key, 'utf8'), 'no key at all']) {
      writeFileSync(key, text, { mode: 0o600 })
      const [restored] = (await restore('fresh')).json<Restored>()
      expect(restored).toMatchObject({ peerId, state: 'restored' })
      expect(readFileSync(join(restored?.setAside ?? '', 'identity.key'), 'utf8')).toBe(text)
      expect((await identity('fresh')).peerId).toBe(peerId)
    }
  })

  it('never takes the place of an identity that has a ledger, unless that is named', async () => {
    using folder = makeTestFolder()
    const { identity, backup, restore } = commands(folder)
    const restored = await identity('old')
    await backup('old')
    const owner = await identity('busy')
    const dataDir = folder.dataDir('busy')
    await earn(dataDir, owner)
    // SQLite's helpers come and go.
    const files = () => readdirSync(dataDir).filter((name) => !/-(wal|shm)$/.test(name))
    const before = files()
    for (const args of [[], ['--replace', restored.peerId], ['--replace', 'yes']]) {
      const refused = await restore('busy', ...args)
      expect(refused.code).toBe(1)
      expect(refused.json()[0]).toMatchObject({
        error: { code: 'identity_in_use', message: expect.stringContaining(owner.peerId) },
      })
    }
    expect(files()).toEqual(before)
    expect((await identity('busy')).peerId).toBe(owner.peerId)

    const [replaced] = (await restore('busy', '--replace', owner.peerId)).json<Restored>()
    expect(replaced).toMatchObject({ peerId: restored.peerId, state: 'restored' })
    expect((await identity('busy')).peerId).toBe(restored.peerId)
    // All of it is kept, and verifies there.
    const kept = replaced?.setAside ?? ''
    const verified = await driad(['ledger', 'verify', '--data-dir', kept, '--json'])
    expect(verified.code, verified.stderr).toBe(0)
    expect(verified.json()[0]).toMatchObject({ ok: true, entries: 1 })
  })

  it('gives a ledger back the key that was lost', async () => {
    using folder = makeTestFolder()
    const { identity, backup, restore } = commands(folder)
    const owner = await identity('mine')
    await backup('mine')
    await earn(folder.dataDir('mine'), owner)
    writeFileSync(join(folder.dataDir('mine'), 'identity.key'), 'damaged')
    expect((await restore('mine')).json<Restored>()[0]).toMatchObject({
      peerId: owner.peerId,
      state: 'restored',
    })
    const verified = await driad(['ledger', 'verify', '--data-dir', folder.dataDir('mine'), '--json'])
    expect(verified.json()[0]).toMatchObject({ ok: true, entries: 1 })
  })

  it('waits for no node that runs on the folder, and leaves it alone', async () => {
    using folder = makeTestFolder()
    const { identity, backup, restore } = commands(folder)
    await identity('old')
    await backup('old')
    const lock = takeFolderLock(openDataFolder(folder.dataDir('new')).nodeLockPath)
    try {
      expect((await restore('new')).json()[0]).toMatchObject({ error: { code: 'data_folder_in_use' } })
    } finally {
      lock.release()
    }
  })
})
