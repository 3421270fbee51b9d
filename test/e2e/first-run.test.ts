import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import type { Page } from 'playwright-core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isInstalled, launchApp, type RunningApp } from '../helpers/app.ts'
import { barriers } from '../helpers/barriers.ts'
import { catalogueText } from '../helpers/catalogue.ts'
import { driad, makeTestFolder, type TestFolder } from '../helpers/driad-process.ts'
import { focusedName, pressButton, tabTo } from '../helpers/keyboard.ts'
import { type ModelServer, startModelServer } from '../helpers/model-server.ts'
import { demoModelPath } from '../helpers/models.ts'
import { localAddressOf, tileText } from '../helpers/shown.ts'
import type { TaskJson } from '../helpers/test-network.ts'
import { startWebServer } from '../helpers/web-server.ts'

const PASSPHRASE = 'larch beech rowan alder'
const soon = { timeout: 120_000 }
/** The best of the test's catalogue on any computer, as it is the largest and fits everywhere. */
const BEST = 'large:q8_0'

let folder: TestFolder
let server: ModelServer

beforeEach(async () => {
  folder = makeTestFolder()
  server = await startModelServer()
  const demo = readFileSync(demoModelPath)
  server.add('some/repository', { 'large.gguf': demo, 'middle.gguf': demo, 'small.gguf': demo })
  await useCatalogue()
})
afterEach(async () => {
  await server[Symbol.asyncDispose]()
  folder[Symbol.dispose]()
})

/** Gives the app's data folder a catalogue of three small models, signed and fetched as any other would be. */
async function useCatalogue(): Promise<void> {
  const key = folder.dataDir('catalogue.pem')
  const file = folder.dataDir('catalogue.json')
  const models = [
    { id: 'large', parameterCount: 3e8 },
    { id: 'middle', parameterCount: 2e8 },
    { id: 'small', parameterCount: 1e8 },
  ]
  writeFileSync(file, catalogueText(models, new Date().toISOString()))
  const [{ publicKey } = { publicKey: '' }] = (await driad(['catalogue', 'key', key, '--json'])).json<{
    publicKey: string
  }>()
  await driad(['catalogue', 'sign', file, '--key', key])
  await using web = await startWebServer((request, response) => {
    response.end(readFileSync(request.path.endsWith('.sig') ? `${file}.sig` : file))
  })
  const dataDir = ['--data-dir', folder.dataDir('app')]
  for (const [name, value] of [
    ['catalogueKey', publicKey],
    ['catalogueUrl', `${web.url}/catalogue.json`],
  ])
    expect((await driad(['settings', 'set', `${name}`, `${value}`, ...dataDir])).stderr).toBe('')
  const fetched = await driad(['models', 'search', '--refresh', ...dataDir])
  expect(fetched.code, fetched.stderr).toBe(0)
  await driad(['settings', 'set', 'catalogueUrl', '', ...dataDir])
}

/** The app in a home of its own, whose models come from the test's server. */
function launch(): Promise<RunningApp> {
  return launchApp({
    dataDir: folder.dataDir('app'),
    network: `first-${process.pid}`,
    env: {
      HOME: folder.dataDir('home'),
      HF_ENDPOINT: server.url,
      HF_TOKEN: '',
      HTTP_PROXY: '',
      HTTPS_PROXY: '',
      http_proxy: '',
      https_proxy: '',
    },
  })
}

const card = (page: Page) => page.getByRole('region', { name: 'Node', exact: true })
const list = (page: Page) => page.getByRole('region', { name: 'Set-up', exact: true })

async function look(app: RunningApp, name: string): Promise<void> {
  for (const colorScheme of ['dark', 'light'] as const) {
    await app.page.emulateMedia({ colorScheme })
    await app.page.locator(`html[data-mantine-color-scheme=${colorScheme}]`).waitFor()
    await app.screenshot(`first-run-${name}-${colorScheme}`)
    expect(await barriers(app.page), `${name}, ${colorScheme}`).toEqual([])
  }
}

/** Runs a task as somebody else who knows the app's node, by that model. */
async function publish({ page }: RunningApp, model: string): Promise<TaskJson> {
  const address = await localAddressOf(page)
  const published = await driad([
    ...['publish', '--prompt', 'Write a short story about a dragon.', '--models', model],
    ...['--data-dir', folder.dataDir('requester'), '--network', `first-${process.pid}`],
    ...['--no-mdns', '--bootstrap', address, '--json'],
  ])
  expect(published.code, published.stderr).toBe(0)
  const [task] = published.json<TaskJson>()
  if (task === undefined) throw new Error('No task was published')
  return task
}

