import { execFileSync } from 'node:child_process'
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { isInstalled, launchApp, type RunningApp } from '../helpers/app.ts'
import { barriers } from '../helpers/barriers.ts'
import { driad, makeTestFolder, until } from '../helpers/driad-process.ts'
import { simulateComputer, whyNoSimulatedComputer } from '../helpers/simulated-computer.ts'

async function open(page: Page, view: string): Promise<void> {
  await page.getByRole('link', { name: view }).click()
  await page.getByRole('heading', { name: view, level: 1 }).waitFor()
}

async function join({ page }: RunningApp): Promise<void> {
  await page.getByRole('button', { name: 'Join', exact: true }).click()
  await card(page).getByText('Online', { exact: false }).first().waitFor()
}

/** The node's state with its switches, at the same place in every view. */
const card = (page: Page) => page.getByRole('region', { name: 'Node' })

/** Until nobody has used the computer for a minute. */
const afterPatience = { timeout: 150_000 }

async function inBothThemes(app: RunningApp, name: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await app.page.emulateMedia({ colorScheme })
    await app.page.locator(`html[data-mantine-color-scheme=${colorScheme}]`).waitFor()
    await app.screenshot(`${name}-${colorScheme}`)
    expect(await barriers(app.page)).toEqual([])
  }
}

const why = whyNoSimulatedComputer()
if (why !== undefined) console.warn(`Skipped: rules that look at the computer, because ${why}`)

