import { describe, it } from 'vitest'
import { launchApp } from '../helpers/app.ts'
import { makeTestFolder } from '../helpers/driad-process.ts'
import { longLoop } from '../helpers/long-loop.ts'

describe('the Test view, in the app, on the real engine', () => {
  it('lights the graph up while a workflow runs, stops it, and keeps what was stopped', async () => {
    using folder = makeTestFolder()
    await using app = await launchApp({ dataDir: folder.dataDir('app'), network: 'panel' })
    const { page } = app
    await page.getByRole('navigation').getByRole('link', { name: 'Test' }).click()
    await page.getByRole('radio', { name: 'Workflow' }).check()
    const output = page.getByRole('region', { name: 'Output' })
    const editor = page.getByRole('textbox', { name: 'Workflow JSON' })
    await editor.focus()
    await page.keyboard.press('Control+a')
    await page.keyboard.insertText(longLoop)
    await page.getByText('No problems').first().waitFor({ state: 'attached' })
    await page.getByRole('tab', { name: 'Graph' }).click()
    await page.getByRole('button', { name: 'Run', exact: true }).click()
    await output.getByText('Running', { exact: true }).first().waitFor()
    await output
      .getByText(/[3-9] runs/)
      .first()
      .waitFor()
    const writing = page.getByRole('button', { name: /^Write a story Running/ })
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      await writing.waitFor()
      await app.screenshot(`test-real-running-${colorScheme}`)
    }
    await page.getByRole('button', { name: 'Stop' }).click()
    await output.getByText('Stopped', { exact: true }).first().waitFor()

    await page.getByRole('button', { name: 'History' }).click()
    const history = page.getByRole('dialog', { name: 'History' })
    await history.getByRole('button', { name: /^Persona interviews.*stopped/is }).waitFor()
  })
})
