import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { unzipSync } from 'fflate'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchApp } from '../helpers/app.ts'
import { type BarePages, openBarePages, saveScreenshot } from '../helpers/bare-page.ts'
import { barriers } from '../helpers/barriers.ts'
import { makeTestFolder } from '../helpers/driad-process.ts'

/** Waits until the checks are there, and drawn. */
async function isRead(page: Page): Promise<void> {
  await page.getByRole('heading', { level: 1, name: 'Health' }).waitFor()
  await expect.poll(() => page.getByRole('status', { name: 'Loading' }).count()).toBe(0)
  await page.evaluate(() => document.fonts.ready)
}

const list = (page: Page, name: string) => page.getByRole('list', { name, exact: true })

describe('the Health view, with an invented node', () => {
  let pages: BarePages

  beforeAll(async () => {
    pages = await openBarePages()
  })
  afterAll(async () => {
    await pages[Symbol.asyncDispose]()
  })

  describe.each(['dark', 'light'] as const)('in the %s theme', (theme) => {
    it('has no barriers where all is well', async () => {
      await using page = await pages.open(`?theme=${theme}#/health`)
      await isRead(page)
      await page.getByText('All is well', { exact: true }).waitFor()
      expect(await list(page, 'Fine').getByRole('listitem').count()).toBe(14)
      await saveScreenshot(page, `health-good-${theme}`)
      expect(await barriers(page)).toEqual([])
    })

    it('groups what is wrong by how much, without barriers', async () => {
      await using page = await pages.open(`?theme=${theme}&sick#/health`)
      await isRead(page)
      await page.getByText('Something needs you', { exact: true }).waitFor()
      expect(await list(page, 'Needs you').getByRole('listitem').count()).toBe(4)
      expect(await list(page, 'Could be better').getByRole('listitem').count()).toBe(3)
      await saveScreenshot(page, `health-sick-${theme}`)
      expect(await barriers(page)).toEqual([])
    })

    it('shows every file of the diagnostics before they are saved, without barriers', async () => {
      await using page = await pages.open(`?theme=${theme}#/health`)
      await isRead(page)
      await page.getByRole('button', { name: 'Save diagnostics…' }).click()
      const dialog = page.getByRole('dialog', { name: 'Diagnostics' })
      await dialog.getByText('Diagnostics of a Driad node', { exact: false }).waitFor()
      await dialog.getByText('about.json').click()
      await dialog.getByRole('region', { name: 'about.json' }).getByText('Ryzen', { exact: false }).waitFor()
      await saveScreenshot(page, `health-diagnostics-${theme}`)
      expect(await barriers(page)).toEqual([])
    })
  })

  it.each([
    ['de', 'Etwas braucht Sie'],
    ['es', 'Algo requiere su atención'],
    ['tr', 'Bir sorun sizi bekliyor'],
    ['zh', '有问题需要您处理'],
  ])('has no barriers and cuts nothing off in %s', async (language, title) => {
    await using page = await pages.open(`?sick&language=${language}#/health`)
    await page.getByText(title, { exact: true }).waitFor()
    expect(await barriers(page)).toEqual([])
    await saveScreenshot(page, `health-sick-${language}`)
  })

  it('mends with a click, says what could not be mended, and leads where a person mends', async () => {
    await using page = await pages.open('?sick#/health')
    await isRead(page)
    const bad = list(page, 'Needs you')
    await bad.getByRole('button', { name: /^Look again: The GPU is missing/ }).click()
    await list(page, 'Fine').getByText('Models are computed on cuda:0').waitFor()
    expect(await bad.getByText('The GPU is missing', { exact: false }).count()).toBe(0)

    await bad.getByRole('button', { name: /^Load again: There is not enough memory/ }).click()
    await page.getByRole('alert').getByText('That could not be mended', { exact: false }).waitFor()
    await bad.getByText('There is not enough memory for large:8b').waitFor()

    await list(page, 'Could be better')
      .getByRole('button', { name: /^Open Network: / })
      .click()
    await page.getByRole('heading', { level: 1, name: 'Network' }).waitFor()
  })

  it('says in the navigation how much needs somebody, and is opened by its palette', async () => {
    await using page = await pages.open('?sick#/overview')
    await page.getByRole('navigation').getByRole('link', { name: 'Health 4' }).waitFor()
    await page.keyboard.press('Control+k')
    await page.getByRole('textbox', { name: 'Search or command' }).fill('Health')
    await page.keyboard.press('Enter')
    await isRead(page)
  })

  it('is done by keyboard: a mend, the diagnostics, each file, and saving', async () => {
    await using page = await pages.open('?sick#/health')
    await isRead(page)
    const look = page.getByRole('button', { name: /^Look again: / })
    await look.focus()
    await page.keyboard.press('Enter')
    await look.waitFor({ state: 'detached' })

    await page.getByRole('button', { name: 'Save diagnostics…' }).focus()
    await page.keyboard.press('Enter')
    const dialog = page.getByRole('dialog', { name: 'Diagnostics' })
    await dialog.getByRole('radio', { name: /README/ }).focus()
    await page.keyboard.press('ArrowDown')
    await dialog.getByRole('region', { name: 'about.json' }).waitFor()
    await page.keyboard.press('ArrowUp')
    await page.keyboard.press('ArrowUp')
    await dialog.getByRole('region', { name: 'log.jsonl' }).waitFor()
    await dialog.getByRole('button', { name: 'Save as…' }).focus()
    await page.keyboard.press('Enter')
    await page.getByText('Diagnostics saved').waitFor()
    await dialog.waitFor({ state: 'hidden' })
  })

  it('says what could not be read, and offers to read it again', async () => {
    await using page = await pages.open('?no-health#/health')
    await page.getByRole('alert').getByText('The node failed to look at its health').waitFor()
    await page.getByRole('button', { name: 'Try again' }).waitFor()
    expect(await barriers(page)).toEqual([])
  })

  it('fits into the smallest window', async () => {
    await using page = await pages.open('?sick#/health', { width: 900, height: 600 })
    await isRead(page)
    const overflowing = await page.evaluate(() => {
      const main = document.querySelector('main')
      return [
        document.documentElement.scrollWidth - window.innerWidth,
        (main?.scrollWidth ?? 0) - (main?.clientWidth ?? 0),
      ]
    })
    expect(overflowing).toEqual([0, 0])
    await saveScreenshot(page, 'health-sick-small')
  })

  it('wrote no errors to the console', () => {
    expect(pages.errors).toEqual([])
  })
})

