import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Browser, chromium, type Page } from 'playwright-core'
import { processesOf, type TestUser } from '../../scripts/package/test-user.mjs'
import { until } from '../helpers/driad-process.ts'
import { figuresOf, kindOf, type ProcessFigures } from './process-figures.ts'
import { XDisplay } from './x-display.ts'

const START_TIMEOUT_MS = 120_000
const STEP_TIMEOUT_MS = 60_000
const STOP_TIMEOUT_MS = 60_000
/** Not for a second start: it would write its own port over that of the first. */
const DEBUGGED = ['--remote-debugging-port=0']

export interface PackagedAppInit {
  /** The folder of the unpacked program, where its user may execute it. */
  readonly folder: string
  readonly user: TestUser
  readonly display: string
  readonly network: string
  /** Where below its data folder Chromium keeps its files; `window` where absent. */
  readonly windowFolder?: string
  /** Told what the app, and Chromium in it, write on stderr, line by line. */
  readonly onLine: (line: string) => void
}

/** The program of the package, run by an ordinary user with Chromium's sandbox on, its window on a display of its own. */
export class PackagedApp implements AsyncDisposable {
  readonly dataDir: string
  readonly startedAtMs = Date.now()
  readonly #init: PackagedAppInit
  readonly #child: ChildProcess
  readonly #ended: Promise<number | NodeJS.Signals | null>
  #hasEnded = false
  #browser: Browser | undefined

  private constructor(init: PackagedAppInit) {
    this.#init = init
    this.dataDir = dataDirOf(init.user)
    this.#child = spawn(this.#program, [...DEBUGGED, ...this.#args], {
      ...this.#spawning,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let rest = ''
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) init.onLine(line)
    })
    this.#ended = new Promise((resolve) => {
      this.#child.once('close', (code, signal) => {
        this.#hasEnded = true
        resolve(code ?? signal)
      })
    })
  }

  /** Resolves when its window can be talked to. */
  static async start(init: PackagedAppInit): Promise<PackagedApp> {
    const app = new PackagedApp(init)
    try {
      await app.withWindow(async (page) => page.getByRole('heading', { level: 1 }).first().waitFor())
      return app
    } catch (error) {
      await app[Symbol.asyncDispose]()
      throw error
    }
  }

  get hasEnded(): boolean {
    return this.#hasEnded
  }

  /** One connection for all: each new one would leave the page a world of its own, with code of its own, until it is loaded again. */
  async withWindow<T>(work: (page: Page) => Promise<T>): Promise<T> {
    await until(
      async () => {
        if (this.#hasEnded) throw new Error('The app has ended')
        this.#browser ??= await this.#connect()
        return this.#browser?.contexts()[0]?.pages()[0] !== undefined
      },
      'the window can be talked to',
      START_TIMEOUT_MS,
    )
    const page = this.#browser?.contexts()[0]?.pages()[0] as Page
    page.setDefaultTimeout(STEP_TIMEOUT_MS)
    return work(page)
  }

  /** What is attached to a page costs it time: not while it rests. */
  async leaveWindow(): Promise<void> {
    const browser = this.#browser
    this.#browser = undefined
    await browser?.close() // only our connection
  }

  /** As by the cross of its window, which leaves it in the tray. */
  async closeWindow(): Promise<void> {
    using display = await XDisplay.open(this.#init.display)
    const [window] = await display.closable()
    if (window === undefined) throw new Error('No window is shown that could be closed')
    await display.close(window)
    await until(async () => (await display.closable()).length === 0, 'the window is hidden')
  }

  /** As by starting the program again while it runs. */
  async showWindow(link?: string): Promise<void> {
    const args = [...this.#args, ...(link === undefined ? [] : [link])]
    await promisify(execFile)(this.#program, args, { ...this.#spawning, timeout: STEP_TIMEOUT_MS })
    using display = await XDisplay.open(this.#init.display)
    await until(async () => (await display.closable()).length === 1, 'the window is shown')
  }

  /** What each of its processes uses. */
  figures(): readonly ProcessFigures[] {
    return processesOf(this.#init.user.name).flatMap(({ pid, command }) => {
      const kind = kindOf(command, this.#program)
      const figures = kind === undefined ? undefined : figuresOf(pid, kind)
      return figures === undefined ? [] : [figures]
    })
  }

  /** The pages must be under Chromium's system call filter. Throws where one is not. */
  assertSandboxed(): void {
    const pages = processesOf(this.#init.user.name).filter(({ command }) =>
      command.includes('--type=renderer'),
    )
    if (pages.length === 0 || !pages.every(({ status }) => /^Seccomp:\t2$/m.test(status)))
      throw new Error('A page runs without a system call filter')
  }

  /** Where requesters on this computer reach its node. Undefined while it is not online. */
  address(): string | undefined {
    const path = join(this.dataDir, 'node.json')
    if (!existsSync(path)) return undefined
    const { addresses } = JSON.parse(readFileSync(path, 'utf8')) as { addresses: readonly string[] }
    return addresses.find((address) => address.startsWith('/ip4/127.0.0.1/tcp/'))
  }

  /** Ends it in good order. Throws where it does not, or not in time. */
  async quit(): Promise<void> {
    this.#child.kill('SIGTERM')
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error('The app did not end on SIGTERM')), STOP_TIMEOUT_MS)
    })
    try {
      const end = await Promise.race([this.#ended, late])
      if (end !== 0) throw new Error(`The app ended with ${end}`)
    } finally {
      clearTimeout(timer)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#ended
    await this.leaveWindow().catch(() => undefined)
  }

  get #program(): string {
    return join(this.#init.folder, 'driad-desktop')
  }

  get #args(): readonly string[] {
    return ['--disable-gpu', '--network', this.#init.network, '--listen', '/ip4/127.0.0.1/tcp/0', '--no-mdns']
  }

  get #spawning() {
    const { user, display } = this.#init
    return { cwd: user.home, uid: user.uid, gid: user.gid, env: { ...user.env, DISPLAY: display } }
  }

  async #connect(): Promise<Browser | undefined> {
    // Chromium writes there where it listens; a file of an earlier start names a port where nobody is.
    const portFile = join(this.dataDir, this.#init.windowFolder ?? 'window', 'DevToolsActivePort')
    if (!existsSync(portFile)) return undefined
    const [port] = readFileSync(portFile, 'utf8').split('\n')
    return chromium.connectOverCDP(`http://127.0.0.1:${port}`).catch(() => undefined)
  }
}

export function dataDirOf(user: TestUser): string {
  return join(user.home, '.local', 'share', 'driad')
}

/** A copy of the unpacked program in the user's home, in a folder of that name. Returns its path. */
export function installFor(user: TestUser, unpacked: string, name: string): string {
  const folder = join(user.home, name)
  execFileSync('cp', ['-a', unpacked, folder])
  execFileSync('chown', ['-R', `${user.name}:`, folder])
  return folder
}
