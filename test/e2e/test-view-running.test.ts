import { describe, it } from 'vitest'
import { launchApp } from '../helpers/app.ts'
import { makeTestFolder } from '../helpers/driad-process.ts'

/** Goes round some hundred times on the real engine: long enough to be looked at in the middle. */
const longLoop = JSON.stringify(
  {
    name: 'Persona interviews',
    config: { max_steps: 20_000, max_time: 300, max_tokens: 700 },
    external_memory: { jobs: ['a baker', 'a pilot', 'a nurse', 'a sailor', 'a singer'] },
    tasks: [
      {
        id: 'choose',
        name: 'Choose somebody',
        operator: 'sample',
        messages: [{ role: 'user', content: 'Write a short story about' }],
        inputs: [{ name: 'jobs', value: { type: 'string', key: 'jobs' }, required: true }],
        outputs: [{ type: 'write', key: 'request', value: '__result' }],
      },
      {
        id: 'write',
        name: 'Write a story',
        operator: 'generation',
        messages: [{ role: 'user', content: '{{request}}' }],
        // So long that a step takes longer than looking at it.
        schema: { type: 'string', minLength: 1400 },
        inputs: [{ name: 'request', value: { type: 'read', key: 'request' }, required: true }],
        outputs: [{ type: 'push', key: 'stories', value: '__result' }],
      },
      {
        id: 'title',
        name: 'Find a title',
        operator: 'generation',
        messages: [{ role: 'user', content: 'Give a title for a story about {{request}}.' }],
        inputs: [{ name: 'request', value: { type: 'read', key: 'request' }, required: true }],
        outputs: [{ type: 'push', key: 'titles', value: '__result' }],
      },
    ],
    steps: [
      { source: 'choose', target: 'write' },
      { source: 'write', target: 'title' },
      {
        source: 'title',
        target: 'choose',
        condition: {
          input: { type: 'size', key: 'stories' },
          expression: 'LessThan',
          expected: '3000',
          target_if_not: '_end',
        },
      },
    ],
    return_value: { input: { type: 'get_all', key: 'titles' }, to_json: true },
  },
  null,
  2,
)

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
