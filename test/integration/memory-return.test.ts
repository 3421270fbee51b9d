import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { createInferenceSupervisor, type InferenceSupervisor } from '../../src/node/inference/supervisor.ts'
import { type ModelRegistry, openModelRegistry } from '../../src/node/models/registry.ts'
import { openSettings } from '../../src/node/settings/settings.ts'
import { openStore } from '../../src/node/store/open-store.ts'
import { madeShapes } from '../helpers/gguf-architectures.ts'
import { launchInferenceChild } from '../helpers/inference-child.ts'
import { makeGguf } from '../helpers/make-gguf.ts'
import { demoModelPath } from '../helpers/models.ts'
import { recordingLogger } from '../helpers/recording-logger.ts'
import { tempFolder } from '../helpers/temp-folder.ts'

const MODELS = 20
const shapes = ['window', 'recurrent', 'hybrid', 'experts', '30m'] as const

const folder = tempFolder()
const { logger, lines } = recordingLogger()
const store = openStore({ path: folder.file('driad.db') })
let engine: InferenceSupervisor
let models: ModelRegistry

beforeAll(async () => {
  for (const shape of shapes) {
    await makeGguf(folder.file(`${shape}.gguf`), { shape: madeShapes[shape], type: 'q4_0' })
  }
  const settings = openSettings({ store })
  await settings.set({ slots: 2, memoryBudgetBytes: 400_000_000 })
  engine = createInferenceSupervisor({ launch: launchInferenceChild(logger), logger })
  models = openModelRegistry({ store, engine, settings, logger }, { builtInPath: demoModelPath })
  await models.unload('demo')
  engine.start()
  await vi.waitFor(() => expect(engine.memory()).toBeDefined(), { timeout: 20_000 })
})
afterAll(async () => {
  await models.stop()
  await engine.stop()
  await store.close()
  folder[Symbol.dispose]()
})

it('gives back what twenty models took, one after the other', async () => {
  const startBytes = engine.memory()?.startBytes ?? 0
  for (let index = 0; index < MODELS; index++) {
    const shape = shapes[index % shapes.length] ?? '30m'
    const name = `${shape}-${index}`
    await models.add({ path: folder.file(`${shape}.gguf`), name })
    await models.load(name)
    const request = { model: name, messages: [{ role: 'user', content: 'Hello' }] as const, maxTokens: 8 }
    expect((await models.engine.generate(request)).completionTokens).toBeGreaterThan(0)
    await models.remove(name)
    await vi.waitFor(
      () => {
        expect(engine.state().state).toBe('ready')
        expect(engine.memory()?.nowBytes ?? Number.POSITIVE_INFINITY).toBeLessThan(startBytes * 1.05)
      },
      { timeout: 20_000, interval: 20 },
    )
  }
  expect(engine.state().restarts).toBe(0)
  expect(lines.filter(({ level }) => level === 'error')).toEqual([])
}, 300_000)
