import { execFileSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createPackage } from '@electron/asar'
import type { Page } from 'playwright-core'
import type { TestUser } from '../../scripts/package/test-user.mjs'
import { openSettings } from '../../src/node/settings/settings.ts'
import { openStore } from '../../src/node/store/open-store.ts'
import { until } from '../helpers/driad-process.ts'
import { dataDirOf, installFor, PackagedApp, type PackagedAppInit } from './packaged-app.ts'

/** Milliseconds from the start of the process. */
export interface StartTimes {
  /** The window begins to load its page: Electron is up, and with Driad its node is open. */
  readonly pageMs: number
  /** The page shows the first of its content. */
  readonly paintMs: number
}

export interface Starts {
  /** The start that makes the data folder. */
  readonly first: StartTimes
  /** Starts that join the network as they do it. */
  readonly further: readonly StartTimes[]
  /** The same Electron with a window that shows a heading, and nothing else. */
  readonly bare: readonly StartTimes[]
}

export interface StartsInit {
  readonly user: TestUser
  readonly display: string
  readonly unpacked: string
  readonly scratch: string
  readonly starts: number
}

/** Starts the packaged app, and the bare Electron of the same package, by turns, so that the moods of the computer meet both alike. */
export async function measureStarts({
  user,
  display,
  unpacked,
  scratch,
  starts,
}: StartsInit): Promise<Starts> {
  const bareUnpacked = join(scratch, 'bare')
  await makeBareProgram(unpacked, bareUnpacked, join(dataDirOf(user), 'bare-window'))
  const folder = installFor(user, unpacked, 'Driad')
  const bareFolder = installFor(user, bareUnpacked, 'Bare')
  rmSync(bareUnpacked, { recursive: true })
  const network = `starts-${process.pid}`
  const driad = () => timesOf({ folder, user, display, network, onLine: () => undefined }, 'window')
  const first = await driad()
  await joinOnStart(user)
  const further: StartTimes[] = []
  const bare: StartTimes[] = []
  // One of each that does not count: the first start of a copy reads it from the disk.
  for (let round = -1; round < starts; round++) {
    const other = await timesOf(
      { folder: bareFolder, user, display, network, onLine: () => undefined },
      'bare-window',
    )
    const own = await driad()
    if (round < 0) continue
    bare.push(other)
    further.push(own)
  }
  rmSync(folder, { recursive: true })
  rmSync(bareFolder, { recursive: true })
  return { first, further, bare }
}

async function timesOf(init: PackagedAppInit, windowFolder: string): Promise<StartTimes> {
  await using app = await PackagedApp.start({ ...init, windowFolder })
  const { pageMs, paintMs } = await app.withWindow(paintOf)
  // After a crash the next start would look at more.
  await app.quit()
  return { pageMs: pageMs - app.startedAtMs, paintMs: paintMs - app.startedAtMs }
}

/** In unix milliseconds. */
async function paintOf(page: Page): Promise<{ readonly pageMs: number; readonly paintMs: number }> {
  const look = () =>
    page.evaluate(() => ({
      pageMs: performance.timeOrigin,
      afterMs: performance.getEntriesByName('first-contentful-paint')[0]?.startTime,
    }))
  await until(async () => (await look()).afterMs !== undefined, 'the first paint')
  const { pageMs, afterMs = Number.NaN } = await look()
  return { pageMs, paintMs: pageMs + afterMs }
}

/** The program of the package without ours in it. */
async function makeBareProgram(unpacked: string, target: string, userData: string): Promise<void> {
  execFileSync('cp', ['-a', unpacked, target])
  const resources = join(target, 'resources')
  const scratch = `${target}.app`
  execFileSync('mkdir', ['-p', scratch])
  writeFileSync(join(scratch, 'package.json'), JSON.stringify({ name: 'bare', main: 'main.cjs' }))
  writeFileSync(
    join(scratch, 'main.cjs'),
    `const { app, BrowserWindow } = require('electron')
app.setPath('userData', ${JSON.stringify(userData)})
app.enableSandbox()
app.whenReady().then(() => {
  const window = new BrowserWindow({ width: 1280, height: 800, show: false })
  window.once('ready-to-show', () => window.show())
  window.loadURL('data:text/html,<h1>Bare</h1>')
})
`,
  )
  rmSync(join(resources, 'app.asar'))
  rmSync(join(resources, 'app.asar.unpacked'), { recursive: true })
  await createPackage(scratch, join(resources, 'app.asar'))
  rmSync(scratch, { recursive: true })
}

/** As after the first click on Join. */
async function joinOnStart(user: TestUser): Promise<void> {
  const dataDir = dataDirOf(user)
  const store = openStore({ path: join(dataDir, 'driad.sqlite') })
  await openSettings({ store }).set({ joinOnStart: true })
  await store.close()
  execFileSync('chown', ['-R', `${user.name}:`, dataDir])
}
