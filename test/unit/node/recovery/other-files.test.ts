import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type DataFolder, openDataFolder } from '../../../../src/node/data-folder.ts'
import { exportLedger } from '../../../../src/node/ledger/export-ledger.ts'
import { openLedger } from '../../../../src/node/ledger/open-ledger.ts'
import { verifyBundle } from '../../../../src/node/ledger/verify-bundle.ts'
import { verifyLedgerFile } from '../../../../src/node/ledger/verify-ledger.ts'
import { makeBackup } from '../../../../src/node/recovery/backup-files.ts'
import { claimData } from '../../../../src/node/recovery/data-owner.ts'
import { notesOf, recoverDatabase } from '../../../../src/node/recovery/recover-database.ts'
import { newDatabasePath, takeDatabase } from '../../../../src/node/store/database-users.ts'
import { openStore } from '../../../../src/node/store/open-store.ts'
import { DriadError } from '../../../../src/protocol/errors.ts'
import { damages, seeded } from '../../../helpers/damage.ts'
import { insertTask, type LedgerFile, writeLedgerFile } from '../../../helpers/ledger-file.ts'
import { recordingLogger } from '../../../helpers/recording-logger.ts'
import { signedWork, testSigner } from '../../../helpers/signed-work.ts'
import { tempFolder } from '../../../helpers/temp-folder.ts'

const { logger } = recordingLogger()
const recover = (folder: DataFolder, { publicKey }: Pick<LedgerFile, 'publicKey'>) =>
  recoverDatabase({ folder, publicKey, logger, depth: 'thorough' })
const verify = (folder: DataFolder, { publicKey }: Pick<LedgerFile, 'publicKey'>) =>
  verifyLedgerFile({ path: folder.databasePath, anchorPath: folder.ledgerAnchorPath, publicKey })

/** The folder of a process that was killed with its last writes in the write-ahead log alone. */
async function killedFolder(path: string): Promise<{ folder: DataFolder; file: LedgerFile }> {
  const source = tempFolder()
  const folder = openDataFolder(path)
  const from = openDataFolder(source.path)
  const file = await writeLedgerFile(from.databasePath, 10, {
    onEntry: async (seq) => {
      if (seq !== 10) return
      // As it is in this moment, with the process gone.
      cpSync(from.path, path, { recursive: true })
      const users = `${folder.databasePath}.users`
      const [name] = readdirSync(users)
      renameSync(`${users}/${name}`, `${users}/4194999.0`)
      writeFileSync(`${users}/4194999.0`, '4194999 1 writes\n')
    },
  })
  copyFileSync(from.ledgerAnchorPath, folder.ledgerAnchorPath)
  source[Symbol.dispose]()
  return { folder, file }
}

describe('a write-ahead log', () => {
  it('is taken up where it is whole', async () => {
    using place = tempFolder()
    const { folder, file } = await killedFolder(place.file('node'))
    expect(existsSync(`${folder.databasePath}-wal`)).toBe(true)
    await recover(folder, file)
    expect(notesOf(folder).list()).toEqual([])
    expect(await verify(folder, file)).toMatchObject({ ok: true, entries: 10 })
  })

  for (const [name, harm] of [
    ['missing', (path: string) => rmSync(path)],
    ['damaged in the middle', (path: string) => damages.randomPages(path, seeded(7))],
    ['without its header', (path: string) => damages.zeroHeader(path)],
  ] as const) {
    it(`is missed where it is ${name}, and what can be found of the ledger is kept`, async () => {
      using place = tempFolder()
      const { folder, file } = await killedFolder(place.file('node'))
      harm(`${folder.databasePath}-wal`)
      await recover(folder, file)
      const [note] = notesOf(folder).list()
      expect(note?.subject).toBe('database')
      expect(note?.lost.some(({ what }) => what === 'commits' || what === 'entries')).toBe(true)
      const verified = await verify(folder, file)
      expect(verified.problems).toEqual([])
      const entries =
        note?.lost.flatMap((loss) => (loss.what === 'entries' ? [loss.to - loss.from + 1] : [])) ?? []
      expect(verified.entries + entries.reduce((sum, count) => sum + count, 0)).toBe(10)
      const before = readdirSync(folder.damagedFolder)
      await recover(folder, file) // once is enough
      expect(readdirSync(folder.damagedFolder)).toEqual(before)
    })
  }
})

describe("the ledger's anchor", () => {
  it('is made anew from the ledger where it is damaged', async () => {
    using place = tempFolder()
    const folder = openDataFolder(place.path)
    const file = await writeLedgerFile(folder.databasePath, 6)
    const text = readFileSync(folder.ledgerAnchorPath, 'utf8')
    // A flipped bit in the number: 6 becomes 7, and names an entry that never was.
    writeFileSync(folder.ledgerAnchorPath, text.replace('"seq":6', '"seq":7'))
    await recover(folder, file)
    expect(notesOf(folder).list()).toMatchObject([{ subject: 'anchor', lost: [] }])
    expect(readFileSync(notesOf(folder).list()[0]?.keptPath ?? '', 'utf8')).toContain('"seq":7')
    expect(await verify(folder, file)).toMatchObject({ ok: true, entries: 6 })
  })
})

