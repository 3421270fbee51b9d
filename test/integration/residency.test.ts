import { copyFileSync, rmSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ChildLauncher } from '../../src/node/inference/contract.ts'
import { createInferenceSupervisor, type InferenceSupervisor } from '../../src/node/inference/supervisor.ts'
import { ModelRows, noWish } from '../../src/node/models/model-rows.ts'
import {
  type ModelRegistry,
  type ModelRegistryInit,
  openModelRegistry,
} from '../../src/node/models/registry.ts'
import { openSettings, type Settings } from '../../src/node/settings/settings.ts'
import type { Store } from '../../src/node/store/contract.ts'
import { openStore } from '../../src/node/store/open-store.ts'
import { madeShapes } from '../helpers/gguf-architectures.ts'
import { launchInferenceChild } from '../helpers/inference-child.ts'
import { makeGguf } from '../helpers/make-gguf.ts'
import { demoModelPath } from '../helpers/models.ts'
import { recordingLogger } from '../helpers/recording-logger.ts'
import { tempFolder } from '../helpers/temp-folder.ts'

let folder: ReturnType<typeof tempFolder>
let store: Store
let settings: Settings
let engine: InferenceSupervisor
let models: ModelRegistry
let lines: ReturnType<typeof recordingLogger>['lines']

function open(init: Partial<ModelRegistryInit> = {}, launch?: ChildLauncher): void {
  const recording = recordingLogger()
  const { logger } = recording
  lines = recording.lines
  store = openStore({ path: folder.file('driad.db') })
  settings = openSettings({ store })
  engine = createInferenceSupervisor({ launch: launch ?? launchInferenceChild(logger), logger })
  models = openModelRegistry(
    { store, engine, settings, logger },
    { builtInPath: demoModelPath, residency: { minResidenceMs: 0 }, followMs: 20, ...init },
  )
}

async function close(): Promise<void> {
  await models.stop()
  await engine.stop()
  await store.close()
}

