import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type DataFolder, openDataFolder } from '../../../../src/node/data-folder.ts'
import { verifyLedgerFile } from '../../../../src/node/ledger/verify-ledger.ts'
import { listBackups, makeBackup } from '../../../../src/node/recovery/backup-files.ts'
import { BackupKeeper } from '../../../../src/node/recovery/backup-keeper.ts'
import { findDamage } from '../../../../src/node/recovery/find-damage.ts'
import { recoverDatabase } from '../../../../src/node/recovery/recover-database.ts'
import { SmallDisk } from '../../../chaos/small-disk.ts'
import { damages } from '../../../helpers/damage.ts'
import { type LedgerFile, writeLedgerFile } from '../../../helpers/ledger-file.ts'
import { recordingLogger } from '../../../helpers/recording-logger.ts'
import { tempFolder } from '../../../helpers/temp-folder.ts'

const NOON = Date.parse('2031-04-09T12:00:00Z')
const DAY = 24 * 3_600_000

let place: ReturnType<typeof tempFolder>
let folder: DataFolder
let file: LedgerFile
const back = (nowMs: number, more = {}) =>
  makeBackup({ ...folder, publicKey: file.publicKey, nowMs, ...more })

beforeEach(async () => {
  place = tempFolder()
  folder = openDataFolder(place.path)
  file = await writeLedgerFile(folder.databasePath, 12)
})
afterEach(() => place[Symbol.dispose]())

describe('makeBackup', () => {
  it('makes a whole copy for this user alone, and keeps the newest few', async () => {
    for (let day = 0; day < 7; day++) await back(NOON + day * DAY, { limits: { copies: 3, bytes: 1e9 } })
    const backups = listBackups(folder)
    expect(backups.map(({ madeAtMs }) => madeAtMs)).toEqual([6, 5, 4].map((day) => NOON + day * DAY))
    for (const { path } of backups) {
      expect(statSync(path).mode & 0o777).toBe(0o600)
      expect(await findDamage({ path, publicKey: file.publicKey, depth: 'thorough' })).toBeUndefined()
    }
    expect(readdirSync(folder.backupsFolder)).toHaveLength(3)
  })

  it('keeps one however large it is, and no more than there may be bytes', async () => {
    const sizeBytes = (await back(NOON)).sizeBytes
    await back(NOON + DAY, { limits: { copies: 5, bytes: sizeBytes - 1 } })
    expect(listBackups(folder).map(({ madeAtMs }) => madeAtMs)).toEqual([NOON + DAY])
  })

  it('makes none where little would be left of the disk, and leaves those that are there', async () => {
    await back(NOON)
    await expect(back(NOON + DAY, { freeBytes: () => 1024 })).rejects.toMatchObject({ code: 'disk_full' })
    expect(listBackups(folder)).toHaveLength(1)
  })

  it('makes none of a damaged database', async () => {
    await back(NOON)
    damages.zeroPage(folder.databasePath, () => 0.5)
    const damage = await findDamage({
      path: folder.databasePath,
      publicKey: file.publicKey,
      depth: 'thorough',
    })
    expect(damage).toBeDefined()
    await expect(back(NOON + DAY)).rejects.toMatchObject({ code: 'store_corrupt' })
    expect(readdirSync(folder.backupsFolder)).toHaveLength(1)
  })
})

describe('a full disk', () => {
  it('leaves no half backup, and no half-mended database', async (context) => {
    using disk = SmallDisk.mount(place.file('disk'))
    if (disk === undefined) {
      context.skip('only root can mount a disk of its own')
      return
    }
    const small = openDataFolder(place.file('disk'))
    const other = await writeLedgerFile(small.databasePath, 12)
    const init = { ...small, publicKey: other.publicKey, freeBytes: () => Number.MAX_SAFE_INTEGER }
    await makeBackup({ ...init, nowMs: NOON })
    disk.fill()
    await expect(makeBackup({ ...init, nowMs: NOON + DAY })).rejects.toMatchObject({ code: 'disk_full' })
    expect(readdirSync(small.backupsFolder)).toHaveLength(1)

    damages.zeroHeader(small.databasePath)
    const before = readFileSync(small.databasePath)
    const { logger } = recordingLogger()
    const recover = () =>
      recoverDatabase({ folder: small, publicKey: other.publicKey, logger, depth: 'thorough' })
    await expect(recover()).rejects.toMatchObject({ code: 'disk_full' })
    expect(readFileSync(small.databasePath).equals(before)).toBe(true)
    disk.free()
    await recover()
    const verified = await verifyLedgerFile({
      path: small.databasePath,
      anchorPath: small.ledgerAnchorPath,
      publicKey: other.publicKey,
    })
    expect(verified).toEqual({ ok: true, entries: 12, problems: [] })
  })
})

describe('BackupKeeper', () => {
  it('makes one a day, when the computer is free', async () => {
    let nowMs = NOON
    let busy: 'paused' | 'battery' | undefined = 'battery'
    const changes = { count: 0 }
    const keeper = new BackupKeeper({
      ...folder,
      publicKey: file.publicKey,
      logger: recordingLogger().logger,
      busy: async () => busy,
      onChange: () => {
        changes.count++
      },
      onDamage: () => undefined,
      lookMs: 5,
      now: () => nowMs,
    })
    keeper.start()
    await expect.poll(() => keeper.delay?.why, { timeout: 30_000 }).toBe('battery')
    expect(listBackups(folder)).toHaveLength(0)
    busy = undefined
    await expect.poll(() => listBackups(folder).length, { timeout: 30_000 }).toBe(1)
    await expect.poll(() => keeper.delay, { timeout: 30_000 }).toBeUndefined()
    nowMs += DAY + 1
    await expect.poll(() => listBackups(folder).length, { timeout: 30_000 }).toBe(2)
    await keeper.stop()
    expect(changes.count).toBeGreaterThan(0)
  })

  it('tells of damage that it comes upon', async () => {
    const found: string[] = []
    damages.zeroPage(folder.databasePath, () => 0.5)
    const keeper = new BackupKeeper({
      ...folder,
      publicKey: file.publicKey,
      logger: recordingLogger().logger,
      busy: async () => undefined,
      onChange: () => undefined,
      onDamage: ({ code }) => found.push(code),
      lookMs: 5,
    })
    keeper.start()
    await expect.poll(() => found, { timeout: 30_000 }).toEqual(['store_corrupt'])
    await keeper.stop()
    expect(keeper.delay?.why).toBe('failed')
  })
})

it('takes no other file for a backup', async () => {
  await back(NOON)
  writeFileSync(`${folder.backupsFolder}/notes.txt`, 'mine')
  expect(listBackups(folder)).toHaveLength(1)
  expect(existsSync(`${folder.backupsFolder}/notes.txt`)).toBe(true)
})