describe('entries that are lost', () => {
  it('leave their numbers unused: the chain goes on behind them, and a bundle says so', async () => {
    using place = tempFolder()
    const folder = openDataFolder(place.path)
    const file = await writeLedgerFile(folder.databasePath, 8, {
      onEntry: async (seq, publicKey) => {
        if (seq === 5) await makeBackup({ ...folder, publicKey, nowMs: 1_000_000 })
      },
    })
    damages.garbage(folder.databasePath, seeded(3))
    await recover(folder, file)
    const store = openStore({ path: folder.databasePath })
    const ledger = openLedger({ store, anchorPath: folder.ledgerAnchorPath, publicKey: file.publicKey })
    expect(ledger.lastSeq()).toBe(8)
    const payer = testSigner()
    const entry = await store.write((tx) => {
      const appended = ledger.append(tx, {
        direction: 'credit',
        ...signedWork({ payer, payee: file.owner }),
      })
      insertTask(tx, appended, [payer])
      return appended
    })
    ledger.committed(entry)
    expect(entry).toMatchObject({ seq: 9, prevHash: file.entries[7]?.hash })
    await ledger.close()
    const lines: string[] = []
    for await (const line of exportLedger({ ledger, format: 'bundle', identity: file.owner }))
      lines.push(line)
    await store.close()
    const lost = [{ what: 'entries', from: 6, to: 8 }]
    expect(await verifyBundle(lines)).toMatchObject({ ok: true, entries: 6, lost })
    expect(await verify(folder, file)).toMatchObject({
      ok: true,
      entries: 6,
      lost: expect.arrayContaining(lost),
    })
    // Who leaves the gap out of a bundle has an end that does not fit.
    const without = lines.filter((line) => !line.startsWith('{"lost"'))
    expect((await verifyBundle(without)).ok).toBe(false)
  })
})

describe('an exchange of the database', () => {
  it('is finished where it was interrupted, wherever that was', async () => {
    for (const moved of [[], ['-wal'], ['-wal', '']]) {
      using place = tempFolder()
      const folder = openDataFolder(place.path)
      const file = await writeLedgerFile(folder.databasePath, 4)
      const kept = place.file('damaged/2031-04-09T12-00-00-000Z')
      // A new database is there, whole, and the old one on its way out.
      copyFileSync(folder.databasePath, newDatabasePath(folder.databasePath))
      writeFileSync(`${folder.databasePath}-wal`, '')
      damages.zeroHeader(folder.databasePath)
      const note = { id: 'one', atMs: 1, subject: 'database', reason: 'It was', lost: [], dismissed: false }
      const plan = { draftPath: `${folder.databasePath}.draft`, keptFolder: kept, note }
      writeFileSync(`${newDatabasePath(folder.databasePath)}.json`, JSON.stringify(plan))
      mkdirSync(kept, { recursive: true })
      for (const suffix of moved)
        renameSync(`${folder.databasePath}${suffix}`, `${kept}/driad.sqlite${suffix}`)
      expect(() => openStore({ path: folder.databasePath })).toThrow(DriadError)
      await recover(folder, file)
      expect(await verify(folder, file)).toMatchObject({ ok: true, entries: 4 })
      expect(notesOf(folder).list()).toMatchObject([{ id: 'one' }])
      expect(existsSync(`${kept}/driad.sqlite`)).toBe(true)
    }
  })

  it('does not happen under anybody who has the database open, and keeps everybody out', async () => {
    using place = tempFolder()
    const path = place.file('driad.sqlite')
    const store = openStore({ path })
    expect(() => takeDatabase(path)).toThrow(expect.objectContaining({ code: 'data_folder_in_use' }))
    await store.close()
    const alone = takeDatabase(path)
    expect(() => openStore({ path })).toThrow(expect.objectContaining({ code: 'data_folder_in_use' }))
    alone.release()
    await openStore({ path }).close()
  })
})

describe('damage that is found while the database is open', () => {
  it('is told once, by a read or a write', async () => {
    using place = tempFolder()
    const folder = openDataFolder(place.path)
    await writeLedgerFile(folder.databasePath, 40)
    for (let place = 0.75; place < 1; place += 0.005) damages.zeroPage(folder.databasePath, () => place)
    const told: string[] = []
    let store: ReturnType<typeof openStore> | undefined
    try {
      store = openStore({ path: folder.databasePath, onDamage: ({ code }) => told.push(code) })
      const opened = store
      for (const table of ['ledger', 'node_tasks', 'requests']) {
        try {
          opened.all(`SELECT * FROM ${table}`)
        } catch (error) {
          expect(error).toMatchObject({ code: 'store_corrupt' })
        }
      }
      expect(told).toEqual(['store_corrupt'])
    } finally {
      await store?.close()
    }
    expect(dirname(folder.databasePath)).toBe(folder.path)
  })
})

describe('claimData', () => {
  it('keeps two identities apart, once there is a history', async () => {
    using place = tempFolder()
    const store = openStore({ path: place.file('driad.sqlite') })
    await claimData(store, 'one')
    await claimData(store, 'two') // nothing was done as one
    await claimData(store, 'two')
    await store.close()
    const folder = openDataFolder(place.file('used'))
    await writeLedgerFile(folder.databasePath, 2)
    const used = openStore({ path: folder.databasePath })
    await claimData(used, 'one')
    await expect(claimData(used, 'two')).rejects.toMatchObject({ code: 'identity_invalid' })
    await used.close()
  })
})