/** A copy of the demo model for each name, in the table as if they had been added. */
async function addCopies(...names: string[]): Promise<void> {
  for (const name of names) {
    const path = folder.file(`${name}.gguf`)
    copyFileSync(demoModelPath, path)
    await new ModelRows(store).put({ name, path, enabled: true, price: undefined, wish: noWish }, Date.now())
  }
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
const states = () => Object.fromEntries(models.list().map(({ name, state }) => [name, state]))
const until = (condition: () => boolean) =>
  vi.waitFor(() => expect(condition()).toBe(true), { timeout: 30_000, interval: 10 })
const ask = (model: string, extra: { maxTokens?: number; signal?: AbortSignal } = {}) =>
  models.engine.generate(
    { model, messages: [{ role: 'user', content: 'Who are you?' }], maxTokens: 8, temperature: 0, ...extra },
    extra.signal === undefined ? {} : { signal: extra.signal },
  )
/** Room for one copy of the demo model and a half. */
async function budgetForOne(): Promise<void> {
  await models.start()
  // What llama.cpp tells of, and what it does not: vocabulary, graphs.
  const bytes = (view('demo')?.memoryBytes ?? 0) + 14e6
  await close()
  open()
  await settings.set({ memoryBudgetBytes: Math.round(bytes * 1.5) })
}

describe('models that do not fit into memory together', () => {
  it('are offered on demand, and take the place of the one that was not used for longest', async () => {
    await budgetForOne()
    await addCopies('second')
    await close()
    open()
    await models.start()
    expect(states()).toEqual({ demo: 'ready', second: 'idle' })
    expect(models.served().map(({ name, slots }) => [name, slots])).toEqual([
      ['demo', 4],
      ['second', 4],
    ])
    expect((await ask('second')).completionTokens).toBeGreaterThan(0)
    expect(states()).toEqual({ demo: 'idle', second: 'ready' })
    expect((await ask('demo')).completionTokens).toBeGreaterThan(0)
    expect(states()).toEqual({ demo: 'ready', second: 'idle' })
    expect(lines.some(({ message }) => message === 'second made way for demo')).toBe(true)
  })

  it('wait for one that is at work', async () => {
    await budgetForOne()
    await addCopies('second')
    await close()
    open()
    await models.start()
    const long = ask('demo', { maxTokens: 900 })
    await until(() => engine.running('demo') === 1)
    const other = ask('second')
    let demoEnded = false
    await Promise.all([
      long.then(() => {
        demoEnded = true
      }),
      other.then(() => expect(demoEnded).toBe(true)),
    ])
  })

  it('leave one alone that stays in memory, and say what they lack', async () => {
    await budgetForOne()
    await addCopies('second')
    await models.setWish('demo', { preload: true })
    await close()
    open()
    await models.start()
    await until(() => view('demo')?.state === 'ready')
    await expect(ask('second')).rejects.toMatchObject({ code: 'out_of_memory' })
    expect(view('demo')).toMatchObject({ state: 'ready', preload: true })
    expect(view('second')).toMatchObject({ state: 'failed', error: { code: 'out_of_memory' } })
  })

  it('do not load for ever where two are asked for in turn', async () => {
    await budgetForOne()
    await addCopies('second')
    await close()
    // Long enough that it would be seen if it were not kept to.
    open({ residency: { minResidenceMs: 1_000 } })
    await models.start()
    const startedMs = performance.now()
    await Promise.all(Array.from({ length: 12 }, (_, index) => ask(index % 2 === 0 ? 'demo' : 'second')))
    const swaps = lines.filter(({ message }) => message.includes(' made way for ')).length
    expect(swaps).toBeLessThanOrEqual(1 + Math.floor((performance.now() - startedMs) / 1_000))
  })
})

describe('a model', () => {
  it('is unloaded when nobody used it for long, and loaded again by the next task', async () => {
    await models.start()
    await settings.set({ idleUnloadMs: 1 })
    await until(() => view('demo')?.state === 'idle')
    expect(models.get('demo')).toMatchObject({ slots: 4, contextSize: 1024 })
    expect((await ask('demo')).completionTokens).toBeGreaterThan(0)
  })

  it('is loaded with less where memory is short, which is said and remembered', async () => {
    const path = folder.file('wide.gguf')
    await makeGguf(path, { shape: { ...madeShapes['30m'], layers: 2, contextLength: 65_536 }, type: 'q8_0' })
    await models.start()
    await models.unload('demo')
    await models.add({ path, name: 'wide' })
    await until(() => view('wide')?.state === 'ready')
    const full = view('wide')?.memoryBytes ?? 0
    expect(view('wide')).toMatchObject({ contextSize: 8192, slots: 4 })
    expect(view('wide')?.notice).toBeUndefined()
    await settings.set({ memoryBudgetBytes: Math.round(full * 0.9) })
    await until(() => view('wide')?.state === 'idle')
    await ask('wide')
    expect(view('wide')).toMatchObject({
      state: 'ready',
      contextSize: 8192,
      kvType: 'q8_0',
      notice: { used: { kvType: 'q8_0' }, because: { code: 'room', neededBytes: expect.any(Number) } },
    })
    expect(view('wide')?.memoryBytes).toBeLessThan(full * 0.9)
    // What the operator chose is kept to.
    await models.setWish('wide', { kvType: 'f16' })
    await until(() => view('wide')?.notice?.used.kvType === 'f16')
    expect(view('wide')).toMatchObject({
      state: 'ready',
      contextSize: 4096,
      kvType: 'f16',
      notice: { wanted: { contextSize: 8192 }, used: { contextSize: 4096 }, because: { code: 'room' } },
    })
    await models.setWish('wide', { kvType: null })
    await settings.set({ memoryBudgetBytes: 0 })
    await models.load('wide')
    expect(view('wide')).toMatchObject({ state: 'ready', contextSize: 8192, kvType: 'f16' })
    expect(view('wide')?.notice).toBeUndefined()
  })

  it('is loaded without a draft that cannot be used, which is said', async () => {
    const path = folder.file('experts.gguf')
    await makeGguf(path, { shape: madeShapes.experts, type: 'q8_0' })
    await models.start()
    await models.setWish('demo', { draftPath: path })
    await models.load('demo')
    expect(view('demo')).toMatchObject({
      state: 'ready',
      notice: {
        wanted: { draftPath: path },
        because: { code: 'draft', reason: expect.stringMatching(/experts\.gguf .*vocabulary/) },
      },
    })
    expect(await ask('demo')).toBeTruthy()
    await models.setWish('demo', { draftPath: null })
    await models.load('demo')
    expect(view('demo')).toMatchObject({ state: 'ready' })
    expect(view('demo')?.notice).toBeUndefined()
  })

  it('has slots and a context of its own', async () => {
    await models.start()
    await models.setWish('demo', { slots: 2, contextSize: 256, kvType: 'q8_0' })
    await until(() => view('demo')?.slots === 2)
    expect(view('demo')).toMatchObject({
      contextSize: 256,
      ownSlots: 2,
      ownContextSize: 256,
      ownKvType: 'q8_0',
    })
    await expect(models.setWish('demo', { slots: 0, contextSize: 1 })).rejects.toMatchObject({
      code: 'bad_setting',
      issues: [{ path: 'slots' }, { path: 'contextSize' }],
    })
    await close()
    open()
    await models.start()
    expect(view('demo')).toMatchObject({ slots: 2, contextSize: 256 })
    await models.setWish('demo', { slots: null, contextSize: null, kvType: null })
    await until(() => view('demo')?.slots === 4)
  })

  it('is measured at its first load', async () => {
    await models.start()
    await until(() => view('demo')?.benchmark !== undefined)
    const benchmark = view('demo')?.benchmark
    for (const figure of [
      benchmark?.promptTokensPerSecond,
      benchmark?.tokensPerSecond,
      benchmark?.allSlotsTokensPerSecond,
      benchmark?.firstTokenMs,
      benchmark?.memoryBytes,
    ]) {
      expect(figure).toBeGreaterThan(0)
    }
    expect((await ask('demo')).completionTokens).toBeGreaterThan(0)
    await close()
    open()
    await models.start()
    expect(view('demo')?.benchmark?.atMs).toBe(benchmark?.atMs)
    const again = await models.benchmark('demo')
    expect(again.atMs).toBeGreaterThan(benchmark?.atMs ?? 0)
  })
})

it('follows what another process changes in the table', async () => {
  await models.start()
  const other = openStore({ path: folder.file('driad.db') })
  try {
    const rows = new ModelRows(other)
    const path = folder.file('added.gguf')
    copyFileSync(demoModelPath, path)
    await rows.put({ name: 'added', path, enabled: true, price: undefined, wish: noWish }, Date.now())
    await until(() => models.get('added') !== undefined && view('added')?.state === 'ready')
    const price = { promptMicroPer1k: 7n, completionMicroPer1k: 8n }
    await rows.put(
      { name: 'added', path, enabled: true, price, wish: { preload: true, slots: 1 } },
      Date.now(),
    )
    await until(() => view('added')?.slots === 1)
    expect(view('added')).toMatchObject({ promptMicroPer1k: '7', preload: true })
    await rows.put({ name: 'added', path, enabled: false, price, wish: noWish }, Date.now())
    await until(() => view('added')?.state === 'unloaded' && engine.model('added') === undefined)
    await rows.remove('added')
    await until(() => view('added') === undefined)
    await rows.put({ name: 'gone', path: folder.file('gone.gguf'), enabled: true, price, wish: noWish }, 1)
    await until(() => view('gone')?.state === 'failed')
    expect(view('gone')).toMatchObject({ error: { code: 'model_not_found' } })
    rmSync(path)
  } finally {
    await other.close()
  }
})
