import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { languages } from '../../src/locales/translate.ts'
import { type BarePages, openBarePages, saveScreenshot } from '../helpers/bare-page.ts'
import { barriers } from '../helpers/barriers.ts'
import { leftInEnglish } from '../helpers/left-in-english.ts'

/** Words that these views show. Those of other views may say what a task of the invented node is called. */
const namespaces = [
  'common',
  'components',
  'errors',
  'guest',
  'navigation',
  'reach',
  'shell',
  'states',
  'unpaid',
  'workflow',
  'earnings',
  'network',
  'tasks',
]
const smallest = { width: 900, height: 600 }

describe.each(languages)('the views of work, in %s', (language) => {
  let pages: BarePages

  beforeAll(async () => {
    pages = await openBarePages()
  })
  afterAll(async () => {
    await pages[Symbol.asyncDispose]()
  })

  async function open(query: string, hash: string): Promise<Page> {
    const page = await pages.open(`?language=${language}${query}#/${hash}`, smallest)
    await page.locator(`html[lang="${language}"]`).waitFor()
    return page
  }

  /** Looks at what is open, once all of it is there. */
  async function look(page: Page, name: string): Promise<void> {
    await expect.poll(() => page.locator('[role="status"][aria-label]').count()).toBe(0)
    await page.evaluate(() => document.fonts.ready)
    await saveScreenshot(page, `language-${language}-${name}`)
    expect.soft(await leftInEnglish(page, language, namespaces), name).toEqual([])
    expect.soft(await cutOff(page), name).toEqual([])
    expect.soft(await barriers(page), name).toEqual([])
  }

  it('the Network view has no barriers, fits, and is all in that language', async () => {
    await using page = await open('', 'network')
    await page.locator('.recharts-surface').first().waitFor()
    await look(page, 'network-peers')
    await page.locator('button[data-mark="trouble"]').first().click()
    await page.getByRole('dialog').locator('.recharts-surface').first().waitFor()
    await look(page, 'network-peer')
    await page.keyboard.press('Escape')
    await page.getByRole('tab').nth(1).click()
    await page.getByRole('row').nth(1).waitFor()
    await look(page, 'network-offers')
    await page.getByRole('tab').nth(2).click()
    await page.getByRole('row').nth(1).waitFor()
    await look(page, 'network-kept-out')
  })

  it('the Network view of a node in trouble is, too', async () => {
    await using page = await open('&behind-router&wrong-clock&peers=3', 'network')
    await page.getByRole('alert').waitFor()
    await look(page, 'network-troubled')
    await using offline = await open('&scenario=offline', 'network')
    await look(offline, 'network-offline')
  })

  it('the Earnings view is, too', async () => {
    await using page = await open('', 'earnings')
    await page.locator('.recharts-bar-rectangle').first().waitFor()
    await look(page, 'earnings-overview')
    const tabs = page.getByRole('tab')
    await tabs.nth(1).click()
    await page.locator('button[aria-pressed="false"]').first().click()
    await look(page, 'earnings-unpaid')
    for (const [at, name] of [
      [2, 'requesters'],
      [3, 'statements'],
      [4, 'ledger'],
    ] as const) {
      await tabs.nth(at).click()
      await page.getByRole('row').nth(1).waitFor()
      await look(page, `earnings-${name}`)
    }
    await tabs.nth(3).click()
    await page.getByRole('tabpanel').getByRole('button').first().click()
    await page.getByRole('dialog').getByRole('radio').first().waitFor()
    await look(page, 'earnings-statement')
  })

  it('the Tasks view is, too', async () => {
    await using page = await open('', 'tasks')
    await page.getByRole('row').nth(1).waitFor()
    await look(page, 'tasks')
    for (const [role, tone] of [
      ['executed', 'attention'],
      ['executed', 'running'],
      ['requested', 'earned'],
    ] as const) {
      await page.locator(`input[value="${role}"]`).check()
      await page
        .getByRole('row')
        .filter({ has: page.locator(`[data-tone="${tone}"]`) })
        .first()
        .click({ position: { x: 300, y: 8 } })
      await page.getByRole('dialog').getByRole('heading', { level: 3 }).first().waitFor()
      await look(page, `task-${role}-${tone}`)
      await page.keyboard.press('Escape')
    }
  })

  it('logged no error in all of that', () => {
    expect(pages.errors).toEqual([])
  })
})

/** What is wider than its place: the view, heads of tables, times, states, buttons, choices. */
async function cutOff(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const whole = [
      'main',
      '[role="columnheader"]',
      '[role="gridcell"]:has(time)',
      '[role="cell"]:has(time)',
      '[role="gridcell"] [data-tone] > span',
      '[role="cell"] [data-tone] > span',
      'label',
      // Buttons with titles are identifiers, which have the sign of copying come over their ends.
      'button:not([title], [data-peer])',
    ]
    return [...document.querySelectorAll<HTMLElement>(whole.join())]
      .filter(({ scrollWidth, clientWidth }) => clientWidth > 1 && scrollWidth > clientWidth + 1)
      .map(
        ({ tagName, scrollWidth, clientWidth, textContent }) =>
          `${tagName} ${scrollWidth} > ${clientWidth}: ${textContent.slice(0, 60)}`,
      )
  })
}
