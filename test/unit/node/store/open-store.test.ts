import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { Connection } from '../../../../src/node/store/connection.ts'
import type { Migration, Store } from '../../../../src/node/store/contract.ts'
import { migrations } from '../../../../src/node/store/migrations/index.ts'
import { openStore } from '../../../../src/node/store/open-store.ts'
import { tempFolder } from '../../../helpers/temp-folder.ts'

const one: Migration = {
  version: 1,
  name: 'one',
  sql: 'CREATE TABLE t (n INTEGER PRIMARY KEY, s TEXT) STRICT',
}
const two: Migration = { version: 2, name: 'two', sql: 'ALTER TABLE t ADD COLUMN extra TEXT' }

const count = (store: Store) => store.get<{ rows: number }>('SELECT COUNT(*) AS rows FROM t')?.rows
const add = (store: Store, n: number) => store.write((tx) => tx.run('INSERT INTO t (n) VALUES (?)', n))

describe('openStore', () => {
  it('makes a private file in a private folder, with the newest schema', async () => {
    using folder = tempFolder()
    const path = folder.file('data/driad.sqlite')
    const store = openStore({ path })
    await store.write((tx) => tx.run("INSERT INTO settings VALUES ('a', '1', 1)"))
    expect(store.get('PRAGMA user_version')).toEqual({ user_version: migrations.at(-1)?.version })
    expect(store.get('PRAGMA journal_mode')).toEqual({ journal_mode: 'wal' })
    expect(store.get('PRAGMA synchronous')).toEqual({ synchronous: 2 })
    if (process.platform !== 'win32') {
      expect(statSync(folder.file('data')).mode & 0o777).toBe(0o700)
      for (const suffix of ['', '-wal', '-shm']) expect(statSync(`${path}${suffix}`).mode & 0o777).toBe(0o600)
    }
    await store.close()
    expect(statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0).toBe(0)
  })

  it('numbers migrations without a gap', () => {
    expect(migrations.map((migration) => migration.version)).toEqual(migrations.map((_, i) => i + 1))
  })

  it('copies a database before it changes its schema', async () => {
    using folder = tempFolder()
    const path = folder.file('x.sqlite')
    const old = openStore({ path, migrations: [one] })
    await add(old, 7)
    await old.close()
    expect(existsSync(`${path}.v1.backup`)).toBe(false)

    const store = openStore({ path, migrations: [one, two] })
    expect(store.get('SELECT n, extra FROM t')).toEqual({ n: 7, extra: null })
    await store.close()
    const backup = openStore({ path: `${path}.v1.backup`, migrations: [one] })
    expect(backup.get('SELECT * FROM t')).toEqual({ n: 7, s: null })
    await backup.close()
  })

  it('undoes a migration that fails, whole', async () => {
    using folder = tempFolder()
    const path = folder.file('x.sqlite')
    const broken = { ...two, sql: 'CREATE TABLE u (n INTEGER); CREATE TABLE t (n INTEGER)' }
    expect(() => openStore({ path, migrations: [one, broken] })).toThrow('already exists')
    const store = openStore({ path, migrations: [one] })
    expect(store.all("SELECT name FROM sqlite_schema WHERE type = 'table'")).toEqual([{ name: 't' }])
    await store.close()
  })

  it('refuses a database of a newer program, and leaves it as it is', async () => {
    using folder = tempFolder()
    const path = folder.file('x.sqlite')
    await openStore({ path, migrations: [one, two] }).close()
    const before = readFileSync(path)
    expect(() => openStore({ path, migrations: [one] })).toThrow(
      expect.objectContaining({ code: 'store_newer' }),
    )
    expect(readFileSync(path).equals(before)).toBe(true)
  })

  it('says store_corrupt for a file that is no database, and leaves it as it is', () => {
    using folder = tempFolder()
    const path = folder.file('x.sqlite')
    writeFileSync(path, 'this is my diary\n'.repeat(500))
    for (const readOnly of [false, true]) {
      expect(() => openStore({ path, readOnly })).toThrow(
        expect.objectContaining({ code: 'store_corrupt', message: expect.stringContaining('backup') }),
      )
    }
    expect(readFileSync(path, 'utf8')).toBe('this is my diary\n'.repeat(500))
  })

  it('says what to do about a folder that cannot be', () => {
    using folder = tempFolder()
    writeFileSync(folder.file('file'), '')
    expect(() => openStore({ path: folder.file('file/x.sqlite') })).toThrow(
      expect.objectContaining({ code: 'data_folder_unusable' }),
    )
  })

  it('opens for reading beside a writer, and writes nothing', async () => {
    using folder = tempFolder()
    const path = folder.file('a folder with spaces & 100%.sqlite')
    expect(() => openStore({ path, readOnly: true })).toThrow(
      expect.objectContaining({ code: 'data_folder_unusable' }),
    )
    const store = openStore({ path, migrations: [one] })
    await add(store, 1)
    const reader = openStore({ path, migrations: [one], readOnly: true })
    expect(count(reader)).toBe(1)
    await add(store, 2)
    expect(count(reader)).toBe(2)
    await expect(add(reader, 3)).rejects.toMatchObject({ code: 'bad_usage' })
    await reader.close()
    await store.close()
    expect(() => openStore({ path, migrations: [one, two], readOnly: true })).toThrow(/older version/)
  })
})