describe('the Health view, of a real node', () => {
  it('follows a crash of inference, and saves the diagnostics that it shows', async () => {
    using folder = makeTestFolder()
    await using app = await launchApp({ dataDir: folder.dataDir('app'), network: 'health-view' })
    const { page } = app
    await page.getByRole('navigation').getByRole('link', { name: 'Health' }).click()
    const fine = list(page, 'Fine')
    await fine.getByText('demo is loaded', { exact: true }).waitFor()
    await fine.getByText('Inference has not crashed', { exact: false }).waitFor()
    await list(page, 'Not known now')
      .getByRole('button', { name: /^Check now: / })
      .click()
    await fine.getByText('The database is sound', { exact: false }).waitFor()

    const before = await inferencePid(app.electron)
    process.kill(before, 'SIGKILL')
    const crashed = list(page, 'Could be better').getByText(/^Inference crashed once/)
    await crashed.waitFor()
    await fine.getByText('Inference is running', { exact: true }).waitFor()
    await list(page, 'Could be better')
      .getByRole('button', { name: /^Restart inference: / })
      .click()
    await expect.poll(() => inferencePid(app.electron)).not.toBe(before)
    await fine.getByText('Inference has not crashed', { exact: false }).waitFor()
    await fine.getByText('demo is loaded', { exact: true }).waitFor()
    for (const colorScheme of ['dark', 'light'] as const) {
      await page.emulateMedia({ colorScheme })
      await app.screenshot(`health-real-${colorScheme}`)
      expect(await barriers(page)).toEqual([])
    }

    const target = join(folder.path, 'saved.zip')
    await app.electron.evaluate(({ dialog }, filePath) => {
      dialog.showSaveDialog = () => Promise.resolve({ canceled: false, filePath })
    }, target)
    await page.getByRole('button', { name: 'Save diagnostics…' }).click()
    const dialog = page.getByRole('dialog', { name: 'Diagnostics' })
    await dialog.getByText('log.jsonl').click()
    const shown = dialog.getByRole('region', { name: 'log.jsonl' })
    // In the program as it is built, its own texts are known.
    await shown.getByText('"The inference process is ready"', { exact: false }).waitFor()
    const text = await shown.textContent()
    await app.screenshot('health-real-diagnostics')
    await dialog.getByRole('button', { name: 'Save as…' }).click()
    await page.getByText('Diagnostics saved').waitFor()
    const saved = Buffer.from(unzipSync(readFileSync(target))['log.jsonl'] ?? []).toString('utf8')
    expect(saved).toBe(text)
  })
})

/** Of the utility process that computes; 0 while there is none. */
async function inferencePid(electron: Awaited<ReturnType<typeof launchApp>>['electron']): Promise<number> {
  return electron.evaluate(
    ({ app }) => app.getAppMetrics().find(({ name }) => name === 'Driad inference')?.pid ?? 0,
  )
}
