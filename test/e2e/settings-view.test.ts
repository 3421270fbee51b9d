import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { languages } from '../../src/locales/translate.ts'
import { type BarePages, openBarePages, saveScreenshot } from '../helpers/bare-page.ts'
import { barriers } from '../helpers/barriers.ts'

describe('the Settings view, with an invented node', () => {
  let pages: BarePages

  beforeAll(async () => {
    pages = await openBarePages()
  })
  afterAll(async () => {
    await pages[Symbol.asyncDispose]()
  })

  it.each(languages)('has no barriers and fits into a small window in %s', async (language) => {
    const theme = language === 'de' ? 'light' : 'dark'
    const page = await pages.open(`?language=${language}&theme=${theme}&flags#/settings`, {
      width: 900,
      height: 600,
    })
    await page.locator('#setting-schedule').waitFor()
    await page.locator(`html[lang="${language}"]`).waitFor()
    const tooWide = await page.evaluate(() => {
      const main = document.querySelector('main')
      return [...(main?.querySelectorAll('*') ?? [])]
        .filter((element) => element.scrollWidth > element.clientWidth + 1)
        .filter((element) => getComputedStyle(element).overflowX === 'visible')
        .filter((element) => element.getBoundingClientRect().right > window.innerWidth)
        .map((element) => element.outerHTML.slice(0, 200))
    })
    expect(tooWide).toEqual([])
    expect(await barriers(page)).toEqual([])
    await saveScreenshot(page, `settings-${language}`)
    await page.close()
  })

  it('changes its language while it is looked at', async () => {
    const page = await pages.open('#/settings')
    await page.getByRole('textbox', { name: 'Search settings' }).fill('language')
    await page.getByRole('combobox', { name: 'Language' }).click()
    await page.getByRole('option', { name: 'Deutsch' }).click()
    await page.getByRole('heading', { level: 1, name: 'Einstellungen' }).waitFor()
    expect(await page.getByRole('navigation').getByRole('link').allInnerTexts()).toContain('Einstellungen')
    await page.close()
  })

  it('shows what a file would change before it changes it, and what it does not know', async () => {
    const page = await pages.open('#/settings', { width: 1280, height: 1000 })
    await page.getByRole('button', { name: 'Import…' }).click()
    const dialog = page.getByRole('dialog', { name: 'Import settings' })
    await dialog.getByRole('cell', { name: 'http://proxy.example.org:3128' }).waitFor()
    await dialog.getByText('moonPhase').waitFor()
    expect(await barriers(page)).toEqual([])
    await saveScreenshot(page, 'settings-import')
    await dialog.getByRole('button', { name: 'Apply' }).click()
    await dialog.waitFor({ state: 'detached' })
    expect(await page.getByRole('textbox', { name: 'Slots of a model' }).inputValue()).toBe('8')
    await page.close()
  })

  it('asks before it sets everything back, and sets back one by the keyboard', async () => {
    const page = await pages.open('#/settings', { width: 1280, height: 1000 })
    await page.getByRole('button', { name: 'Reset all…' }).click()
    const dialog = page.getByRole('dialog', { name: 'Reset all settings?' })
    await dialog.getByText('3 settings go back').waitFor()
    expect(await barriers(page)).toEqual([])
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Reset “Slots of a model” to its default' }).focus()
    await page.keyboard.press('Enter')
    await page.getByText('Saved').waitFor()
    await page.close()
  })
})
