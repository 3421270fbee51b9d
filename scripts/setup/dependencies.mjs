import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { withLock } from './lock.mjs'
import { inRoot, root } from './paths.mjs'
import { run } from './run.mjs'
import { step } from './step.mjs'

const stampFile = inRoot('node_modules', '.driad-lock-sha256')
const timeoutMs = 20 * 60_000

const lockHash = () =>
  createHash('sha256')
    .update(readFileSync(inRoot('package-lock.json')))
    .digest('hex')

/** @typedef {{ version?: string, integrity?: string, optional?: boolean, link?: boolean }} LockedPackage */

/**
 * Whether npm's own record of what it installed agrees with the lock: so after a developer's `npm install`,
 * which leaves no stamp of ours.
 */
function installedMatchesLock() {
  /** @param {string} path @returns {Record<string, LockedPackage>} */
  const packagesOf = (path) => JSON.parse(readFileSync(inRoot(path), 'utf8')).packages
  const installed = packagesOf(join('node_modules', '.package-lock.json'))
  const { '': _ours, ...locked } = packagesOf('package-lock.json')
  const isThere = (/** @type {string} */ name) => {
    const { version, integrity, optional } = /** @type {LockedPackage} */ (locked[name])
    const found = installed[name]
    if (found === undefined) return optional === true // of another platform
    return found.version === version && (integrity === undefined || found.integrity === integrity)
  }
  return Object.keys(locked).every(isThere) && Object.keys(installed).every((name) => name in locked)
}

/** Whether node_modules is what package-lock.json says. */
export function dependenciesAreCurrent() {
  try {
    const hash = lockHash()
    if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === hash) return true
    if (!installedMatchesLock()) return false
    writeFileSync(stampFile, hash)
    return true
  } catch {
    return false // there is no node_modules, or half of one
  }
}

/** Installs the packages of package-lock.json, unless they are there. */
export async function ensureDependencies() {
  if (dependenciesAreCurrent()) return
  await withLock('dependencies', async () => {
    if (dependenciesAreCurrent()) return
    await step('installing the packages of package-lock.json, one to three minutes', async () => {
      const hash = lockHash()
      await run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: root, timeoutMs })
      writeFileSync(stampFile, hash)
    })
  })
}
