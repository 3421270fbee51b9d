import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { languages } from '../../src/locales/translate.ts'
import { type BarePages, openBarePages, saveScreenshot } from '../helpers/bare-page.ts'
import { barriers } from '../helpers/barriers.ts'
import { leftInEnglish } from '../helpers/left-in-english.ts'

const namespaces = [
  'common',
  'device',
  'download',
  'fit',
  'models',
  'models-devices',
  'models-files',
  'models-get',
  'models-served',
  'navigation',
]
/** Messages of errors and names of machines stay in English, and these read like `one of many` and `2 threads`. */
const notOurs = /^(?:The file ends in the middle of|huggingface\.co asks|Intel Core)/
const smallest = { width: 900, height: 600 }

describe.each(languages)('the Models view, in %s', (language) => {
  let pages: BarePages

  beforeAll(async () => {
    pages = await openBarePages()
  })
  afterAll(async () => {
    await pages[Symbol.asyncDispose]()
  })

  async function open(hash: string, query = '', size = smallest): Promise<Page> {
    const page = await pages.open(`?language=${language}${query}#/models${hash}`, size)
    await page.locator(`html[lang="${language}"]`).waitFor()
    return page
  }

  /** Looks at what is open, once all of it is there. */
  async function look(page: Page, name: string): Promise<void> {
    await expect.poll(() => page.locator('[role="status"][aria-busy="true"]').count()).toBe(0)
    await page.evaluate(() => document.fonts.ready)
    await saveScreenshot(page, `language-${language}-${name}`)
    const english = await leftInEnglish(page, language, namespaces)
    expect(
      english.filter((text) => !notOurs.test(text)),
      name,
    ).toEqual([])
    expect(await cutOff(page), name).toEqual([])
    expect(await barriers(page), name).toEqual([])
  }

  it.each([smallest, { width: 1280, height: 2600 }])(
    'served models have no barriers, fit into $width pixels, and are all in that language',
    async (size) => {
      await using page = await open('', '', size)
      const card = page.getByRole('region', { name: 'qwen2.5:1.5b-instruct-q5_0', exact: true })
      await page.getByText('1.28k').or(page.getByText('1280')).or(page.getByText('1,28')).first().waitFor()
      await look(page, `served-${size.width}`)
      await card.locator('[aria-expanded="false"]').first().click()
      await card.getByRole('slider').first().waitFor()
      await card.locator('.recharts-surface').waitFor()
      await card.locator('summary').click()
      await card.getByRole('heading', { level: 3 }).first().scrollIntoViewIfNeeded()
      await look(page, `served-details-${size.width}`)
    },
  )

  it('served models in trouble have and are, too', async () => {
    await using page = await open('', '&scenario=troubles')
    await expect.poll(() => page.getByRole('alert').count()).toBeGreaterThan(3)
    await look(page, 'served-troubles')
    await using suspended = await open('', '&scenario=suspended')
    await suspended.getByRole('alert').first().waitFor()
    await look(suspended, 'served-suspended')
  })

  it.each([smallest, { width: 1280, height: 2600 }])(
    'the models that can be got have and are, too, within $width pixels',
    async (size) => {
      await using page = await open('/get', '&pulls', size)
      await page.getByRole('article').waitFor()
      await expect.poll(() => page.getByRole('progressbar').count()).toBeGreaterThan(3)
      const row = page.getByRole('listitem').filter({ hasText: 'Qwen3 Coder 30B A3B Instruct' }).last()
      await row.locator('[aria-expanded="false"]').click()
      await row.getByRole('table').waitFor()
      for (const summary of await page.locator('summary').all()) await summary.click()
      await look(page, `get-${size.width}`)
    },
  )

  it('the dialog for a token has and is, too', async () => {
    await using page = await open('/get', '&pulls')
    const gated = page.getByRole('listitem').filter({ hasText: 'llama-3.3-70b' }).first()
    await gated.getByRole('alert').getByRole('button').nth(1).click()
    await page.getByRole('dialog').getByRole('link').waitFor()
    await look(page, 'token')
  })

  it.each([smallest, { width: 1280, height: 1600 }])(
    'the models on this computer have and are, too, within $width pixels',
    async (size) => {
      await using page = await open('/files', '', size)
      await page.locator('dl').first().waitFor()
      await look(page, `files-${size.width}`)
      const found = page.getByRole('main').getByRole('region').nth(1)
      await found.getByRole('button').click()
      await found.getByRole('progressbar').waitFor()
      await look(page, `files-scanning-${size.width}`)
      await found.getByRole('button').first().click()
      await found.getByRole('checkbox').first().check()
      await look(page, `files-found-${size.width}`)
    },
  )

  it('the dialogs that delete have and are, too', async () => {
    await using page = await open('/files')
    const parts = page.getByRole('main').getByRole('region')
    const kept = parts.last()
    await kept.getByRole('listitem').getByRole('button').first().click()
    await page
      .getByRole('dialog')
      .getByText('GB')
      .or(page.getByRole('dialog').locator('p').nth(1))
      .first()
      .waitFor()
    await look(page, 'removal')
    await page.keyboard.press('Escape')
    await parts.first().getByRole('button').last().click()
    await page.getByRole('dialog').getByRole('checkbox').first().waitFor()
    await look(page, 'leftovers')
  })

  it('devices have and are, too', async () => {
    await using page = await open('/devices')
    await page.getByRole('switch').nth(2).waitFor()
    await look(page, 'devices')
    await using suspended = await open('/devices', '&scenario=suspended', { width: 1280, height: 1100 })
    await suspended.getByRole('alert').waitFor()
    await look(suspended, 'devices-suspended')
    await suspended.getByRole('alert').getByRole('button').last().click()
    await suspended.getByRole('alert').waitFor({ state: 'hidden' })
    await look(suspended, 'devices-fallback')
  })

  it('logged no error in all of that', () => {
    expect(pages.errors).toEqual([])
  })
})

/** What is wider than its place: the view, dialogs, heads of tables, buttons, choices. */
async function cutOff(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [
      ...document.querySelectorAll<HTMLElement>(
        ':is(main, [role="dialog"]) :is(th, button:not([class*="identifier"]), button span, label, summary, dt, [data-tone], [data-tone] span), main',
      ),
    ]
      .filter((element) => element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 1)
      .map(
        (element) =>
          `${element.tagName} ${element.scrollWidth} > ${element.clientWidth}: ${element.textContent.slice(0, 60)}`,
      ),
  )
}
