import { fileURLToPath } from 'node:url'
import { describe, expect, it, vi } from 'vitest'
import type { DeviceUse, GenerateRequest } from '../../../../src/node/inference/contract.ts'
import type { DevicePlan } from '../../../../src/node/inference/devices/choose-devices.ts'
import type { DeviceGuard } from '../../../../src/node/inference/devices/device-guard.ts'
import { forkInferenceChild } from '../../../../src/node/inference/fork-child.ts'
import { createInferenceSupervisor, type SupervisorInit } from '../../../../src/node/inference/supervisor.ts'
import { recordingLogger } from '../../../helpers/recording-logger.ts'

const entry = fileURLToPath(new URL('../../../fixtures/misbehaving-child.mjs', import.meta.url))
const restarts = { firstDelayMs: 10, maxDelayMs: 50 }

function supervised(init: SupervisorInit = {}, env: NodeJS.ProcessEnv = {}, devices?: DeviceGuard) {
  const { logger, lines } = recordingLogger()
  const pids: (number | undefined)[] = []
  const uses: DeviceUse[] = []
  const launch = forkInferenceChild({ entry, logger, env })
  const supervisor = createInferenceSupervisor(
    {
      launch: (options) => {
        const child = launch(options)
        pids.push(child.pid)
        uses.push(options.devices)
        return child
      },
      logger,
      ...(devices !== undefined && { devices }),
    },
    { restarts, ...init },
  )
  return { supervisor, lines, pids, uses, [Symbol.asyncDispose]: () => supervisor.stop() }
}

const model = (name: string, path = `/${name}.gguf`) => ({ name, path, slots: 1, gpu: 'off' as const })
const prompt = (content: string, name = 'm'): GenerateRequest => ({
  model: name,
  messages: [{ role: 'user', content }],
  maxTokens: 1,
})