/** Answers the system's dialog with that path from now on. */
async function saveTo({ electron }: RunningApp, filePath: string): Promise<void> {
  await electron.evaluate(({ dialog }, path) => {
    dialog.showSaveDialog = () => Promise.resolve({ canceled: false, filePath: path })
  }, filePath)
}

// Each starts the app two times, or goes through all of it.
describe('the first run', { timeout: 600_000 }, () => {
  it('earns after one click, and fetches the best model meanwhile', async () => {
    server.bytesPerSecond = 5_000 // as long as it takes until it is let go
    await using app = await launch()
    const { page } = app
    await page.getByRole('heading', { name: 'Put this computer to work' }).waitFor()
    await look(app, 'welcome')
    await page.getByRole('button', { name: 'Start earning' }).click()
    await card(page).getByText('Online', { exact: false }).first().waitFor(soon)

    // The built-in model earns while the better one is on its way.
    await list(page).getByText('A better model is coming').waitFor(soon)
    await list(page)
      .getByText(/^\d+ %$/)
      .waitFor(soon)
    await look(app, 'set-up')
    const first = await publish(app, 'demo')
    expect(first.status).toBe('completed')
    expect(first.receipt?.amountMicro).toBeGreaterThan(0)

    server.bytesPerSecond = 0
    await page.getByRole('link', { name: 'Overview' }).click()
    await list(page).getByText('Better model is here').waitFor(soon)
    await page.getByRole('link', { name: 'Models' }).click()
    await page.getByRole('heading', { name: BEST }).waitFor(soon)
    const second = await publish(app, BEST)
    expect(second.status).toBe('completed')
    await page.getByRole('link', { name: 'Earnings' }).click()
    const earned = [first, second].reduce((sum, { receipt }) => sum + (receipt?.amountMicro ?? 0), 0)
    await page.getByText(tileText(earned), { exact: false }).first().waitFor()
    await page.getByText('Key not backed up').waitFor()
    // What is put away stays away; the reminder does not go with it.
    await page.getByRole('link', { name: 'Overview' }).click()
    await list(page).getByRole('button', { name: 'Put the set-up list away' }).click()
    await list(page).waitFor({ state: 'hidden' })
    await page.getByRole('link', { name: 'Key not backed up' }).click()
    await page.getByRole('heading', { name: 'Keep its key safe' }).waitFor()
  })

  it('goes on where it was after it was killed in the middle of the download', async () => {
    server.bytesPerSecond = 150_000
    const killed = await launch()
    await killed.page.getByRole('button', { name: 'Start earning' }).click()
    await card(killed.page).getByText('Online', { exact: false }).first().waitFor(soon)
    await expect.poll(() => server.sentBytes, soon).toBeGreaterThan(300_000)
    killed.process.kill('SIGKILL')
    await killed.ended
    await server.idle()
    const before = server.sentBytes
    expect(before).toBeLessThan(readFileSync(demoModelPath).length)

    server.bytesPerSecond = 0
    await using app = await launch()
    const { page } = app
    // Without a click: it is on the network again, and the download goes on.
    await card(page).getByText('Online', { exact: false }).first().waitFor(soon)
    await list(page).getByText('Better model is here').waitFor(soon)
    await page.getByRole('link', { name: 'Models' }).click()
    await page.getByRole('heading', { name: BEST }).waitFor(soon)
  })

  // In this test and the next one, the main process answers the system's dialogs.
  it.skipIf(isInstalled)(
    'goes step by step, by keyboard alone, and resumes at the step where it was closed',
    async () => {
      const backup = folder.dataDir('key.json')
      {
        await using app = await launch()
        const { page } = app
        await page.getByRole('heading', { name: 'Put this computer to work' }).waitFor()
        await pressButton(page, 'Step by step instead')
        await expect.poll(() => focusedName(page)).toBe('What this computer can do')
        await page.getByText('Models run here').waitFor(soon)
        await look(app, 'device')
        await pressButton(page, 'Continue')

        await expect.poll(() => focusedName(page)).toBe('The model for this computer')
        const models = page.getByRole('group', { name: 'Model to download' }).getByRole('radio')
        await expect.poll(() => models.count(), soon).toBe(3)
        await look(app, 'model')
        server.bytesPerSecond = 200_000
        await pressButton(page, 'Download it')
        await page.getByRole('progressbar', { name: `${BEST}: Downloading` }).waitFor(soon)
        await page.getByText(/ left$/).waitFor(soon)
        await look(app, 'download')
        await pressButton(page, 'Continue')
        await expect.poll(() => focusedName(page)).toBe('Keep its key safe')
      }
      await using app = await launch()
      const { page } = app
      await page.getByRole('heading', { name: 'Keep its key safe' }).waitFor()
      await saveTo(app, backup)
      await tabTo(page, 'Passphrase')
      await page.keyboard.type(PASSPHRASE)
      await page.keyboard.press('Enter')
      await page.getByRole('heading', { name: 'Now try it' }).waitFor(soon)
      expect(existsSync(backup)).toBe(true)
      await tabTo(page, 'Passphrase once more')
      await page.keyboard.type('larch beech rowan elder')
      await page.keyboard.press('Enter')
      await page
        .getByRole('alert')
        .getByText(/^That passphrase does not open the file/)
        .waitFor(soon)
      await look(app, 'rehearsal')
      await page.keyboard.press('Control+A')
      await page.keyboard.type(PASSPHRASE)
      await page.keyboard.press('Enter')
      await page.getByRole('heading', { name: 'Backed up' }).waitFor(soon)
      await look(app, 'backed-up')
      await pressButton(page, 'Continue')

      await page.getByText('All of it works.').waitFor({ timeout: 120_000 })
      await page.getByText(/^Answered within .*, offering \d+ models?$/).waitFor()
      await look(app, 'self-test')
      server.bytesPerSecond = 0
      await pressButton(page, 'Continue')
      await page.getByText('Better model is here').waitFor(soon)
      await look(app, 'ready')
      await pressButton(page, 'Start earning')
      await card(page).getByText('Online', { exact: false }).first().waitFor(soon)

      await page.getByRole('heading', { name: 'You are online' }).waitFor()
      await look(app, 'online')
      await pressButton(page, 'To the overview')

      // Nothing is left to do: neither the list nor the reminder is there, and the dashboard is.
      await page.getByRole('region', { name: 'Latest tasks' }).waitFor()
      expect(await list(page).count()).toBe(0)
      expect(await page.getByText('Key not backed up').count()).toBe(0)
      const restored = await driad(
        [
          'identity',
          'restore',
          backup,
          '--passphrase-file',
          '-',
          '--data-dir',
          folder.dataDir('new'),
          '--json',
        ],
        { input: `${PASSPHRASE}\n` },
      )
      expect(restored.code, restored.stderr).toBe(0)
      const [identity] = restored.json<{ peerId: string }>()
      const shown = page.getByRole('button', { name: /peer id of this node/ })
      expect(await shown.getAttribute('title')).toContain(identity?.peerId ?? 'none')
    },
  )

  it.skipIf(isInstalled)('takes the key of a node that moves here, and restarts with it', async () => {
    const file = folder.dataDir('key.json')
    const old = ['--data-dir', folder.dataDir('old')]
    const [{ peerId } = { peerId: '' }] = (await driad(['identity', ...old, '--json'])).json<{
      peerId: string
    }>()
    const input = `${PASSPHRASE}\n`
    expect(
      (await driad(['identity', 'backup', file, ...old, '--passphrase-file', '-'], { input })).code,
    ).toBe(0)

    const first = await launch()
    await first.page.getByRole('button', { name: 'Step by step instead' }).click()
    await first.page.getByRole('navigation', { name: 'Steps' }).getByRole('button', { name: 'Key' }).click()
    await first.page.getByRole('button', { name: 'I have a backup already' }).click()
    await first.electron.evaluate(({ app, dialog }, path) => {
      dialog.showOpenDialog = () => Promise.resolve({ canceled: false, filePaths: [path] })
      // The test starts the next one itself, so that it is its own to end.
      app.relaunch = () => undefined
    }, file)
    const passphrase = first.page.getByLabel('Passphrase of the backup', { exact: true })
    const restore = first.page.getByRole('button', { name: 'Choose the file and restart…' })
    await passphrase.fill('another passphrase')
    await restore.click()
    await first.page
      .getByRole('alert')
      .getByText(/^That passphrase does not open the file/)
      .waitFor(soon)
    await look(first, 'restore')
    await passphrase.fill(PASSPHRASE)
    await restore.click()
    await first.ended

    await using app = await launch()
    // It goes on at the step where it was, as the node that it was elsewhere.
    await app.page.getByRole('heading', { name: 'Backed up' }).waitFor()
    const shown = app.page.getByRole('complementary').getByRole('button', { name: /peer id of this node/ })
    expect(await shown.getAttribute('title')).toContain(peerId)
  })
})
