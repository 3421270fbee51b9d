import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  type LocalModels,
  type LocalModelsInit,
  type ModelBook,
  openLocalModels,
} from '../../../../../src/node/models/local/local-models.ts'
import { ModelRows } from '../../../../../src/node/models/model-rows.ts'
import { openSettings, type Settings } from '../../../../../src/node/settings/settings.ts'
import type { Store } from '../../../../../src/node/store/contract.ts'
import { openStore } from '../../../../../src/node/store/open-store.ts'
import { ModelStores, sha256 } from '../../../../helpers/model-stores.ts'
import { demoModelPath } from '../../../../helpers/models.ts'
import { recordingLogger } from '../../../../helpers/recording-logger.ts'
import { tempFolder } from '../../../../helpers/temp-folder.ts'

const demoSha256 = sha256(demoModelPath)
const demoBytes = readFileSync(demoModelPath).length

let folder: ReturnType<typeof tempFolder>
let stores: ModelStores
let store: Store
let settings: Settings
let local: LocalModels
let book: Map<string, string>
let modelsFolder: string

function open(init: Partial<LocalModelsInit> = {}): void {
  const { logger } = recordingLogger()
  store = openStore({ path: folder.file('driad.db') })
  settings = openSettings({ store })
  const models: ModelBook = {
    list: () => [
      { name: 'demo', path: demoModelPath, builtIn: true },
      ...[...book].map(([name, path]) => ({ name, path, builtIn: false })),
    ],
    add: async ({ name, path }) => void book.set(name, path),
    remove: async (name) => void book.delete(name),
  }
  local = openLocalModels(
    { store, models, settings, logger },
    {
      modelsFolder,
      home: stores.home,
      env: {},
      platform: 'darwin', // has no folder outside of the home
      bytesPerSecond: Number.POSITIVE_INFINITY,
      ...init,
    },
  )
}

async function close(): Promise<void> {
  await local.stop()
  await store.close()
}

beforeEach(() => {
  folder = tempFolder()
  stores = new ModelStores(folder.file('home'))
  modelsFolder = folder.file('models')
  mkdirSync(modelsFolder)
  mkdirSync(stores.home)
  book = new Map()
  open()
})
afterEach(async () => {
  await close()
  folder[Symbol.dispose]()
})

/** The same length and other weights. */
function otherModel(path: string): string {
  const bytes = readFileSync(demoModelPath)
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1
  writeFileSync(path, bytes)
  return path
}

