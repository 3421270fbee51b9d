import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ApiContext } from '../../src/api/context.ts'
import { apiRouter } from '../../src/api/router.ts'
import type { ComputeNode } from '../../src/node/compute-node/compute-node.ts'
import { createComputeNode } from '../../src/node/compute-node/create-compute-node.ts'
import { openDataFolder } from '../../src/node/data-folder.ts'
import type { PowerState } from '../../src/node/guest/contract.ts'
import { createInferenceSupervisor } from '../../src/node/inference/supervisor.ts'
import { createLogger } from '../../src/node/logs/create-logger.ts'
import { fetchDescription } from '../../src/node/network/info-service.ts'
import type { GuestView } from '../../src/protocol/guest/pause-views.ts'
import { driad, until } from '../helpers/driad-process.ts'
import { launchInferenceChild } from '../helpers/inference-child.ts'
import { demoModelPath } from '../helpers/models.ts'
import { promptWorkflow } from '../helpers/scripted-requester.ts'
import { tempFolder } from '../helpers/temp-folder.ts'
import { makeTestNetwork } from '../helpers/test-network.ts'
import { eventually, startRequester, type TestRequester } from '../helpers/test-requester.ts'

const HOUR_MS = 3_600_000
/** A description answers all who ask for a second, and who asks too often gets none. */
const descriptionPoll = { interval: 600, timeout: 10_000 }

/** Says something again and again, so that it runs for a while. */
const longWorkflow = JSON.stringify({
  config: { max_steps: 100, max_time: 60, max_tokens: 12 },
  tasks: [
    {
      id: 'say',
      operator: 'generation',
      messages: [{ role: 'user', content: 'Say something.' }],
      outputs: [{ type: 'push', key: 'things', value: '__result' }],
    },
  ],
  steps: [
    {
      source: 'say',
      target: 'say',
      condition: {
        input: { type: 'size', key: 'things' },
        expression: 'LessThan',
        expected: '40',
        target_if_not: '_end',
      },
    },
  ],
  return_value: { input: { type: 'get_all', key: 'things' }, to_json: true },
})

describe('a node that is a guest', () => {
  const folder = tempFolder()
  const networkName = `good-guest-${process.pid}`
  /** What the computer seems to be doing. */
  const computer: { idleMs: number; power: PowerState } = {
    idleMs: 2 * HOUR_MS,
    power: { onBattery: false, chargePercent: 80 },
  }
  let node: ComputeNode
  let asking: TestRequester
  let api: ReturnType<typeof apiRouter.createCaller>

  const open = async () => {
    const { logger, history } = createLogger({ level: 'error', destinations: {} })
    const opened = await createComputeNode(
      {
        folder: openDataFolder(folder.file('node')),
        builtInModelPath: demoModelPath,
        overrides: {
          network: networkName,
          listen: ['/ip4/127.0.0.1/tcp/0'],
          bootstrap: [],
          mdns: false,
          upnp: false,
        },
      },
      {
        logger,
        history,
        launchInference: launchInferenceChild(logger),
        signalReaders: { idleMs: () => computer.idleMs, power: () => computer.power },
      },
    )
    await opened.start()
    await opened.join()
    return opened
  }
  const see = async (seen: Partial<typeof computer>) => {
    Object.assign(computer, seen)
    await node.guest.look()
  }
  const phase = () => node.status().phase
  /** How many tasks it says that it could run. */
  const describedSlots = async () => {
    const target = { peerId: node.identity.peerId, addresses: node.addresses() }
    const signal = AbortSignal.timeout(60_000)
    return (await fetchDescription(asking.network, target, { signal })).slots
  }
  const publish = (workflow: unknown) => asking.requester.publish({ workflow, models: ['demo'] })

  beforeAll(async () => {
    node = await open()
    asking = await startRequester(networkName, { bootstrap: node.addresses() })
    api = apiRouter.createCaller({ node } as ApiContext)
  })
  afterAll(async () => {
    await asking.close()
    await node.stop()
    folder[Symbol.dispose]()
  })

  it('finishes what it runs, claims nothing while the computer is in use, and goes on after it', async () => {
    // Slow enough that the task still runs when somebody comes.
    await node.settings.set({ idleMs: 60_000, computeSharePercent: 10 })
    const first = await publish(longWorkflow)
    await eventually(() => asking.statesOf(first).includes('executing'), 'the first task runs')
    await see({ idleMs: 10 })
    expect(phase()).toBe('paused')
    expect(node.status().guest.pause).toEqual({ reasons: [{ code: 'in_use', idleMs: 60_000 }] })
    await expect.poll(describedSlots, descriptionPoll).toBe(0)
    const second = await publish(promptWorkflow('Who are you?'))
    await node.settings.set({ computeSharePercent: 100 })
    expect(await asking.requester.wait(first)).toMatchObject({ status: 'completed' })
    // It had all the time of the first one to be claimed in.
    expect(asking.statesOf(second)).not.toContain('accepted')
    expect(node.tasks.list({ limit: 10 }).tasks.map(({ taskId }) => taskId)).toEqual([first])
    await see({ idleMs: 60_000 })
    expect(phase()).toBe('online')
    await expect.poll(describedSlots, descriptionPoll).toBe(4)
    expect(await asking.requester.wait(second)).toMatchObject({ status: 'completed' })
    await node.settings.set({ idleMs: 0 })
  })

  it('follows battery and schedule as they change, with the reasons in the API', async () => {
    const guest = async (): Promise<GuestView> => (await api.node.status()).guest
    await node.settings.set({ onBattery: 'serve', batteryLeastPercent: 50 })
    await see({ power: { onBattery: true, chargePercent: 49 } })
    // A loose plug has three seconds; then the node looks by itself.
    await until(async () => (await guest()).pause !== undefined, 'the battery pauses it')
    expect((await guest()).pause?.reasons).toEqual([{ code: 'battery_low', percent: 50 }])
    await node.settings.set({ batteryLeastPercent: 0 })
    await until(async () => (await guest()).pause === undefined, 'the rule is off')
    await node.settings.set({ onBattery: 'pause' })
    await until(async () => (await guest()).pause !== undefined, 'any battery pauses it')
    await node.settings.set({ onBattery: 'serve', schedule: 'never' })
    await until(async () => (await guest()).pause?.reasons[0]?.code === 'schedule', 'the schedule pauses it')
    expect((await guest()).pause?.reasons).toEqual([{ code: 'schedule' }])
    await node.settings.set({ schedule: '' })
    await until(async () => (await guest()).pause === undefined, 'nothing pauses it')
    await expect(node.settings.set({ schedule: 'mon 25-26' })).rejects.toMatchObject({
      code: 'bad_setting',
      issues: [{ path: 'schedule', found: '"mon 25-26"' }],
    })
  })

  it('keeps a pause over a restart, and ends it at its time', async () => {
    const untilMs = Date.now() + HOUR_MS
    await api.node.pause({ untilMs })
    expect(phase()).toBe('paused')
    await node.stop()
    node = await open()
    api = apiRouter.createCaller({ node } as ApiContext)
    expect(node.status()).toMatchObject({
      phase: 'paused',
      guest: { pause: { reasons: [{ code: 'operator' }], untilMs } },
    })
    await api.node.resume()
    expect(phase()).toBe('online')
    await api.node.pause({ untilMs: Date.now() + 300 })
    expect(phase()).toBe('paused')
    await until(() => phase() === 'online', 'the pause is over')
    await expect(api.node.pause({ untilMs: Date.now() - 1 })).rejects.toMatchObject({
      cause: { code: 'bad_setting' },
    })
  })

  it('works in spite of the rules while its operator wants that', async () => {
    await node.settings.set({ schedule: 'never' })
    await until(() => phase() === 'paused', 'the schedule pauses it')
    const untilMs = Date.now() + HOUR_MS
    await api.node.serveUntil({ untilMs })
    expect(node.status()).toMatchObject({
      phase: 'online',
      guest: { overridden: { untilMs, reasons: [{ code: 'schedule' }] } },
    })
    await api.node.resume()
    expect(phase()).toBe('paused')
    await node.settings.set({ schedule: '' })
    await until(() => phase() === 'online', 'the schedule is gone')
  })
})

