import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { guardUpdate, restoreDatabase, saveDatabase } from '../../../../src/main/updates/guard.ts'
import { PlacedInstallation } from '../../../../src/main/updates/installation.ts'
import { enterProbation } from '../../../../src/main/updates/probation.ts'
import { UpdateJournal } from '../../../../src/main/updates/update-journal.ts'
import { openDataFolder } from '../../../../src/node/data-folder.ts'
import { createLogger } from '../../../../src/node/logs/create-logger.ts'
import { migrations } from '../../../../src/node/store/migrations/index.ts'
import { openStore } from '../../../../src/node/store/open-store.ts'
import { tempFolder } from '../../../helpers/temp-folder.ts'

const { logger } = createLogger()
const newerSchema = [
  ...migrations,
  { version: migrations.length + 1, name: 'newer', sql: 'CREATE TABLE newer (x INTEGER) STRICT' },
]

/** A program in a folder: it writes its version's name into `ran` and does what the script says. */
function writeProgram(folder: string, version: string, script: string): void {
  mkdirSync(folder, { recursive: true })
  writeFileSync(
    join(folder, 'app'),
    `#!/bin/sh\necho "${version} $*" >> "$(dirname "$0")/../ran"\n${script}\n`,
    { mode: 0o755 },
  )
}

async function place(path: string, script: string) {
  const dataDir = join(path, 'data')
  const folder = openDataFolder(dataDir)
  const store = openStore({ path: folder.databasePath })
  await store.write((tx) => tx.run("INSERT INTO settings VALUES ('network', '\"ours\"', 1)"))
  await store.close()
  const installed = join(path, 'Driad')
  writeProgram(installed, 'old', '')
  writeProgram(`${installed}.new`, 'new', script)
  const installation = new PlacedInstallation('archive', installed, 'app')
  await installation.swapIn()
  const journal = new UpdateJournal(join(folder.updatesFolder, 'journal.json'))
  journal.begin({ from: '1.0.0', to: '2.0.0', atMs: 1, starts: 0, changesSchema: true })
  const guard = () =>
    guardUpdate({ folder, journal, installation, args: ['--hidden'], logger, probationMs: 60_000 })
  const ran = () => readFileSync(join(path, 'ran'), 'utf8').trim().split('\n')
  return {
    folder,
    journal,
    installation,
    guard,
    ran,
    installed,
    journalPath: join(folder.updatesFolder, 'journal.json'),
  }
}

describe('the first start of a new version', () => {
  it('leaves it in place where it says that it is fit', async () => {
    using temp = tempFolder()
    // As `confirm` writes it.
    const { folder, installed, installation, guard, ran } = await place(
      temp.path,
      `echo '{"refused":[]}' > '${join(temp.path, 'data', 'updates', 'journal.json')}'; sleep 30`,
    )
    expect(await guard()).toBe(true)
    expect(ran()).toEqual(['new --hidden'])
    expect(readFileSync(join(installed, 'app'), 'utf8')).toContain('new')
    expect(installation.canPutBack()).toBe(true)
    expect(existsSync(join(folder.updatesFolder, 'before-update.sqlite'))).toBe(false)
  })

  it('puts the previous one back where it dies, with the database as it was, and starts it', async () => {
    using temp = tempFolder()
    const { folder, journal, installed, guard, ran } = await place(temp.path, 'exit 3')
    expect(await guard()).toBe(false)
    await vi.waitFor(() => expect(ran()).toEqual(['new --hidden', 'old --hidden']))
    expect(readFileSync(join(installed, 'app'), 'utf8')).toContain('old')
    expect(existsSync(`${installed}.failed`)).toBe(false)
    expect(journal.pending()).toBeUndefined()
    expect(journal.untold()).toMatchObject({ version: '2.0.0', rolledBack: true })
    expect(journal.untold()?.reason).toContain('exit code 3')
    const store = openStore({ path: folder.databasePath })
    expect(store.get('SELECT value_json FROM settings')).toEqual({ value_json: '"ours"' })
    await store.close()
  })

  it('kills one that says nothing, with all that it started', async () => {
    using temp = tempFolder()
    const { journal, folder, installation } = await place(temp.path, 'sleep 600 & sleep 600')
    expect(await guardUpdate({ folder, journal, installation, args: [], logger, probationMs: 500 })).toBe(
      false,
    )
    expect(journal.untold()?.reason).toContain('said nothing')
  })

  it('takes the reason of one that finds itself unfit', async () => {
    using temp = tempFolder()
    const path = join(temp.path, 'data', 'updates', 'journal.json')
    const { guard, journal } = await place(
      temp.path,
      // As `fail` writes it.
      `sed -i 's/"starts":0/"starts":1,"failure":"it answers nothing"/' '${path}'; exit 1`,
    )
    expect(await guard()).toBe(false)
    expect(journal.untold()).toMatchObject({ reason: 'it answers nothing', rolledBack: true })
  })

  it('gives the older program its database back, which it could not read any more', async () => {
    using temp = tempFolder()
    const { folder } = await place(temp.path, '')
    await saveDatabase(folder, { changesSchema: true })
    const newer = openStore({ path: folder.databasePath, migrations: newerSchema })
    await newer.write((tx) => tx.run('DELETE FROM settings'))
    await newer.close()
    expect(() => openStore({ path: folder.databasePath })).toThrow('newer version')
    const pending = { from: '1.0.0', to: '2.0.0', atMs: 1, starts: 1, changesSchema: true }
    restoreDatabase(folder, pending)
    restoreDatabase(folder, pending)
    const store = openStore({ path: folder.databasePath })
    expect(store.get('SELECT value_json FROM settings')).toEqual({ value_json: '"ours"' })
    await store.close()
  })
})

