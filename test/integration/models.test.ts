import { createHash } from 'node:crypto'
import { copyFileSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createInferenceSupervisor, type InferenceSupervisor } from '../../src/node/inference/supervisor.ts'
import { type ModelRegistry, openModelRegistry } from '../../src/node/models/registry.ts'
import { openSettings, type Settings } from '../../src/node/settings/settings.ts'
import type { Store } from '../../src/node/store/contract.ts'
import { openStore } from '../../src/node/store/open-store.ts'
import { launchInferenceChild } from '../helpers/inference-child.ts'
import { demoModelPath } from '../helpers/models.ts'
import { recordingLogger } from '../helpers/recording-logger.ts'
import { tempFolder } from '../helpers/temp-folder.ts'

const demoDigest = createHash('sha256').update(readFileSync(demoModelPath)).digest()

let folder: ReturnType<typeof tempFolder>
let store: Store
let settings: Settings
let engine: InferenceSupervisor
let models: ModelRegistry

function open(extra: { path: string; name?: string }[] = []): void {
  const { logger } = recordingLogger()
  store = openStore({ path: folder.file('driad.db') })
  settings = openSettings({ store })
  engine = createInferenceSupervisor({ launch: launchInferenceChild(logger), logger })
  models = openModelRegistry({ store, engine, settings, logger }, { builtInPath: demoModelPath, extra })
}

async function close(): Promise<void> {
  await models.stop()
  await engine.stop()
  await store.close()
}

beforeEach(() => {
  folder = tempFolder()
  open()
})
afterEach(async () => {
  await close()
  folder[Symbol.dispose]()
})

const view = (name: string) => models.list().find((model) => model.name === name)
const until = (condition: () => boolean) =>
  vi.waitFor(() => expect(condition()).toBe(true), { timeout: 20_000, interval: 10 })

