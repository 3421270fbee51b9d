import { type ChildProcess, spawn } from 'node:child_process'
import { type Browser, chromium, type Page } from 'playwright-core'
import { until } from './driad-process.ts'

const START_TIMEOUT_MS = 60_000
/** What runs is finished for some seconds when it quits. */
const STOP_TIMEOUT_MS = 60_000
/** Longest that one step of a test waits for the window. */
const STEP_TIMEOUT_MS = 60_000
const LOG_CHARACTERS = 200_000

export interface AppCommand {
  readonly program: string
  readonly args: readonly string[]
  /** All of it: nothing of ours comes on top. */
  readonly env: NodeJS.ProcessEnv
  readonly cwd: string
  /** Who runs it, where that is not who runs the tests. */
  readonly user?: { readonly uid: number; readonly gid: number }
}

export interface AppOverPort {
  readonly process: ChildProcess
  /** Resolves to its exit code, null where a signal ended it. */
  readonly ended: Promise<number | null>
  readonly page: Page
  /** Connects anew after its computer slept: `page` is another one then. Chromium closes all its connections before a sleep. */
  reconnect(): Promise<void>
  log(): string
  /** Ends it as the system would at shutdown. Throws where it does not end. */
  stop(): Promise<void>
}

/**
 * Starts the app and drives its window over Chromium's debugging port, as nothing else can be driven in a package: its fuses let
 * nobody debug the main process.
 */
export async function startAppOverPort({ program, args, env, cwd, user }: AppCommand): Promise<AppOverPort> {
  const child = spawn(program, args, { env, cwd, ...user, stdio: ['ignore', 'ignore', 'pipe'] })
  let log = ''
  child.stderr.setEncoding('utf8').on('data', (text) => {
    log = (log + text).slice(-LOG_CHARACTERS)
  })
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve)).finally(() =>
    process.off('exit', kill),
  )
  let browser: Browser | undefined
  try {
    const url = await debuggingUrl(child)
    const connect = async () => {
      await browser?.close().catch(() => undefined) // only our connection
      browser = await chromium.connectOverCDP(url, { timeout: START_TIMEOUT_MS })
      return firstPage(browser)
    }
    let page = await connect()
    return {
      process: child,
      ended,
      get page() {
        return page
      },
      reconnect: async () => {
        // Until it has heard that the computer woke up, it hangs up on whoever calls.
        await until(async () => {
          const connected = await connect().catch(() => undefined)
          page = connected ?? page
          return connected !== undefined
        }, 'the window is reached again')
      },
      log: () => log,
      stop: async () => {
        await browser?.close().catch(() => undefined)
        if (child.exitCode !== null || child.signalCode !== null) return
        child.kill('SIGTERM')
        const timer = setTimeout(kill, STOP_TIMEOUT_MS)
        await ended
        clearTimeout(timer)
        if (child.signalCode === 'SIGKILL') throw new Error(`The app did not end on SIGTERM.\n${log}`)
      },
    }
  } catch (cause) {
    kill()
    await browser?.close().catch(() => undefined)
    throw new Error(`The app did not come up. It said:\n${log}`, { cause })
  }
}

/** Chromium says it on its standard error. */
function debuggingUrl(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    const timer = setTimeout(() => reject(new Error('No debugging port came in time')), START_TIMEOUT_MS)
    child.once('error', reject)
    child.once('exit', (code, signal) => reject(new Error(`It ended: ${code ?? signal}`)))
    child.stderr?.on('data', (chunk) => {
      text = (text + chunk).slice(-LOG_CHARACTERS)
      const url = /DevTools listening on (ws:\S+)/.exec(text)?.[1]
      if (url === undefined) return
      clearTimeout(timer)
      resolve(url)
    })
  })
}

async function firstPage(browser: Browser): Promise<Page> {
  const [context] = browser.contexts()
  if (context === undefined) throw new Error('It has no session')
  const page = context.pages()[0] ?? (await context.waitForEvent('page', { timeout: START_TIMEOUT_MS }))
  page.setDefaultTimeout(STEP_TIMEOUT_MS)
  return page
}
