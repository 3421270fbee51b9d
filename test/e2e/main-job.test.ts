import { describe, expect, it } from 'vitest'
import { launchApp, type RunningApp } from '../helpers/app.ts'
import { driad, makeTestFolder } from '../helpers/driad-process.ts'
import type { TaskJson } from '../helpers/test-network.ts'

const views = ['Overview', 'Models', 'Tasks', 'Earnings', 'Network', 'Test', 'Logs', 'Settings']

describe('the app', () => {
  it('joins by one click, serves a task from another process, and shows what it earned', async () => {
    using folder = makeTestFolder()
    const network = `e2e-${process.pid}-${Date.now()}`
    await using app = await launchApp({ dataDir: folder.dataDir('app'), network })
    const { page } = app

    const join = page.getByRole('button', { name: 'Join', exact: true }).first()
    await join.waitFor()
    await app.screenshot('first-run')
    await join.click()
    await page.getByText('Online', { exact: false }).first().waitFor()

    // Requesters of the same data folder know the running node; this one has its own, so it is told the address.
    const address = await addressOf(app)
    const published = await driad([
      'publish',
      '--prompt',
      'Write a short story about a dragon.',
      '--models',
      'demo',
      '--count',
      '6',
      '--data-dir',
      folder.dataDir('requester'),
      '--network',
      network,
      '--no-mdns',
      '--bootstrap',
      address,
      '--json',
    ])
    expect(published.stderr).toBe('')
    const tasks = published.json<TaskJson>()
    expect(tasks).toHaveLength(6)
    const amount = tasks.reduce((sum, task) => sum + (task.receipt?.amountMicro ?? 0), 0)
    expect(amount).toBeGreaterThan(0)

    await page.getByRole('link', { name: 'Tasks' }).click()
    const row = page.getByRole('row', { name: /dragon/ }).first()
    await row.waitFor()
    await app.screenshot('tasks')

    await page.getByRole('link', { name: 'Earnings' }).click()
    await page
      .getByText((amount / 1e6).toPrecision(3).replace(/0+$/, ''), { exact: false })
      .first()
      .waitFor()

    await page.getByRole('link', { name: 'Logs' }).click()
    await page
      .getByText(tasks[0]?.taskId ?? '', { exact: false })
      .first()
      .waitFor()

    await page.getByRole('link', { name: 'Test' }).click()
    await page.getByRole('textbox', { name: 'Prompt' }).fill('Who are you?')
    await page.getByRole('button', { name: 'Run' }).click()
    const output = page.getByRole('region', { name: 'Output' })
    await output.getByText(/demo model/).waitFor()

    for (const theme of ['dark', 'light'] as const) {
      await app.electron.evaluate(({ nativeTheme }, source) => {
        nativeTheme.themeSource = source
      }, theme)
      for (const view of views) {
        await page.getByRole('link', { name: view }).click()
        await page.getByRole('heading', { name: view, level: 1 }).waitFor()
        await app.screenshot(`${view.toLowerCase()}-${theme}`)
      }
    }
  })
})

/** Where the node listens, as the API tells the window. */
async function addressOf({ page }: RunningApp): Promise<string> {
  await page.getByRole('link', { name: 'Network' }).click()
  const text = await page
    .getByText(/^\/ip4\/127\.0\.0\.1\/tcp\/\d+\/p2p\//)
    .first()
    .textContent()
  if (text === null) throw new Error('The Network view shows no address')
  return text.trim()
}
