import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createPackageWithOptions, extractAll } from '@electron/asar'

/** @typedef {{ version: string, updates: { url: string, keys: string[] }, change?: (folder: string) => void }} Derivation */

/**
 * Makes another version out of an unpacked package: real files, changed where a build would have changed them. What stays the same is
 * shared with the original by hard links.
 * @param {string} original
 * @param {string} target
 * @param {Derivation} derivation `change` breaks what it likes in the folder; it must replace files, not write into them
 */
export async function derivePackage(original, target, { version, updates, change }) {
  execFileSync('cp', ['-al', original, target])
  const resources = join(target, 'resources')
  const scratch = `${target}.app`
  extractAll(join(resources, 'app.asar'), scratch)
  const manifestPath = join(scratch, 'package.json')
  const manifest = JSON.parse(readFileSync(manifestPath, 'utf8'))
  const before = manifest.version
  replaceFile(manifestPath, JSON.stringify({ ...manifest, version, updates }))
  if (version !== before) replaceVersion(join(scratch, 'out', 'main'), before, version)
  // As electron-builder does: native code, and all that is beside it, stays outside.
  const unpacked = readdirSync(join(resources, 'app.asar.unpacked', 'node_modules')).flatMap((scope) =>
    readdirSync(join(resources, 'app.asar.unpacked', 'node_modules', scope)).map(
      (name) => `${scope}/${name}`,
    ),
  )
  rmSync(join(resources, 'app.asar'))
  rmSync(join(resources, 'app.asar.unpacked'), { recursive: true })
  await createPackageWithOptions(scratch, join(resources, 'app.asar'), {
    unpackDir: `node_modules/{${unpacked.join(',')}}`,
  })
  rmSync(scratch, { recursive: true })
  change?.(target)
}

/** The program says its version to others, too, out of its own code. @param {string} folder @param {string} before @param {string} now */
function replaceVersion(folder, before, now) {
  let found = 0
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const path = join(folder, name)
    if (!name.endsWith('.js') || !statSync(path).isFile()) continue
    const code = readFileSync(path, 'utf8')
    const changed = code.replaceAll(
      new RegExp(`(\\bversion: ?[\`"'])${before.replaceAll('.', '\\.')}\\b`, 'g'),
      `$1${now}`,
    )
    if (changed === code) continue
    found++
    replaceFile(path, changed)
  }
  if (found === 0) throw new Error(`no file in ${folder} says ${before}`)
}

/** A new file in the place of the old one, which may be shared. @param {string} path @param {string | Buffer} content @param {number} [mode] */
export function replaceFile(path, content, mode) {
  const fresh = `${path}.${randomUUID()}`
  writeFileSync(fresh, content, mode === undefined ? {} : { mode })
  renameSync(fresh, path)
}

/** Packs a folder as releases are packed, quickly. @param {string} folder @param {string} file */
export function packFolder(folder, file) {
  mkdirSync(join(file, '..'), { recursive: true })
  execFileSync('tar', [
    '-C',
    join(folder, '..'),
    '-I',
    'gzip -1',
    '-cf',
    file,
    folder.split('/').at(-1) ?? '',
  ])
}
