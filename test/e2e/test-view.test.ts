import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchApp } from '../helpers/app.ts'
import { type BarePages, openBarePages, saveScreenshot } from '../helpers/bare-page.ts'
import { barriers } from '../helpers/barriers.ts'
import { makeTestFolder } from '../helpers/driad-process.ts'

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

/** Nothing here takes long, but the computer may be busy. */
const soon = { timeout: 15_000 }

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
        const found = await barriers(page)
        await saveScreenshot(page, `test-${name}-${theme}`)
        expect(found, name).toEqual([])
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
      await outputOf(page).getByRole('row', { name: /Done/ }).nth(1).waitFor()
      await look('both')

      await page.getByRole('button', { name: 'History' }).click()
      await page.getByRole('dialog', { name: 'History' }).getByText('3 runs').waitFor()
      await look('history')
      await page.close()
    })
  })

  it('shows each fault at its line, announces it, and leads to it by F8', async () => {
    const page = await openEditor(pages)
    await write(page, faulty)
    await problemsOf(page)
      .getByText(/^2 problems\. Line 4: Expected one of .*found "generate"/)
      .waitFor({
        state: 'attached',
      })
    const marked = page.locator('.cm-lintRange-error')
    expect(await marked.allTextContents()).toEqual(['"generate"', '"anwser"'])
    await marked.first().hover()
    await page
      .locator('.cm-tooltip-lint')
      .getByText(/found "generate"/)
      .waitFor()
    expect(await barriers(page)).toEqual([])
    await saveScreenshot(page, 'test-fault-hint')
    await page.keyboard.press('F8')
    await page.keyboard.press('F8')
    await problemsOf(page)
      .getByText(/Line 7: Expected the id of a task, found "anwser"/)
      .waitFor({
        state: 'attached',
      })
    await page.keyboard.press('Shift+F8')
    await problemsOf(page)
      .getByText(/Line 4/)
      .waitFor({ state: 'attached' })
    // The wrong value is what is selected: typing replaces it.
    await page.keyboard.insertText('"generation"')
    await problemsOf(page)
      .getByText(/^1 problem\. Line 7/)
      .waitFor({ state: 'attached' })
    await page.close()
  })

  it('says what is wrong with the JSON itself, and runs nothing then', async () => {
    const page = await openEditor(pages)
    await write(page, '{\n  "config": { "max_steps": 1 },\n  "tasks": [1 2]\n}')
    await problemsOf(page)
      .getByText(/1 problem\. Line 3: Expected comma/)
      .waitFor({ state: 'attached' })
    expect(await page.getByRole('button', { name: 'Run', exact: true }).isDisabled()).toBe(true)
    expect(await page.getByRole('button', { name: 'Copy as SDK code' }).isDisabled()).toBe(true)
    await page.close()
  })

  it('completes names and values by the schema, also in a file that names one of its own', async () => {
    const page = await openEditor(pages)
    await write(page, '{ "$schema": "https://example.invalid/other.json", "tasks": [{ "id": "a" }] }')
    const text = () => page.locator('.cm-content').textContent()
    for (let step = 0; step < 4; step += 1) await page.keyboard.press('ArrowLeft')
    await page.keyboard.type(', "op')
    const options = page.getByRole('listbox').getByRole('option')
    await options.getByText('operator', { exact: true }).waitFor()
    await saveScreenshot(page, 'test-completion')
    // By the pointer: the keyboard takes one only a moment after it is there, so that haste takes none.
    await options.getByText('operator', { exact: true }).click()
    await expect.poll(text, soon).toContain('"operator":')
    await page.keyboard.press('Control+Space')
    await options.getByText('function_calling_raw').waitFor()
    expect(await barriers(page)).toEqual([])
    await page.close()
  })

  it('tells what the schema says of the word under the pointer', async () => {
    const page = await openEditor(pages)
    await page.locator('.cm-content').getByText('"max_time"').hover()
    const hint = page.locator('.cm-hint')
    await hint.getByText('Seconds').waitFor()
    await hint.getByText('a number above 0').waitFor()
    await saveScreenshot(page, 'test-hint')
    await page.close()
  })

  it('shows the task in the editor that is chosen in the graph', async () => {
    const page = await openEditor(pages)
    await page.getByRole('button', { name: 'Gallery' }).click()
    await page
      .getByRole('dialog', { name: 'Gallery' })
      .getByRole('button', { name: /^Multi-hop/ })
      .click()
    await page.getByRole('tab', { name: 'Graph' }).click()
    await outputOf(page)
      .getByRole('button', { name: /^Choose the best/ })
      .click()
    // Far below what was in view, and so not even drawn before.
    await page.locator('.cm-line').getByText('"choose"').first().waitFor()
    await page.close()
  })

  it('finds and replaces', async () => {
    const page = await openEditor(pages, '?theme=dark#/test')
    await editorOf(page).focus()
    await page.keyboard.press('Control+f')
    const find = page.getByRole('textbox', { name: 'Find' })
    await find.fill('answer')
    await find.press('Enter')
    expect(await barriers(page)).toEqual([])
    await saveScreenshot(page, 'test-search')
    await page.getByRole('textbox', { name: 'Replace' }).fill('reply')
    await page.getByRole('button', { name: 'Replace all' }).click()
    await expect.poll(() => page.locator('.cm-content').textContent(), soon).not.toContain('answer')
    await page.close()
  })

  it('lets the keyboard out of the editor by Escape and Tab', async () => {
    const page = await openEditor(pages)
    await editorOf(page).focus()
    await page.keyboard.press('Tab')
    const isInside = () => editorOf(page).evaluate((element) => element === document.activeElement)
    expect(await isInside()).toBe(true)
    await page.keyboard.press('Escape')
    await page.keyboard.press('Tab')
    expect(await isInside()).toBe(false)
    expect(await editorOf(page).getAttribute('aria-describedby')).not.toBeNull()
    await page.close()
  })

  it('loads a workflow from the gallery, which undo takes back, also after another view', async () => {
    const page = await openEditor(pages)
    const text = () => page.locator('.cm-content').textContent()
    await write(page, '{ "mine": 1 }')
    await page.getByText('unsaved edits').waitFor({ state: 'attached' })
    await page.getByRole('button', { name: 'Gallery' }).click()
    await page.getByRole('dialog', { name: 'Gallery' }).getByRole('button', { name: /^Ask/ }).click()
    await expect.poll(text, soon).toContain('{{question}}')
    await page.getByText('unsaved edits').waitFor({ state: 'detached' })
    await problemsOf(page).getByText('No problems').waitFor({ state: 'attached' })
    await page.getByRole('navigation').getByRole('link', { name: 'Logs' }).click()
    await page.getByRole('heading', { level: 1, name: 'Logs' }).waitFor()
    await page.getByRole('navigation').getByRole('link', { name: 'Test' }).click()
    await editorOf(page).focus()
    await page.keyboard.press('Control+z')
    await expect.poll(text, soon).toBe('{ "mine": 1 }')
    await page.close()
  })

  it('opens and saves files by keyboard, and takes one that is dropped', async () => {
    const page = await openEditor(pages)
    const task = page.getByRole('region', { name: 'Task' })
    await editorOf(page).focus()
    await page.keyboard.press('Control+o')
    await task.getByText('ask.json').waitFor()
    await write(page, '{ "mine": 1 }')
    await task.getByText('unsaved edits').waitFor({ state: 'attached' })
    await page.keyboard.press('Control+s')
    await task.getByText('unsaved edits').waitFor({ state: 'detached' })

    const dropped = await page.evaluateHandle(() => {
      const files = new DataTransfer()
      files.items.add(new File(['{ "dropped": true }'], 'from-a-folder.json'))
      return files
    })
    await page.locator('.cm-content').dispatchEvent('drop', { dataTransfer: dropped })
    await task.getByText('from-a-folder.json').waitFor()
    await expect.poll(() => page.locator('.cm-content').textContent(), soon).toBe('{ "dropped": true }')
    // It came without a place of its own: saving it asks for one, and leaves ask.json alone.
    await page.keyboard.press('Control+s')
    await task.getByTitle('/home/ana/workflows/from-a-folder.json').waitFor()
    await page.close()
  })

  it('runs in both places, compares them, and lets one fail by itself', async () => {
    const page = await pages.open('#/test')
    await page.getByRole('textbox', { name: 'Prompt' }).fill('fail there')
    await page.getByRole('radio', { name: 'Both' }).check()
    await page.keyboard.press('Control+Enter')
    const output = outputOf(page)
    const figures = output.getByRole('table', { name: 'Figures of both runs' })
    await figures.getByRole('row', { name: /^Here Done/ }).waitFor()
    await figures.getByRole('row', { name: /^On the network Failed/ }).waitFor()
    await output
      .getByRole('region', { name: 'Here' })
      .getByText(/Octopuses have three/)
      .waitFor()
    await output.getByRole('region', { name: 'On the network' }).getByRole('alert').waitFor()
    await saveScreenshot(page, 'test-both-one-failed')
    expect(await barriers(page)).toEqual([])
    await page.close()
  })

  it('stops both runs at once', async () => {
    const page = await pages.open('#/test')
    await page.getByRole('textbox', { name: 'Prompt' }).fill('Why three hearts?')
    await page.getByRole('radio', { name: 'Both' }).check()
    await page.getByRole('button', { name: 'Run', exact: true }).click()
    await page.getByRole('button', { name: 'Stop', exact: true }).click()
    await outputOf(page)
      .getByRole('row', { name: /^Here Stopped/ })
      .waitFor()
    await outputOf(page)
      .getByRole('row', { name: /^On the network Stopped/ })
      .waitFor()
    await page.close()
  })

  it('opens a past run with its input and its steps, and forgets one and all', async () => {
    const page = await pages.open('#/test')
    const history = page.getByRole('dialog', { name: 'History' })
    await page.getByRole('button', { name: 'History' }).click()
    await history.getByRole('button', { name: /^Multi-hop/ }).click()
    await history.waitFor({ state: 'hidden' })
    await expect.poll(() => page.locator('.cm-content').textContent(), soon).toContain('Multi-hop questions')
    expect(await page.getByRole('textbox', { name: 'Seed' }).inputValue()).toBe('7')
    await outputOf(page)
      .getByText(/^The first: why do/)
      .waitFor()
    await page.getByRole('tab', { name: 'Steps' }).click()
    await expect.poll(() => outputOf(page).getByRole('listitem').count(), soon).toBe(12)

    await page.getByRole('button', { name: 'History' }).click()
    const find = history.getByRole('textbox', { name: 'Find among the runs' })
    await find.fill('failed')
    await history.getByRole('button', { name: /^Multi-hop/ }).waitFor({ state: 'detached' })
    await history.getByRole('button', { name: /^Summarise/ }).waitFor()
    await find.fill('nothing like it')
    await history.getByText('No run matches.').waitFor()
    await find.fill('')
    await history.getByRole('button', { name: 'Forget Why three hearts?' }).click()
    await history.getByText('2 runs').waitFor()
    await history.getByRole('button', { name: 'Forget all' }).click()
    await history.getByRole('button', { name: 'Forget', exact: true }).click()
    await history.getByText('No runs yet').waitFor()
    expect(await barriers(page)).toEqual([])
    await page.close()
  })

  it('fits the editor and both outputs into the smallest window', async () => {
    const page = await openEditor(pages, '#/test', { width: 900, height: 600 })
    await saveScreenshot(page, 'test-small')
    await page.getByRole('radio', { name: 'Both' }).check()
    await page.getByRole('button', { name: 'Run', exact: true }).click()
    await outputOf(page).getByRole('row', { name: /Done/ }).nth(1).waitFor()
    const main = page.getByRole('main')
    expect(await main.evaluate((element) => element.scrollWidth - element.clientWidth)).toBe(0)
    await outputOf(page).scrollIntoViewIfNeeded()
    await saveScreenshot(page, 'test-small-both')
    await page.close()
  })

  it('logged no error in all of that', () => {
    expect(pages.errors).toEqual([])
  })
})

