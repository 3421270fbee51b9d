import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type BarePages, openBarePages, saveScreenshot } from '../helpers/bare-page.ts'
import { barriers } from '../helpers/barriers.ts'

const downloadsOf = (page: Page) => page.getByRole('region', { name: 'Downloads', exact: true })
const rowOf = (page: Page, name: string) => downloadsOf(page).locator('ul > li').filter({ hasText: name })

describe('the states of downloads and scans, with an invented node', () => {
  let pages: BarePages

  beforeAll(async () => {
    pages = await openBarePages()
  })
  afterAll(async () => {
    await pages[Symbol.asyncDispose]()
  })

  const look = async (page: Page, name: string) => {
    await page.evaluate(() => document.fonts.ready)
    await saveScreenshot(page, name)
    expect(await barriers(page), name).toEqual([])
  }

  describe.each(['dark', 'light'] as const)('in the %s theme', (theme) => {
    it('shows every state of a download without barriers', async () => {
      const page = await pages.open(`?theme=${theme}&pulls#/models/get`, { width: 1280, height: 1900 })
      await page.getByRole('tab', { name: 'Get models 3 failed' }).waitFor()
      await rowOf(page, 'qwen3-8b:q4_K_M')
        .getByText('2.1 GB of 4.92 GB · 24.6 MB/s · 1 min 54 s left')
        .waitFor()
      await rowOf(page, 'gemma-3-4b:q8_0')
        .getByText('Trying again in 4 s: the server closed the connection')
        .waitFor()
      await rowOf(page, 'phi-4').getByText('3.3 GB of 4.92 GB read for the digest').waitFor()
      await rowOf(page, 'smollm3')
        .getByText(/Trying again in 4 min .*: .*cannot be reached/)
        .waitFor()
      await rowOf(page, 'demo-copy')
        .getByText(/no digest was known beforehand/)
        .waitFor()
      await page.getByRole('region', { name: 'Catalogue' }).getByText('5 models').waitFor()
      await page.getByRole('button', { name: 'Versions of Qwen3 Coder 30B A3B Instruct' }).click()
      await page
        .getByText(/of its 33 layers have room on the GPU/)
        .first()
        .waitFor()
      await look(page, `models-get-states-${theme}`)
      await page.close()
    })

    it('shows a scan in its middle, with what is known so far, without barriers', async () => {
      const page = await pages.open(`?theme=${theme}#/models/files`, { width: 1280, height: 1200 })
      await page.getByRole('button', { name: 'Scan for models' }).click()
      const found = page.getByRole('region', { name: 'Found on this computer' })
      await found.getByText('Scanning: 2 models in 18,204 files and folders').waitFor()
      await found.getByRole('progressbar', { name: 'Reading qwen3-8b-q4_K_M.gguf' }).waitFor()
      await found.getByText('2.02 GB in copies').waitFor()
      await look(page, `models-files-scanning-${theme}`)
      await found.getByRole('button', { name: 'Stop scanning' }).click()
      await found.getByRole('button', { name: 'Scan again' }).waitFor()
      await page.close()
    })

    it('offers the new settings without barriers', async () => {
      const page = await pages.open(`?theme=${theme}#/settings`, { width: 1280, height: 1500 })
      await page.getByRole('textbox', { name: 'Search settings' }).fill('model')
      await page.getByRole('region', { name: 'Models' }).getByText('Memory to keep free').waitFor()
      await page.getByRole('radio', { name: 'This one' }).check()
      await page.getByRole('textbox', { name: 'Address of the proxy' }).waitFor()
      await look(page, `models-settings-${theme}`)
      await page.close()
    })
  })

  it('mends a failed download by the button that its reason asks for', async () => {
    const page = await pages.open('?pulls#/models/get')
    await rowOf(page, 'gpt-oss').getByRole('button', { name: 'Make room' }).click()
    await page.getByRole('tab', { name: 'On this computer', selected: true }).waitFor()
    await page.goBack()
    await rowOf(page, 'devstral').getByRole('button', { name: 'Proxy and servers' }).click()
    await page.getByRole('heading', { level: 1, name: 'Settings' }).waitFor()
    await page.goBack()
    const gated = rowOf(page, 'llama-3.3-70b')
    await gated.getByRole('link', { name: 'Read and accept the licence' }).waitFor()
    await gated.getByRole('button', { name: 'Set a token' }).click()
    const dialog = page.getByRole('dialog', { name: 'Access token for gated models' })
    await dialog.getByLabel('Access token', { exact: true }).fill('hf_abc')
    await page.keyboard.press('Enter')
    await dialog.waitFor({ state: 'hidden' })
    await gated.getByText('Waiting', { exact: true }).waitFor()
    await rowOf(page, 'gpt-oss').getByRole('button', { name: 'Try again' }).click()
    await rowOf(page, 'gpt-oss').getByText('Waiting', { exact: true }).waitFor()
    await rowOf(page, 'devstral')
      .getByRole('button', { name: /^Cancel / })
      .click()
    await rowOf(page, 'devstral').waitFor({ state: 'hidden' })
    await page.close()
  })

  it('keeps amounts in the units of people, and what is no amount out', async () => {
    const page = await pages.open('#/settings')
    const limit = page.getByRole('textbox', { name: 'Speed limit' })
    await limit.fill('2.5')
    await limit.press('Enter')
    await page.getByRole('status').getByText('Saved').first().waitFor()
    expect(await limit.inputValue()).toBe('2.5')
    await limit.fill('fast')
    await page.getByText('A number such as 8 or 0.5').waitFor()
    await limit.fill('')
    await limit.press('Enter')
    await page.getByText('A number such as 8 or 0.5').waitFor({ state: 'hidden' })
    expect(await limit.getAttribute('placeholder')).toBe('No limit')
    await page.close()
  })

  it('says that nothing fits, and that a list could not be read', async () => {
    const empty = await pages.open('?scenario=empty#/models/get')
    await empty.getByText('No model of the catalogue fits at the moment').waitFor()
    expect(await barriers(empty)).toEqual([])
    await empty.close()
    const broken = await pages.open('?broken#/models/get')
    await broken.getByText('Something unexpected went wrong').first().waitFor()
    expect(await broken.getByRole('button', { name: 'Try again' }).count()).toBe(2)
    expect(await barriers(broken)).toEqual([])
    await broken.close()
  })

  it('logged no error in all of that', () => {
    expect(pages.errors).toEqual([])
  })
})
