import { afterEach, describe, expect, it, vi } from 'vitest'
import { DeviceRows } from '../../../../../src/node/inference/devices/device-rows.ts'
import { gpusInUse } from '../../../../../src/node/inference/devices/gpus-in-use.ts'
import type { Devices, DevicesInit } from '../../../../../src/node/inference/devices/open-devices.ts'
import { type DriverScript, scriptedDevices } from '../../../../helpers/scripted-devices.ts'

const card = { name: 'Big Card', driver: 'bigdriver' }
const small = { name: 'Small Chip', kind: 'integrated' as const }
const pipe = { name: 'llvmpipe', kind: 'software' as const }
const withCard: DriverScript = { vulkan: [card], 'vulkan:0': [card] }
const fast: DevicesInit = { firstRetryMs: 3_600_000, limits: { lookMs: 10_000, trialMs: 10_000 } }
const aborted = { signal: new AbortController().signal }

const opened: Devices[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map((devices) => devices.stop()))
})

function openOn(t: ReturnType<typeof scriptedDevices>, init: DevicesInit = {}): Devices {
  const devices = t.open({ ...fast, ...init })
  opened.push(devices)
  return devices
}

const until = (condition: () => boolean) =>
  vi.waitFor(() => expect(condition()).toBe(true), { timeout: 20_000, interval: 5 })