describe('the Test view, in the app', () => {
  it('colours, checks and completes a workflow under the content security policy', async () => {
    using folder = makeTestFolder()
    await using app = await launchApp({ dataDir: folder.dataDir('app'), network: 'editor' })
    const { page } = app
    const refused: string[] = []
    page.on('console', (message) => {
      if (message.text().includes('Content Security Policy')) refused.push(message.text())
    })
    await page.getByRole('navigation').getByRole('link', { name: 'Test' }).click()
    await page.getByRole('radio', { name: 'Workflow' }).check()
    await editorOf(page).waitFor()

    const colours = await page
      .locator('.cm-line span')
      .evaluateAll((spans) => new Set(spans.map((span) => getComputedStyle(span).color)).size)
    expect(colours).toBeGreaterThan(3)

    await write(page, '{ "tasks": [1 2] }')
    await problemsOf(page)
      .getByText(/1 problem\. Line 1: Expected comma/)
      .waitFor({ state: 'attached' })
    const line = await page
      .locator('.cm-lintRange-error')
      .evaluate((element) => getComputedStyle(element).textDecorationStyle)
    expect(line).toBe('wavy')

    await write(page, '{  }')
    await page.keyboard.press('ArrowLeft')
    await page.keyboard.press('ArrowLeft')
    await page.keyboard.press('Control+Space')
    await page.getByRole('listbox').getByRole('option').getByText('external_memory').waitFor()
    expect(refused).toEqual([])
  })

  it('tells what the engine finds, runs a workflow of the gallery step by step, and keeps the run', async () => {
    using folder = makeTestFolder()
    await using app = await launchApp({ dataDir: folder.dataDir('app'), network: 'gallery' })
    const { page } = app
    await page.getByRole('navigation').getByRole('link', { name: 'Test' }).click()
    await page.getByRole('radio', { name: 'Workflow' }).check()
    await editorOf(page).waitFor()
    await write(page, faulty)
    await page.locator('.cm-lintRange-error').getByText('"generate"').waitFor()
    await app.screenshot('test-real-fault')

    await page.getByRole('button', { name: 'Gallery' }).click()
    await page
      .getByRole('dialog', { name: 'Gallery' })
      .getByRole('button', { name: /^Story book/ })
      .click()
    await problemsOf(page).getByText('No problems').waitFor({ state: 'attached' })
    await page.getByRole('button', { name: 'Run', exact: true }).click()
    const output = outputOf(page)
    await output.getByRole('status').getByText('Done').waitFor({ state: 'attached' })
    await app.screenshot('test-real-run')
    await page.getByRole('tab', { name: 'Steps' }).click()
    await output.getByRole('listitem').first().getByRole('button').first().click()
    await output.getByText('Prompt, as the model got it').waitFor()
    await app.screenshot('test-real-steps')

    await page.getByRole('button', { name: 'History' }).click()
    const history = page.getByRole('dialog', { name: 'History' })
    await history.getByText('1 run, the newest first').waitFor()
    await history.getByRole('button', { name: /^Story book/ }).click()
    await history.waitFor({ state: 'hidden' })
    await expect.poll(() => output.getByRole('listitem').count(), soon).toBeGreaterThan(0)
  })
})
