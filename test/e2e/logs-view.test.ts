import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type BarePages, openBarePages, saveScreenshot } from '../helpers/bare-page.ts'
import { barriers } from '../helpers/barriers.ts'

const search = (page: Page) => page.getByRole('textbox', { name: 'Search logs' })
const asExpression = (page: Page) => page.getByRole('button', { name: 'Regular expression' })

describe('the Logs view, with an invented node', () => {
  let pages: BarePages

  beforeAll(async () => {
    pages = await openBarePages()
  })
  afterAll(async () => {
    await pages[Symbol.asyncDispose]()
  })

  it.each(['dark', 'light'] as const)(
    'has no barriers in the %s theme, with what was found marked',
    async (theme) => {
      await using page = await pages.open(`?theme=${theme}#/logs`)
      await page.getByText('10,000 lines').waitFor()
      await asExpression(page).click()
      await search(page).fill('exitCode=\\d+|tokens?')
      await page.getByRole('log').locator('mark').first().waitFor()
      await page.getByText(/^[\d,]+ of 10,000 lines$/).waitFor()
      await saveScreenshot(page, `logs-found-${theme}`)
      expect(await barriers(page)).toEqual([])
      await search(page).fill('(?<!x)(open')
      await page.getByText(/^Not valid: /).waitFor()
      await page.getByText('10,000 lines').waitFor()
      await saveScreenshot(page, `logs-not-valid-${theme}`)
      expect(await barriers(page)).toEqual([])
    },
  )

  it.each(['de', 'es', 'tr', 'zh'])('has no barriers in %s', async (language) => {
    await using page = await pages.open(`?language=${language}#/logs`)
    await page.getByRole('log').getByRole('button').first().waitFor()
    expect(await barriers(page)).toEqual([])
    await saveScreenshot(page, `logs-${language}`)
  })

  it('searches a hundred thousand lines by an expression that would stop others, and goes on drawing', async () => {
    await using page = await pages.open('?lines=100000#/logs')
    await page.getByText('100,000 lines').waitFor()
    const rows = page.getByRole('log').getByRole('button')
    expect(await rows.count()).toBeLessThan(120)
    await asExpression(page).click()
    await watchFrames(page)
    await search(page).fill('(([a-z ]+)+ )+never$')
    await page.getByText('0 of 100,000 lines').waitFor({ timeout: 120_000 })
    const searching = await framesSince(page)
    await search(page).fill('exitCode')
    await page.getByText(/^[\d,]{3,} of 100,000 lines$/).waitFor({ timeout: 120_000 })
    await search(page).fill('')
    await page.getByText('100,000 lines', { exact: true }).waitFor()

    await watchFrames(page)
    const log = page.getByRole('log')
    await log.hover()
    for (let turn = 0; turn < 30; turn++) await page.mouse.wheel(0, turn % 2 === 0 ? -20_000 : -1_000)
    await log.evaluate((element) => element.scrollTo(0, element.scrollHeight / 2))
    await rows.first().waitFor()
    expect(await rows.count()).toBeLessThan(120)
    const scrolling = await framesSince(page)
    console.log(`frames while searching ${searching}, while scrolling ${scrolling}`)
  })

  it('holds the lines while others come, and goes on', async () => {
    await using page = await pages.open('?live#/logs')
    await page.getByText(/^10,0\d\d lines$/).waitFor()
    await page.getByRole('button', { name: 'Pause', exact: true, pressed: false }).last().click()
    await page.getByText(/lines · paused, \d+ newer$/).waitFor()
    const held = await page.getByRole('status').filter({ hasText: 'paused' }).textContent()
    await expect
      .poll(() => page.getByRole('status').filter({ hasText: 'paused' }).textContent())
      .not.toBe(held)
    expect((await page.getByRole('status').filter({ hasText: 'paused' }).textContent())?.split(' ·')[0]).toBe(
      held?.split(' ·')[0],
    )
    await page.getByRole('button', { name: 'Go on', exact: true }).click()
    await expect.poll(() => page.getByText('paused,', { exact: false }).count()).toBe(0)
  })

  it('is done by keyboard: an expression, a line’s fields, and the scopes', async () => {
    await using page = await pages.open('#/logs')
    await page.getByText('10,000 lines').waitFor()
    await asExpression(page).focus()
    await page.keyboard.press('Space')
    await search(page).focus()
    await page.keyboard.type('exitCode=139')
    const row = page.getByRole('log').getByRole('button').last()
    await row.getByText('ended unexpectedly', { exact: false }).waitFor()
    await row.focus()
    await page.keyboard.press('Enter')
    await page.getByText('"exitCode": 139').waitFor()
    await search(page).fill('')
    await page.getByText('10,000 lines').waitFor()
    await page.getByLabel('Scopes', { exact: true }).first().focus()
    await page.keyboard.press('ArrowDown')
    await page.getByRole('option').first().waitFor()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Escape')
    await page.getByText(/^[\d,]+ of 10,000 lines$/).waitFor()
  })

  it('wrote no errors to the console', () => {
    expect(pages.errors).toEqual([])
  })
})

/** Notes the time of each frame that is drawn. */
async function watchFrames(page: Page): Promise<void> {
  await page.evaluate(() => {
    const times: number[] = []
    Object.assign(window, { frameTimes: times })
    const note = (time: number) => {
      times.push(time)
      if (times.length < 20_000) requestAnimationFrame(note)
    }
    requestAnimationFrame(note)
  })
}

/** How many there were, and the longest and the median time between two. */
async function framesSince(page: Page): Promise<string> {
  return page.evaluate(() => {
    const { frameTimes } = window as unknown as { frameTimes: number[] }
    const gaps = frameTimes.slice(1).map((time, index) => time - (frameTimes[index] ?? time))
    const sorted = gaps.toSorted((one, other) => one - other)
    const at = (share: number) => Math.round(sorted[Math.floor((sorted.length - 1) * share)] ?? 0)
    return `${gaps.length}: median ${at(0.5)} ms, 95 % ${at(0.95)} ms, longest ${at(1)} ms`
  })
}
