import { setTimeout as pass } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { DevicesView } from '../../src/protocol/device-views.ts'
import { launchApp, type RunningApp } from '../helpers/app.ts'
import { descendantPidsOf, driad, makeTestFolder, until } from '../helpers/driad-process.ts'
import { localAddressOf } from '../helpers/shown.ts'
import { simulateComputer, whyNoSimulatedComputer } from '../helpers/simulated-computer.ts'
import { slowDown } from '../helpers/slow-down.ts'
import type { TaskJson } from '../helpers/test-network.ts'

const why = whyNoSimulatedComputer()
if (why !== undefined) console.warn(`Skipped: an app whose computer sleeps, because ${why}`)

/** Long enough for everybody else to notice that it does not answer. */
const SLEEP_MS = 10_000
const TASKS = 16
const network = `sleep-${process.pid}`

describe.skipIf(why !== undefined)('the app and the sleep of its computer', () => {
  it('sleeps in the middle of tasks and ends them after it woke up, on battery by then', {
    timeout: 600_000,
  }, async () => {
    using folder = makeTestFolder()
    const dataDir = folder.dataDir('app')
    await slowDown(dataDir)
    await using computer = await simulateComputer(folder.dataDir('computer'))
    await using app = await launchApp({ dataDir, network, computer })
    const card = () => app.page.getByRole('region', { name: 'Node' })
    await app.page.getByRole('button', { name: 'Join', exact: true }).click()
    await card().getByText('Online, waiting', { exact: true }).first().waitFor()
    let ended = false
    const published = driad(
      [
        ...['publish', '--prompt', 'Write a long story about a dragon.', '--max-tokens', '400'],
        ...['--count', String(TASKS), '--models', 'demo', '--json', '--network', network],
        ...['--data-dir', folder.dataDir('requester'), '--listen', '/ip4/127.0.0.1/tcp/0'],
        ...['--no-mdns', '--bootstrap', await localAddressOf(app.page)],
      ],
      { timeoutMs: 400_000 },
    ).finally(() => {
      ended = true
    })
    await app.page
      .getByRole('navigation')
      .getByText(/\d running/)
      .waitFor()

    computer.announceSleep(true)
    await frozen(app, async () => {
      await pass(SLEEP_MS)
      computer.setPower({ plugged: false, percent: 90 })
    })
    expect(ended, 'it slept when all was done').toBe(false)
    computer.announceSleep(false)
    await app.reconnect()

    await card().getByText('It runs on battery').waitFor()
    await until(async () => {
      const [devices] = (await driad(['devices', '--data-dir', dataDir, '--json'])).json<DevicesView>()
      return devices?.probedBecause === 'resumed'
    }, 'its devices are looked at again')
    computer.setPower({ plugged: true, percent: 90 })
    const { code, stderr, json } = await published
    expect(code, stderr).toBe(0)
    expect(json<TaskJson>().map(({ status }) => status)).toEqual(Array(TASKS).fill('completed'))
    await card().getByText('Online, waiting', { exact: true }).first().waitFor({ timeout: 60_000 })
    await app.page.getByRole('link', { name: 'Earnings' }).click()
    await app.page.getByRole('tab', { name: 'Ledger' }).click()
    await app.page.getByRole('button', { name: 'Verify' }).click()
    await app.page.getByText(`${TASKS} entries`).first().waitFor()
  })
})

/** Does something while none of the app's processes computes, as in a computer that sleeps. */
async function frozen({ process: { pid } }: RunningApp, work: () => Promise<void>): Promise<void> {
  if (pid === undefined) throw new Error('The app does not run')
  const pids = [pid, ...descendantPidsOf(pid)]
  for (const each of pids) process.kill(each, 'SIGSTOP')
  try {
    await work()
  } finally {
    for (const each of pids) process.kill(each, 'SIGCONT')
  }
}
