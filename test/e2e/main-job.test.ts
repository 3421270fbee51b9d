import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { launchApp } from '../helpers/app.ts'
import { driad, makeTestFolder, type TestFolder } from '../helpers/driad-process.ts'
import { localAddressOf, tileText } from '../helpers/shown.ts'
import type { TaskJson } from '../helpers/test-network.ts'

const views = ['Overview', 'Models', 'Tasks', 'Earnings', 'Network', 'Test', 'Logs', 'Settings']
const workflow = (name: string) =>
  fileURLToPath(new URL(`../../resources/workflows/${name}.json`, import.meta.url))

describe('the app', () => {
  it('joins by one click, serves tasks from another process, and shows what it earned', async () => {
    using folder = makeTestFolder()
    await using app = await launchApp({ dataDir: folder.dataDir('app'), network: 'main' })
    const { page } = app

    await page.getByRole('button', { name: 'Join', exact: true }).click()
    await page.getByText('Online', { exact: false }).first().waitFor()

    const publish = publisher(folder, await localAddressOf(page))
    const tasks = [
      ...(await publish('--prompt', 'Write a short story about a dragon.', '--count', '6')),
      ...(await publish('--prompt', 'What is backpressure?')),
      ...(await publish(workflow('extract'))),
    ]
    expect(tasks.map((task) => task.status)).toEqual(tasks.map(() => 'completed'))
    const amount = tasks.reduce((sum, task) => sum + (task.receipt?.amountMicro ?? 0), 0)
    expect(amount).toBeGreaterThan(0)

    await open(page, 'Tasks')
    await page
      .getByRole('row', { name: /dragon/ })
      .first()
      .waitFor()

    await open(page, 'Earnings')
    await page.getByText(tileText(amount), { exact: false }).first().waitFor()

    await open(page, 'Logs')
    await page
      .getByText(tasks[0]?.taskId ?? '', { exact: false })
      .first()
      .waitFor()

    await open(page, 'Test')
    await page.getByRole('textbox', { name: 'Prompt' }).fill('Who are you?')
    await page.getByRole('button', { name: 'Run' }).click()
    await page
      .getByRole('region', { name: 'Output' })
      .getByText(/demo model/)
      .waitFor()

    for (const colorScheme of ['dark', 'light'] as const) {
      await page.emulateMedia({ colorScheme })
      for (const view of views) {
        await open(page, view)
        if (view === 'Overview') await page.getByRole('img', { name: /Last hour: [1-9]/ }).waitFor()
        await app.screenshot(`${view.toLowerCase()}-${colorScheme}`)
      }
    }
    await open(page, 'Tasks')
    await page
      .getByRole('row', { name: /dragon/ })
      .first()
      .click()
    await page.getByRole('dialog').getByText('Receipt', { exact: false }).first().waitFor()
    await app.screenshot('task-light')
  })

  it('greets who has never joined, in both themes', async () => {
    using folder = makeTestFolder()
    await using app = await launchApp({ dataDir: folder.dataDir('app'), network: 'main' })
    await app.page.getByRole('button', { name: 'Join', exact: true }).waitFor()
    await app.page
      .getByText(/prompts/)
      .first()
      .waitFor()
    for (const colorScheme of ['dark', 'light'] as const) {
      await app.page.emulateMedia({ colorScheme })
      await app.screenshot(`first-run-${colorScheme}`)
    }
  })
})

async function open(page: Page, view: string): Promise<void> {
  await page.getByRole('link', { name: view }).click()
  await page.getByRole('heading', { name: view, level: 1 }).waitFor()
}

/** Runs `driad publish` as somebody else who knows the app's node. */
function publisher(folder: TestFolder, address: string) {
  return async (...task: string[]): Promise<TaskJson[]> => {
    const published = await driad([
      'publish',
      ...task,
      ...['--models', 'demo', '--data-dir', folder.dataDir('requester'), '--network', 'main'],
      ...['--no-mdns', '--bootstrap', address, '--json'],
    ])
    expect(published.code, published.stderr).toBe(0)
    return published.json<TaskJson>()
  }
}