describe('copies', () => {
  it('are one, by what file they are, by what their programs claim, and by their bytes', async () => {
    const studio = stores.lmStudio(demoModelPath, 'a', 'b', 'Demo.gguf')
    const linked = join(dirname(studio), 'linked.gguf')
    linkSync(studio, linked)
    symlinkSync(studio, join(dirname(studio), 'symlinked.gguf'))
    stores.ollama(demoModelPath, ['registry.ollama.ai', 'library', 'llama3.1', '8b'])
    stores.huggingFace(demoModelPath, 'a', 'b', 'demo.gguf')
    otherModel(stores.path('.lmstudio', 'models', 'a', 'b', 'other.gguf'))
    await local.scan()
    await local.whenDigested()
    const { weights, takenBytes, savableBytes, state } = local.view()
    expect(state).toBe('done')
    expect(weights.map(({ suggestedName, places }) => [suggestedName, places.length])).toEqual([
      ['llama3.1:8b', 5],
      ['other', 1],
    ])
    expect(weights[0]).toMatchObject({ sha256: demoSha256, sizeBytes: demoBytes, takenBytes: 3 * demoBytes })
    expect(weights[0]?.places.map(({ source, name, sameFile }) => [source, name, sameFile])).toEqual([
      ['lm-studio', 'Demo', false],
      ['lm-studio', 'linked', true],
      ['lm-studio', 'symlinked', true],
      ['ollama', 'llama3.1:8b', false],
      ['hugging-face', 'demo', false],
    ])
    expect([takenBytes, savableBytes]).toEqual([4 * demoBytes, 2 * demoBytes])
  })

  it('of one size only are read, unless all are asked for', async () => {
    stores.lmStudio(demoModelPath, 'a', 'b', 'alone.gguf')
    await local.scan()
    await local.whenDigested()
    expect(local.view().weights[0]?.sha256).toBeUndefined()
    local.makeDigests()
    await local.whenDigested()
    expect(local.view().weights[0]).toMatchObject({ sha256: demoSha256, digest: 'made' })
  })

  it('are remembered, and the rest is made after a restart', async () => {
    stores.lmStudio(demoModelPath, 'a', 'b', 'one.gguf')
    stores.lmStudio(demoModelPath, 'a', 'b', 'two.gguf')
    await close()
    open({ bytesPerSecond: 1 })
    await local.scan()
    expect(local.view().weights).toHaveLength(2)
    expect(local.view().digests).toMatchObject({
      waiting: 1,
      current: { doneBytes: 0, totalBytes: demoBytes },
    })
    await close()
    open()
    expect(local.view()).toMatchObject({ state: 'done', weights: [{}, {}], digests: { waiting: 0 } })
    local.start()
    await local.whenDigested()
    expect(local.view().weights).toMatchObject([{ places: [{}, {}], sha256: demoSha256 }])
    await close()
    open({ bytesPerSecond: 1 })
    local.start()
    expect(local.view()).toMatchObject({ weights: [{ digest: 'made' }], digests: { waiting: 0 } })
  })

  it('have their digests remembered, however many other files had one', async () => {
    stores.lmStudio(demoModelPath, 'a', 'b', 'kept.gguf')
    await local.scan()
    local.makeDigests()
    await local.whenDigested()
    const rows = new ModelRows(store)
    const stamp = (number: number) => ({ path: `/gone/${number}`, sizeBytes: 1, modifiedAtMs: 1 })
    for (let number = 0; number < 300; number++) await rows.putDigest(stamp(number), new Uint8Array(32))
    expect(rows.digest(stamp(0))).toBeUndefined()
    expect(local.view().weights[0]?.digest).toBe('made')
  })

  it('stop being made when it is cancelled', async () => {
    await close()
    open({ bytesPerSecond: 1 })
    stores.lmStudio(demoModelPath, 'a', 'b', 'one.gguf')
    stores.lmStudio(demoModelPath, 'a', 'b', 'two.gguf')
    await local.scan()
    await local.cancel()
    expect(local.view().digests).toEqual({ waiting: 0 })
    local.makeDigests()
    expect(local.view().digests.waiting).toBe(1)
  })

  it('that are not what their program claims are damaged', async () => {
    const blob = stores.ollama(demoModelPath, ['registry.ollama.ai', 'library', 'rotten', 'latest'])
    otherModel(blob)
    await local.scan()
    expect(local.view().weights).toMatchObject([{ digest: 'claimed', sha256: demoSha256 }])
    local.makeDigests()
    await local.whenDigested()
    expect(local.view().weights).toMatchObject([
      {
        digest: 'made',
        error: { code: 'model_invalid', message: expect.stringMatching(/is damaged: its SHA-256/) },
      },
    ])
  })

  it('are seen by another process of the same folder', async () => {
    stores.lmStudio(demoModelPath, 'a', 'b', 'one.gguf')
    const first = { local, store }
    open()
    await local.scan()
    expect(first.local.view()).toMatchObject({ state: 'done', weights: [{ suggestedName: 'one' }] })
    await first.local.stop()
    await first.store.close()
  })
})

describe('a scan', () => {
  it('can be cancelled, and is one at a time', async () => {
    expect(local.view().state).toBe('never')
    stores.lmStudio(demoModelPath, 'a', 'b', 'one.gguf')
    const told: string[] = []
    const end = local.onChange(() => told.push(local.view().state))
    const scanning = local.scan()
    expect(local.scan()).toBe(scanning)
    expect(local.view().state).toBe('running')
    await local.cancel()
    await expect(scanning).rejects.toMatchObject({ code: 'cancelled' })
    expect(local.view()).toMatchObject({ state: 'cancelled', weights: [] })
    await local.scan()
    expect(local.view()).toMatchObject({ state: 'done', weights: [{}], finishedAtMs: expect.any(Number) })
    expect(told).toContain('running')
    end()
  })

  it('looks into the folders that the operator named, and into some programs only where that is asked', async () => {
    stores.copy(demoModelPath, 'mine', 'own.gguf')
    stores.lmStudio(demoModelPath, 'a', 'b', 'one.gguf')
    await settings.set({ modelFolders: [join(stores.home, 'mine')] })
    await local.scan({ sources: ['folder'] })
    expect(local.view().weights).toMatchObject([{ suggestedName: 'own' }])
    await expect(settings.set({ modelFolders: ['relative'] })).rejects.toMatchObject({
      code: 'bad_setting',
      issues: [{ path: 'modelFolders[0]', expected: 'the full path of a folder' }],
    })
  })

  it('gives files the name that the catalogue knows them by, and leaves Ollama its own', async () => {
    await close()
    open({
      matcher: ({ path, sha256: digest }) => (path.includes('known') || digest ? 'catalogue:1m' : undefined),
    })
    stores.lmStudio(demoModelPath, 'a', 'b', 'known.gguf')
    await local.scan()
    expect(local.view().weights[0]?.suggestedName).toBe('catalogue:1m')
    stores.ollama(demoModelPath, ['registry.ollama.ai', 'library', 'theirs', '1m'])
    await local.scan()
    await local.whenDigested()
    expect(local.view().weights[0]?.suggestedName).toBe('theirs:1m')
  })
})

