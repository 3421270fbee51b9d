#!/usr/bin/env node
// Makes a .deb with Debian's own dpkg-deb where fpm cannot be downloaded: takes the arguments with which electron-builder calls
// `fpm -s dir -t deb`, and needs nothing but a Debian.
import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, lstatSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'

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
    iteration: { type: 'string' },
    license: { type: 'string' },
    maintainer: { type: 'string' },
    name: { type: 'string' },
    package: { type: 'string' },
    url: { type: 'string' },
    vendor: { type: 'string' },
    version: { type: 'string' },
  },
})

/** @param {keyof typeof values} name */
function needed(name) {
  const value = values[name]
  if (typeof value !== 'string' || value === '') throw new Error(`--${name} is missing`)
  return value
}

if (values.t !== 'deb') throw new Error(`only .deb packages can be made here, not .${values.t}`)
const stage = mkdtempSync(join(tmpdir(), 'driad-deb-'))
try {
  const tree = join(stage, 'tree')
  for (const mapping of positionals) copyInto(tree, mapping)
  // Whatever the umask of who builds: all may read, only root may write.
  execFileSync('chmod', ['-R', 'u+rwX,go+rX,go-w', tree])
  writeControl(tree)
  const target = needed('package')
  rmSync(target, { force: true })
  // zstd packs in seconds what xz, fpm's default, packs in minutes; dpkg knows it since 1.21.18 (Debian 12).
  execFileSync('dpkg-deb', ['--root-owner-group', '-Zzstd', '-z6', '--build', tree, target], {
    stdio: 'inherit',
  })
} finally {
  rmSync(stage, { recursive: true, force: true })
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

/** https://www.debian.org/doc/debian-policy/ch-controlfields.html @param {string} tree */
function writeControl(tree) {
  const [installedKb = '0'] = execFileSync('du', ['-sk', tree], { encoding: 'utf8' }).split('\t')
  const [synopsis = '', ...description] = needed('description').split('\n')
  const fields = {
    Package: needed('name'),
    Version: values.iteration ? `${needed('version')}-${values.iteration}` : needed('version'),
    Architecture: needed('architecture'),
    Maintainer: needed('maintainer'),
    Homepage: needed('url'),
    Section: values.category ?? 'misc',
    Priority: values['deb-priority'] ?? 'optional',
    'Installed-Size': installedKb,
    Depends: values.d.join(', '),
    Recommends: values['deb-recommends'].join(', '),
    Description: [
      synopsis.trim() || needed('name'),
      ...description.map((line) => ` ${line.trim() || '.'}`),
    ].join('\n'),
  }
  const control = Object.entries(fields)
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `${name}: ${value}\n`)
    .join('')
  const folder = join(tree, 'DEBIAN')
  mkdirSync(folder)
  writeFileSync(join(folder, 'control'), control)
  for (const [script, source] of [
    ['postinst', values['after-install']],
    ['postrm', values['after-remove']],
  ]) {
    if (source === undefined) continue
    cpSync(source, join(folder, /** @type {string} */ (script)))
    chmodSync(join(folder, /** @type {string} */ (script)), 0o755)
  }
}
