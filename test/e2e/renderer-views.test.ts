import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type BarePages, openBarePages, saveScreenshot } from '../helpers/bare-page.ts'
import { barriers } from '../helpers/barriers.ts'

const views = [
  'overview',
  'models',
  'tasks',
  'earnings',
  'network',
  'test',
  'health',
  'logs',
  'settings',
] as const

/** Goes to a view and waits until all that it reads is there. */
async function goTo(page: Page, view: (typeof views)[number]): Promise<void> {
  await page.getByRole('navigation').getByRole('link', { name: view }).click()
  await page.getByRole('heading', { level: 1, name: view }).waitFor()
  await expect.poll(() => page.getByRole('status', { name: 'Loading' }).count()).toBe(0)
  await page.evaluate(() => document.fonts.ready)
}

describe('the window, with an invented node', () => {
  let pages: BarePages

  beforeAll(async () => {
    pages = await openBarePages()
  })
  afterAll(async () => {
    await pages[Symbol.asyncDispose]()
  })

  describe.each(['dark', 'light'] as const)('in the %s theme', (theme) => {
    it('no view has barriers', async () => {
      const page = await pages.open(`?theme=${theme}#/overview`)
      for (const view of views) {
        await goTo(page, view)
        if (view === 'overview' || view === 'earnings')
          await page.locator('.recharts-surface').first().waitFor()
        await saveScreenshot(page, `window-${view}-${theme}`)
        expect(await barriers(page), view).toEqual([])
      }
      await page.close()
    })

    it('the first run and a failed node have no barriers', async () => {
      for (const scenario of ['first-run', 'failed']) {
        const page = await pages.open(`?theme=${theme}&scenario=${scenario}#/overview`)
        await page.getByRole('button', { name: 'Join' }).waitFor()
        await saveScreenshot(page, `window-${scenario}-${theme}`)
        expect(await barriers(page)).toEqual([])
        await page.close()
      }
    })
  })

  it('fits every view into the smallest window', async () => {
    const page = await pages.open('#/overview', { width: 900, height: 600 })
    for (const view of views) {
      await goTo(page, view)
      const overflowing = await page.evaluate(() => ({
        page: document.documentElement.scrollWidth - window.innerWidth,
        main:
          (document.querySelector('main')?.scrollWidth ?? 0) -
          (document.querySelector('main')?.clientWidth ?? 0),
      }))
      expect(overflowing, view).toEqual({ page: 0, main: 0 })
      await saveScreenshot(page, `window-${view}-small`)
    }
    await page.close()
  })

  it('opens a task by keyboard, walks to the next, and gives the focus back', async () => {
    const page = await pages.open('#/tasks')
    const table = page.getByRole('grid', { name: 'Tasks' })
    await table.getByRole('row').nth(8).waitFor()
    await table.focus()
    for (let step = 0; step < 8; step += 1) await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    const drawer = page.getByRole('dialog', { name: 'Task details' })
    await drawer.getByRole('heading', { name: 'What happened' }).waitFor()
    expect(await barriers(page)).toEqual([])
    await saveScreenshot(page, 'window-task-details')
    const before = page.url()
    await page.keyboard.press('j')
    await expect.poll(() => page.url()).not.toBe(before)
    await page.keyboard.press('Escape')
    await drawer.waitFor({ state: 'hidden' })
    expect(page.url()).toMatch(/#\/tasks$/)
    await expect.poll(() => table.evaluate((element) => element === document.activeElement)).toBe(true)
    await page.close()
  })

  it('follows the theme of the system while nobody chose one', async () => {
    const page = await pages.open('#/overview')
    for (const colorScheme of ['dark', 'light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      await page.locator(`html[data-mantine-color-scheme=${colorScheme}]`).waitFor()
    }
    await page.close()
  })

  it('finds commands by name', async () => {
    const page = await pages.open('#/overview')
    await page.keyboard.press('Control+k')
    const palette = page.getByRole('dialog', { name: 'Commands' })
    await palette.getByRole('textbox').fill('pau')
    expect(await barriers(page)).toEqual([])
    await page.keyboard.press('Enter')
    await page.getByRole('status').getByText('Paused').waitFor({ state: 'attached' })
    await page.getByRole('button', { name: 'Resume', exact: true }).waitFor()
    await page.close()
  })

  it('draws a handful of elements for ten thousand log lines, follows, and holds still when scrolled up', async () => {
    const page = await pages.open('?live#/logs')
    const log = page.getByRole('log')
    await page.getByText(/^10,0\d\d lines$|^10,000 lines$/).waitFor()
    const lines = log.getByRole('button')
    expect(await lines.count()).toBeLessThan(120)
    await log.hover()
    await page.mouse.wheel(0, -4_000)
    await page.getByRole('button', { name: /^Follow: \d+ new lines?$/ }).waitFor()
    const place = await log.evaluate((element) => element.scrollTop)
    await page.getByRole('button', { name: /^Follow: [3-9] new lines$/ }).waitFor()
    expect(await log.evaluate((element) => element.scrollTop)).toBe(place)
    await page.getByRole('button', { name: /^Follow/ }).click()
    await page.getByRole('button', { name: /^Follow/ }).waitFor({ state: 'hidden' })
    await page.close()
  })

  it('filters the log by expression, and says what is wrong with one', async () => {
    const page = await pages.open('#/logs')
    await page.getByText('10,000 lines').waitFor()
    await page.getByRole('button', { name: 'Regular expression' }).click()
    const search = page.getByRole('textbox', { name: 'Search logs' })
    await search.fill('^inference .*exitCode=139')
    await page.getByText(/^\d+ of 10,000 lines$/).waitFor()
    await page.getByRole('log').getByText('ended unexpectedly').first().waitFor()
    await search.fill('(open')
    await page.getByText('Not valid: missing closing )', { exact: false }).waitFor()
    await page.close()
  })

  it('scrolls through thousands of tasks, page by page, with few elements', async () => {
    const page = await pages.open('?scenario=long#/tasks')
    const table = page.getByRole('grid', { name: 'Tasks' })
    await table.getByRole('row').nth(8).waitFor()
    const height = () => table.evaluate((element) => element.scrollHeight)
    const first = await height()
    await table.evaluate((element) => element.scrollTo(0, element.scrollHeight))
    await expect.poll(height).toBeGreaterThan(first)
    expect(await table.getByRole('row').count()).toBeLessThan(60)
    await page.close()
  })

  it('runs a prompt and shows its text as it comes', async () => {
    const page = await pages.open('#/test')
    await page.getByRole('textbox', { name: 'Prompt' }).fill('Why three hearts?')
    await page.getByRole('radio', { name: 'Network' }).check()
    await page.getByRole('button', { name: 'Run' }).click()
    const output = page.getByRole('region', { name: 'Output' })
    await output.getByText(/Octopuses have three/).waitFor()
    await output.getByText('Done').first().waitFor()
    await saveScreenshot(page, 'window-test-done')
    expect(await barriers(page)).toEqual([])
    await page.close()
  })

  it('names each fault of a refused workflow', async () => {
    const page = await pages.open('#/test')
    await page.getByRole('textbox', { name: 'Prompt' }).fill('fail')
    await page.getByRole('button', { name: 'Run' }).click()
    const alert = page.getByRole('region', { name: 'Output' }).getByRole('alert')
    await alert.getByText('tasks[2].inputs[0].value.type').waitFor()
    expect(await barriers(page)).toEqual([])
    await page.close()
  })

  it('keeps a refused setting as it was, with the reason', async () => {
    const page = await pages.open('#/settings')
    const name = page.getByRole('textbox', { name: 'Name of the network' })
    await name.fill('not a name')
    await name.press('Enter')
    await page.getByText('Expected letters, digits and hyphens').waitFor()
    await name.press('Escape')
    expect(await name.inputValue()).toBe('main')
    await page.close()
  })

  it.each(['dark', 'light'])(
    'turns a tool on, takes its key and tries it, in the %s theme',
    async (theme) => {
      const page = await pages.open(`?theme=${theme}#/settings`)
      await page.getByRole('textbox', { name: 'Search settings' }).fill('tools')
      const panel = page.getByRole('region', { name: 'Tools' })
      // The track lies over the input; a person clicks on it all the same.
      await panel.getByRole('switch', { name: 'Serper' }).click({ force: true })
      await panel.getByText('Needs a key').waitFor()
      const key = panel.getByLabel('Key', { exact: true })
      await key.fill('abc-123')
      await key.press('Enter')
      await panel.getByText('Needs a key').waitFor({ state: 'hidden' })
      expect(await key.inputValue()).toBe('')
      await panel.getByRole('button', { name: 'Try Serper' }).click()
      await panel.getByText('Weather today').waitFor()
      await panel.getByRole('button', { name: 'Try Stock prices' }).click()
      const alert = panel.getByRole('alert')
      await alert.getByText('cannot be reached').waitFor()
      await alert.scrollIntoViewIfNeeded()
      expect(await barriers(page)).toEqual([])
      await saveScreenshot(page, `window-settings-tools-${theme}`)
      await page.close()
    },
  )

  it('shows no motion to those who ask for none', async () => {
    const page = await pages.open('#/tasks')
    await page.emulateMedia({ reducedMotion: 'reduce' })
    await page.getByRole('row').nth(1).waitFor()
    const moving = await page.evaluate(
      () => document.getAnimations().filter((animation) => animation.playState === 'running').length,
    )
    expect(moving).toBe(0)
    await page.close()
  })

  it('logged no error in all of that', () => {
    expect(pages.errors).toEqual([])
  })
})
