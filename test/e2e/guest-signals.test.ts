import { type ChildProcess, spawn } from 'node:child_process'
import { copyFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { describe, expect, it } from 'vitest'
import { launchApp } from '../helpers/app.ts'
import { driad, makeTestFolder } from '../helpers/driad-process.ts'
import { localAddressOf } from '../helpers/shown.ts'
import { simulateComputer, whyNoSimulatedComputer } from '../helpers/simulated-computer.ts'
import type { TaskJson } from '../helpers/test-network.ts'

const why = whyNoSimulatedComputer()
if (why !== undefined) console.warn(`Skipped: signals that pause a node, because ${why}`)

/** Rules decide only after they saw the same for a while. */
const withPatience = { timeout: 150_000 }
const GAME = 'driad-game'
const network = `signals-${process.pid}`

describe.skipIf(why !== undefined)('the app and what its computer says', () => {
  it('takes nothing beside a game, others’ work, heat and a low battery, and goes on after them', {
    timeout: 600_000,
  }, async () => {
    using folder = makeTestFolder()
    const dataDir = folder.dataDir('app')
    const rules = [
      ['pausePrograms', JSON.stringify([GAME])],
      ['othersPercent', '30'],
      ['maxCelsius', '80'],
      ['onBattery', 'serve'],
      ['batteryLeastPercent', '50'],
    ]
    const set = async (name = '', value = '') => {
      const { code, stderr } = await driad(['settings', 'set', name, value, '--data-dir', dataDir])
      expect(code, stderr).toBe(0)
    }
    await using computer = await simulateComputer(folder.dataDir('computer'))
    await using app = await launchApp({ dataDir, network, computer })
    const { page } = app
    const card = page.getByRole('region', { name: 'Node' })
    await page.getByRole('button', { name: 'Join', exact: true }).click()
    await card.getByText('Online, waiting', { exact: true }).first().waitFor()
    const address = await localAddressOf(page)
    await page.getByRole('link', { name: 'Overview' }).click()
    const note = page.getByRole('region', { name: 'Paused' })

    using load = new Programs()
    using games = new Programs()
    for (const _core of cpus()) load.start(process.execPath, '--eval', 'for (;;) Math.random()')
    for (const [name, value] of rules) await set(name, value)
    const game = folder.dataDir(GAME)
    copyFileSync('/bin/sleep', game)
    games.start(game, '3600')
    await note.getByText(`Paused: ${GAME} is running`).waitFor()
    computer.setPower({ plugged: false, percent: 40 })
    computer.setCelsius(95)
    await note.getByText('the battery is below 50 %').waitFor(withPatience)
    await note.getByText('it is hotter than 80 °C').waitFor(withPatience)
    await note.getByText('other programs use more than 30 % of the processor').waitFor(withPatience)
    await app.screenshot('guest-signals')
    // These two let go after a minute, the load only where this computer does nothing else.
    load.end()
    await set('othersPercent', '0')
    await note.getByText('of the processor').waitFor({ state: 'hidden' })
    computer.setCelsius(60)
    await note.getByText('it is hotter than 80 °C').waitFor()
    await set('maxCelsius', '0')
    await note.getByText('it is hotter than 80 °C').waitFor({ state: 'hidden' })

    let ended = false
    const published = driad(
      [
        ...['publish', '--prompt', 'Write a short story about a dragon.', '--models', 'demo', '--json'],
        ...['--data-dir', folder.dataDir('requester'), '--network', network],
        ...['--no-mdns', '--bootstrap', address],
      ],
      { timeoutMs: 300_000 },
    ).finally(() => {
      ended = true
    })
    await page.getByRole('link', { name: 'Network' }).click()
    // Somebody is connected now, and offers.
    await page.getByText('1 peer', { exact: false }).first().waitFor()
    await page.getByRole('link', { name: 'Overview' }).click()

    computer.setPower({ plugged: true, percent: 41 })
    await note.getByText('the battery is below 50 %').waitFor({ state: 'hidden', ...withPatience })
    expect(ended, 'a task was taken in spite of the rules').toBe(false)
    games.end()
    await note.waitFor({ state: 'hidden', ...withPatience })
    const { code, stderr, json } = await published
    expect(code, stderr).toBe(0)
    expect(json<TaskJson>().map(({ status }) => status)).toEqual(['completed'])
  })
})

/** Programs of somebody else on this computer, none of which outlives the test. */
class Programs implements Disposable {
  readonly #running = new Set<ChildProcess>()

  start(program: string, ...args: readonly string[]): void {
    this.#running.add(spawn(program, args, { stdio: 'ignore' }))
  }

  end(): void {
    for (const child of this.#running) child.kill('SIGKILL')
    this.#running.clear()
  }

  [Symbol.dispose](): void {
    this.end()
  }
}