// One of them waits for a minute without input, and each looks at views in both themes.
describe('the app as a guest', { timeout: 600_000 }, () => {
  it.skipIf(why !== undefined)(
    'pauses while the computer is used, on battery and outside the schedule',
    async () => {
      using folder = makeTestFolder()
      await using computer = await simulateComputer(folder.dataDir('computer'))
      await using app = await launchApp({
        dataDir: folder.dataDir('app'),
        network: `guest-${process.pid}`,
        computer,
      })
      const { page } = app
      await join(app)

      // Only when idle.
      await open(page, 'Settings')
      const idle = page.getByRole('textbox', { name: 'Only when nobody uses this computer' })
      computer.touch()
      await idle.fill('1')
      await idle.press('Enter')
      await page.getByText('Saved').waitFor()
      await card(page).getByText('This computer is in use').waitFor()
      await card(page).getByText('Until nobody has used it for 1 min').waitFor()
      await open(page, 'Overview')
      const note = page.getByRole('region', { name: 'Paused' })
      await note.getByText('Paused: this computer is in use').waitFor()
      computer.touch() // the minute begins anew: both themes are looked at within it
      await inBothThemes(app, 'guest-in-use')
      await card(page).getByText('Online, waiting', { exact: true }).first().waitFor(afterPatience)
      await note.waitFor({ state: 'hidden' })
      computer.touch()
      await note.getByText('Paused: this computer is in use').waitFor()
      await open(page, 'Settings')
      await idle.fill('0')
      await idle.press('Enter')
      await card(page).getByText('Online, waiting', { exact: true }).first().waitFor()
      await open(page, 'Overview')

      // On battery.
      computer.setPower({ plugged: false, percent: 80 })
      await note.getByText('Paused: it runs on battery').waitFor()
      await open(page, 'Settings')
      await page.getByRole('radiogroup', { name: 'On battery' }).getByRole('radio', { name: 'Work' }).click()
      await card(page).getByText('Online, waiting', { exact: true }).first().waitFor()

      // The schedule, by keyboard: all hours but those of now, then the rest.
      await page.getByRole('switch', { name: /^(Schedule|At any time)/ }).focus()
      await page.keyboard.press('Space')
      const grid = page.getByRole('grid', { name: 'Hours in which tasks are taken' })
      await grid.getByRole('gridcell', { name: 'Monday 0 to 1 o’clock' }).focus()
      await inBothThemes(app, 'guest-settings')
      const marked = () => grid.locator('[aria-selected="true"]').count()
      expect(await marked()).toBe(70)
      await page.keyboard.press('Space')
      expect(await marked()).toBe(69)
      for (let step = 0; step < 7; step += 1) await page.keyboard.press('Shift+ArrowRight')
      await page.getByText('62 of 168 hours a week').waitFor()
      // Less instead of nothing.
      await page
        .getByRole('radiogroup', { name: 'Quiet mode' })
        .getByRole('radio', { name: 'Always' })
        .click()
      const kept = await driad(['settings', 'list', '--json', '--data-dir', folder.dataDir('app')])
      expect(kept.json()[0]).toMatchObject({ quietMode: 'always' })
      // By mouse: the whole week off, in one stroke that begins on an hour that is on.
      await page.getByRole('button', { name: 'Mon, all hours' }).click()
      await page.getByText('84 of 168 hours a week').waitFor()
      const first = await grid.getByRole('gridcell', { name: 'Monday 0 to 1 o’clock' }).boundingBox()
      const last = await grid.getByRole('gridcell', { name: 'Sunday 23 to 24 o’clock' }).boundingBox()
      if (first === null || last === null) throw new Error('The grid is not there')
      await page.mouse.move(first.x + 6, first.y + 6)
      await page.mouse.down()
      await page.mouse.move(last.x + 6, last.y + 6, { steps: 4 })
      await page.mouse.up()
      await page.getByText('No hour is marked').waitFor()
      await card(page).getByText('The schedule has no hour in which it works').waitFor()

      // In spite of the rules, and back.
      await open(page, 'Overview')
      await note.getByText('Paused: your schedule').waitFor()
      await note.getByRole('button', { name: 'Work anyway for an hour' }).click()
      await card(page).getByText('Your rules rest until', { exact: false }).waitFor()
      await card(page).getByText('Quiet mode').waitFor()
      await app.screenshot('guest-overruled')
      await card(page).getByRole('button', { name: 'Back to your rules' }).click()
      await note.waitFor()
      const set = await driad(['settings', 'set', 'schedule', '', '--data-dir', folder.dataDir('app')])
      expect(set.code, set.stderr).toBe(0)
      await card(page).getByText('Online, waiting', { exact: true }).first().waitFor()
    },
  )

  it('is paused by its button: for good, for an hour, or until a time, and stays so over a restart', async () => {
    using folder = makeTestFolder()
    const launch = () => launchApp({ dataDir: folder.dataDir('app'), network: `guest-hour-${process.pid}` })
    {
      await using app = await launch()
      await join(app)
      const wish = async () => {
        const listed = await driad(['settings', 'list', '--json', '--data-dir', folder.dataDir('app')])
        return listed.json<{ operatorWish: { act: string; untilMs?: number } }>()[0]?.operatorWish
      }
      const resume = async () => {
        await card(app.page).getByRole('button', { name: 'Resume' }).click()
        await card(app.page).getByText('Online, waiting', { exact: true }).first().waitFor()
      }
      await card(app.page).getByRole('button', { name: 'Pause' }).click()
      await app.page.getByRole('menuitem', { name: 'Until I resume' }).click()
      await card(app.page).getByText('Paused', { exact: true }).first().waitFor()
      expect(await wish()).toEqual({ act: 'pause' })
      await resume()

      await card(app.page).getByRole('button', { name: 'Pause' }).click()
      await app.page.getByRole('menuitem', { name: 'For an hour' }).waitFor()
      await app.screenshot('guest-pause-menu')
      const earliestMs = Date.now() + 3_600_000
      await app.page.getByRole('menuitem', { name: 'For an hour' }).click()
      await card(app.page)
        .getByText(/^Paused until /)
        .first()
        .waitFor()
      const untilMs = (await wish())?.untilMs ?? 0
      expect(untilMs).toBeGreaterThanOrEqual(earliestMs)
      expect(untilMs).toBeLessThanOrEqual(Date.now() + 3_600_000)
      await resume()

      await card(app.page).getByRole('button', { name: 'Pause' }).click()
      await app.page.getByRole('menuitem', { name: 'Until a time…' }).click()
      await app.page.getByRole('dialog', { name: 'Pause until' }).getByLabel('Time').fill('23:59')
      await app.screenshot('guest-pause-until')
      await app.page.getByRole('dialog').getByRole('button', { name: 'Pause' }).click()
      await card(app.page)
        .getByText(/^Paused until .*23:59/)
        .first()
        .waitFor()
      await card(app.page).getByText('You paused it').waitFor()
    }
    await using again = await launch()
    await card(again.page)
      .getByText(/^Paused until .*23:59/)
      .first()
      .waitFor()
    await open(again.page, 'Overview')
    await again.page.setViewportSize({ width: 900, height: 600 })
    await inBothThemes(again, 'guest-by-hand-small')
    await card(again.page).getByRole('button', { name: 'Resume' }).click()
    await card(again.page).getByText('Online, waiting', { exact: true }).first().waitFor()
  })

  it.skipIf(!hasXprop())('makes way for a program that fills the screen', async () => {
    using folder = makeTestFolder()
    await using app = await launchApp({
      dataDir: folder.dataDir('app'),
      network: `guest-full-${process.pid}`,
    })
    await join(app)
    const xprop = (...args: string[]) => execFileSync('xprop', args, { encoding: 'utf8' })
    const root = /0x[0-9a-f]+/.exec(execFileSync('xwininfo', ['-root'], { encoding: 'utf8' }))?.[0] ?? ''
    // What a window manager would say of a game of process 1.
    xprop('-root', '-f', '_NET_WM_STATE', '32a', '-set', '_NET_WM_STATE', '_NET_WM_STATE_FULLSCREEN')
    xprop('-root', '-f', '_NET_WM_PID', '32c', '-set', '_NET_WM_PID', '1')
    xprop('-root', '-f', '_NET_ACTIVE_WINDOW', '32x', '-set', '_NET_ACTIVE_WINDOW', root)
    try {
      await open(app.page, 'Settings')
      // The switch itself lies hidden below what is drawn of it.
      await app.page.getByRole('switch', { name: 'Make way for what fills the screen' }).focus()
      await app.page.keyboard.press('Space')
      await card(app.page).getByText('A program fills the screen').waitFor()
      await card(app.page).getByText('Until it no longer does').waitFor()
    } finally {
      for (const name of ['_NET_ACTIVE_WINDOW', '_NET_WM_PID', '_NET_WM_STATE'])
        xprop('-root', '-remove', name)
    }
    await app.page.getByRole('switch', { name: 'Make way for what fills the screen' }).focus()
    await app.page.keyboard.press('Space')
    await card(app.page).getByText('Online, waiting', { exact: true }).first().waitFor()
  })

  // The system's dialog is answered by the main process.
  it.skipIf(isInstalled)('quits where that is the answer, and joins again the next time', async () => {
    using folder = makeTestFolder()
    const app = await launchApp({ dataDir: folder.dataDir('app'), network: `guest-quit-${process.pid}` })
    await join(app)
    const gone = new Promise((resolve) => app.electron.process().once('exit', resolve))
    await app.electron.evaluate(({ BrowserWindow, dialog }) => {
      dialog.showMessageBox = () => Promise.resolve({ response: 1, checkboxChecked: false })
      // Not within this call, whose answer would not come back otherwise.
      setTimeout(() => BrowserWindow.getAllWindows()[0]?.close(), 100)
    })
    expect(await gone).toBe(0)
    const listed = await driad(['settings', 'list', '--json', '--data-dir', folder.dataDir('app')])
    expect(listed.json()[0]).toMatchObject({ trayExplained: true, joinOnStart: true })
  })

  it.skipIf(isInstalled)('explains the tray once', async () => {
    using folder = makeTestFolder()
    await using app = await launchApp({
      dataDir: folder.dataDir('app'),
      network: `guest-tray-${process.pid}`,
    })
    await join(app)
    const { electron } = app
    /** Closes the window as its user does, with that answer to any question. Resolves with how often was asked so far. */
    const close = (answer: number) =>
      electron.evaluate(async ({ BrowserWindow, dialog }, response) => {
        const seen = globalThis as { asked?: number }
        seen.asked ??= 0
        dialog.showMessageBox = () => {
          seen.asked = (seen.asked ?? 0) + 1
          return Promise.resolve({ response, checkboxChecked: false })
        }
        BrowserWindow.getAllWindows()[0]?.close()
        return seen.asked
      }, answer)
    const state = () =>
      electron.evaluate(({ BrowserWindow }) => {
        const [window] = BrowserWindow.getAllWindows()
        return {
          visible: window?.isVisible() ?? false,
          asked: (globalThis as { asked?: number }).asked ?? 0,
        }
      })
    const show = () => electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.show())

    await close(2)
    await until(async () => (await state()).asked === 1, 'it asks')
    expect(await state()).toEqual({ visible: true, asked: 1 })
    await close(0)
    await until(async () => !(await state()).visible, 'the window is gone')
    await show()
    await close(0)
    await until(async () => !(await state()).visible, 'the window is gone again')
    expect((await state()).asked).toBe(2)
  })
})

function hasXprop(): boolean {
  try {
    execFileSync('xprop', ['-version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
