import { describe, expect, it } from 'vitest'
import { launchApp, type RunningApp, startAgain } from '../helpers/app.ts'
import { driad, makeTestFolder, until } from '../helpers/driad-process.ts'
import { localAddressOf } from '../helpers/shown.ts'
import { slowDown } from '../helpers/slow-down.ts'
import { coverAll, shownWindows, whyNoPlainDisplay } from '../helpers/x-windows.ts'

/** So many that the first are done long before the last. */
const TASKS = 16

const heading = ({ page }: RunningApp, name: string) => page.getByRole('heading', { level: 1, name })

const whyNotInFront = whyNoPlainDisplay()
if (whyNotInFront !== undefined)
  console.warn(`Skipped: the window comes to the front, because ${whyNotInFront}`)

describe('the app, over its life', () => {
  it('is one for each data folder, and shows what a link leads to when it is started again', async () => {
    using folder = makeTestFolder()
    const dataDir = folder.dataDir('app')
    await using app = await launchApp({ dataDir, network: 'main', args: ['driad://logs'] })
    await heading(app, 'Logs').waitFor()
    expect(await startAgain(dataDir, ['driad://models/get'])).toBe(0)
    await heading(app, 'Models').waitFor()
    await app.page.getByRole('tab', { name: 'Get models', selected: true }).waitFor()
    // What is no link of ours is no place to go.
    expect(await startAgain(dataDir, ['driad://settings?theme=dark'])).toBe(0)
    await heading(app, 'Models').waitFor()
    expect((await driad(['start', '--data-dir', dataDir, '--no-mdns'])).stderr).toContain(
      'data_folder_in_use',
    )
  })

  it.skipIf(whyNotInFront !== undefined)(
    'has its window out of the tray, and in front, where it is started again',
    async () => {
      using folder = makeTestFolder()
      const dataDir = folder.dataDir('app')
      await using app = await launchApp({ dataDir, network: 'main', args: ['--hidden'] })
      await heading(app, 'Overview').waitFor()
      expect(shownWindows()).not.toContain('Driad')
      expect(await startAgain(dataDir)).toBe(0)
      await until(() => shownWindows()[0] === 'Driad', 'the window is shown')

      using _other = coverAll('Another program')
      await until(() => shownWindows()[0] === 'Another program', 'it is covered')
      expect(shownWindows()).toContain('Driad')
      expect(await startAgain(dataDir, ['driad://logs'])).toBe(0)
      await until(() => shownWindows()[0] === 'Driad', 'the window is in front again')
      await heading(app, 'Logs').waitFor()
    },
  )

  it('comes back where it was, in the language that was chosen', async () => {
    using folder = makeTestFolder()
    const dataDir = folder.dataDir('app')
    const size = { width: 1000, height: 700 }
    {
      await using app = await launchApp({ dataDir, network: 'main', args: ['driad://settings'] })
      await heading(app, 'Settings').waitFor()
      await app.page.evaluate(({ width, height }) => window.resizeTo(width, height), size)
      await app.page.getByRole('combobox', { name: 'Language' }).click()
      await app.page.getByRole('option', { name: 'Türkçe' }).click()
      await heading(app, 'Ayarlar').waitFor()
    }
    await using app = await launchApp({ dataDir, network: 'main', args: ['driad://settings'] })
    await heading(app, 'Ayarlar').waitFor()
    const now = await app.page.evaluate(() => ({ width: window.outerWidth, height: window.outerHeight }))
    expect(now).toEqual(size)
  })

  it('takes up its tasks again after a kill in the middle of them, and is paid once for each', async () => {
    using folder = makeTestFolder()
    const dataDir = folder.dataDir('app')
    await slowDown(dataDir)
    let published: ReturnType<typeof driad> | undefined
    {
      await using app = await launchApp({ dataDir, network: 'main' })
      await app.page.getByRole('button', { name: 'Join', exact: true }).click()
      await app.page.getByText('Online, waiting').first().waitFor()
      const address = await localAddressOf(app.page)
      published = driad([
        ...['publish', '--prompt', 'Write a long story about a dragon.', '--max-tokens', '400'],
        ...[
          '--count',
          String(TASKS),
          '--models',
          'demo',
          '--data-dir',
          folder.dataDir('requester'),
          '--network',
          'main',
        ],
        ...['--no-mdns', '--listen', '/ip4/127.0.0.1/tcp/0', '--bootstrap', address, '--json'],
      ])
      await app.page
        .getByRole('navigation')
        .getByText(/\d running/)
        .waitFor()
      app.process.kill('SIGKILL')
      await app.ended
    }
    await using app = await launchApp({ dataDir, network: 'main' })
    const { code, stderr, json } = await published
    expect(code, stderr).toBe(0)
    const tasks = json<{ status: string; taskId: string }>()
    expect(tasks.map(({ status }) => status)).toEqual(Array(TASKS).fill('completed'))
    await app.page.getByRole('link', { name: 'Earnings' }).click()
    await app.page.getByRole('tab', { name: 'Ledger' }).click()
    await app.page.getByRole('button', { name: 'Verify' }).click()
    await app.page.getByText(`${TASKS} entries`).first().waitFor()
  })
})
