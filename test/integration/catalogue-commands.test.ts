import { readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { openDataFolder } from '../../src/node/data-folder.ts'
import { openSettings } from '../../src/node/settings/settings.ts'
import { openStore } from '../../src/node/store/open-store.ts'
import type { CatalogueListView } from '../../src/protocol/catalogue-views.ts'
import { catalogueText } from '../helpers/catalogue.ts'
import { driad, makeTestFolder } from '../helpers/driad-process.ts'
import { demoModelPath } from '../helpers/models.ts'
import { startWebServer } from '../helpers/web-server.ts'

describe('driad models search', () => {
  it('lists the catalogue as text and JSON, by words, group and kind', async () => {
    using folder = makeTestFolder()
    const search = (...args: string[]) =>
      driad(['models', 'search', '--data-dir', folder.dataDir('a'), ...args])
    const found = await search('llama3.1:8b-instruct')
    expect(found.code).toBe(0)
    expect(found.stdout).toMatch(/llama3\.1:8b-instruct-q4_K_M {2}4\.92 GB {2}= .*llama3\.1:latest/)
    const [embeddings] = (await search('--kind', 'embedding', '--json')).json<CatalogueListView>()
    expect(embeddings?.models.length).toBeGreaterThan(4)
    expect(embeddings?.models.every(({ kind }) => kind === 'embedding')).toBe(true)
    const [coders] = (await search('qwen', '--group', 'coder', '--json')).json<CatalogueListView>()
    expect(coders?.models.every(({ groups }) => groups.includes('coder'))).toBe(true)
    expect((await search('no-such-model')).stdout).toContain('no such model')
    expect((await search('--group', 'huge')).code).toBe(2)
    expect((await search('--refresh', '--json')).json()[0]).toMatchObject({ error: { code: 'bad_setting' } })
  })
})

describe('a model that was added', () => {
  it('is found and removed by any of its names', async () => {
    using folder = makeTestFolder()
    const dataDir = ['--data-dir', folder.dataDir('a')]
    await driad(['models', 'add', demoModelPath, '--name', 'llama3.2:1b-instruct-q4_K_M', ...dataDir])
    const inspected = await driad(['models', 'inspect', 'llama3.2:1b', ...dataDir, '--json'])
    expect(inspected.json()[0]).toMatchObject({ path: demoModelPath })
    expect((await driad(['models', 'remove', 'llama3.2:3b', ...dataDir])).code).toBe(2)
    const removed = await driad(['models', 'remove', 'llama3.2:1b', ...dataDir, '--json'])
    expect(removed.json()[0]).toMatchObject({ name: 'llama3.2:1b-instruct-q4_K_M' })
    const listed = await driad(['models', 'list', ...dataDir, '--json'])
    expect(listed.stdout).not.toContain('llama3.2')
  })
})

describe('driad catalogue', () => {
  it('makes a key and a signature with which a node of another folder takes the catalogue', async () => {
    using folder = makeTestFolder()
    const key = folder.dataDir('key.pem')
    const file = folder.dataDir('mine.json')
    writeFileSync(file, catalogueText([{ id: 'mine' }], '2099-01-01T00:00:00Z'))
    const made = await driad(['catalogue', 'key', key, '--json'])
    const [{ publicKey } = { publicKey: '' }] = made.json<{ publicKey: string }>()
    expect(publicKey).toMatch(/^[A-Za-z0-9+/]{43}=$/)
    // An existing key is never written over.
    expect((await driad(['catalogue', 'key', key])).code).toBe(2)
    const sign = () => driad(['catalogue', 'sign', file, '--key', key, '--json'])
    expect((await sign()).json()[0]).toMatchObject({ publicKey, models: 1 })

    await using server = await startWebServer((request, response) => {
      response.end(readFileSync(request.path.endsWith('.sig') ? `${file}.sig` : file))
    })
    const dataDir = folder.dataDir('a')
    const store = openStore({ path: openDataFolder(dataDir).databasePath })
    await openSettings({ store }).set({ catalogueUrl: `${server.url}/mine.json`, catalogueKey: publicKey })
    await store.close()
    const refresh = () => driad(['models', 'search', '--refresh', '--data-dir', dataDir, '--json'])
    // It is of a day that is yet to come.
    expect((await refresh()).json()[0]).toMatchObject({ error: { code: 'catalogue_invalid' } })
    writeFileSync(file, catalogueText([{ id: 'mine' }], new Date().toISOString()))
    expect((await refresh()).json()[0]).toMatchObject({ error: { code: 'bad_signature' } })
    expect((await sign()).code).toBe(0)
    expect((await refresh()).json()[0]).toMatchObject({
      status: { origin: 'fetched' },
      models: [{ id: 'mine' }],
    })

    writeFileSync(file, '{}')
    expect((await sign()).json()[0]).toMatchObject({ error: { code: 'catalogue_invalid' } })
  })
})
