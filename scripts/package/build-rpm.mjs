import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** What electron-builder has other names for than rpm. @type {Record<string, string>} */
const architectures = { amd64: 'x86_64', arm64: 'aarch64' }

/**
 * An .rpm of a tree of files, by rpmbuild (Debian's package rpm has one).
 * @param {import('./fpm-stand-in.mjs').PackageSpec} spec
 * @param {{ tree: string, scratch: string }} folders
 */
export function buildRpm(spec, { tree, scratch }) {
  mkdirSync(scratch)
  const specFile = join(scratch, 'package.spec')
  writeFileSync(specFile, specText(spec, tree))
  // rpmbuild empties its build root first: the files are put there by the spec's %install.
  const definitions = {
    _topdir: scratch,
    _rpmfilename: 'made.rpm',
    _rpmdir: scratch,
    // zstd packs in seconds what xz, fpm's default, packs in minutes.
    _binary_payload: 'w6.zstdio',
    _build_id_links: 'none',
    // Neither stripped nor compiled anew: everything is as it was built and tested.
    __os_install_post: '%{nil}',
    debug_package: '%{nil}',
  }
  execFileSync(
    'rpmbuild',
    [
      ...[
        '-bb',
        '--quiet',
        '--nodebuginfo',
        '--target',
        architectures[spec.architecture] ?? spec.architecture,
      ],
      ...Object.entries(definitions).flatMap(([name, value]) => ['--define', `${name} ${value}`]),
      specFile,
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  )
  copyFileSync(join(scratch, 'made.rpm'), spec.target)
}

/**
 * https://rpm-software-management.github.io/rpm/manual/spec.html
 * @param {import('./fpm-stand-in.mjs').PackageSpec} spec
 * @param {string} tree
 */
function specText(spec, tree) {
  const tags = {
    Name: spec.name,
    Version: spec.version,
    Release: spec.iteration ?? '1',
    Summary: spec.summary,
    License: spec.license,
    Vendor: spec.vendor,
    Packager: spec.maintainer,
    URL: spec.url,
    AutoReqProv: 'no', // what it needs is said; the libraries that it brings are nobody else's
    ...Object.fromEntries(spec.depends.map((name, index) => [`Requires#${index}`, name])),
  }
  return [
    ...Object.entries(tags).map(([tag, value]) => `${tag.replace(/#.*/, '')}: ${escaped(value)}`),
    '',
    '%description',
    escaped(spec.description),
    '',
    '%install',
    `cp -a '${escaped(tree)}/.' "%{buildroot}"`,
    ...script('post', spec.afterInstall),
    ...script('postun', spec.afterRemove),
    '',
    '%files',
    '%defattr(-,root,root,-)',
    ...listed(tree, spec.directories).map((path) => `"${escaped(path)}"`),
    '',
  ].join('\n')
}

/** @param {string} section @param {string | undefined} path */
function script(section, path) {
  return path === undefined ? [] : ['', `%${section}`, escaped(readFileSync(path, 'utf8'))]
}

/** Every file, and each folder that is the package's own; a folder in the list brings all that is below it. */
function listed(/** @type {string} */ tree, /** @type {string[]} */ directories) {
  const own = directories.filter((path) => path !== '')
  const files = readdirSync(tree, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(tree.length))
  return [...own, ...files.filter((file) => !own.some((folder) => file.startsWith(`${folder}/`)))].sort()
}

/** A percent sign begins a macro. @param {string} text */
function escaped(text) {
  return text.replaceAll('%', '%%')
}
