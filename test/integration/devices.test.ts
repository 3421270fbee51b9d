import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { LoadedModel } from '../../src/node/inference/contract.ts'
import { type Devices, openDevices } from '../../src/node/inference/devices/open-devices.ts'
import { createInferenceSupervisor, type InferenceSupervisor } from '../../src/node/inference/supervisor.ts'
import { type ModelRegistry, openModelRegistry } from '../../src/node/models/registry.ts'
import { openSettings, type Settings } from '../../src/node/settings/settings.ts'
import { openStore } from '../../src/node/store/open-store.ts'
import { exhaustedMemory } from '../../src/protocol/out-of-memory.ts'
import { launchInferenceChild } from '../helpers/inference-child.ts'
import { demoModelPath, hasStoriesModel, storiesModelPath, writeGreedyModel } from '../helpers/models.ts'
import { recordingLogger } from '../helpers/recording-logger.ts'
import { ScriptedRequester } from '../helpers/scripted-requester.ts'
import { findSoftwareGpu, type SoftwareGpu, softwareGpuIn } from '../helpers/software-gpu.ts'
import { startTaskNode, type TaskNode } from '../helpers/task-node.ts'
import { tempFolder } from '../helpers/temp-folder.ts'
import { eventually } from '../helpers/test-requester.ts'

const description = findSoftwareGpu()
const STORY = 'Once upon a time, there was a little girl named Lily. She loved to play outside in the park.'