describe('addFiles', () => {
  it('serves files and folders where they are, and says what became of each', async () => {
    const one = stores.copy(demoModelPath, 'drop', 'one.gguf')
    const deep = stores.copy(demoModelPath, 'drop', 'deep', 'one.gguf')
    const text = stores.path('drop', 'text.gguf')
    writeFileSync(text, 'Once upon a time')
    mkdirSync(join(stores.home, 'nothing'))
    const absent = join(stores.home, 'absent.gguf')
    const results = await local.addFiles([
      join(stores.home, 'drop'),
      one,
      absent,
      join(stores.home, 'nothing'),
    ])
    expect(results).toEqual([
      { path: deep, outcome: 'added', name: 'one' },
      { path: one, outcome: 'added', name: 'one-2' },
      { path: text, outcome: 'refused', error: { code: 'model_invalid', message: expect.any(String) } },
      { path: one, outcome: 'already', name: 'one-2' },
      { path: absent, outcome: 'refused', error: { code: 'model_not_found', message: expect.any(String) } },
      {
        path: join(stores.home, 'nothing'),
        outcome: 'refused',
        error: { code: 'model_not_found', message: expect.stringMatching(/no GGUF file in/) },
      },
    ])
    expect([...book]).toEqual([
      ['one', deep],
      ['one-2', one],
    ])
  })

  it('knows a file by another path, and by its bytes once they are known', async () => {
    const blob = stores.ollama(demoModelPath, ['registry.ollama.ai', 'library', 'theirs', '1m'])
    const copy = stores.lmStudio(demoModelPath, 'a', 'b', 'copy.gguf')
    await local.scan()
    await local.whenDigested()
    expect(await local.addFiles([blob])).toMatchObject([{ outcome: 'added', name: 'theirs:1m' }])
    const link = stores.path('link.gguf')
    linkSync(blob, link)
    expect(await local.addFiles([link, copy])).toMatchObject([
      { outcome: 'already', name: 'theirs:1m' },
      { outcome: 'already', name: 'theirs:1m' },
    ])
    expect(local.view().weights[0]?.addedAs).toEqual(['theirs:1m'])
    // A second name for it is somebody's wish.
    expect(await local.addFiles([copy], { name: 'mine' })).toMatchObject([{ outcome: 'added', name: 'mine' }])
    await expect(local.addFiles(Array.from({ length: 257 }, () => copy))).rejects.toMatchObject({
      code: 'bad_usage',
    })
  })
})