describe('the inference supervisor', () => {
  it('starts the child when it is needed, and passes requests and text on', async () => {
    await using t = supervised()
    expect(t.supervisor.state().state).toBe('stopped')
    expect(await t.supervisor.load(model('m'))).toMatchObject({ name: 'm' })
    const pieces: string[] = []
    const result = await t.supervisor.generate(prompt('Hi'), { onText: ({ text }) => pieces.push(text) })
    expect(result).toMatchObject({ text: 'Hi', completionTokens: 1 })
    expect(pieces).toEqual(['Hi'])
    expect(t.supervisor.state()).toMatchObject({ state: 'ready', restarts: 0, pid: t.pids[0] })
  })

  it('names a model that nobody loaded', async () => {
    await using t = supervised()
    await expect(t.supervisor.generate(prompt('Hi', 'absent'))).rejects.toMatchObject({
      code: 'model_unavailable',
    })
  })

  it('rejects what was under way when the child is killed, restarts it and loads its models again', async () => {
    await using t = supervised()
    await Promise.all([t.supervisor.load(model('m')), t.supervisor.load(model('n'))])
    const other = t.supervisor.generate(prompt('wait', 'n'))
    other.catch(() => {})
    await expect(t.supervisor.generate(prompt('die'))).rejects.toMatchObject({
      code: 'inference_crashed',
      message: expect.stringMatching(/SIGKILL/),
    })
    await expect(other).rejects.toMatchObject({ code: 'inference_crashed' })
    // What comes during the restart waits for it.
    expect(await t.supervisor.generate(prompt('again', 'n'))).toMatchObject({ text: 'again' })
    expect(t.supervisor.state()).toMatchObject({ state: 'ready', restarts: 1 })
    expect(t.pids).toHaveLength(2)
    expect(t.supervisor.running('n')).toBe(0)
  })

  it('survives an error that the child throws, and logs it', async () => {
    await using t = supervised()
    await t.supervisor.load(model('m'))
    await expect(t.supervisor.generate(prompt('throw'))).rejects.toMatchObject({ code: 'inference_crashed' })
    await until(() => t.lines.some(({ message }) => message.includes('Thrown by the test')))
    expect(await t.supervisor.generate(prompt('again'))).toMatchObject({ text: 'again' })
  })

  it('leaves the child alone after three failures in a row, and comes back by itself', async () => {
    await using t = supervised({ restarts: { ...restarts, firstRestMs: 200 } })
    await t.supervisor.load(model('m'))
    for (let failure = 0; failure < 3; failure++) {
      await expect(t.supervisor.generate(prompt('die'))).rejects.toMatchObject({ code: 'inference_crashed' })
    }
    await until(() => t.supervisor.state().state === 'broken')
    await until(() => t.supervisor.state().state === 'ready')
    expect(await t.supervisor.generate(prompt('Hi'))).toMatchObject({ text: 'Hi' })
  })

  it('starts no second process beside the one that ends, whatever is asked for while it restarts', async () => {
    await using t = supervised()
    await t.supervisor.load(model('m'))
    const restarting = t.supervisor.restart()
    // As every request does before all else.
    t.supervisor.start()
    await restarting
    await until(() => t.supervisor.state().state === 'ready')
    expect(t.pids).toHaveLength(2)
    expect(t.supervisor.state().pid).toBe(t.pids[1])
    expect(await t.supervisor.generate(prompt('again'))).toMatchObject({ text: 'again' })
  })

  it('takes nothing while it rests, until somebody restarts it', async () => {
    await using t = supervised()
    await t.supervisor.load(model('m'))
    for (let failure = 0; failure < 3; failure++) {
      await expect(t.supervisor.generate(prompt('die'))).rejects.toMatchObject({ code: 'inference_crashed' })
    }
    await until(() => t.supervisor.state().state === 'broken')
    expect(t.supervisor.state().reason).toMatch(/failed too often.*SIGKILL/)
    await expect(t.supervisor.generate(prompt('Hi'))).rejects.toMatchObject({ code: 'inference_crashed' })
    await expect(t.supervisor.load(model('x'))).rejects.toMatchObject({ code: 'inference_crashed' })
    expect(t.pids).toHaveLength(3)
    await t.supervisor.restart()
    expect(await t.supervisor.generate(prompt('Hi'))).toMatchObject({ text: 'Hi' })
  })

  it('does not give up on a child that works between its failures', async () => {
    await using t = supervised()
    await t.supervisor.load(model('m'))
    for (let failure = 0; failure < 4; failure++) {
      await expect(t.supervisor.generate(prompt('die'))).rejects.toMatchObject({ code: 'inference_crashed' })
      expect(await t.supervisor.generate(prompt('work'))).toMatchObject({ text: 'work' })
    }
    expect(t.supervisor.state().state).toBe('ready')
  })

  it('gives up on a child that never starts', async () => {
    await using t = supervised({}, { CHILD_START: 'exit' })
    await expect(t.supervisor.load(model('m'))).rejects.toMatchObject({
      code: 'inference_crashed',
      message: expect.stringMatching(/ended with code 3/),
    })
    expect(t.supervisor.state().state).toBe('broken')
  })

  it('gives up on a program that is not there', async () => {
    const { logger } = recordingLogger()
    const launch = forkInferenceChild({ entry, logger, execPath: '/no/such/node' })
    await using supervisor = createInferenceSupervisor({ launch, logger }, { restarts })
    supervisor.start()
    await until(() => supervisor.state().state === 'broken')
  })

  it('stops a model that ends the process at each load from taking the others with it', async () => {
    await using t = supervised()
    await t.supervisor.load(model('m'))
    await expect(t.supervisor.load(model('p', '/poison.gguf'))).rejects.toMatchObject({
      code: 'model_invalid',
      message: expect.stringMatching(/ended the inference process 3 times/),
    })
    expect(t.supervisor.model('p')?.state).toBe('failed')
    expect(await t.supervisor.generate(prompt('Hi'))).toMatchObject({ text: 'Hi' })
    expect(t.supervisor.state().state).toBe('ready')
    expect(t.pids).toHaveLength(4)
  })

  it('passes on why a model cannot be loaded', async () => {
    await using t = supervised()
    await expect(t.supervisor.load(model('w', '/wrong.gguf'))).rejects.toMatchObject({
      code: 'model_invalid',
      message: '/wrong.gguf is wrong',
    })
    expect(t.supervisor.model('w')).toMatchObject({ state: 'failed' })
    await t.supervisor.unload('w')
    expect(t.supervisor.model('w')).toBeUndefined()
  })

  it('aborts with the reason of the caller', async () => {
    await using t = supervised()
    await t.supervisor.load(model('m'))
    const controller = new AbortController()
    const waiting = t.supervisor.generate(prompt('wait'), { signal: controller.signal })
    await until(() => t.supervisor.running('m') === 1)
    controller.abort(new Error('No longer wanted'))
    await expect(waiting).rejects.toThrow('No longer wanted')
    expect(t.supervisor.running('m')).toBe(0)
    expect(await t.supervisor.generate(prompt('Hi'))).toMatchObject({ text: 'Hi' })
  })

  it('aborts a load, and forgets the model', async () => {
    await using t = supervised()
    const controller = new AbortController()
    const loading = t.supervisor.load(model('e', '/endless.gguf'), { signal: controller.signal })
    loading.catch(() => {})
    await until(() => t.supervisor.state().state === 'ready')
    controller.abort(new Error('Too slow'))
    await expect(loading).rejects.toThrow('Too slow')
    expect(t.supervisor.model('e')).toBeUndefined()
    expect(await t.supervisor.load(model('m'))).toMatchObject({ name: 'm' })
  })

  const watchdog = { checkMs: 20, silenceMs: 400, stallMs: 400, startMs: 5_000, loadMs: 5_000 }
  it('kills a child whose event loop hangs', async () => {
    await using t = supervised({ watchdog })
    await t.supervisor.load(model('m'))
    await expect(t.supervisor.generate(prompt('hang'))).rejects.toMatchObject({
      message: expect.stringMatching(/did not answer for 0.4 s/),
    })
    expect(await t.supervisor.generate(prompt('Hi'))).toMatchObject({ text: 'Hi' })
  })

  it('kills a child that makes no progress with its work', async () => {
    await using t = supervised({ watchdog })
    await t.supervisor.load(model('m'))
    await expect(t.supervisor.generate(prompt('stand still'))).rejects.toMatchObject({
      message: expect.stringMatching(/made no progress for 0.4 s/),
    })
  })

  it('kills a child that does not get ready, or does not get a model loaded', async () => {
    {
      await using t = supervised({ watchdog: { ...watchdog, startMs: 100 } }, { CHILD_START: 'silent' })
      await expect(t.supervisor.load(model('m'))).rejects.toMatchObject({
        message: expect.stringMatching(/was not ready after 0.1 s/),
      })
    }
    await using t = supervised({ watchdog: { ...watchdog, loadMs: 100 } })
    await expect(t.supervisor.load(model('e', '/endless.gguf'))).rejects.toMatchObject({
      code: 'model_invalid',
    })
  })

  it('stops within its bound, whatever the child does, and safely twice', async () => {
    const t = supervised({ stopGraceMs: 50 }, { CHILD_STOP: 'never' })
    await t.supervisor.load(model('m'))
    const waiting = t.supervisor.generate(prompt('wait'))
    waiting.catch(() => {})
    await Promise.all([t.supervisor.stop(), t.supervisor.stop()])
    await expect(waiting).rejects.toMatchObject({ code: 'stopping' })
    expect(t.supervisor.state()).toEqual({ state: 'stopped', restarts: 0 })
    expect(() => process.kill(t.pids[0] ?? 0, 0)).toThrow(/ESRCH/)
    await expect(t.supervisor.generate(prompt('Hi'))).rejects.toMatchObject({ code: 'stopping' })
  })

  it('stops while it restarts', async () => {
    const t = supervised({ restarts: { firstDelayMs: 60_000, maxDelayMs: 60_000 } })
    await t.supervisor.load(model('m'))
    await expect(t.supervisor.generate(prompt('die'))).rejects.toMatchObject({ code: 'inference_crashed' })
    await until(() => t.supervisor.state().state === 'restarting')
    const waiting = t.supervisor.generate(prompt('Hi'))
    waiting.catch(() => {})
    await t.supervisor.stop()
    await expect(waiting).rejects.toMatchObject({ code: 'stopping' })
  })
})

