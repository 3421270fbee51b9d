#!/usr/bin/env node
// Completes package-lock.json after `npm install`: `node scripts/patch-lock.mjs`, or with --check only to look.
//
// A registry may not carry the prebuilt binaries of every platform. npm leaves those out of the lock that it writes,
// and then `npm ci` refuses that lock everywhere. We name them again, bound to their platform: skipped on
// the others, and fetched where they belong.
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** @typedef {{ version?: string, resolved?: string, dev?: boolean, optional?: boolean, os?: string[], cpu?: string[], libc?: string[], optionalDependencies?: Record<string, string> }} LockedPackage */

const lockFile = fileURLToPath(new URL('../package-lock.json', import.meta.url))

/** Words in the names of platform packages, and what npm calls the platform. @type {Record<string, string>} */
const osWords = {
  android: 'android',
  darwin: 'darwin',
  freebsd: 'freebsd',
  linux: 'linux',
  mac: 'darwin',
  openharmony: 'openharmony',
  win: 'win32',
  win32: 'win32',
}
/** @type {Record<string, string>} */
const cpuWords = {
  arm: 'arm',
  arm64: 'arm64',
  armv7l: 'arm',
  ia32: 'ia32',
  ppc64: 'ppc64',
  riscv64: 'riscv64',
  s390x: 's390x',
  x64: 'x64',
}

/**
 * The platform that a package's name tells, such as `@oxlint/binding-linux-x64-musl`.
 * @param {string} name
 */
function platformOf(name) {
  const words = name.split(/[/-]/)
  const os = words.map((word) => osWords[word]).find((found) => found !== undefined)
  const cpu = words.map((word) => cpuWords[word]).find((found) => found !== undefined)
  if (os === undefined || cpu === undefined)
    throw new Error(`${name}: the platform cannot be told from this name`)
  return { os: [os], cpu: [cpu], ...(words.some((word) => word.startsWith('musl')) && { libc: ['musl'] }) }
}

/**
 * Where npm would find `name` when the package locked at `from` asks for it: beside it, or in a folder above.
 * @param {Record<string, LockedPackage>} packages
 * @param {string} from
 * @param {string} name
 */
function isLocked(packages, from, name) {
  for (let folder = from; ; folder = folder.slice(0, Math.max(folder.lastIndexOf('node_modules/') - 1, 0))) {
    if (packages[`${folder === '' ? '' : `${folder}/`}node_modules/${name}`] !== undefined) return true
    if (folder === '') return false
  }
}

/**
 * Adds every optional package that the lock asks for and does not have; returns their names.
 * @param {Record<string, LockedPackage>} packages
 */
function addMissing(packages) {
  const added = []
  for (const [from, owner] of Object.entries(packages)) {
    for (const [name, version] of Object.entries(owner.optionalDependencies ?? {})) {
      if (isLocked(packages, from, name)) continue
      packages[`node_modules/${name}`] = {
        version,
        ...(owner.dev && { dev: true }),
        optional: true,
        ...platformOf(name),
      }
      added.push(name)
    }
  }
  return added
}

/** @type {{ packages: Record<string, LockedPackage> }} */
const lock = JSON.parse(readFileSync(lockFile, 'utf8'))
const missing = addMissing(lock.packages)
const withHost = Object.entries(lock.packages).filter(([, entry]) => entry.resolved?.startsWith('http'))

if (process.argv.includes('--check')) {
  const problems = [
    ...missing.map((name) => `${name} is not in the lock`),
    ...withHost.map(([name]) => `${name} names the host that it was fetched from`),
  ]
  if (problems.length > 0) {
    console.error(`package-lock.json:\n  ${problems.join('\n  ')}\nMend it with: node scripts/patch-lock.mjs`)
    process.exit(1)
  }
} else {
  for (const [, entry] of withHost) delete entry.resolved
  const byName = (/** @type {[string, unknown]} */ a, /** @type {[string, unknown]} */ b) =>
    a[0].localeCompare(b[0], 'en')
  lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(byName))
  writeFileSync(lockFile, `${JSON.stringify(lock, null, 2)}\n`)
  console.log(
    `package-lock.json: ${missing.length} platform packages added, ${withHost.length} hosts removed`,
  )
}
