import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type BarePages, openBarePages, saveScreenshot } from '../helpers/bare-page.ts'
import { barriers } from '../helpers/barriers.ts'

const card = (page: Page, name: string) => page.getByRole('region', { name, exact: true })

async function openDetails(page: Page, name: string) {
  await page.getByRole('button', { name: `Details of ${name}` }).click()
  const model = card(page, name)
  await model.getByRole('slider', { name: 'Context for each task' }).waitFor()
  return model
}

async function openTab(page: Page, name: string): Promise<void> {
  await page.getByRole('tab', { name }).click()
  await page.getByRole('tabpanel', { name }).waitFor()
  await expect.poll(() => page.getByRole('status', { name: /Loading/ }).count()).toBe(0)
  await page.evaluate(() => document.fonts.ready)
}

describe('served models and devices, with an invented node', () => {
  let pages: BarePages

  beforeAll(async () => {
    pages = await openBarePages()
  })
  afterAll(async () => {
    await pages[Symbol.asyncDispose]()
  })

  describe.each(['dark', 'light'] as const)('in the %s theme', (theme) => {
    it('have no barriers', async () => {
      await using page = await pages.open(`?theme=${theme}#/models`)
      await page.getByText('1.28k tokens/s').waitFor()
      await page.getByText('that models may take').first().waitFor()
      await saveScreenshot(page, `served-${theme}`)
      expect(await barriers(page)).toEqual([])

      const model = await openDetails(page, 'qwen2.5:1.5b-instruct-q5_0')
      await model.locator('.recharts-surface').waitFor()
      await model.getByText('Beside other machines').click()
      await model.getByRole('heading', { level: 3 }).first().scrollIntoViewIfNeeded()
      await saveScreenshot(page, `served-details-${theme}`)
      expect(await barriers(page)).toEqual([])

      await openTab(page, 'Devices')
      await saveScreenshot(page, `devices-${theme}`)
      expect(await barriers(page)).toEqual([])
    })

    it('have no barriers while something is wrong', async () => {
      await using page = await pages.open(`?theme=${theme}&scenario=suspended#/models`)
      await page.getByText('The GPU is missing').waitFor()
      await saveScreenshot(page, `served-suspended-${theme}`)
      expect(await barriers(page)).toEqual([])
      await openTab(page, 'Devices')
      await saveScreenshot(page, `devices-suspended-${theme}`)
      expect(await barriers(page)).toEqual([])
      await page.getByRole('button', { name: 'Use the processor meanwhile' }).click()
      await page.getByText('The processor stands in for the GPU').waitFor()
      await saveScreenshot(page, `devices-fallback-${theme}`)
      expect(await barriers(page)).toEqual([])

      await using troubled = await pages.open(`?theme=${theme}&scenario=troubles#/models`)
      await troubled.getByRole('button', { name: /Use less context/ }).waitFor()
      await saveScreenshot(troubled, `served-troubles-${theme}`)
      expect(await barriers(troubled)).toEqual([])
    })
  })

  it('fit into the smallest window', async () => {
    await using page = await pages.open('#/models', { width: 900, height: 600 })
    const overflowing = () =>
      page.evaluate(() => {
        const main = document.querySelector('main')
        return [
          document.documentElement.scrollWidth - window.innerWidth,
          (main?.scrollWidth ?? 0) - (main?.clientWidth ?? 0),
        ]
      })
    await openDetails(page, 'qwen2.5:1.5b-instruct-q5_0')
    expect(await overflowing()).toEqual([0, 0])
    await saveScreenshot(page, 'served-small')
    await openTab(page, 'Devices')
    expect(await overflowing()).toEqual([0, 0])
    await saveScreenshot(page, 'devices-small')
  })

  it('works out memory while a slider moves, by keyboard, saves it, and goes back to automatic', async () => {
    await using page = await pages.open('#/models')
    const model = await openDetails(page, 'qwen2.5:1.5b-instruct-q5_0')
    const context = model.getByRole('slider', { name: 'Context for each task' })
    expect(await context.getAttribute('aria-valuetext')).toBe('8,192 tokens')
    const verdict = model.getByRole('status').filter({ hasText: /Fits|Too large/ })
    const before = await verdict.textContent()
    expect(await model.getByRole('button', { name: 'Apply' }).isDisabled()).toBe(true)
    await context.focus()
    await page.keyboard.press('ArrowRight')
    expect(await context.getAttribute('aria-valuetext')).toBe('12,288 tokens')
    await model.getByText(/more than now/).waitFor()
    expect(await verdict.textContent()).not.toBe(before)
    await page.keyboard.press('End')
    await verdict.filter({ hasText: 'Too large' }).waitFor()
    await model.getByRole('radio', { name: /Quarter/ }).check()
    await page.keyboard.press('Tab')
    await model.getByRole('button', { name: 'Apply' }).click()
    await model.getByRole('button', { name: 'Undo changes' }).waitFor({ state: 'hidden' })
    const draft = model.getByLabel('Draft model', { exact: true })
    await draft.click()
    await page.getByRole('option').nth(1).click()
    await model.getByRole('button', { name: 'Apply' }).click()
    await model.getByRole('button', { name: 'Undo changes' }).waitFor({ state: 'hidden' })
    expect(await draft.inputValue()).not.toBe('None')
    await model.getByRole('button', { name: 'Reset to automatic' }).click()
    await expect.poll(() => context.getAttribute('aria-valuetext')).toBe('8,192 tokens')
    await model.getByRole('button', { name: 'Reset to automatic' }).waitFor({ state: 'hidden' })
  })

  it('mends each trouble by its button', async () => {
    await using page = await pages.open('?scenario=troubles#/models')
    await page.getByRole('button', { name: 'Choose the file again: gone:1b' }).click()
    await card(page, 'gone:1b').getByText('Ready').waitFor()
    await page.getByRole('button', { name: /^Use less context.*large:8b/ }).click()
    await card(page, 'large:8b').getByText('Ready').waitFor()
    await page.getByRole('button', { name: 'Download again: llama3.1:8b-instruct-q4_K_M' }).click()
    await page.getByText('is downloaded again').waitFor()
    await page.getByRole('button', { name: 'Restart inference' }).click()
    await page.getByText('Inference is started again').waitFor()
  })

  it('chooses devices one by one, and gives the choice back', async () => {
    await using page = await pages.open('#/models')
    await openTab(page, 'Devices')
    const auto = page.getByRole('switch', { name: 'Choose automatically' })
    expect(await auto.isChecked()).toBe(true)
    // The track lies over the input; a person clicks on it all the same.
    await page.getByRole('switch', { name: /^Use AMD Ryzen/ }).click({ force: true })
    await expect.poll(() => auto.isChecked()).toBe(false)
    expect(await page.getByRole('switch', { name: /^Use NVIDIA/ }).isChecked()).toBe(false)
    await auto.click({ force: true })
    await expect.poll(() => page.getByRole('switch', { name: /^Use NVIDIA/ }).isChecked()).toBe(true)
  })

  it('sets the memory that models may take', async () => {
    await using page = await pages.open('#/models')
    await page.getByRole('button', { name: 'Budget: what is free' }).click()
    await page.getByRole('radio', { name: 'At most' }).check()
    await page.getByLabel('All models together').fill('8')
    expect(await barriers(page)).toEqual([])
    await page.getByRole('button', { name: 'Set budget' }).click()
    await page.getByRole('button', { name: 'Budget: 8 GB' }).waitFor()
    await page
      .getByText('that models may take')
      .first()
      .getByText('8 GB')
      .or(page.getByText(/of the 8 GB/))
      .first()
      .waitFor()
  })

  it('say on the Overview that the GPU is missing', async () => {
    await using page = await pages.open('?scenario=suspended#/overview')
    await page.getByRole('button', { name: 'Look for the GPU again' }).waitFor()
    await saveScreenshot(page, 'overview-suspended')
    expect(await barriers(page)).toEqual([])
  })

  it('logged no error in all of that', () => {
    expect(pages.errors).toEqual([])
  })
})
