#!/usr/bin/env node
// Makes a .deb with dpkg-deb, or an .rpm with rpmbuild, where fpm cannot be downloaded: takes the arguments with which
// electron-builder calls `fpm -s dir -t deb` and `-t rpm`, and needs nothing but a Debian with those programs.
import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, lstatSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { buildDeb } from './build-deb.mjs'
import { buildRpm } from './build-rpm.mjs'

/**
 * @typedef {object} PackageSpec what fpm's arguments say
 * @property {string} target the file to make
 * @property {string} name
 * @property {string} version
 * @property {string | undefined} iteration
 * @property {string} architecture
 * @property {string} maintainer
 * @property {string} vendor
 * @property {string} url
 * @property {string} license
 * @property {string} summary
 * @property {string} description
 * @property {string} category
 * @property {string} priority
 * @property {string[]} depends
 * @property {string[]} recommends
 * @property {string[]} directories that are the package's own, with all below
 * @property {string | undefined} afterInstall path of the script
 * @property {string | undefined} afterRemove
 */

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    s: { type: 'string', short: 's' },
    t: { type: 'string', short: 't' },
    d: { type: 'string', short: 'd', multiple: true, default: [] },
    force: { type: 'boolean' },
    debug: { type: 'boolean' },
    log: { type: 'string' },
    architecture: { type: 'string' },
    'after-install': { type: 'string' },
    'after-remove': { type: 'string' },
    category: { type: 'string' },
    'deb-compression': { type: 'string' },
    'deb-priority': { type: 'string' },
    'deb-recommends': { type: 'string', multiple: true, default: [] },
    description: { type: 'string' },
    directories: { type: 'string', multiple: true, default: [] },
    iteration: { type: 'string' },
    license: { type: 'string' },
    maintainer: { type: 'string' },
    name: { type: 'string' },
    package: { type: 'string' },
    'rpm-compression': { type: 'string' },
    'rpm-os': { type: 'string' },
    'rpm-summary': { type: 'string' },
    url: { type: 'string' },
    vendor: { type: 'string' },
    version: { type: 'string' },
  },
})

const build = { deb: buildDeb, rpm: buildRpm }[values.t ?? '']
if (build === undefined) throw new Error(`only .deb and .rpm packages can be made here, not .${values.t}`)
const [synopsis = '', ...rest] = needed('description').split('\n')
const spec = /** @type {PackageSpec} */ ({
  target: needed('package'),
  name: needed('name'),
  version: needed('version'),
  iteration: values.iteration,
  architecture: needed('architecture'),
  maintainer: needed('maintainer'),
  vendor: values.vendor ?? '',
  url: needed('url'),
  license: values.license ?? '',
  summary: (values['rpm-summary'] ?? synopsis).trim() || needed('name'),
  description: values.t === 'rpm' ? needed('description') : rest.join('\n'),
  category: values.category ?? 'misc',
  priority: values['deb-priority'] ?? 'optional',
  depends: values.d,
  recommends: values['deb-recommends'],
  directories: values.directories,
  afterInstall: values['after-install'],
  afterRemove: values['after-remove'],
})
const stage = mkdtempSync(join(tmpdir(), 'driad-package-'))
try {
  const tree = join(stage, 'tree')
  for (const mapping of positionals) copyInto(tree, mapping)
  // Whatever the umask of who builds: all may read, only root may write.
  execFileSync('chmod', ['-R', 'u+rwX,go+rX,go-w', tree])
  rmSync(spec.target, { force: true })
  build(spec, { tree, scratch: join(stage, 'scratch') })
} finally {
  rmSync(stage, { recursive: true, force: true })
}

/** @param {keyof typeof values} name */
function needed(name) {
  const value = values[name]
  if (typeof value !== 'string' || value === '') throw new Error(`--${name} is missing`)
  return value
}

/** @param {string} tree @param {string} mapping `source=/target`, a folder's source ending in a slash */
function copyInto(tree, mapping) {
  const split = mapping.lastIndexOf('=/')
  const source = mapping.slice(0, split)
  const target = join(tree, mapping.slice(split + 1))
  mkdirSync(dirname(target), { recursive: true })
  cpSync(source, target, { recursive: true, verbatimSymlinks: true })
  if (!lstatSync(source).isDirectory()) chmodSync(target, 0o644)
}
