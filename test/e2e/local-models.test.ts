import { copyFileSync, existsSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchApp, type RunningApp } from '../helpers/app.ts'
import { barriers } from '../helpers/barriers.ts'
import { makeTestFolder, type TestFolder } from '../helpers/driad-process.ts'
import { ModelStores } from '../helpers/model-stores.ts'
import { demoModelPath, writeGreedyModel } from '../helpers/models.ts'

const soon = { timeout: 20_000 }

describe('models on this computer', () => {
  let folder: TestFolder
  let stores: ModelStores
  let app: RunningApp
  let dataDir: string

  beforeAll(async () => {
    folder = makeTestFolder()
    stores = new ModelStores(folder.dataDir('home'))
    stores.lmStudio(demoModelPath, 'lmstudio-community', 'Demo-GGUF', 'Demo-Q8_0.gguf')
    stores.ollama(demoModelPath, ['registry.ollama.ai', 'library', 'demo', '1m'])
    const other = stores.path('models', 'greedy-Q8_0.gguf')
    writeGreedyModel(other)
    const damaged = stores.copy(
      demoModelPath,
      '.lmstudio',
      'models',
      'somebody',
      'Broken-GGUF',
      'broken-Q8_0.gguf',
    )
    truncateSync(damaged, 40_000)
    dataDir = folder.dataDir('app')
    mkdirSync(join(dataDir, 'models'), { recursive: true })
    copyFileSync(demoModelPath, join(dataDir, 'models', 'forgotten.gguf'))
    app = await launchApp({
      dataDir,
      network: `files-${process.pid}`,
      env: { HOME: stores.home, OLLAMA_MODELS: '', XDG_CACHE_HOME: '', XDG_DATA_HOME: '', HF_HOME: '' },
    })
  })
  afterAll(async () => {
    await app[Symbol.asyncDispose]()
    folder[Symbol.dispose]()
  })

  const part = (name: string) => app.page.getByRole('region', { name, exact: true })
  const look = async (name: string) => {
    for (const colorScheme of ['dark', 'light'] as const) {
      await app.page.emulateMedia({ colorScheme })
      await app.page.locator(`html[data-mantine-color-scheme=${colorScheme}]`).waitFor()
      expect(await barriers(app.page), `${name}, ${colorScheme}`).toEqual([])
      await app.screenshot(`${name}-${colorScheme}`)
    }
  }

  it('finds them in the stores of other programs, with copies and what cannot be used', async () => {
    const { page } = app
    await page.getByRole('button', { name: 'Join', exact: true }).waitFor()
    await page.goto(`${page.url().split('#')[0]}#/models/files`)
    await part('Found on this computer').getByText('Nobody has looked yet').waitFor()
    await part('Disk').getByText('Driad’s own models').waitFor()
    await look('files-before')
    await page.keyboard.press('Control+k')
    await page.getByRole('dialog', { name: 'Commands' }).getByRole('textbox').fill('scan for')
    await page.keyboard.press('Enter')
    const found = part('Found on this computer').getByRole('list', { name: 'Models found' })
    await found.getByText('LM Studio').first().waitFor(soon)
    await found.getByText('Ollama').first().waitFor()
    await found.getByText('Unusable').waitFor()
    await part('Found on this computer')
      .getByText(/are second copies/)
      .waitFor(soon)
    await part('Found on this computer').scrollIntoViewIfNeeded()
    await look('files-found')
  })

  it('looks into a folder of the operator', async () => {
    const { page, electron } = app
    await electron.evaluate(
      ({ dialog }, path) => {
        dialog.showOpenDialog = async () => ({ canceled: false, filePaths: [path] })
      },
      join(stores.home, 'models'),
    )
    await part('Your folders').getByRole('button', { name: 'Add a folder…' }).click()
    await part('Your folders')
      .getByRole('button', { name: /^Look into .*models no more$/ })
      .waitFor()
    await page.getByRole('checkbox', { name: 'Select greedy-q8_0' }).waitFor(soon)
  })

  it('serves all that can be served, by one button', async () => {
    const { page } = app
    const found = part('Found on this computer')
    await found.getByRole('checkbox', { name: 'All that can be served' }).check()
    await found.getByRole('button', { name: /^Serve 2 models$/ }).click()
    await expect.poll(() => found.getByText('Served', { exact: true }).count(), soon).toBe(2)
    await part('Models of this node').getByRole('button', { name: 'Remove greedy-q8_0' }).waitFor()
    await page.getByText('Served from elsewhere').waitFor()
    await part('Models of this node').scrollIntoViewIfNeeded()
    await look('files-served')
  })

  it('takes files that are dropped onto the window, and says why not', async () => {
    const { page } = app
    const drop = async (path: string) => {
      const client = await page.context().newCDPSession(page)
      const data = { items: [], files: [path], dragOperationsMask: 7 }
      for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
        await client.send('Input.dispatchDragEvent', { type, x: 640, y: 400, data })
        if (type === 'dragOver') {
          await page.getByText('Drop to serve').waitFor()
          await app.screenshot('files-drop')
        }
      }
      await client.detach()
    }
    const bad = stores.path('dropped', 'not-a-model.gguf')
    writeFileSync(bad, '<!DOCTYPE html>')
    await drop(bad)
    const dialog = page.getByRole('dialog', { name: 'Nothing could be added' })
    await dialog.getByText('not-a-model.gguf', { exact: true }).waitFor(soon)
    await look('files-refused')
    await dialog.getByRole('button', { name: 'Close' }).last().click()
    await dialog.waitFor({ state: 'hidden' })
    await drop(join(dataDir, 'models', 'forgotten.gguf'))
    await page.getByText('Nothing to add').waitFor(soon)
    const workflow = stores.path('dropped', 'mine.json')
    writeFileSync(workflow, '{ "dropped": true }')
    await drop(workflow)
    await page.getByRole('heading', { level: 1, name: 'Test' }).waitFor(soon)
    await page.getByRole('region', { name: 'Task' }).getByText('mine.json').waitFor(soon)
    await page.goBack()
  })

  it('deletes a model with its file after saying what that frees, and what is left over', async () => {
    const { page } = app
    const own = join(dataDir, 'models', 'mine-Q8_0.gguf')
    const bytes = readFileSync(demoModelPath)
    // Other weights than the demo's own, so that it is no copy of a model that is served.
    bytes.writeUInt8((bytes.at(-1) ?? 0) ^ 1, bytes.length - 1)
    writeFileSync(own, bytes)
    await part('Found on this computer').getByRole('button', { name: 'Scan again' }).click()
    await page.getByRole('button', { name: 'Serve mine-q8_0' }).click(soon)
    await part('Models of this node').getByRole('button', { name: 'Remove mine-q8_0' }).click(soon)
    const dialog = page.getByRole('dialog', { name: 'Remove mine-q8_0?' })
    await dialog.getByRole('checkbox', { name: /are free again/ }).waitFor()
    await look('files-remove')
    const stray = join(dataDir, 'models', 'stray.gguf')
    copyFileSync(own, stray)
    await dialog.getByRole('button', { name: /^Remove and free/ }).click()
    await dialog.waitFor({ state: 'hidden' })
    await expect.poll(() => existsSync(own)).toBe(false)

    await part('Disk').getByRole('button', { name: 'Clean up…' }).click(soon)
    const cleaning = page.getByRole('dialog', { name: 'Clean up' })
    await cleaning.getByText('stray.gguf').waitFor()
    await look('files-leftovers')
    await cleaning.getByRole('button', { name: /^Delete 1 file, freeing/ }).click()
    await expect.poll(() => existsSync(stray)).toBe(false)
  })

  it('fits into the smallest window', async () => {
    const { page, electron } = app
    await electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.setContentSize(900, 600))
    await page.waitForFunction(() => window.innerWidth === 900)
    const overflow = await page.evaluate(() => {
      const main = document.querySelector('main')
      return (main?.scrollWidth ?? 0) - (main?.clientWidth ?? 0)
    })
    expect(overflow).toBe(0)
    await part('Found on this computer').scrollIntoViewIfNeeded()
    await app.screenshot('files-small')
  })
})