describe('removing', () => {
  const own = (name: string) => {
    const path = join(modelsFolder, name)
    copyFileSync(demoModelPath, path)
    return path
  }

  it('deletes a file of the models folder where it is asked to, and tells what that frees', async () => {
    const path = own('mine.gguf')
    book.set('mine', path)
    expect(await local.planRemoval('mine')).toMatchObject({ deletes: [path], freesBytes: demoBytes })
    expect(await local.remove('mine', { deleteFile: true })).toMatchObject({
      deletes: [path],
      freesBytes: demoBytes,
    })
    expect(existsSync(path)).toBe(false)
    expect(book.size).toBe(0)
  })

  it('leaves the file where nobody asks', async () => {
    const path = own('mine.gguf')
    book.set('mine', path)
    expect(await local.remove('mine', { deleteFile: false })).toMatchObject({ deletes: [], freesBytes: 0 })
    expect(existsSync(path)).toBe(true)
    expect(await local.leftovers()).toMatchObject([{ path, kind: 'unused', sizeBytes: demoBytes }])
  })

  it('never deletes what is not its own, by whatever way it is reached', async () => {
    const theirs = stores.lmStudio(demoModelPath, 'a', 'b', 'theirs.gguf')
    const link = join(modelsFolder, 'link.gguf')
    symlinkSync(theirs, link)
    symlinkSync(dirname(theirs), join(modelsFolder, 'folder'))
    const hard = join(modelsFolder, 'hard.gguf')
    linkSync(theirs, hard)
    const shared = own('shared.gguf')
    const models: [string, string, string][] = [
      ['theirs', theirs, 'other-program'],
      ['link', link, 'other-program'],
      ['through', join(modelsFolder, 'folder', 'theirs.gguf'), 'other-program'],
      [
        'dots',
        join(modelsFolder, '..', 'home', '.lmstudio', 'models', 'a', 'b', 'theirs.gguf'),
        'other-program',
      ],
      ['one', shared, 'other-names'],
      ['gone', join(modelsFolder, 'gone.gguf'), 'missing'],
    ]
    for (const [name, path, keeps] of models) {
      book = new Map([[name, path]])
      if (name === 'one') book.set('two', shared)
      expect(await local.remove(name, { deleteFile: true }), name).toMatchObject({
        keeps,
        deletes: [],
        freesBytes: 0,
      })
    }
    book = new Map([['hard', hard]])
    expect(await local.remove('hard', { deleteFile: true })).toMatchObject({
      keeps: 'hard-link',
      freesBytes: 0,
    })
    for (const path of [theirs, link, hard, shared]) expect(existsSync(path)).toBe(true)
    await expect(local.remove('demo', { deleteFile: true })).rejects.toMatchObject({ code: 'bad_setting' })
    await expect(local.remove('nobody', { deleteFile: true })).rejects.toMatchObject({
      code: 'model_not_found',
    })
  })

  it('measures the disk, each file once', async () => {
    const mine = own('mine.gguf')
    linkSync(mine, join(modelsFolder, 'again.gguf'))
    const theirs = stores.lmStudio(demoModelPath, 'a', 'b', 'theirs.gguf')
    book = new Map([
      ['mine', mine],
      ['theirs', theirs],
      ['theirs-too', theirs],
    ])
    expect(await local.diskUse()).toEqual({
      modelsFolder,
      ownBytes: demoBytes,
      ownFiles: 1,
      referencedBytes: demoBytes,
      referencedFiles: 1,
      leftoverBytes: 0,
      freeBytes: expect.any(Number),
      totalBytes: expect.any(Number),
    })
  })

  it('cleans what no model needs, and nothing that a download may go on with', async () => {
    book.set('mine', own('mine.gguf'))
    own('unused.gguf')
    const parts = ['old.gguf.part', 'old.gguf.part.log', 'new.gguf.part', 'new.gguf.part.log']
    for (const name of [...parts, 'pull-1.lock']) writeFileSync(join(modelsFolder, name), 'x'.repeat(5000))
    utimesSync(join(modelsFolder, 'old.gguf.part'), 1, 1)
    const theirs = stores.lmStudio(demoModelPath, 'a', 'b', 'theirs.gguf')
    symlinkSync(dirname(theirs), join(modelsFolder, 'folder'))
    await store.write((tx) =>
      tx.run(
        `INSERT INTO pulls (id, name, request, load, state, received_bytes, tries, created_at_ms, updated_at_ms)
         VALUES ('1', 'new', '{"files":[{"fileName":"new.gguf"}]}', 1, 'paused', 0, 0, 0, 0)`,
      ),
    )
    const names = (found: readonly { path: string }[]) => found.map(({ path }) => path.split('/').at(-1))
    expect(names(await local.leftovers())).toEqual(['old.gguf.part', 'old.gguf.part.log', 'unused.gguf'])
    expect(names(await local.cleanLeftovers([join(modelsFolder, 'unused.gguf'), theirs]))).toEqual([
      'unused.gguf',
    ])
    expect(names(await local.cleanLeftovers())).toEqual(['old.gguf.part', 'old.gguf.part.log'])
    for (const name of ['mine.gguf', 'new.gguf.part', 'new.gguf.part.log', 'pull-1.lock'])
      expect(existsSync(join(modelsFolder, name)), name).toBe(true)
    expect(existsSync(theirs)).toBe(true)
  })
})
