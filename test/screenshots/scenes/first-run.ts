import type { Page } from 'playwright-core'
import { launchApp, type RunningApp } from '../../helpers/app.ts'
import type { Camera } from '../camera.ts'
import { NETWORK } from '../market.ts'
import type { Place } from '../place.ts'

const PASSPHRASE = 'larch beech rowan alder'

/** Sets one node up step by step, and another by one click. */
export async function firstRun(camera: Camera, place: Place): Promise<void> {
  await using app = await launchApp({ dataDir: place.dataDir('new'), network: NETWORK, env: place.env })
  const { page } = app
  page.setDefaultTimeout(place.patienceMs)
  const next = () => page.getByRole('button', { name: 'Continue', exact: true }).click()
  await page.getByRole('heading', { name: 'Put this computer to work' }).waitFor()
  await camera.take(app, 'welcome')
  await page.getByRole('button', { name: 'Step by step instead' }).click()

  await page.getByText('Models run here').waitFor()
  await page.getByText('Looking at this computer…').waitFor({ state: 'hidden' })
  await camera.take(app, 'first-run-device')
  await next()

  await page.getByRole('group', { name: 'Model to download' }).getByRole('radio').nth(2).waitFor()
  await camera.take(app, 'first-run-model')
  await page.getByRole('button', { name: 'Download it' }).click()
  await page.getByText(/ left$/).waitFor()
  await camera.take(app, 'first-run-download')
  await next()

  await page.getByRole('heading', { name: 'Keep its key safe' }).waitFor()
  await camera.take(app, 'first-run-key')
  await saveBackup(app, place.home('driad-key.json'))
  await camera.take(app, 'first-run-rehearsal')
  await openBackup(page)
  await next()

  await page.getByText('All of it works.').waitFor()
  await camera.take(app, 'first-run-test')
  await next()
  await page.getByRole('button', { name: 'Start earning' }).click()
  await page.getByRole('heading', { name: 'You are online' }).waitFor()
  await camera.take(app, 'first-run-online')
}

/** The first half of the step that backs the key up. */
export async function saveBackup({ page, electron }: RunningApp, path: string): Promise<void> {
  await electron.evaluate(({ dialog }, filePath) => {
    dialog.showSaveDialog = () => Promise.resolve({ canceled: false, filePath })
  }, path)
  await page.getByLabel('Passphrase', { exact: true }).fill(PASSPHRASE)
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Now try it' }).waitFor()
}

/** The second one: a backup counts once it was opened. */
export async function openBackup(page: Page): Promise<void> {
  await page.getByLabel('Passphrase once more', { exact: true }).fill(PASSPHRASE)
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Backed up' }).waitFor()
}

/** What stands on the Overview after one click, while the better model is on its way. */
export async function oneClick(camera: Camera, place: Place): Promise<void> {
  await using app = await launchApp({ dataDir: place.dataDir('quick'), network: NETWORK, env: place.env })
  const { page } = app
  page.setDefaultTimeout(place.patienceMs)
  await page.getByRole('button', { name: 'Start earning' }).click()
  await isOnline(app)
  const list = page.getByRole('region', { name: 'Set-up', exact: true })
  await list.getByText('A better model is coming').waitFor()
  await list.getByText(/^\d+ %$/).waitFor()
  await camera.take(app, 'set-up-list')
}

export async function isOnline({ page }: { readonly page: Page } & Partial<RunningApp>): Promise<void> {
  const card = page.getByRole('region', { name: 'Node', exact: true })
  await card.getByText('Online', { exact: false }).first().waitFor()
}
