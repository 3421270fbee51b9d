import { spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { _electron, type ElectronApplication, type Page } from 'playwright-core'

const root = fileURLToPath(new URL('../..', import.meta.url))
export const screenshotFolder = join(root, 'test-results', 'screenshots')

export interface RunningApp extends AsyncDisposable {
  readonly electron: ElectronApplication
  readonly page: Page
  /** Saves what the window shows as test-results/screenshots/<name>.png. */
  screenshot(name: string): Promise<void>
}

export interface LaunchOptions {
  readonly dataDir: string
  readonly network: string
  readonly args?: readonly string[]
  readonly env?: NodeJS.ProcessEnv
}

/** Starts the real app in the Electron that set-up found, as `npm start` does. */
export async function launchApp({
  dataDir,
  network,
  args = [],
  env = {},
}: LaunchOptions): Promise<RunningApp> {
  const executablePath = process.env.ELECTRON_EXEC_PATH
  if (executablePath === undefined)
    throw new Error('Run the end-to-end tests by `npm test`: it finds an Electron')
  const electron = await _electron.launch({
    executablePath,
    args: [
      // Chromium refuses to be sandboxed as root; packages are tested as an ordinary user, with the sandbox on.
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      '--disable-gpu',
      '--enable-unsafe-swiftshader',
      root,
      '--data-dir',
      dataDir,
      '--network',
      network,
      '--listen',
      '/ip4/127.0.0.1/tcp/0',
      '--no-mdns',
      ...args,
    ],
    env: { ...definedEnv(env), NO_COLOR: '1' },
    timeout: 60_000,
  })
  const log: string[] = []
  electron.process().stderr?.on('data', (chunk) => log.push(String(chunk)))
  const page = await electron.firstWindow()
  page.on('console', (message) => {
    if (message.type() === 'error') log.push(`page: ${message.text()}\n`)
  })
  page.on('pageerror', (error) => log.push(`page: ${error.stack}\n`))
  mkdirSync(screenshotFolder, { recursive: true })
  return {
    electron,
    page,
    screenshot: async (name) => {
      await page.screenshot({ path: join(screenshotFolder, `${name}.png`), animations: 'disabled' })
    },
    [Symbol.asyncDispose]: async () => {
      await electron.close()
      if (process.env.DRIAD_TEST_LOG !== undefined) process.stderr.write(log.join(''))
    },
  }
}

/** Starts the program once more on a data folder, and resolves to the exit code with which it ends. */
export async function startAgain(dataDir: string, args: readonly string[] = []): Promise<number | null> {
  const program = process.env.ELECTRON_EXEC_PATH ?? ''
  const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  const all = [...asRoot, '--disable-gpu', root, '--data-dir', dataDir, ...args]
  const again = spawn(program, all, { cwd: root, stdio: 'ignore' })
  return new Promise((resolve, reject) => again.once('error', reject).once('exit', resolve))
}

function definedEnv(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries({ ...process.env, ...env }).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    ),
  )
}
