import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * A .deb of a tree of files, by Debian's own dpkg-deb.
 * @param {import('./fpm-stand-in.mjs').PackageSpec} spec
 * @param {{ tree: string }} folders
 */
export function buildDeb(spec, { tree }) {
  writeControl(spec, tree)
  // zstd packs in seconds what xz, fpm's default, packs in minutes; dpkg knows it since 1.21.18 (Debian 12).
  execFileSync('dpkg-deb', ['--root-owner-group', '-Zzstd', '-z6', '--build', tree, spec.target], {
    stdio: 'inherit',
  })
}

/**
 * https://www.debian.org/doc/debian-policy/ch-controlfields.html
 * @param {import('./fpm-stand-in.mjs').PackageSpec} spec
 * @param {string} tree
 */
function writeControl(spec, tree) {
  const [installedKb = '0'] = execFileSync('du', ['-sk', tree], { encoding: 'utf8' }).split('\t')
  const fields = {
    Package: spec.name,
    Version: spec.iteration ? `${spec.version}-${spec.iteration}` : spec.version,
    Architecture: spec.architecture,
    Maintainer: spec.maintainer,
    Homepage: spec.url,
    Section: spec.category,
    Priority: spec.priority,
    'Installed-Size': installedKb,
    Depends: spec.depends.join(', '),
    Recommends: spec.recommends.join(', '),
    Description: [spec.summary, ...spec.description.split('\n').map((line) => ` ${line.trim() || '.'}`)].join(
      '\n',
    ),
  }
  const control = Object.entries(fields)
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `${name}: ${value}\n`)
    .join('')
  const folder = join(tree, 'DEBIAN')
  mkdirSync(folder)
  writeFileSync(join(folder, 'control'), control)
  for (const [script, source] of [
    ['postinst', spec.afterInstall],
    ['postrm', spec.afterRemove],
  ]) {
    if (source === undefined) continue
    cpSync(source, join(folder, /** @type {string} */ (script)))
    chmodSync(join(folder, /** @type {string} */ (script)), 0o755)
  }
}