describe('the devices of a node', () => {
  it('takes the processor with no ado where no GPU was ever seen, at the second start without a look', async () => {
    await using t = scriptedDevices({})
    const devices = openOn(t)
    expect(devices.plan()).toEqual({ state: 'unknown' })
    const view = await devices.probe('started')
    expect(view).toMatchObject({ use: { state: 'active', devices: ['cpu'] }, choice: 'auto' })
    expect(view.devices).toMatchObject([{ id: 'cpu', name: 'A processor', chosen: true }])
    expect(view.backends.map(({ backend, problem }) => [backend, problem])).toEqual([
      ['cuda', expect.any(String)],
      ['metal', 'not_here'],
      ['vulkan', 'no_device'],
      ['cpu', undefined],
    ])
    await devices.stop()
    const next = openOn(t)
    expect(next.plan()).toMatchObject({ state: 'active', use: 'cpu' })
    // A card that was put in meanwhile is found once the models that load at the start were measured.
    t.script(withCard)
    next.start()
    next.settle()
    await until(() => next.view().use.devices.includes('vulkan:0'))
  })

  it('keeps in words what a driver did that crashes or hangs', async () => {
    await using t = scriptedDevices({ vulkan: 'crash', 'vulkan:0': 'crash', 'vulkan:1': 'crash' })
    const devices = openOn(t, { limits: { lookMs: 2_000, trialMs: 2_000 } })
    const of = (view: { backends: readonly { backend: string }[] }) =>
      view.backends.find(({ backend }) => backend === 'vulkan')
    expect(of(await devices.probe('asked'))).toMatchObject({
      available: false,
      problem: 'crashed',
      reason: expect.stringContaining('SIGABRT'),
    })
    t.script({ vulkan: 'hang' })
    expect(of(await devices.probe('asked'))).toMatchObject({
      problem: 'timed_out',
      reason: expect.stringContaining('within 2 s'),
    })
    // One bad driver does not hide the card of another.
    t.script({ vulkan: 'crash', 'vulkan:0': 'crash', 'vulkan:1': [card] })
    expect(await devices.probe('asked')).toMatchObject({ use: { devices: ['vulkan:1'] } })
  })

  it('suspends when the GPU that was in use is gone, also at the next start, and comes back by itself', async () => {
    await using t = scriptedDevices(withCard)
    const devices = openOn(t)
    await devices.probe('started')
    expect(devices.plan()).toMatchObject({ state: 'active', use: { backend: 'vulkan', selectors: ['0'] } })
    devices.working()
    t.script({})
    const told: boolean[] = []
    devices.onPlan((urgent) => told.push(urgent))
    const { use } = await devices.probe('resumed')
    expect(use).toMatchObject({
      state: 'suspended',
      devices: [],
      reason: expect.stringMatching(/vulkan:0 \(Big Card\) is not there any more: No graphics card/),
    })
    expect(told).toHaveLength(1)
    await devices.stop()

    const next = openOn(t, { firstRetryMs: 20 })
    expect(next.plan()).toEqual({ state: 'unknown' })
    next.start()
    await until(() => next.plan().state === 'suspended')
    expect(
      t.lines.some(({ level, message }) => level === 'warn' && message.startsWith('Models are suspended')),
    ).toBe(true)
    t.script(withCard)
    await until(() => next.plan().state === 'active')
    expect(next.view().use.devices).toEqual(['vulkan:0'])
  })

  it('goes to the processor in its place only where that is allowed', async () => {
    await using t = scriptedDevices(withCard)
    const devices = openOn(t)
    await devices.probe('started')
    devices.working()
    t.script({})
    await devices.probe('asked')
    expect(devices.plan().state).toBe('suspended')
    const view = await devices.choose({ cpuFallback: true })
    expect(view.use).toMatchObject({
      state: 'fallback',
      devices: ['cpu'],
      reason: expect.stringContaining('Big Card'),
    })
    expect(devices.plan()).toMatchObject({ use: 'cpu' })
    await devices.choose({ cpuFallback: false })
    expect(devices.plan().state).toBe('suspended')
    // To choose anew is to accept what there is.
    expect((await devices.choose({ devices: 'auto' })).use).toEqual({ state: 'active', devices: ['cpu'] })
    expect(new DeviceRows(t.store).lastGood()).toBeUndefined()
  })

  it('uses what was chosen and nothing else, and finds it under another number', async () => {
    await using t = scriptedDevices({ vulkan: [card], 'vulkan:0': [card], 'vulkan:1': [small] })
    const devices = openOn(t)
    await devices.probe('started')
    const chosen = await devices.choose({ devices: ['vulkan:1'] })
    expect(gpusInUse(chosen)).toMatchObject([{ name: 'Small Chip', backend: 'vulkan', unified: true }])
    expect(chosen.devices.map(({ id, chosen: on }) => [id, on])).toEqual([
      ['vulkan:0', false],
      ['vulkan:1', true],
      ['cpu', false],
    ])
    await devices.stop()
    t.script({ vulkan: [card], 'vulkan:0': [small], 'vulkan:1': [card] })
    const next = openOn(t)
    expect((await next.probe('started')).use.devices).toEqual(['vulkan:0'])
    await next.choose({ devices: ['cpu'] })
    expect(next.plan()).toMatchObject({ state: 'active', use: 'cpu' })
    await next.choose({ devices: ['cuda:0'] })
    expect(next.view().use).toMatchObject({
      state: 'suspended',
      reason: expect.stringContaining('cuda:0 is not there'),
    })
    await expect(next.choose({ devices: ['cpu', 'vulkan:0'] })).rejects.toMatchObject({ code: 'bad_setting' })
    await expect(next.choose({ devices: ['gpu'] })).rejects.toMatchObject({ code: 'bad_setting' })
  })

  it('leaves software alone unless it is allowed or chosen', async () => {
    await using t = scriptedDevices({ 'vulkan:0': [pipe] })
    const devices = openOn(t)
    const view = await devices.probe('started')
    expect(view.use.devices).toEqual(['cpu'])
    expect(view.devices.find(({ id }) => id === 'vulkan:0')).toMatchObject({
      chosen: false,
      ignoredBecause: 'software',
    })
    await t.settings.set({ softwareDevices: true })
    expect(devices.view().use.devices).toEqual(['vulkan:0'])
    expect((await devices.probe('asked')).use.devices).toEqual(['vulkan:0'])
    await t.settings.set({ softwareDevices: false })
    expect(devices.view().use.devices).toEqual(['cpu'])
    expect((await devices.choose({ devices: ['vulkan:0'] })).use.devices).toEqual(['vulkan:0'])
  })

  it('puts a device on trial after two deaths in a row, and takes it back once it passes', async () => {
    await using t = scriptedDevices({ ...withCard, 'vulkan:0 trial': 'crash' })
    const devices = openOn(t, { trialModelPath: '/a.gguf' })
    await devices.probe('started')
    devices.working()
    await devices.died('was killed (SIGSEGV)', aborted)
    expect(devices.plan().state).toBe('active')
    devices.worked()
    await devices.died('was killed (SIGSEGV)', aborted)
    expect(devices.plan().state).toBe('active')
    await devices.died('was killed (SIGSEGV)', aborted)
    expect(devices.plan()).toMatchObject({
      state: 'suspended',
      reason: expect.stringMatching(/Big Card\) does not work: .*SIGSEGV/),
    })
    // It is listed again, but that is not enough.
    await devices.probe('asked')
    expect(devices.plan().state).toBe('suspended')
    t.script(withCard)
    await devices.probe('asked')
    expect(devices.plan().state).toBe('active')
    // What passes its trial is not to blame.
    for (let death = 0; death < 4; death++) await devices.died('was killed (SIGKILL)', aborted)
    expect(devices.plan().state).toBe('active')
  })

  it('puts a device on trial on which work fails, without a process having died', async () => {
    await using t = scriptedDevices({ ...withCard, 'vulkan:0 trial': 'fail' })
    const devices = openOn(t, { trialModelPath: '/a.gguf' })
    await devices.probe('started')
    devices.working()
    devices.suspect('The device was lost')
    await until(() => devices.plan().state === 'suspended')
    expect(devices.plan()).toMatchObject({ reason: expect.stringContaining('The device was lost') })
  })

  it('believes a device that works although a look at it fails, and not one that is not there', async () => {
    await using t = scriptedDevices(withCard)
    const devices = openOn(t)
    await devices.probe('started')
    devices.working()
    t.script({ vulkan: 'fail' })
    const view = await devices.probe('asked')
    expect(view.use).toMatchObject({ state: 'active', devices: ['vulkan:0'] })
    expect(view.backends).toContainEqual(
      expect.objectContaining({
        backend: 'vulkan',
        available: true,
        reason: expect.stringContaining('in use'),
      }),
    )
    // What is about to compute on others does not speak for them.
    await devices.choose({ devices: ['cpu'] })
    await devices.choose({ devices: ['vulkan:0'] })
    expect((await devices.probe('asked')).use.state).toBe('suspended')
    t.script(withCard)
    await devices.probe('asked')
    devices.working()
    t.script({ vulkan: 'fail' })
    // After its process has died, nothing speaks for it any more.
    await devices.died('was killed (SIGSEGV)', aborted)
    expect(devices.plan().state).toBe('suspended')
  })

  it('does what a command of another process asks for', async () => {
    await using t = scriptedDevices(withCard)
    const devices = openOn(t, { requestPollMs: 5 })
    devices.start()
    const rows = new DeviceRows(t.store)
    await rows.ask({ id: 'one', probe: true })
    await until(() => rows.answer()?.id === 'one')
    expect(rows.view()).toMatchObject({
      use: { state: 'active', devices: ['vulkan:0'] },
      probedBecause: 'asked',
    })
    await rows.ask({ id: 'two', probe: false, devices: ['cpu'], cpuFallback: true })
    await until(() => rows.answer()?.id === 'two')
    expect(t.settings.get()).toMatchObject({ devices: ['cpu'], cpuFallback: true })
    expect(rows.view()).toMatchObject({ use: { devices: ['cpu'] } })
    await rows.ask({ id: 'three', probe: false, devices: ['wrong'] })
    await until(() => rows.answer()?.id === 'three')
    expect(rows.answer()?.error).toMatchObject({ code: 'bad_setting' })
  })
})
