import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import enWords from '../../src/locales/en/index.ts'
import { type Language, languages, speak, t } from '../../src/locales/translate.ts'
import { type BarePages, openBarePages, saveScreenshot } from '../helpers/bare-page.ts'
import { barriers } from '../helpers/barriers.ts'
import { leftInEnglish } from '../helpers/left-in-english.ts'

const sizes = [
  { width: 1280, height: 800 },
  { width: 900, height: 600 },
]

/** Nothing here takes long, but the computer may be busy. */
const soon = { timeout: 30_000 }

describe.each(languages)('the frame and the Test view in %s', (language) => {
  let pages: BarePages

  beforeAll(async () => {
    await speak(language)
    pages = await openBarePages()
  })
  afterAll(async () => {
    await pages[Symbol.asyncDispose]()
    await speak('en')
  })

  const open = async (address: string, size = sizes[0]): Promise<Page> => {
    const [query, hash] = address.split('#')
    const page = await pages.open(`?language=${language}${query}#${hash}`, size)
    await page.locator(`html[lang=${language}]`).waitFor({ state: 'attached' })
    // Words come with the settings, after the first paint.
    await page.getByRole('navigation', { name: t('navigation:views') }).waitFor()
    await page.evaluate(() => document.fonts.ready)
    return page
  }

  const look = async (page: Page, name: string): Promise<void> => {
    const found = await barriers(page)
    await saveScreenshot(page, `${name}-${language}`)
    expect(found, name).toEqual([])
    expect(await overflow(page), name).toEqual([])
    if (language !== 'en') expect(await wordsLeft(page, language), name).toEqual([])
  }

  it.each(sizes)('tests a prompt and a workflow in a window of $width x $height', async (size) => {
    const page = await open('#/test', size)
    const view = (name: string) => look(page, `language-test-${name}-${size.width}`)
    await view('prompt')
    await page.getByRole('textbox', { name: t('test:form.prompt') }).fill('Hi')
    await page.getByRole('radio', { name: t('test:form.workflow') }).check()
    await page.getByRole('textbox', { name: t('test:editor.label') }).waitFor()
    const run = page.getByRole('button', { name: t('test:page.run'), exact: true })
    await run.click()
    const output = page.getByRole('region', { name: t('test:output.output') })
    await output
      .getByRole('status')
      .getByText(t('test:run.done'))
      .waitFor({ state: 'attached', ...soon })
    await view('workflow')
    for (const tab of ['graph', 'steps', 'memory'] as const) {
      await page.getByRole('tab', { name: t(`test:output.${tab}`) }).click()
      await page.getByRole('tabpanel', { name: t(`test:output.${tab}`) }).waitFor()
      if (tab === 'steps') await page.getByRole('listitem').getByRole('button').first().click()
      await view(tab)
    }
    await page.getByRole('radio', { name: t('test:form.both') }).check()
    await run.click()
    await page.getByRole('tab', { name: t('test:output.output') }).click()
    await expect.poll(() => output.getByRole('row').getByText(t('test:run.done')).count(), soon).toBe(2)
    await view('both')
    for (const drawer of ['gallery', 'history'] as const) {
      await page.getByRole('button', { name: t(`test:page.${drawer}`) }).click()
      const dialog = page.getByRole('dialog', { name: t(`test:page.${drawer}`) })
      await dialog.getByRole('listitem').first().waitFor()
      await view(drawer)
      await dialog.getByRole('button', { name: t('common:close') }).click()
      await dialog.waitFor({ state: 'hidden' })
    }
    await page.close()
  })

  it('says how the node stands, asks for how long to pause, and lists its commands', async () => {
    const page = await open('#/test', sizes[1])
    await page.getByRole('button', { name: t('guest:action.pause'), exact: true }).click()
    await page.getByRole('menuitem', { name: t('shell:pause.untilTime') }).waitFor()
    await saveScreenshot(page, `language-pause-menu-${language}`)
    await page.getByRole('menuitem', { name: t('shell:pause.untilTime') }).click()
    await page.getByRole('dialog', { name: t('shell:pause.title') }).waitFor()
    await saveScreenshot(page, `language-pause-until-${language}`)
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'hidden' })
    await page.getByRole('button', { name: t('guest:action.leave'), exact: true }).click()
    await page.getByText(t('shell:leaving.text')).waitFor()
    await saveScreenshot(page, `language-leave-${language}`)
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'hidden' })
    await page.keyboard.press('Control+k')
    await page.getByRole('dialog', { name: t('palette:commands') }).waitFor()
    await saveScreenshot(page, `language-palette-${language}`)
    if (language !== 'en') expect(await wordsLeft(page, language)).toEqual([])
    await page.close()
  })

  it('has no console errors', () => {
    expect(pages.errors).toEqual([])
  })
})

const namespaces = Object.keys(enWords)

/** But for names out of the invented node. */
async function wordsLeft(page: Page, language: Exclude<Language, 'en'>): Promise<string[]> {
  const left = await leftInEnglish(page, language, namespaces)
  return left.filter((text) => !/^(answer|Multi-hop.*)$|Summarise the minutes/.test(text))
}

/** Views that are wider than the window, and words that are wider than what they stand in. */
function overflow(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const main = document.querySelector('main')
    const wide = [document.documentElement, ...(main === null ? [] : [main])]
      .filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth)
      .map(({ tagName }) => tagName)
    const words = document.querySelectorAll<HTMLElement>('button, a, label, th, dt, dd, h1, h2, h3, p, kbd')
    const cut = [...words].filter(
      (element) =>
        element.closest('.react-flow, .cm-editor, pre, [class*=identifier]') === null &&
        getComputedStyle(element).textOverflow !== 'ellipsis' &&
        element.clientWidth > 1 &&
        element.scrollWidth > element.clientWidth + 1,
    )
    return [...wide, ...cut.map(({ tagName, textContent }) => `${tagName} ${textContent.slice(0, 60)}`)]
  })
}