describe.skipIf(description === undefined)('models on a GPU', () => {
  const networkName = `devices-${process.pid}`
  let folder: ReturnType<typeof tempFolder>
  let gpu: SoftwareGpu
  let settings: Settings
  let devices: Devices
  let engine: InferenceSupervisor
  let models: ModelRegistry
  let node: TaskNode
  let close: () => Promise<void>

  beforeAll(async () => {
    folder = tempFolder()
    gpu = softwareGpuIn(folder.path, description ?? '')
    const { logger } = recordingLogger()
    const store = openStore({ path: folder.file('models.db') })
    settings = openSettings({ store })
    const launch = launchInferenceChild(logger, gpu.env)
    devices = openDevices(
      { launch, store, settings, logger },
      { env: gpu.env, trialModelPath: demoModelPath, firstRetryMs: 3_600_000 },
    )
    engine = createInferenceSupervisor({ launch, logger, devices })
    models = openModelRegistry({ store, engine, settings, logger }, { builtInPath: demoModelPath })
    devices.start()
    engine.start()
    await models.start()
    node = await startTaskNode({ engine, networkName, models })
    close = async () => {
      await node[Symbol.asyncDispose]()
      await models.stop()
      await engine.stop()
      await devices.stop()
      await store.close()
      folder[Symbol.dispose]()
    }
  }, 120_000)
  afterAll(() => close())

  const loaded = (name: string): LoadedModel => {
    const model = engine.model(name)
    if (model?.state !== 'ready') throw new Error(`${name} is ${model?.state}`)
    return model.loaded
  }
  const say = async (model: string, content: string, maxTokens: number) => {
    const messages = [{ role: 'user' as const, content }]
    return (await engine.generate({ model, messages, maxTokens, temperature: 0 })).text
  }
  const killChild = () => {
    const { pid } = engine.state()
    // 0 would be the whole process group, the test's own process included.
    if (pid === undefined) throw new Error('No inference process runs')
    process.kill(pid, 'SIGKILL')
  }
  const demoState = () => models.list().find(({ name }) => name === 'demo')

  it('lists the device, and puts all layers on it', async () => {
    const view = await devices.probe('asked')
    expect(view.devices).toContainEqual(
      expect.objectContaining({
        id: 'vulkan:0',
        backend: 'vulkan',
        kind: 'software',
        name: expect.stringContaining('llvmpipe'),
        driver: 'llvmpipe',
        totalBytes: expect.any(Number),
        chosen: true,
      }),
    )
    const { backend, device, gpuLayers, totalLayers } = loaded('demo')
    expect({ backend, device }).toEqual({ backend: 'vulkan', device: expect.stringContaining('llvmpipe') })
    expect(gpuLayers).toBe(totalLayers)
    expect(demoState()).toMatchObject({ state: 'ready', gpuLayers: totalLayers })
  })

  it('says the same as on the processor, where no GPU is used when it is disabled', async () => {
    const onGpu = await say('demo', 'Who are you?', 40)
    if (hasStoriesModel()) {
      await engine.load({ name: 'stories', path: storiesModelPath, slots: 1, gpu: 'auto' })
      expect(loaded('stories')).toMatchObject({ backend: 'vulkan' })
      expect(await say('stories', '', 40)).toContain(STORY)
      await engine.unload('stories')
    }
    await devices.choose({ devices: ['cpu'] })
    await eventually(() => engine.model('demo')?.state === 'loading', 'the model leaves the GPU')
    await eventually(() => demoState()?.state === 'ready', 'the model is on the processor', 60_000)
    expect(loaded('demo')).toMatchObject({ backend: 'cpu', device: 'CPU', gpuLayers: 0 })
    expect(await say('demo', 'Who are you?', 40)).toBe(onGpu)
    await devices.choose({ devices: ['vulkan:0'] })
    await eventually(() => engine.model('demo')?.state === 'loading', 'the model leaves the processor')
    await eventually(() => demoState()?.state === 'ready', 'the model is on the GPU', 60_000)
    expect(loaded('demo').backend).toBe('vulkan')
  })

  it('puts no more layers on it than it is told to', async () => {
    const request = { name: 'part', path: demoModelPath, slots: 1, gpu: 'auto' as const }
    const part = await engine.load({ ...request, gpuLayers: 2 })
    expect(part).toMatchObject({ backend: 'vulkan', gpuLayers: 2 })
    const none = await engine.load({ ...request, gpuLayers: 0 })
    expect(none).toMatchObject({ backend: 'cpu', gpuLayers: 0 })
    await expect(engine.load({ ...request, gpuLayers: -1 })).rejects.toMatchObject({ code: 'bad_setting' })
    await engine.unload('part')
  })

  it('tells when it is the memory of the GPU that is not enough', async () => {
    const path = folder.file('greedy.gguf')
    writeGreedyModel(path)
    const failure = await engine
      .load({ name: 'greedy', path, slots: 1, contextSize: 2_000_000, gpu: 'auto' })
      .catch((error) => error)
    expect(failure).toMatchObject({ code: 'out_of_memory', message: expect.stringContaining('on the GPU') })
    expect(exhaustedMemory(failure)).toBe('vram')
    await engine.unload('greedy')
    expect(loaded('demo').backend).toBe('vulkan')
  })

  it('suspends its models when it is gone, refuses their tasks with the reason, and serves them again', async () => {
    await using requester = await ScriptedRequester.start({ networkName, node })
    const prices = { promptMicroPer1k: 1_000_000n, completionMicroPer1k: 1_000_000n }
    await requester.claimed(10)
    const before = await requester.assign(prices)
    await requester.next('accepted', before)
    expect((await requester.outcome(before)).outcome).toMatchObject({ ok: true })

    gpu.remove()
    const { use } = await devices.probe('asked')
    expect(use).toMatchObject({ state: 'suspended', reason: expect.stringContaining('vulkan:0 (llvmpipe') })
    expect(demoState()).toMatchObject({
      state: 'suspended',
      error: { code: 'device_unavailable', message: expect.stringContaining('is not there') },
    })
    expect(models.served()).toEqual([])
    expect(await requester.next('rejected', await requester.assign(prices))).toMatchObject({
      errorCode: 'model_unavailable',
      errorMessage: expect.stringContaining('vulkan:0 (llvmpipe'),
    })

    gpu.putBack()
    await devices.probe('asked')
    await eventually(() => models.served().length === 1, 'the model is served again', 60_000)
    expect(loaded('demo').backend).toBe('vulkan')
    await requester.claimed(10)
    const after = await requester.assign(prices)
    await requester.next('accepted', after)
    expect((await requester.outcome(after)).outcome).toMatchObject({ ok: true })
  })

  it('does not offer what it would load on demand while its GPU is gone', async () => {
    await engine.unload('demo')
    await eventually(() => demoState()?.state === 'idle', 'the model is out of memory')
    expect(models.get('demo')).toBeDefined()
    gpu.remove()
    await devices.probe('asked')
    expect(demoState()).toMatchObject({ state: 'suspended', error: { code: 'device_unavailable' } })
    expect(models.get('demo')).toBeUndefined()
    expect(models.expected('demo')).toBe(false)
    expect(models.whyNot('demo')).toContain('is not there')
    gpu.putBack()
    await devices.probe('asked')
    await eventually(() => models.get('demo') !== undefined, 'it is offered again', 60_000)
    const messages = [{ role: 'user' as const, content: 'Who are you?' }]
    await models.engine.generate({ model: 'demo', messages, maxTokens: 4, temperature: 0 })
    expect(loaded('demo').backend).toBe('vulkan')
    await eventually(() => models.served().length === 1, 'it is served as it was')
  })

  it('suspends them after a death when the device is gone, and not when it is still there', async () => {
    killChild()
    await eventually(() => models.served().length === 0, 'the death is seen')
    await eventually(() => models.served().length === 1, 'the model is served again', 60_000)
    expect(loaded('demo').backend).toBe('vulkan')
    gpu.remove()
    killChild()
    await eventually(() => demoState()?.state === 'suspended', 'the model is suspended', 60_000)
    gpu.putBack()
    await devices.probe('asked')
    await eventually(() => models.served().length === 1, 'the model is served again', 60_000)
  })
})
