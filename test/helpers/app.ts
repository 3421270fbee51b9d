import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { _electron, type ElectronApplication, type Page } from 'playwright-core'
import { type AppCommand, startAppOverPort } from './app-over-port.ts'
import { giveToAppUser, installedApp } from './installed-app.ts'
import type { SimulatedComputer } from './simulated-computer.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
export const screenshotFolder = join(root, 'test-results', 'screenshots')

/** Whether the app is that of a package: tests that need a hand on its main process are skipped then. */
export const isInstalled = installedApp() !== undefined

export interface RunningApp extends AsyncDisposable {
  /** The hand on its main process. Throws for an installed app, and for one in a simulated computer: they have only windows. */
  readonly electron: ElectronApplication
  readonly page: Page
  readonly process: ChildProcess
  /** Resolves to its exit code, null where a signal ended it. */
  readonly ended: Promise<number | null>
  /** Takes hold of its window anew after its computer slept: `page` is another one then. */
  reconnect(): Promise<void>
  /** Saves what the window shows as test-results/screenshots/<name>.png. */
  screenshot(name: string): Promise<void>
}

export interface LaunchOptions {
  readonly dataDir: string
  readonly network: string
  readonly args?: readonly string[]
  readonly env?: NodeJS.ProcessEnv
  /** The computer in which it runs, instead of this one. */
  readonly computer?: SimulatedComputer
}

/**
 * Starts the real app: in the Electron that set-up found, as `npm start` does; or, where the package test runs the tests, as it was
 * installed, by its ordinary user and with Chromium's sandbox on.
 */
export async function launchApp(options: LaunchOptions): Promise<RunningApp> {
  mkdirSync(screenshotFolder, { recursive: true })
  const launched =
    isInstalled || options.computer !== undefined
      ? await launchOverPort(options)
      : await launchElectron(options)
  const pageErrors: string[] = []
  const listen = ({ page }: Launched) => {
    page.on('console', (message) => {
      if (message.type() === 'error') pageErrors.push(`page: ${message.text()}\n`)
    })
    page.on('pageerror', (error) => pageErrors.push(`page: ${error.stack}\n`))
  }
  listen(launched)
  return {
    get electron() {
      if (launched.electron === undefined) throw new Error('This app has no hand on its main process')
      return launched.electron
    },
    get page() {
      return launched.page
    },
    process: launched.process,
    ended: launched.ended,
    reconnect: async () => {
      await launched.reconnect()
      listen(launched)
    },
    screenshot: async (name) => {
      await launched.page.screenshot({ path: join(screenshotFolder, `${name}.png`), animations: 'disabled' })
    },
    [Symbol.asyncDispose]: async () => {
      try {
        await launched.stop()
      } finally {
        if (process.env.DRIAD_TEST_LOG !== undefined)
          process.stderr.write(launched.log() + pageErrors.join(''))
      }
    },
  }
}

/** Starts the program once more on a data folder, and resolves to the exit code with which it ends. */
export async function startAgain(
  dataDir: string,
  args: readonly string[] = [],
  computer?: SimulatedComputer,
): Promise<number | null> {
  const { program, args: all, env, cwd, user } = appCommand(['--data-dir', dataDir, ...args], {}, computer)
  const again = spawn(program, all, { env, cwd, ...user, stdio: 'ignore' })
  return new Promise((resolve, reject) => again.once('error', reject).once('exit', resolve))
}

interface Launched extends Pick<RunningApp, 'page' | 'process' | 'ended'> {
  readonly electron?: ElectronApplication
  reconnect(): Promise<void>
  log(): string
  stop(): Promise<void>
}

async function launchOverPort(options: LaunchOptions): Promise<Launched> {
  giveToAppUser(options.dataDir)
  const args = ['--remote-debugging-port=0', ...ownArgs(options)]
  return startAppOverPort(appCommand(args, options.env ?? {}, options.computer))
}

async function launchElectron(options: LaunchOptions): Promise<Launched> {
  const { program, args, env } = appCommand(ownArgs(options), options.env ?? {})
  const electron = await _electron.launch({
    executablePath: program,
    args: [...args],
    env: definedEnv(env),
    timeout: 60_000,
  })
  const child = electron.process()
  const log: string[] = []
  child.stderr?.on('data', (chunk) => log.push(String(chunk)))
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  return {
    electron,
    page: await electron.firstWindow(),
    process: child,
    ended,
    reconnect: async () => undefined, // this one stays
    log: () => log.join(''),
    stop: () => electron.close(),
  }
}

function ownArgs({ dataDir, network, args = [] }: LaunchOptions): readonly string[] {
  const node = ['--network', network, '--listen', '/ip4/127.0.0.1/tcp/0', '--no-mdns']
  return ['--data-dir', dataDir, ...node, ...args]
}

/** How the app is started with these arguments. */
function appCommand(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  computer?: Pick<SimulatedComputer, 'within' | 'env'>,
): AppCommand {
  const { command, ...rest } = programCommand(args, { ...computer?.env, ...env })
  if (computer === undefined) {
    const [program = '', ...programArgs] = command
    return { program, args: programArgs, ...rest }
  }
  // Only root may make the namespace; what runs in it is the user's.
  const { user, ...others } = rest
  const become = user && ['setpriv', `--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups']
  const [program = '', ...programArgs] = [...computer.within, ...(become ?? []), ...command]
  return { program, args: programArgs, ...others }
}

function programCommand(args: readonly string[], env: NodeJS.ProcessEnv) {
  const installed = installedApp()
  if (installed !== undefined) {
    const { uid, gid, home, env: userEnv } = installed.user
    return {
      command: [installed.program, '--disable-gpu', ...args],
      env: { ...userEnv, DISPLAY: process.env.DISPLAY, NO_COLOR: '1', ...env },
      cwd: home,
      user: { uid, gid },
    }
  }
  const electron = process.env.ELECTRON_EXEC_PATH
  if (electron === undefined) throw new Error('Run the end-to-end tests by `npm test`: it finds an Electron')
  // Chromium refuses to be sandboxed as root; packages are tested as an ordinary user, with the sandbox on.
  const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  return {
    command: [electron, ...asRoot, '--disable-gpu', '--enable-unsafe-swiftshader', root, ...args],
    env: { ...process.env, NO_COLOR: '1', ...env },
    cwd: root,
  }
}

function definedEnv(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
}
