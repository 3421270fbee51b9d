import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { launchApp, type RunningApp } from '../helpers/app.ts'
import { driad, makeTestFolder } from '../helpers/driad-process.ts'

/** What the second start of the same program ends with. */
async function startAgain(dataDir: string, ...args: readonly string[]): Promise<number | null> {
  const program = process.env.ELECTRON_EXEC_PATH ?? ''
  const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  const again = spawn(program, [...asRoot, '--disable-gpu', '.', '--data-dir', dataDir, ...args], {
    stdio: 'ignore',
  })
  const [code] = await once(again, 'exit')
  return code as number | null
}

const heading = ({ page }: RunningApp, name: string) => page.getByRole('heading', { level: 1, name })

describe('the app, over its life', () => {
  it('is one for each data folder, and shows what a link leads to when it is started again', async () => {
    using folder = makeTestFolder()
    const dataDir = folder.dataDir('app')
    await using app = await launchApp({ dataDir, network: 'main', args: ['driad://logs'] })
    await heading(app, 'Logs').waitFor()
    expect(await startAgain(dataDir, 'driad://models/get')).toBe(0)
    await heading(app, 'Models').waitFor()
    await app.page.getByRole('tab', { name: 'Get models', selected: true }).waitFor()
    // What is no link of ours is no place to go.
    expect(await startAgain(dataDir, 'driad://settings?theme=dark')).toBe(0)
    await heading(app, 'Models').waitFor()
    expect((await driad(['start', '--data-dir', dataDir, '--no-mdns'])).stderr).toContain(
      'data_folder_in_use',
    )
  })

  it('comes back where it was, in the language that was chosen', async () => {
    using folder = makeTestFolder()
    const dataDir = folder.dataDir('app')
    const bounds = { x: 40, y: 30, width: 1000, height: 700 }
    {
      await using app = await launchApp({ dataDir, network: 'main', args: ['driad://settings'] })
      await heading(app, 'Settings').waitFor()
      await app.electron.evaluate(({ BrowserWindow }, wanted) => {
        BrowserWindow.getAllWindows()[0]?.setBounds(wanted)
      }, bounds)
      await app.page.getByRole('combobox', { name: 'Language' }).click()
      await app.page.getByRole('option', { name: 'Türkçe' }).click()
      await heading(app, 'Ayarlar').waitFor()
    }
    await using app = await launchApp({ dataDir, network: 'main', args: ['driad://settings'] })
    await heading(app, 'Ayarlar').waitFor()
    const now = await app.electron.evaluate(({ BrowserWindow }) =>
      BrowserWindow.getAllWindows()[0]?.getBounds(),
    )
    expect(now).toMatchObject({ width: bounds.width, height: bounds.height })
  })

  it('takes up its tasks again after a kill in the middle of them, and is paid once for each', async () => {
    using folder = makeTestFolder()
    const dataDir = folder.dataDir('app')
    let published: ReturnType<typeof driad> | undefined
    {
      await using app = await launchApp({ dataDir, network: 'main' })
      await app.page.getByRole('button', { name: 'Join', exact: true }).click()
      await app.page.getByText('Online, waiting').first().waitFor()
      await app.page.getByRole('link', { name: 'Network' }).click()
      const address = await app.page
        .getByText(/^\/ip4\/127\.0\.0\.1\/tcp\/\d+\/p2p\//)
        .first()
        .textContent()
      published = driad([
        ...[
          'publish',
          '--prompt',
          'Write a long story about a dragon.',
          '--max-tokens',
          '400',
          '--count',
          '8',
        ],
        ...['--models', 'demo', '--data-dir', folder.dataDir('requester'), '--network', 'main'],
        ...['--no-mdns', '--listen', '/ip4/127.0.0.1/tcp/0', '--bootstrap', address?.trim() ?? '', '--json'],
      ])
      await app.page
        .getByRole('navigation')
        .getByText(/\d running/)
        .waitFor()
      app.electron.process().kill('SIGKILL')
    }
    await using app = await launchApp({ dataDir, network: 'main' })
    const { code, stderr, json } = await published
    expect(code, stderr).toBe(0)
    const tasks = json<{ status: string; taskId: string }>()
    expect(tasks.map(({ status }) => status)).toEqual(Array(8).fill('completed'))
    await app.page.getByRole('link', { name: 'Earnings' }).click()
    await app.page.getByRole('tab', { name: 'Ledger' }).click()
    await app.page.getByRole('button', { name: 'Verify' }).click()
    await app.page
      .getByText(/8 entries/)
      .first()
      .waitFor()
  })
})
