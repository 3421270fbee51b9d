import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type BarePages, openBarePages, saveScreenshot } from '../helpers/bare-page.ts'
import { barriers } from '../helpers/barriers.ts'

const tabs = ['Overview', 'Not paid', 'Requesters', 'Statements', 'Ledger'] as const
const sizes = [
  { width: 1280, height: 800 },
  { width: 900, height: 600 },
] as const

/** Until all that the view reads is there. */
async function settled(page: Page): Promise<void> {
  await expect.poll(() => page.getByRole('status', { name: 'Loading' }).count(), { timeout: 20_000 }).toBe(0)
  await page.evaluate(() => document.fonts.ready)
}

async function openTab(page: Page, name: (typeof tabs)[number]): Promise<void> {
  await page.getByRole('tab', { name, exact: true }).click()
  await settled(page)
}

describe('the Earnings view, with an invented node', () => {
  let pages: BarePages

  beforeAll(async () => {
    pages = await openBarePages()
  })
  afterAll(async () => {
    await pages[Symbol.asyncDispose]()
  })

  it.each(['dark', 'light'] as const)('has no barriers and fits, in the %s theme', async (theme) => {
    for (const size of sizes) {
      const page = await pages.open(`?theme=${theme}#/earnings`, size)
      for (const tab of tabs) {
        await openTab(page, tab)
        if (tab === 'Overview') await page.locator('.recharts-bar-rectangle').first().waitFor()
        expect(await barriers(page), `${tab} at ${size.width}`).toEqual([])
        const overflow = await page.evaluate(
          () =>
            (document.querySelector('main')?.scrollWidth ?? 0) -
            (document.querySelector('main')?.clientWidth ?? 0),
        )
        expect(overflow, `${tab} at ${size.width}`).toBe(0)
        await saveScreenshot(page, `earnings-${tab.toLowerCase().replace(' ', '-')}-${theme}-${size.width}`)
      }
      await page.close()
    }
  })

  it('shows the days of one model, one requester, and all again, by keyboard', async () => {
    const page = await pages.open('#/earnings')
    const chart = page.getByRole('img', { name: /^Last \d+ days, in credits/ })
    await settled(page)
    const all = await chart.getAttribute('aria-label')
    await page
      .getByRole('list', { name: 'Models' })
      .getByRole('button', { name: /^demo / })
      .focus()
    await page.keyboard.press('Enter')
    await expect.poll(() => chart.getAttribute('aria-label')).toMatch(/: demo [\d.]+$/)
    await page.getByRole('list', { name: 'Requesters' }).getByRole('button').nth(1).focus()
    await page.keyboard.press('Space')
    const marks = page.getByRole('button', { name: /^Only / })
    await expect.poll(() => marks.count()).toBe(2)
    await saveScreenshot(page, 'earnings-filtered')
    expect(await barriers(page)).toEqual([])
    await page.getByRole('radio', { name: '90 days' }).focus()
    await page.keyboard.press('ArrowLeft')
    await page.getByRole('radio', { name: '30 days', checked: true }).waitFor()
    await marks.first().focus()
    await page.keyboard.press('Enter')
    await marks.first().focus()
    await page.keyboard.press('Enter')
    await expect.poll(() => chart.getAttribute('aria-label')).toBe(all)
    await page.getByRole('radio', { name: 'Payment' }).check()
    await expect.poll(() => chart.getAttribute('aria-label')).toContain('on its way')
    await saveScreenshot(page, 'earnings-payment')
    await page.getByRole('radio', { name: 'Spending' }).check()
    await expect.poll(() => chart.getAttribute('aria-label')).toContain('spent')
    await page.close()
  })

  it('filters what is not paid by its cause, says what can be done, and opens the task', async () => {
    const page = await pages.open('#/earnings/unpaid')
    const table = page.getByRole('grid', { name: 'Not paid' })
    await table.getByRole('row').nth(5).waitFor()
    await page.getByRole('button', { name: /^Disputed/ }).click()
    await expect.poll(() => table.getByRole('row').count()).toBe(2)
    await page.getByRole('status').getByText('The requester signed why it does not pay.').waitFor()
    await saveScreenshot(page, 'earnings-unpaid-disputed')
    await table.focus()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await page.getByRole('dialog', { name: 'Task details' }).waitFor()
    await page.close()
  })

  it('makes a statement for a requester that owes, and takes a settlement', async () => {
    const page = await pages.open('#/earnings/statements')
    await settled(page)
    await page.getByRole('button', { name: 'Make a statement…' }).click()
    const dialog = page.getByRole('dialog', { name: 'Make a statement' })
    const save = dialog.getByRole('button', { name: 'Save as…' })
    expect(await save.isDisabled()).toBe(true)
    await dialog.getByRole('combobox', { name: 'Requester' }).click()
    await page.getByRole('option').first().click()
    expect(await barriers(page)).toEqual([])
    await saveScreenshot(page, 'earnings-make-statement')
    await save.click()
    await page.getByText(/4fQz81Lk\.statement\.jsonl\. Send it/).waitFor()
    await dialog.waitFor({ state: 'hidden' })
    await page.getByRole('button', { name: 'Take a settlement…' }).click()
    await page.getByText('1,204 entries, 61.2004 credits are settled').waitFor()
    await page.close()
  })

  it('says in every part how it fills while there is nothing', async () => {
    const page = await pages.open('?scenario=empty#/earnings')
    const words = {
      Overview: 'Nothing in this time',
      'Not paid': 'Every finished task was paid',
      Requesters: 'Nobody has asked for anything yet',
      Statements: 'No statements yet',
      Ledger: 'No entries yet',
    }
    for (const tab of tabs) {
      await openTab(page, tab)
      await page.getByText(words[tab]).first().waitFor()
      expect(await barriers(page), tab).toEqual([])
    }
    await openTab(page, 'Overview')
    await saveScreenshot(page, 'earnings-empty')
    await page.close()
  })

  it('wrote no errors', () => {
    expect(pages.errors).toEqual([])
  })
})
