import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { firstRunSteps } from '../../src/protocol/first-run-views.ts'
import { type BarePages, openBarePages, saveScreenshot } from '../helpers/bare-page.ts'
import { barriers } from '../helpers/barriers.ts'
import { focusedName, tabTo } from '../helpers/keyboard.ts'
import { leftInEnglish } from '../helpers/left-in-english.ts'

const small = { width: 900, height: 600 }

/** How far the content is wider than its room. */
function overflow(page: Page): Promise<{ page: number; main: number }> {
  return page.evaluate(() => {
    const main = document.querySelector('main')
    return {
      page: document.documentElement.scrollWidth - window.innerWidth,
      main: (main?.scrollWidth ?? 0) - (main?.clientWidth ?? 0),
    }
  })
}

describe('the first run, with an invented node', () => {
  let pages: BarePages

  beforeAll(async () => {
    pages = await openBarePages()
  })
  afterAll(async () => {
    await pages[Symbol.asyncDispose]()
  })

  /** One page walks through all steps: the address of each is a hash. */
  const walk = async (page: Page, look: (step: string) => Promise<void>) => {
    await look('start')
    for (const step of firstRunSteps.slice(1)) {
      await page.evaluate((hash) => {
        window.location.hash = hash
      }, `#/overview/first-run/${step}`)
      await page.locator(`[aria-current=step]`).waitFor()
      await expect.poll(() => page.getByRole('status', { name: /./ }).count()).toBe(0)
      await page.evaluate(() => document.fonts.ready)
      await look(step)
    }
  }

  it.each([
    ['dark', 1280, 800],
    ['light', 1280, 800],
    ['dark', small.width, small.height],
    ['light', small.width, small.height],
  ] as const)('has no barriers in the %s theme at %i×%i', async (theme, width, height) => {
    const size = { width, height }
    const page = await pages.open(`?scenario=first-run&theme=${theme}#/overview`, size)
    await walk(page, async (step) => {
      await saveScreenshot(page, `set-up-${step}-${theme}-${width}`)
      expect(await overflow(page), step).toEqual({ page: 0, main: 0 })
      expect(await barriers(page), step).toEqual([])
    })
    await page.close()
  })

  it.each(['de', 'es', 'tr', 'zh'] as const)('speaks the language %s everywhere', async (language) => {
    const page = await pages.open(`?scenario=first-run&language=${language}#/overview`, small)
    await page.locator(`html[lang=${language}]`).waitFor()
    await walk(page, async (step) => {
      await saveScreenshot(page, `set-up-${step}-${language}`)
      expect(await overflow(page), step).toEqual({ page: 0, main: 0 })
      const left = await leftInEnglish(page, language, ['setup', 'navigation'])
      // What the model wrote is in the language of the model.
      expect(
        left.filter((text) => !text.startsWith('The old tree')),
        step,
      ).toEqual([])
      expect(await barriers(page), step).toEqual([])
    })
    await page.close()
    const overview = await pages.open(`?set-up&model=coming&pulls&language=${language}#/overview`, small)
    await overview.locator(`html[lang=${language}]`).waitFor()
    await overview.locator('.recharts-surface').first().waitFor()
    await saveScreenshot(overview, `overview-${language}`)
    expect(await overflow(overview)).toEqual({ page: 0, main: 0 })
    expect(await leftInEnglish(overview, language, ['setup', 'overview', 'navigation'])).toEqual([])
    expect(await barriers(overview)).toEqual([])
    await overview.close()
  })

  it.each(['dark', 'light'] as const)('keeps what is left to do in view, in the %s theme', async (theme) => {
    const page = await pages.open(`?set-up&model=coming&pulls&theme=${theme}#/overview`)
    await page.locator('.recharts-surface').first().waitFor()
    const list = page.getByRole('region', { name: 'Set-up' })
    await list.getByText(/^\d+(\.\d)? %$/).waitFor()
    await saveScreenshot(page, `set-up-list-${theme}`)
    expect(await barriers(page)).toEqual([])
    await list.getByRole('button', { name: 'Put the set-up list away' }).click()
    await list.waitFor({ state: 'hidden' })
    // The reminder stays, in every view, and leads to the step.
    await page.getByRole('navigation').getByRole('link', { name: 'Logs' }).click()
    await page.getByRole('link', { name: 'Key not backed up' }).click()
    await page.getByRole('heading', { name: 'Keep its key safe' }).waitFor()
    await page.close()
  })

  it('backs the key up by keyboard alone, and counts it only once the file was opened', async () => {
    const page = await pages.open('?set-up&theme=light#/overview/first-run/key')
    await expect.poll(() => focusedName(page)).toBe('Keep its key safe')
    const press = async (...keys: string[]) => {
      for (const key of keys) await page.keyboard.press(key)
    }
    await tabTo(page, 'Passphrase')
    await page.keyboard.type('short')
    await press('Enter')
    await page.getByRole('alert').getByText('The passphrase needs 10 characters or more.').waitFor()
    await page.keyboard.type(' and then long')
    await press('Enter')
    await page.getByRole('heading', { name: 'Now try it' }).waitFor()
    await page.getByText('Key not backed up').waitFor()
    await tabTo(page, 'Passphrase once more')
    await page.keyboard.type('wrong')
    await press('Enter')
    await page
      .getByRole('alert')
      .getByText(/^That passphrase does not open the file/)
      .waitFor()
    await saveScreenshot(page, 'set-up-key-wrong')
    expect(await barriers(page)).toEqual([])
    for (let letter = 0; letter < 5; letter += 1) await press('Backspace')
    await page.keyboard.type('short and then long')
    await press('Enter')
    await page.getByRole('heading', { name: 'Backed up' }).waitFor()
    await page.getByText('Key not backed up').waitFor({ state: 'hidden' })
    await saveScreenshot(page, 'set-up-key-done')
    expect(await barriers(page)).toEqual([])
    await page.close()
  })

  it('says how the model gets here, what keeps it, and what the self-test found', async () => {
    for (const [address, words, name] of [
      ['?set-up&pulls&model=coming', /^Downloading$/, 'coming'],
      ['?set-up&model=waiting', /^It could not be fetched yet$/, 'waiting'],
      ['?set-up&model=here', /^It is here, and is served from now on$/, 'here'],
    ] as const) {
      const page = await pages.open(`${address}&theme=dark#/overview/first-run/model`)
      await page.getByText(words).waitFor()
      await saveScreenshot(page, `set-up-model-${name}`)
      expect(await barriers(page)).toEqual([])
      await page.close()
    }
    const page = await pages.open('?set-up&test=fails&theme=light#/overview/first-run/test')
    await page.getByText('Something does not work yet.').waitFor()
    await page.getByText(/every address refused it$/).waitFor()
    await saveScreenshot(page, 'set-up-test-fails')
    expect(await barriers(page)).toEqual([])
    await page.close()
  })
})