describe('the model registry', () => {
  it('serves the built-in model, with its digest and the price of the settings', async () => {
    expect(models.served()).toEqual([])
    expect(models.expected('demo')).toBe(true)
    await models.start()
    expect(models.served()).toEqual([
      {
        name: 'demo',
        digest: new Uint8Array(demoDigest),
        contextSize: 1024,
        slots: 4,
        tokensPerSecond: expect.any(Number),
        price: { promptMicroPer1k: 10_000n, completionMicroPer1k: 40_000n },
      },
    ])
    expect(view('demo')).toMatchObject({
      state: 'ready',
      builtIn: true,
      sha256: demoDigest.toString('hex'),
      quantisation: 'F16',
      parameterCount: 1_049_728,
      device: 'CPU',
      hasChatTemplate: true,
      running: 0,
      promptMicroPer1k: '10000',
    })
    await expect(models.remove('demo')).rejects.toMatchObject({ code: 'bad_setting' })
  })

  it('keeps added models, their prices and what is unloaded', async () => {
    const path = folder.file('My model (2).gguf')
    copyFileSync(demoModelPath, path)
    await models.add({ path })
    await models.setPrice('My-model-2', { promptMicroPer1k: 1n, completionMicroPer1k: 1_000_000_000_000n })
    expect(view('My-model-2')).toMatchObject({ promptMicroPer1k: '1', ownPrice: true })
    await models.setPrice('My-model-2', null)
    expect(view('My-model-2')).toMatchObject({ promptMicroPer1k: '10000', ownPrice: false })
    await models.setPrice('My-model-2', { promptMicroPer1k: 1n, completionMicroPer1k: 1_000_000_000_000n })
    await models.unload('demo')
    await until(() => view('My-model-2')?.state === 'ready' && models.get('My-model-2') !== undefined)
    await close()
    open()
    await models.start()
    expect(models.served()).toMatchObject([
      { name: 'My-model-2', price: { promptMicroPer1k: 1n, completionMicroPer1k: 1_000_000_000_000n } },
    ])
    expect(view('demo')?.state).toBe('unloaded')
    expect(models.expected('demo')).toBe(false)
    await models.load('demo')
    expect(models.get('demo')).toBeDefined()
    await models.remove('My-model-2')
    expect(view('My-model-2')).toBeUndefined()
    await close()
    open()
    expect(models.list().map(({ name }) => name)).toEqual(['demo'])
  })

  it('tells what memory is for, and how fast a model writes while it does', async () => {
    await models.start()
    const { memory, memoryBytes, licence, kvType } = view('demo') ?? {}
    const parts = [memory?.weights, memory?.cache, memory?.buffers].map((part) => part?.ram ?? 0)
    expect(parts.reduce((sum, bytes) => sum + bytes, 0)).toBe(memoryBytes)
    expect(parts.every((bytes) => bytes > 0)).toBe(true)
    expect({ licence, kvType }).toEqual({ licence: expect.any(String), kvType: 'f16' })
    expect(models.speeds()).toEqual([])
    const told = vi.fn()
    const end = models.onSpeeds(told)
    await models.engine.generate({
      model: 'demo',
      messages: [{ role: 'user', content: 'Hi' }],
      maxTokens: 32,
    })
    await until(() => (models.speeds()[0]?.tokensPerSecond ?? 0) > 0 && told.mock.calls.length > 0)
    end()
  })

  it('serves another file under the same name and price once its own is gone', async () => {
    const [path, elsewhere] = [folder.file('gone.gguf'), folder.file('elsewhere.gguf')]
    copyFileSync(demoModelPath, path)
    await models.add({ path, name: 'moved' })
    await models.setPrice('moved', { promptMicroPer1k: 7n, completionMicroPer1k: 8n })
    await models.setWish('moved', { slots: 2 })
    await close()
    copyFileSync(path, elsewhere)
    rmSync(path)
    open()
    await models.start()
    expect(view('moved')).toMatchObject({ state: 'failed', error: { code: 'model_not_found' } })
    await expect(models.moveTo('moved', folder.file('absent.gguf'))).rejects.toMatchObject({
      code: 'model_not_found',
    })
    await expect(models.moveTo('demo', elsewhere)).rejects.toMatchObject({ code: 'bad_setting' })
    await models.moveTo('moved', elsewhere)
    await until(() => view('moved')?.state === 'ready')
    const moved = { path: elsewhere, promptMicroPer1k: '7', slots: 2 }
    expect(view('moved')).toMatchObject(moved)
    await close()
    open()
    await models.start()
    expect(view('moved')).toMatchObject({ ...moved, state: 'ready' })
  })

  it('refuses what cannot be a model, and keeps nothing of it', async () => {
    const text = folder.file('text.gguf')
    writeFileSync(text, 'Once upon a time')
    await expect(models.add({ path: text })).rejects.toMatchObject({ code: 'model_invalid' })
    await expect(models.add({ path: folder.file('absent.gguf') })).rejects.toMatchObject({
      code: 'model_not_found',
    })
    await expect(models.add({ path: demoModelPath, name: 'a b' })).rejects.toMatchObject({
      code: 'bad_setting',
    })
    await expect(models.add({ path: text, name: 'demo' })).rejects.toMatchObject({ code: 'bad_setting' })
    await expect(models.load('nobody')).rejects.toMatchObject({ code: 'model_unavailable' })
    await expect(
      models.setPrice('demo', { promptMicroPer1k: -1n, completionMicroPer1k: 0n }),
    ).rejects.toMatchObject({
      code: 'bad_setting',
    })
    expect(models.list().map(({ name }) => name)).toEqual(['demo'])
  })

  it('shows why a model fails, and serves the others', async () => {
    const path = folder.file('gone.gguf')
    copyFileSync(demoModelPath, path)
    await models.add({ path })
    await close()
    rmSync(path)
    const broken = folder.file('broken.gguf')
    const bytes = readFileSync(demoModelPath)
    bytes.write('tok_embd', bytes.indexOf('token_embd.weight'))
    writeFileSync(broken, bytes)
    open([{ path: broken, name: 'broken' }])
    await models.start()
    expect(view('gone')).toMatchObject({ state: 'failed', error: { code: 'model_not_found' } })
    expect(view('broken')).toMatchObject({ state: 'failed', error: { code: 'model_invalid' } })
    expect(models.expected('gone')).toBe(false)
    expect(models.expected('broken')).toBe(false)
    expect(models.served().map(({ name }) => name)).toEqual(['demo'])
    copyFileSync(demoModelPath, path)
    await models.load('gone')
    expect(view('gone')?.state).toBe('ready')
  })

  it('does not remember models of one run', async () => {
    await close()
    open([{ path: demoModelPath, name: 'guest:1m' }])
    await models.start()
    expect(models.served().map(({ name }) => name)).toEqual(['demo', 'guest:1m'])
    await close()
    open()
    expect(models.list().map(({ name }) => name)).toEqual(['demo'])
  })

  it('serves nothing while the inference process is away, and all of it afterwards', async () => {
    await models.start()
    process.kill(engine.state().pid ?? 0, 'SIGKILL')
    await until(() => models.served().length === 0)
    expect(view('demo')?.state).toBe('loading')
    expect(models.expected('demo')).toBe(true)
    await until(() => models.served().length === 1)
    expect(engine.state().restarts).toBe(1)
  })

  it('makes a new digest when the file is another one', async () => {
    const path = folder.file('changing.gguf')
    copyFileSync(demoModelPath, path)
    await models.add({ path, name: 'changing' })
    await until(() => view('changing')?.sha256 === demoDigest.toString('hex'))
    // The file's name inside of it is other, of the same length; the weights still load.
    const bytes = readFileSync(path)
    bytes.write('Demo 2M', bytes.indexOf('Demo 1M'))
    writeFileSync(path, bytes)
    utimesSync(path, new Date(), new Date(Date.now() + 5_000))
    await models.load('changing')
    expect(view('changing')?.sha256).toBe(createHash('sha256').update(bytes).digest('hex'))
  })

  it('takes up another number of slots as soon as nothing runs', async () => {
    await models.start()
    let told = 0
    models.onChange(() => told++)
    await settings.set({ slots: 2 })
    await until(() => models.get('demo')?.slots === 2)
    expect(told).toBeGreaterThan(0)
  })
})