/** Devices whose plan the test changes, and who writes down what it is told. */
class ScriptedDevices implements DeviceGuard {
  readonly told: string[] = []
  readonly #listeners = new Set<(urgent: boolean) => void>()
  #plan: DevicePlan

  constructor(plan: DevicePlan) {
    this.#plan = plan
  }

  change(plan: DevicePlan, urgent = false): void {
    this.#plan = plan
    for (const listener of this.#listeners) listener(urgent)
  }

  plan = () => this.#plan
  working = () => void this.told.push('working')
  worked = () => void this.told.push('worked')
  suspect = (failure: string) => void this.told.push(`suspect: ${failure}`)
  died = async (reason: string) => void this.told.push(reason)
  onPlan(listener: (urgent: boolean) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}

describe('the inference supervisor and its devices', () => {
  const gpu = (selector: string) => ({ backend: 'vulkan', selectors: [selector] }) as const
  const on = (use: DeviceUse): DevicePlan => ({ state: 'active', use, devices: [] })
  const gone: DevicePlan = { state: 'suspended', causes: [], reason: 'vulkan:0 is not there' }
  const onGpu = (name: string) => ({ ...model(name), gpu: 'auto' as const })

  it('starts nothing before it knows on what', async () => {
    const devices = new ScriptedDevices({ state: 'unknown' })
    await using t = supervised({}, {}, devices)
    const loading = t.supervisor.load(onGpu('m'))
    await new Promise(setImmediate)
    expect(t.pids).toEqual([])
    expect(t.supervisor.state().state).toBe('starting')
    devices.change(on(gpu('1')))
    await loading
    expect(t.uses).toEqual([gpu('1')])
    expect(devices.told).toEqual(['working'])
    await t.supervisor.generate(prompt('Hi'))
    expect(devices.told).toEqual(['working', 'worked'])
  })

  it('suspends what may use a GPU while that is missing, goes on with the rest, and comes back', async () => {
    const devices = new ScriptedDevices(on(gpu('0')))
    await using t = supervised({}, {}, devices)
    await t.supervisor.load(onGpu('m'))
    await t.supervisor.load(model('cpu'))
    const waiting = t.supervisor.generate(prompt('wait'))
    waiting.catch(() => {})
    devices.change(gone)
    expect(t.supervisor.model('m')).toMatchObject({
      state: 'suspended',
      error: { code: 'device_unavailable' },
    })
    await expect(waiting).rejects.toMatchObject({ code: 'inference_crashed' })
    const refused = { code: 'model_unavailable', message: expect.stringContaining('vulkan:0 is not there') }
    await expect(t.supervisor.generate(prompt('Hi'))).rejects.toMatchObject(refused)
    await expect(t.supervisor.load(onGpu('new'))).rejects.toMatchObject(refused)
    expect(await t.supervisor.generate(prompt('Hi', 'cpu'))).toMatchObject({ text: 'Hi' })
    devices.change(on(gpu('0')))
    await until(() => ['m', 'new', 'cpu'].every((name) => t.supervisor.model(name)?.state === 'ready'))
    expect(await t.supervisor.generate(prompt('Hi'))).toMatchObject({ text: 'Hi' })
    expect(t.uses).toEqual([gpu('0'), 'cpu', gpu('0')])
    // Nothing failed: none of that counts as a restart.
    expect(t.supervisor.state()).toMatchObject({ state: 'ready', restarts: 0 })
  })

  it('lets what runs end before it moves to better devices, unless that is urgent', async () => {
    const devices = new ScriptedDevices(on('cpu'))
    await using t = supervised({}, {}, devices)
    await t.supervisor.load(onGpu('m'))
    const controller = new AbortController()
    const waiting = t.supervisor.generate(prompt('wait'), { signal: controller.signal })
    await until(() => t.supervisor.running('m') === 1)
    devices.change(on(gpu('0')))
    expect(await t.supervisor.generate(prompt('Hi'))).toMatchObject({ text: 'Hi' })
    expect(t.uses).toEqual(['cpu'])
    controller.abort(new Error('Done'))
    await expect(waiting).rejects.toThrow('Done')
    await until(() => t.uses.length === 2 && t.supervisor.model('m')?.state === 'ready')
    const interrupted = t.supervisor.generate(prompt('wait'))
    interrupted.catch(() => {})
    await until(() => t.supervisor.running('m') === 1)
    devices.change(on(gpu('1')), true)
    await expect(interrupted).rejects.toMatchObject({ code: 'inference_crashed' })
    await until(() => t.uses.length === 3)
    expect(t.uses).toEqual(['cpu', gpu('0'), gpu('1')])
  })

  it('has the devices examined when work fails for no reason of its own', async () => {
    const devices = new ScriptedDevices(on(gpu('0')))
    await using t = supervised({}, {}, devices)
    await t.supervisor.load(onGpu('m'))
    await expect(t.supervisor.generate(prompt('fail'))).rejects.toMatchObject({ code: 'internal' })
    expect(devices.told).toEqual(['working', 'suspect: The device was lost'])
    devices.change(on('cpu'))
    await until(() => t.uses.length === 2 && t.supervisor.model('m')?.state === 'ready')
    await expect(t.supervisor.generate(prompt('fail'))).rejects.toMatchObject({ code: 'internal' })
    expect(devices.told).toHaveLength(2)
  })

  it('asks about the devices after a death on them, and never goes to the processor by itself', async () => {
    const devices = new ScriptedDevices(on(gpu('0')))
    await using t = supervised({ restarts: { ...restarts, maxFailures: 10 } }, {}, devices)
    await t.supervisor.load(onGpu('m'))
    for (let death = 0; death < 4; death++) {
      await expect(t.supervisor.generate(prompt('die'))).rejects.toMatchObject({ code: 'inference_crashed' })
    }
    expect(await t.supervisor.generate(prompt('Hi'))).toMatchObject({ text: 'Hi' })
    expect(devices.told.filter((text) => text.includes('SIGKILL'))).toHaveLength(4)
    expect(new Set(t.uses.map((use) => JSON.stringify(use)))).toEqual(new Set([JSON.stringify(gpu('0'))]))
  })
})

function until(condition: () => boolean): Promise<void> {
  return vi.waitFor(() => expect(condition()).toBe(true), { timeout: 10_000, interval: 5 })
}
