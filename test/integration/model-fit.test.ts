import { truncateSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { ApiContext } from '../../src/api/context.ts'
import { apiRouter } from '../../src/api/router.ts'
import type { ComputeNode } from '../../src/node/compute-node/compute-node.ts'
import { createComputeNode } from '../../src/node/compute-node/create-compute-node.ts'
import { openDataFolder } from '../../src/node/data-folder.ts'
import { createLogger } from '../../src/node/logs/create-logger.ts'
import { FitRows } from '../../src/node/models/fit/fit-rows.ts'
import { openStore } from '../../src/node/store/open-store.ts'
import type { FitView, RecommendationView } from '../../src/protocol/fit-views.ts'
import { correctEstimate } from '../../src/protocol/model-fit/correct-estimate.ts'
import { bestFit } from '../../src/protocol/model-fit/fit-of.ts'
import { plainPlan } from '../../src/protocol/model-fit/memory-plan.ts'
import { driad } from '../helpers/driad-process.ts'
import { madeShapes } from '../helpers/gguf-architectures.ts'
import { launchInferenceChild } from '../helpers/inference-child.ts'
import { makeGguf } from '../helpers/make-gguf.ts'
import { demoModelPath } from '../helpers/models.ts'
import { tempFolder } from '../helpers/temp-folder.ts'

const files = tempFolder()
const windowPath = files.file('window.gguf')

beforeAll(() => makeGguf(windowPath, { shape: madeShapes.window, type: 'q8_0' }))
afterAll(() => files[Symbol.dispose]())

describe('the fit of a node’s models', () => {
  const folder = openDataFolder(files.file('data'))
  let node: ComputeNode
  let api: ReturnType<typeof apiRouter.createCaller>

  beforeAll(async () => {
    const { logger, history } = createLogger({ level: 'error', destinations: {} })
    node = await createComputeNode(
      { folder, builtInModelPath: demoModelPath, models: [{ path: windowPath, name: 'window' }] },
      { logger, history, launchInference: launchInferenceChild(logger) },
    )
    // The fit needs nothing of a desktop.
    api = apiRouter.createCaller({ node } as ApiContext)
    await node.start()
  })
  afterAll(() => node.stop())

  it('is worked out for those it has, for files, and refused for what is neither', async () => {
    const fit = await api.fit.of({ model: { name: 'demo' }, contextSize: 8192, slots: 4 })
    expect(fit).toMatchObject({ verdict: 'fits', contextSize: 1024, slots: 4, exact: true })
    expect(fit.mostSlots).toBe(64)
    const inCatalogue = await api.fit.of({ model: { name: 'llama3.1:405b' }, contextSize: 8192, slots: 4 })
    expect(inCatalogue).toMatchObject({ verdict: 'tooLarge', exact: true })
    const all = await api.fit.catalogue({ contextSize: 8192, slots: 4 })
    expect(all.length).toBeGreaterThan(93)
    const file = await api.fit.of({
      model: { path: windowPath },
      contextSize: 8192,
      slots: 1,
      kvType: 'q8_0',
    })
    expect(file.memory.weights.ram).toBeGreaterThan(41_000_000)
    await expect(api.fit.of({ model: { name: 'nobody' }, contextSize: 1, slots: 1 })).rejects.toThrow(
      /no model named nobody/,
    )
    await expect(api.fit.of({ model: { name: 'demo' }, contextSize: 0, slots: 1 })).rejects.toThrow()
  })

  it('is worked out of facts that a window can work with, too', async () => {
    const facts = await api.fit.facts({ name: 'window' })
    expect(facts).toMatchObject({
      automatic: { contextSize: 8192, slots: 4, kvType: 'f16' },
      model: { exact: true, weightsBytes: expect.any(Number) },
    })
    const { memory } = await api.fit.of({ model: { name: 'window' }, ...facts.automatic })
    const own = bestFit(facts.model, plainPlan(facts.automatic), facts.machine, (estimate) =>
      correctEstimate(estimate, facts.correction),
    )
    expect(own.estimate.total).toEqual(memory.total)
    expect((await api.fit.facts({ name: 'demo' })).automatic.contextSize).toBe(1024)
    await node.settings.set({ memoryBudgetBytes: 20e6 })
    expect((await api.fit.facts({ name: 'demo' })).machine.ramBytes).toBe(20e6)
    await node.settings.set({ memoryBudgetBytes: 0 })
    await expect(api.fit.facts({ name: 'nobody' })).rejects.toThrow(/no model named nobody/)
  })

  it('goes on in another inference process when that is asked for', async () => {
    const { pid } = node.inference()
    await api.node.restartInference()
    await vi.waitFor(
      () => expect(node.models.list()).toMatchObject([{ state: 'ready' }, { state: 'ready' }]),
      { timeout: 30_000, interval: 20 },
    )
    expect(node.inference().pid).not.toBe(pid)
  })

  it('is there for all at once', async () => {
    const fits = await api.fit.local({ contextSize: 1024, slots: 2 })
    expect(fits.map(({ name, fit }) => [name, fit.verdict])).toEqual([
      ['demo', 'fits'],
      ['window', 'fits'],
    ])
  })

  it('is tooLarge, with what is missing, where nothing is left for models', async () => {
    const { memoryReserveBytes } = node.settings.get()
    await node.settings.set({ memoryReserveBytes: 2 ** 50 })
    try {
      const fit = await api.fit.of({ model: { name: 'demo' }, contextSize: 1024, slots: 1 })
      expect(fit.verdict).toBe('tooLarge')
      expect(fit.ram.missingBytes).toBeGreaterThan(0)
    } finally {
      await node.settings.set({ memoryReserveBytes })
    }
  })

  it('learns from each load: what memory was taken, and how fast the model is', async () => {
    await vi.waitFor(async () => {
      const fit = await api.fit.of({ model: { name: 'window' }, contextSize: 8192, slots: 4 })
      expect(fit.correction).not.toBe(1)
      expect(fit.correction).toBeGreaterThan(0.9)
      expect(fit.correction).toBeLessThan(1.25)
      expect(fit.speed?.basis).toBe('thisModel')
    }, 10_000)
    const loaded = node.models.list().find(({ name }) => name === 'window')
    const { speed } = await api.fit.of({ model: { name: 'window' }, contextSize: 8192, slots: 4 })
    expect((speed?.tokensPerSecond ?? 0) / (loaded?.tokensPerSecond ?? 1)).toBeGreaterThan(0.4)
    expect((speed?.tokensPerSecond ?? 0) / (loaded?.tokensPerSecond ?? 1)).toBeLessThan(1.6)
    const store = openStore({ path: folder.databasePath, readOnly: true })
    expect(new FitRows(store).architectures().sort()).toEqual(['gemma3', 'llama'])
    await store.close()
  })

  it('is known to the command, too, beside the running node', async () => {
    const { code, json } = await driad([
      'models',
      'inspect',
      windowPath,
      '--data-dir',
      folder.path,
      '--json',
      '--slots',
      '2',
      '--context',
      '2048',
    ])
    expect(code).toBe(0)
    const [result] = json<{ fit: FitView; fits: FitView[]; machine: { memoryBytesPerSecond: number } }>()
    expect(result?.fit).toMatchObject({ slots: 2, contextSize: 2048 })
    expect(result?.fit.correction).not.toBe(1)
    // Of 2,048 and 8,192 tokens, 1 and 4 slots, and three types of the cache.
    expect(result?.fits).toHaveLength(12)
  })
})

describe('driad models recommend', () => {
  it('names a model of the catalogue that fits, and why', async () => {
    const args = [
      'models',
      'recommend',
      '--data-dir',
      files.file('none'),
      '--slots',
      '1',
      '--context',
      '2048',
    ]
    const { code, json } = await driad([...args, '--min-speed', '0', '--json'])
    expect(code).toBe(0)
    const [found] = json<RecommendationView>()
    expect(found?.wanted).toMatchObject({ slots: 1, contextSize: 2048, atLeastTokensPerSecond: 0 })
    expect(found?.best?.fit.verdict).not.toBe('tooLarge')
    expect(found?.best?.chosenAs?.among).toBeGreaterThan(0)
    // What takes hundreds of gigabytes is in nobody's way here.
    expect(found?.excluded.length).toBeGreaterThan(0)
    const words = await driad([...args, '--min-speed', '0'])
    expect(words.stdout).toMatch(/Get it with: driad models pull \S+/)
    const plan = ['--slots', '1', '--context', '2048', '--data-dir', files.file('none')]
    const inspected = await driad(['models', 'inspect', found?.best?.name ?? '', ...plan])
    expect(inspected.code).toBe(0)
    expect(inspected.stdout).toMatch(/not on this computer yet[\s\S]*verdict +Fits/)
  })

  it('refuses groups, slots and speeds that there are not', async () => {
    for (const flags of [
      ['--group', 'nobody'],
      ['--slots', '65'],
      ['--min-speed', '-1'],
      ['--context', '0'],
    ]) {
      expect((await driad(['models', 'recommend', ...flags])).code).toBe(2)
    }
  })
})

describe('driad models inspect', () => {
  it('says in words what a model takes, where there is no data folder yet', async () => {
    const { code, stdout } = await driad(['models', 'inspect', 'demo', '--data-dir', files.file('none')])
    expect(code).toBe(0)
    expect(stdout).toMatch(/verdict +Fits: it takes \d+ MB/)
    expect(stdout).toMatch(/cache f16 +cache q8_0 +cache q4_0/)
  })

  it('refuses slots and contexts that cannot be, and a damaged file', async () => {
    expect((await driad(['models', 'inspect', 'demo', '--slots', '0'])).code).toBe(2)
    const nobody = await driad(['models', 'inspect', 'nobody', '--data-dir', files.file('none')])
    expect(nobody).toMatchObject({ code: 2, stderr: expect.stringContaining('nor in the catalogue') })
    expect((await driad(['models', 'inspect', 'demo', '--context', 'many'])).code).toBe(2)
    const damaged = files.file('damaged.gguf')
    await makeGguf(damaged, { shape: madeShapes.window, type: 'q4_0' })
    truncateSync(damaged, 1_000_000)
    const { code, stderr } = await driad(['models', 'inspect', damaged])
    expect(code).toBe(2)
    expect(stderr).toMatch(/cut off/)
  })
})