describe('Store.write', () => {
  const open = (path: string, busyTimeoutMs = 5_000) => openStore({ path, migrations: [one], busyTimeoutMs })

  it('shares one transaction among all writes of a turn, and shows nothing before it is on disk', async () => {
    using folder = tempFolder()
    const store = open(folder.file('x.sqlite'))
    const inTransaction: unknown[] = []
    const onDisk: unknown[] = []
    await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        store.write((tx) => {
          tx.run('INSERT INTO t (n) VALUES (?)', n)
          inTransaction.push(tx.get<{ rows: number }>('SELECT COUNT(*) AS rows FROM t')?.rows)
          onDisk.push(count(store))
        }),
      ),
    )
    expect(inTransaction).toEqual(Array.from({ length: 20 }, (_, n) => n + 1))
    expect(new Set(onDisk)).toEqual(new Set([0]))
    expect(count(store)).toBe(20)
    await store.close()
  })

  it('undoes one that throws, alone', async () => {
    using folder = tempFolder()
    const store = open(folder.file('x.sqlite'))
    const results = await Promise.allSettled([
      add(store, 1),
      store.write((tx) => {
        tx.run('INSERT INTO t (n) VALUES (2)')
        throw new Error('changed my mind')
      }),
      add(store, 1),
      store.write((async () => undefined) as () => unknown),
      add(store, 3),
    ])
    expect(results.map((result) => result.status)).toEqual([
      'fulfilled',
      'rejected',
      'rejected',
      'rejected',
      'fulfilled',
    ])
    expect(store.all('SELECT n FROM t ORDER BY n')).toEqual([{ n: 1 }, { n: 3 }])
    await store.close()
  })

  it('keeps the order of calls over many groups', async () => {
    using folder = tempFolder()
    const store = open(folder.file('x.sqlite'))
    const order: number[] = []
    const writes = Array.from({ length: 1_000 }, (_, n) => store.write(() => order.push(n)))
    await Promise.all(writes)
    expect(order).toEqual(Array.from({ length: 1_000 }, (_, n) => n))
    await store.close()
  })

  it('forgets no write that is queued when a group has just ended', async () => {
    using folder = tempFolder()
    const store = open(folder.file('x.sqlite'))
    for (let n = 0; n < 50; n++) {
      await add(store, n)
      await Promise.resolve()
    }
    expect(count(store)).toBe(50)
    await store.close()
  })

  it('lets a write that may wait share the commit of the next one, behind those before it', async () => {
    using folder = tempFolder()
    const store = open(folder.file('x.sqlite'))
    const order: string[] = []
    const patient = store.write(
      (tx) => {
        tx.run('INSERT INTO t (n) VALUES (1)')
        order.push('patient')
      },
      { withinMs: 3_600_000 },
    )
    await new Promise((resolve) => setImmediate(resolve))
    expect(order).toEqual([])
    const next = store.write((tx) => {
      order.push('next')
      return [count(store), tx.get<{ rows: number }>('SELECT COUNT(*) AS rows FROM t')?.rows]
    })
    expect(await next).toEqual([0, 1])
    await patient
    expect(order).toEqual(['patient', 'next'])
    await store.close()
  })

  it('writes what may wait when its time is up, also after others have taken one along', async () => {
    using folder = tempFolder()
    const store = open(folder.file('x.sqlite'))
    const patient = store.write(() => {}, { withinMs: 3_600_000 })
    await Promise.all([patient, add(store, 1)])
    await store.write((tx) => tx.run('INSERT INTO t (n) VALUES (2)'), { withinMs: 1 })
    expect(count(store)).toBe(2)
    const late = store.write((tx) => tx.run('INSERT INTO t (n) VALUES (3)'), { withinMs: 3_600_000 })
    await store.close()
    expect(await late).toEqual({ changes: 1 })
  })

  it('acknowledges nothing of a group that finds the disk full, and works again when there is room', async () => {
    using folder = tempFolder()
    const store = open(folder.file('x.sqlite'))
    await add(store, 1)
    await store.write((tx) => tx.get('PRAGMA max_page_count = 8'))
    const results = await Promise.allSettled([
      add(store, 2),
      store.write((tx) => tx.run('INSERT INTO t VALUES (3, ?)', 'x'.repeat(100_000))),
    ])
    const full = results.filter((result) => result.status === 'rejected')
    expect(full.length).toBeGreaterThan(0)
    expect(full[0]?.reason).toMatchObject({ code: 'disk_full' })
    const acknowledged = 1 + results.filter((result) => result.status === 'fulfilled').length
    expect(count(store)).toBe(acknowledged)
    await store.write((tx) => tx.get('PRAGMA max_page_count = 100000'))
    await add(store, 4)
    expect(count(store)).toBe(acknowledged + 1)
    await store.close()
  })

  it('waits while another process writes, without holding the event loop up', async () => {
    using folder = tempFolder()
    const path = folder.file('x.sqlite')
    const store = open(path)
    const other = new Connection({ path, busyTimeoutMs: 0 })
    other.run('BEGIN IMMEDIATE')
    const write = add(store, 1)
    let turns = 0
    while (turns < 20) {
      await new Promise<void>((resolve) => setImmediate(resolve))
      turns++
    }
    expect(count(store)).toBe(0)
    other.run('COMMIT')
    await write
    expect(count(store)).toBe(1)

    const impatient = open(path, 50)
    other.run('BEGIN IMMEDIATE')
    await expect(add(impatient, 2)).rejects.toMatchObject({ code: 'data_folder_in_use' })
    other.run('ROLLBACK')
    await add(impatient, 2)
    expect(count(store)).toBe(2)
    other.close()
    await impatient.close()
    await store.close()
  })

  it('bounds the queue', async () => {
    using folder = tempFolder()
    const store = open(folder.file('x.sqlite'))
    const writes = Array.from({ length: 20_001 }, () => store.write(() => undefined))
    const results = await Promise.allSettled(writes)
    expect(results.filter((result) => result.status === 'rejected')).toHaveLength(1)
    expect(results.at(-1)).toMatchObject({ reason: { code: 'no_capacity' } })
    await store.close()
  })

  it('finishes what is queued when closed, and takes nothing after', async () => {
    using folder = tempFolder()
    const path = folder.file('x.sqlite')
    const store = open(path)
    const queued = [add(store, 1), add(store, 2)]
    const closed = [store.close(), store.close()]
    await expect(add(store, 3)).rejects.toMatchObject({ code: 'stopping' })
    await Promise.all([...queued, ...closed])
    const again = open(path)
    expect(count(again)).toBe(2)
    await again.close()
  })

  it('copies the write-ahead log into the main file soon after a write', async () => {
    using folder = tempFolder()
    const path = folder.file('x.sqlite')
    const store = openStore({ path, migrations: [one], checkpointIntervalMs: 10 })
    await store.write((tx) => tx.run('INSERT INTO t VALUES (1, ?)', 'a text to look for'))
    await expect.poll(() => readFileSync(path).includes('a text to look for')).toBe(true)
    await store.close()
  })
})