it('hears of a pause from the command line, and says so', async () => {
  await using network = makeTestNetwork()
  const node = await network.node('node')
  const dataDir = ['--data-dir', network.folder.dataDir('node')]
  const guestEvent = (find: (view: GuestView) => boolean) =>
    node.waitFor((event) => event.event === 'guest' && find(event as unknown as GuestView))
  await guestEvent(({ pause }) => pause === undefined)
  const paused = await driad(['pause', '--for', '90m', ...dataDir])
  expect(paused.stdout).toMatch(/^Paused until (\w+ )?\d\d:\d\d\n$/)
  await guestEvent(({ pause }) => pause?.untilMs !== undefined && pause.reasons[0]?.code === 'operator')
  node.forgetEvents()
  expect((await driad(['resume', ...dataDir])).stdout).toBe('Resumed\n')
  await guestEvent(({ pause }) => pause === undefined)
  const set = await driad(['settings', 'set', 'schedule', 'never', ...dataDir])
  expect(set.stdout).toBe('schedule = never; the running node takes it up now\n')
  await guestEvent(({ pause }) => pause?.reasons[0]?.code === 'schedule')
  for (const wrong of [
    ['--for', 'long'],
    ['--until', '25:00'],
    ['--until', '2001-01-01'],
  ]) {
    const refused = await driad(['pause', ...wrong, ...dataDir])
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining(wrong[0] ?? '')])
  }
  await node.stop()
  const later = await driad(['pause', '--until', 'tomorrow', ...dataDir])
  expect(later.stdout).toMatch(/08:00; it holds from the next start of the node\n$/)
})

it('computes for its share of the time, in the next inference process, too', async () => {
  const { logger } = createLogger({ level: 'error', destinations: {} })
  await using engine = createInferenceSupervisor({ launch: launchInferenceChild(logger), logger })
  await engine.load({ name: 'demo', path: demoModelPath, slots: 2, gpu: 'off' })
  const generate = async () => {
    const startedMs = performance.now()
    await engine.generate({
      model: 'demo',
      messages: [{ role: 'user', content: 'Tell me a story.' }],
      maxTokens: 400,
      temperature: 0,
    })
    return performance.now() - startedMs
  }
  const fastest = async () => Math.min(await generate(), await generate(), await generate())
  const whole = await fastest()
  engine.limitCompute(0.25)
  const quarter = await fastest()
  await engine.restart()
  const quarterAgain = await fastest()
  engine.limitCompute(1)
  const wholeAgain = await fastest()
  // Four times as long, by itself; what it waits for besides computing does not take longer.
  for (const limited of [quarter, quarterAgain]) {
    expect(limited / whole).toBeGreaterThan(2)
    expect(limited / wholeAgain).toBeGreaterThan(2)
  }
})
