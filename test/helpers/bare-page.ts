import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { _electron, type Page } from 'playwright-core'

const inRoot = (...path: string[]) => join(fileURLToPath(new URL('../..', import.meta.url)), ...path)

export interface BarePages extends AsyncDisposable {
  /** A new window with the page at `?query#/hash`, and no node behind it but the fixture's invented one. */
  open(address: string, size?: { width: number; height: number }): Promise<Page>
  /** What pages wrote to their consoles as errors, and what they threw. */
  readonly errors: readonly string[]
}

/** Opens the built window in the Electron that set-up found, with `test/fixtures/renderer-api.ts` as its node. */
export async function openBarePages(): Promise<BarePages> {
  const executablePath = process.env.ELECTRON_EXEC_PATH
  if (executablePath === undefined) throw new Error('Run this test by `npm test`: it finds an Electron')
  const profile = mkdtempSync(join(tmpdir(), 'driad-bare-page-'))
  const electron = await _electron.launch({
    executablePath,
    args: [
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      '--disable-gpu',
      '--enable-unsafe-swiftshader',
      `--user-data-dir=${profile}`,
      inRoot('test', 'fixtures', 'bare-page.mjs'),
      inRoot('out', 'renderer'),
    ],
    timeout: 60_000,
  })
  const fixture = stripTypeScriptTypes(readFileSync(inRoot('test', 'fixtures', 'renderer-api.ts'), 'utf8'))
  // Its one top-level `import type` is gone with the types; a function around it keeps its names to itself.
  await electron
    .context()
    .addInitScript({ content: `if (location.protocol === 'app:') (() => {${fixture}\n})()` })
  const errors: string[] = []
  return {
    errors,
    open: async (address, { width, height } = { width: 1280, height: 800 }) => {
      const opened = electron.waitForEvent('window')
      await electron.evaluate(
        async ({ BrowserWindow }, wanted) => {
          const window = new BrowserWindow({
            width: wanted.width,
            height: wanted.height,
            useContentSize: true,
            webPreferences: { sandbox: true, contextIsolation: true },
          })
          await window.loadURL('about:blank')
        },
        { width, height },
      )
      const page = await opened
      page.on('console', (message) => {
        if (message.type() === 'error') errors.push(`${address}: ${message.text().slice(0, 300)}`)
      })
      page.on('pageerror', (error) => errors.push(`${address}: ${error.message}`))
      await page.goto(`app://driad/index.html${address}`)
      await page.getByRole('heading', { level: 1 }).waitFor()
      return page
    },
    [Symbol.asyncDispose]: async () => {
      await electron.close()
      rmSync(profile, { recursive: true, force: true })
    },
  }
}

/** Saves what the page shows as test-results/screenshots/<name>.png. */
export async function saveScreenshot(page: Page, name: string): Promise<void> {
  const folder = inRoot('test-results', 'screenshots')
  mkdirSync(folder, { recursive: true })
  await page.screenshot({ path: join(folder, `${name}.png`), animations: 'disabled' })
}
