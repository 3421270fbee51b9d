import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { inRoot } from '../setup/paths.mjs'
import { SetupError } from '../setup/setup-error.mjs'

/** Compressing by 9 takes minutes for one percent. */
const compressionLevel = '5'

/**
 * Puts programs of this Linux in the place of those that electron-builder would download, where it cannot, and says which packages can be
 * made with them. What it makes of `only` needs more than is here: that is told.
 * @param {string[] | undefined} only undefined for all that are possible
 * @returns {Promise<string[]>} targets
 */
export async function replaceTools(only) {
  process.env['CUSTOM_FPM_PATH'] = inRoot('scripts', 'package', 'fpm-stand-in.mjs')
  const { path7za } = await import('7zip-bin')
  chmodSync(path7za, 0o755) // the package forgets to
  process.env['ELECTRON_BUILDER_7ZIP_PATH'] = path7za
  process.env['ELECTRON_BUILDER_COMPRESSION_LEVEL'] ??= compressionLevel
  const needs = /** @type {Record<string, string[]>} */ ({
    deb: ['dpkg-deb'],
    rpm: ['rpmbuild'],
    AppImage: ['mksquashfs', 'unsquashfs', 'gcc'],
  })
  for (const target of only ?? []) {
    const missing = (needs[target] ?? []).filter((program) => !hasProgram(program))
    if (missing.length > 0)
      throw new SetupError(`to make ${target}, ${missing.join(' and ')} must be installed`)
  }
  if (only?.includes('AppImage')) makeAppImageTools(inRoot('dist', 'appimage-tools'))
  // An AppImage of these tools is for tests, and made when it is asked for.
  return only ?? ['deb', 'rpm', 'tar.gz'].filter((target) => (needs[target] ?? []).every(hasProgram))
}

/** @param {string} program */
function hasProgram(program) {
  return ['/usr/bin', '/usr/local/bin'].some((folder) => existsSync(join(folder, program)))
}

/**
 * The folder that electron-builder expects, with a runtime of our own that unpacks instead of mounting.
 * @param {string} folder
 */
function makeAppImageTools(folder) {
  rmSync(folder, { recursive: true, force: true })
  const cpu = process.arch === 'arm64' ? 'arm64' : 'x64'
  mkdirSync(join(folder, 'lib', cpu), { recursive: true })
  symlinkSync('/usr/bin/mksquashfs', join(folder, 'mksquashfs'))
  symlinkSync('/usr/bin/true', join(folder, 'desktop-file-validate')) // has to be there, and is not asked
  const runtime = join(folder, 'runtimes', `runtime-${cpu}`)
  mkdirSync(dirname(runtime))
  const source = inRoot('scripts', 'package', 'appimage-runtime.c')
  execFileSync('gcc', ['-O2', '-static', '-s', '-Wall', '-Wextra', '-Werror', '-o', runtime, source], {
    stdio: 'inherit',
  })
  const bytes = readFileSync(runtime)
  bytes.write('AI\x02', 8, 'latin1') // by which systems know an AppImage of the second type
  writeFileSync(runtime, bytes)
  process.env['APPIMAGE_TOOLS_PATH'] = folder
}
