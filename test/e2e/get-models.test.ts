import { readFileSync } from 'node:fs'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchApp, type RunningApp } from '../helpers/app.ts'
import { barriers } from '../helpers/barriers.ts'
import { makeTestFolder, type TestFolder } from '../helpers/driad-process.ts'
import { type ModelServer, startModelServer } from '../helpers/model-server.ts'
import { demoModelPath } from '../helpers/models.ts'

const TOKEN = 'hf_open_sesame'
const soon = { timeout: 20_000 }

/** A model of the catalogue whose digest is the server's word, so that any model may pass for it. */
const LISTED = 'gemma3:1b-it-q8_0'

describe('getting models', () => {
  let folder: TestFolder
  let server: ModelServer
  let app: RunningApp

  beforeAll(async () => {
    folder = makeTestFolder()
    server = await startModelServer()
    const demo = readFileSync(demoModelPath)
    server.add('bartowski/google_gemma-3-1b-it-GGUF', { 'google_gemma-3-1b-it-Q8_0.gguf': demo })
    server.add('some/gated', { 'gated-Q8_0.gguf': demo })
    server.gated.set('some/gated', TOKEN)
    server.add('some/faulty', { 'faulty-Q8_0.gguf': demo })
    app = await launchApp({
      dataDir: folder.dataDir('app'),
      network: `get-${process.pid}`,
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
  })
  afterAll(async () => {
    await app[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
    folder[Symbol.dispose]()
  })

  const region = (page: Page, name: string) => page.getByRole('region', { name, exact: true })
  const look = async (name: string) => {
    for (const colorScheme of ['dark', 'light'] as const) {
      await app.page.emulateMedia({ colorScheme })
      await app.page.locator(`html[data-mantine-color-scheme=${colorScheme}]`).waitFor()
      expect(await barriers(app.page), `${name}, ${colorScheme}`).toEqual([])
      await app.screenshot(`${name}-${colorScheme}`)
    }
  }

  it('is reached by the palette, has an address, and recommends a model for this computer', async () => {
    const { page } = app
    await page.getByRole('button', { name: 'Join', exact: true }).waitFor()
    await page.keyboard.press('Control+k')
    await page.getByRole('dialog', { name: 'Commands' }).getByRole('textbox').fill('get models')
    await page.keyboard.press('Enter')
    await page.getByRole('tab', { name: 'Get models', selected: true }).waitFor()
    expect(page.url()).toMatch(/#\/models\/get$/)
    const best = region(page, 'Best for this computer')
    await best.getByRole('button', { name: /^Get it: / }).waitFor(soon)
    await best.getByText(/^[\d.]+ to [\d.]+, from/).waitFor()
    expect(await best.getByRole('list', { name: 'Alternatives' }).getByRole('listitem').count()).toBe(2)
    await best.getByText('What keeps better ones away').click()
    await best
      .getByText(/Too large|Slower than|would not fit/)
      .first()
      .waitFor()
    await region(page, 'Catalogue').getByText('93 models').waitFor()
    await look('get-models')
    await best.getByText('What keeps better ones away').click()

    await page.getByRole('tab', { name: 'Devices' }).click()
    await page.waitForURL(/#\/models\/devices$/)
    await page.goBack()
    await page.getByRole('tab', { name: 'Get models', selected: true }).waitFor()
  })

  it('narrows and orders the catalogue, and shows every version of a model', async () => {
    const { page } = app
    const catalogue = region(page, 'Catalogue')
    const rows = catalogue.getByRole('list', { name: 'Models of the catalogue' }).locator('> li')
    await catalogue.getByRole('switch', { name: 'Only what fits' }).click({ force: true })
    await catalogue.getByText(/^\d+ of 93 models$/).waitFor()
    await catalogue.getByRole('textbox', { name: 'Search the catalogue' }).fill('gemma 3')
    await catalogue.getByRole('combobox', { name: 'Order' }).click()
    await page.getByRole('option', { name: 'Smallest first' }).click()
    await expect.poll(() => rows.first().textContent()).toContain('Gemma 3 270M')
    await catalogue.getByRole('textbox', { name: 'Search the catalogue' }).fill(LISTED)
    await rows.getByRole('button', { name: /^Versions of Gemma 3 1B/ }).click()
    const versions = catalogue.getByRole('region', { name: /^Versions of Gemma 3 1B/ })
    await versions.getByRole('link', { name: 'gemma', exact: true }).waitFor()
    await versions.getByText('Q4_K_M').first().waitFor()
    await versions.scrollIntoViewIfNeeded()
    await look('get-models-versions')
  })

  it('downloads a version, pauses and goes on, and serves it', async () => {
    const { page } = app
    server.bytesPerSecond = 60_000
    await region(page, 'Catalogue')
      .getByRole('button', { name: `Get: ${LISTED}` })
      .last()
      .click()
    const downloads = region(page, 'Downloads')
    await downloads.getByRole('button', { name: `Pause ${LISTED}` }).waitFor(soon)
    await downloads.getByText(/\/s · .* left/).waitFor(soon)
    expect(
      Number(await downloads.getByRole('progressbar', { name: /Downloading/ }).getAttribute('aria-valuenow')),
    ).toBeGreaterThanOrEqual(0)
    await page.getByRole('tab', { name: 'Get models 1 downloading' }).waitFor()
    await downloads.scrollIntoViewIfNeeded()
    await look('get-models-downloading')
    await downloads.getByRole('button', { name: `Pause ${LISTED}` }).click()
    await downloads.getByText('Paused', { exact: true }).waitFor()
    server.bytesPerSecond = 0
    await downloads.getByRole('button', { name: `Go on with ${LISTED}` }).click()
    await downloads.getByText('Here', { exact: true }).waitFor(soon)
    await region(page, 'Catalogue').getByText('Served', { exact: true }).first().waitFor()
    await downloads.getByRole('button', { name: 'Show in Served' }).click()
    await page.getByRole('heading', { name: LISTED }).waitFor()
    await page.goBack()
  })

  it('says what is no reference, and asks for the token of a gated one', async () => {
    const { page } = app
    const form = region(page, 'By reference or address')
    const reference = form.getByRole('textbox', { name: 'By reference or address' })
    const downloads = region(page, 'Downloads')
    await reference.fill('no model at all')
    await form.getByRole('button', { name: 'Get by reference' }).click()
    await downloads.getByText(/is no model: give a name/).waitFor(soon)
    await downloads.getByRole('button', { name: 'Dismiss' }).click()

    await reference.fill('hf:some/gated:Q8_0')
    await form.getByRole('textbox', { name: 'Name' }).fill('mine')
    await form.getByRole('button', { name: 'Get by reference' }).click()
    await downloads.getByRole('button', { name: 'Set a token' }).waitFor(soon)
    await downloads.scrollIntoViewIfNeeded()
    await look('get-models-gated')
    await downloads.getByRole('button', { name: 'Set a token' }).click()
    const dialog = page.getByRole('dialog', { name: 'Access token for gated models' })
    await dialog.getByText(server.url, { exact: false }).waitFor()
    await look('get-models-token')
    await dialog.getByLabel('Access token', { exact: true }).fill(TOKEN)
    await dialog.getByRole('button', { name: 'Store and try again' }).click()
    const row = downloads.getByRole('listitem').filter({ hasText: 'mine' })
    await row.getByText('Here', { exact: true }).waitFor(soon)
    expect(await page.content()).not.toContain(TOKEN)
    await downloads.getByRole('button', { name: 'Clear finished' }).click()
    await downloads.waitFor({ state: 'hidden' })
  })

  it('says that it tries again while a server hangs up, and comes to an end once that lets it', async () => {
    const { page } = app
    server.fault = (_request, response) => {
      response.destroy()
      return true
    }
    const form = region(page, 'By reference or address')
    await form
      .getByRole('textbox', { name: 'By reference or address' })
      .fill(`${server.url}/some/faulty/resolve/main/faulty-Q8_0.gguf`)
    await form.getByRole('textbox', { name: 'Name' }).fill('faulty')
    await page.keyboard.press('Enter')
    const row = region(page, 'Downloads').getByRole('listitem').filter({ hasText: 'faulty' })
    await row.getByText(/^Trying again in \d+ s/).waitFor(soon)
    server.fault = () => false
    await row.getByText('Here', { exact: true }).waitFor(soon)
    await row.getByRole('button', { name: 'Take faulty off the list' }).click()
    await row.waitFor({ state: 'hidden' })
  })

  it('opens pages of the web in the browser of the system, and nothing that is no page', async () => {
    const { page, electron } = app
    await electron.evaluate(({ shell }) => {
      const opened: string[] = []
      Object.assign(globalThis, { opened })
      shell.openExternal = async (url) => void opened.push(url)
    })
    const before = page.url()
    await region(page, 'Catalogue').getByRole('textbox', { name: 'Search the catalogue' }).fill(LISTED)
    await region(page, 'Catalogue')
      .getByRole('button', { name: /^Versions of Gemma 3 1B/ })
      .click()
    await region(page, 'Catalogue').getByRole('link', { name: 'gemma', exact: true }).click()
    const opened = () => electron.evaluate(() => (globalThis as unknown as { opened: string[] }).opened)
    await expect.poll(opened).toEqual(['https://ai.google.dev/gemma/terms'])
    expect(page.url()).toBe(before)
    const refused = await page.evaluate(
      () =>
        new Promise<string>((resolve) => {
          const bridge = (
            window as unknown as {
              driad: { send(m: unknown): void; onMessage(l: (m: unknown) => void): void }
            }
          ).driad
          bridge.onMessage((message) => {
            const answer = message as { id: number; error?: { message: string } }
            if (answer.id === 1_000_001) resolve(answer.error === undefined ? 'opened' : 'refused')
          })
          bridge.send({
            id: 1_000_001,
            type: 'mutation',
            path: 'app.openLink',
            input: { url: 'file:///etc/passwd' },
          })
        }),
    )
    expect(refused).toBe('refused')
    expect(await opened()).toHaveLength(1)
  })

  it('fits into the smallest window', async () => {
    const { page, electron } = app
    await electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.setContentSize(900, 600))
    await page.waitForFunction(() => window.innerWidth === 900)
    const overflow = () =>
      page.evaluate(() => {
        const main = document.querySelector('main')
        return (main?.scrollWidth ?? 0) - (main?.clientWidth ?? 0)
      })
    expect(await overflow()).toBe(0)
    await region(page, 'Catalogue').scrollIntoViewIfNeeded()
    await app.screenshot('get-models-small')
  })
})
