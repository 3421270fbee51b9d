import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type BarePages, openBarePages, saveScreenshot } from '../helpers/bare-page.ts'
import { barriers } from '../helpers/barriers.ts'

const editorOf = (page: Page) => page.getByRole('textbox', { name: 'Workflow JSON' })
const outputOf = (page: Page) => page.getByRole('region', { name: 'Output' })
/** What the line under the editor says, to all and to screen readers. */
const problemsOf = (page: Page) =>
  page.getByRole('region', { name: 'Task' }).getByRole('status').filter({ hasText: /\S/ })

/** Opens the view with a workflow in its editor: checked, and without faults. */
async function openEditor(pages: BarePages, address = '#/test', size?: { width: number; height: number }) {
  const page = await pages.open(address, size)
  await page.getByRole('radio', { name: 'Workflow' }).check()
  await editorOf(page).waitFor()
  await problemsOf(page).getByText('No problems').waitFor({ state: 'attached' })
  await page.evaluate(() => document.fonts.ready)
  return page
}

/** Puts another text in place of the editor's, as a person who pastes it. */
async function write(page: Page, text: string): Promise<void> {
  await editorOf(page).focus()
  await page.keyboard.press('Control+a')
  await page.keyboard.insertText(text)
}

/** Waits until nothing slides or fades any more. */
const stillness = (page: Page) =>
  page.evaluate(async () => {
    const moving = document
      .getAnimations()
      .filter((animation) => animation.effect?.getComputedTiming().endTime !== Number.POSITIVE_INFINITY)
    await Promise.allSettled(moving.map((animation) => animation.finished))
  })

const textOf = (page: Page) => editorOf(page).evaluate((element) => (element as HTMLElement).innerText)

const faulty = `{
  "config": { "max_steps": 10, "max_time": 60 },
  "tasks": [
    { "id": "answer", "operator": "generate", "messages": [] },
    { "id": "end", "operator": "end", "messages": [] }
  ],
  "steps": [{ "source": "anwser", "target": "end" }],
  "return_value": { "input": { "type": "read", "key": "answer" } }
}`

describe('the Test view, with an invented node', () => {
  let pages: BarePages

  beforeAll(async () => {
    pages = await openBarePages()
  })
  afterAll(async () => {
    await pages[Symbol.asyncDispose]()
  })

  describe.each(['dark', 'light'] as const)('in the %s theme', (theme) => {
    it('has no barriers in any of its states', async () => {
      const page = await openEditor(pages, `?theme=${theme}#/test`)
      const look = async (name: string) => {
        await stillness(page)
        await saveScreenshot(page, `test-${name}-${theme}`)
        expect(await barriers(page), name).toEqual([])
      }
      await look('untried')

      await write(page, faulty)
      await problemsOf(page)
        .getByText(/2 problems/)
        .waitFor({ state: 'attached' })
      await look('faulty')

      await page.getByRole('button', { name: 'Gallery' }).click()
      const gallery = page.getByRole('dialog', { name: 'Gallery' })
      await gallery.getByRole('button', { name: /^Multi-hop/ }).waitFor()
      await look('gallery')
      await gallery.getByRole('button', { name: /^Multi-hop/ }).click()
      await gallery.waitFor({ state: 'hidden' })
      await problemsOf(page).getByText('No problems').waitFor({ state: 'attached' })

      await page.getByRole('button', { name: 'Run', exact: true }).click()
      await outputOf(page).getByRole('status').getByText('Done').waitFor({ state: 'attached' })
      await look('workflow-done')
      for (const tab of ['Graph', 'Steps', 'Memory']) {
        await page.getByRole('tab', { name: tab }).click()
        await page.getByRole('tabpanel', { name: tab }).waitFor()
        await look(`workflow-${tab.toLowerCase()}`)
      }
      await page.getByRole('tab', { name: 'Output' }).click()

      await page.getByRole('radio', { name: 'Both' }).check()
      await page.getByRole('button', { name: 'Run', exact: true }).click()
      await expect.poll(() => outputOf(page).getByRole('row', { name: /Done/ }).count()).toBe(2)
      await look('both')

      await page.getByRole('button', { name: 'History' }).click()
      await page.getByRole('dialog', { name: 'History' }).getByText('3 runs').waitFor()
      await look('history')
      await page.close()
    })
  })
})
