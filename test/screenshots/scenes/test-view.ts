import type { Page } from 'playwright-core'
import type { RunningApp } from '../../helpers/app.ts'
import { longLoop } from '../../helpers/long-loop.ts'
import type { Camera } from '../camera.ts'
import { goTo } from './at-work.ts'

const faulty = longLoop.replace('"operator": "sample"', '"operator": "samples"')

export async function testView(camera: Camera, app: RunningApp): Promise<void> {
  const { page } = app
  const output = page.getByRole('region', { name: 'Output' })
  const run = () => page.getByRole('button', { name: 'Run', exact: true }).click()
  await goTo(page, 'test')
  await page.getByRole('textbox', { name: 'Prompt' }).fill('Write a short story about a dragon.')
  await run()
  await output.getByText('Done', { exact: true }).first().waitFor()
  await camera.take(app, 'test-prompt')

  await page.getByRole('radio', { name: 'Workflow' }).check()
  await write(page, longLoop)
  await page.getByText('No problems').first().waitFor({ state: 'attached' })
  await run()
  await page.getByRole('tab', { name: 'Graph' }).click()
  await output
    .getByText(/[3-9] runs/)
    .first()
    .waitFor()
  await camera.take(app, 'test-running')
  // A slow computer may have come to the end of its time already.
  const stop = page.getByRole('button', { name: 'Stop' })
  if (await stop.isVisible()) await stop.click()
  await stop.waitFor({ state: 'hidden' })

  await page.getByRole('button', { name: 'Gallery' }).click()
  await page
    .getByRole('dialog', { name: 'Gallery' })
    .getByRole('button', { name: /^Story book/ })
    .click()
  await page.getByText('No problems').first().waitFor({ state: 'attached' })
  await run()
  await output.getByText('Done', { exact: true }).first().waitFor()
  await page.getByRole('tab', { name: 'Steps' }).click()
  await page.getByRole('tabpanel', { name: 'Steps' }).getByRole('button').first().click()
  await camera.take(app, 'test-steps')

  await write(page, faulty)
  await page
    .getByText(/1 problem/)
    .first()
    .waitFor({ state: 'attached' })
  await camera.take(app, 'test-fault')
}

/** Puts another text in place of the editor's, as a person who pastes it. */
async function write(page: Page, text: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Workflow JSON' }).focus()
  await page.keyboard.press('Control+a')
  await page.keyboard.insertText(text)
  await page.keyboard.press('Control+Home')
}