describe('a version on probation', () => {
  const starts = (count: number) => ({
    from: '1.0.0',
    to: '2.0.0',
    atMs: 1,
    starts: count,
    changesSchema: false,
  })

  async function probe(path: string, count: number, version = '2.0.0') {
    const { folder, journal, installation, installed } = await place(path, '')
    journal.begin(starts(count))
    const probation = enterProbation({ folder, journal, version, installation, logger })
    return { journal, probation, installed }
  }

  it('is confirmed once, and then no more', async () => {
    using temp = tempFolder()
    const { journal, probation } = await probe(temp.path, 0)
    expect(probation?.hopeless).toBeUndefined()
    expect(journal.pending()?.starts).toBe(1)
    probation?.confirm()
    expect(journal.pending()).toBeUndefined()
  })

  it('puts the previous one back itself where nobody watches over it', async () => {
    using temp = tempFolder()
    const { journal, probation, installed } = await probe(temp.path, 0)
    expect(probation?.givesWay).toBe(true)
    expect(await probation?.fail('it answers nothing')).toBe('rolled_back')
    expect(readFileSync(join(installed, 'app'), 'utf8')).toContain('old')
    expect(journal.untold()).toMatchObject({ version: '2.0.0', reason: 'it answers nothing' })
  })

  it('is not tried any more after it was started three times without a word', async () => {
    using temp = tempFolder()
    const { probation } = await probe(temp.path, 3)
    expect(probation?.hopeless).toContain('3 times')
  })

  it('is refused where the previous version runs again, whoever started it', async () => {
    using temp = tempFolder()
    const { journal, probation } = await probe(temp.path, 1, '1.0.0')
    expect(probation).toBeUndefined()
    expect(journal.isRefused('2.0.0')).toBe(true)
    expect(journal.pending()).toBeUndefined()
  })

  it('stays, and must not serve, where nothing can be put back', async () => {
    using temp = tempFolder()
    const { folder, journal } = await place(temp.path, '')
    journal.begin(starts(0))
    const probation = enterProbation({ folder, journal, version: '2.0.0', installation: undefined, logger })
    expect(probation?.givesWay).toBe(false)
    expect(await probation?.fail('it answers nothing')).toBe('stays')
    expect(journal.untold()).toMatchObject({ rolledBack: false })
  })

  it('forgets a damaged journal', () => {
    using temp = tempFolder()
    const path = join(temp.path, 'journal.json')
    writeFileSync(path, '{"pending":')
    const journal = new UpdateJournal(path)
    expect(journal.pending()).toBeUndefined()
    journal.skip('2.0.0')
    expect(journal.skipped()).toBe('2.0.0')
  })
})
