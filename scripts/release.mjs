#!/usr/bin/env node
// `npm run release -- --folder FILES --key release-key.pem [--staging 10]`: writes beside the packages of a version what the app reads of
// it on the update server, signed, one file for each channel and system. docs/releasing.md says where they go.
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { ensureBuild } from './setup/build.mjs'
import { ensureDependencies } from './setup/dependencies.mjs'
import { newerNode, rerunUnderNewerNode } from './setup/node-version.mjs'
import { inRoot } from './setup/paths.mjs'
import { SetupError } from './setup/setup-error.mjs'
import { runMain, say } from './setup/step.mjs'

// As electron-builder.config.mjs names them.
const PACKAGE =
  /^driad-(?<version>\d+\.\d+\.\d+(?:-(?!cuda)[0-9A-Za-z.]+)?)(?<cuda>-cuda)?-(?<os>linux|win|mac)-(?<arch>[a-z0-9_]+)\.(?<ext>deb|rpm|AppImage|tar\.gz|exe|zip|dmg)$/
/** What those of other processors are called on Linux, where each has a file of its own: as electron-updater does. */
const LINUX_ARCH = /** @type {Record<string, string>} */ ({ amd64: 'x64', x86_64: 'x64', aarch64: 'arm64' })

await runMain(async () => {
  await ensureDependencies()
  const code = await rerunUnderNewerNode()
  if (code !== undefined) return code
  const { values } = parseArgs({
    options: { folder: { type: 'string' }, key: { type: 'string' }, staging: { type: 'string' } },
  })
  if (!values.folder || !values.key) throw new SetupError('--folder and --key are needed')
  const folder = resolve(values.folder)
  const { version } = JSON.parse(readFileSync(inRoot('package.json'), 'utf8'))
  await ensureBuild()
  for (const [name, packages] of descriptions(readdirSync(folder), version)) {
    const paths = packages.map((file) => join(folder, file))
    const flags = ['--release', version, '--out', join(folder, name), '--key', values.key]
    const staging = values.staging === undefined ? [] : ['--staging', values.staging]
    const cli = inRoot('scripts', 'driad.mjs')
    execFileSync(newerNode(), [cli, 'release', 'describe', ...paths, ...flags, ...staging], {
      stdio: 'inherit',
    })
  }
  say(`driad: what is in ${folder} can go to the update server`)
  return 0
})

/**
 * Which file describes which packages. A version with a hyphen goes to the beta channel; a finished one to both, so that those on beta
 * come back to it.
 * @param {string[]} files
 * @param {string} version
 * @returns {Map<string, string[]>}
 */
function descriptions(files, version) {
  const channels = version.includes('-') ? ['beta'] : ['latest', 'beta']
  /** @type {Map<string, string[]>} */
  const found = new Map()
  for (const file of files.sort()) {
    const parts = PACKAGE.exec(file)?.groups
    if (parts === undefined) continue
    if (parts['version'] !== version) throw new SetupError(`${file} is not of version ${version}`)
    const system = systemOf(/** @type {{ os: string, arch: string }} */ (parts))
    for (const channel of channels) {
      const name = `${channel}${parts['cuda'] ?? ''}${system}.json`
      found.set(name, [...(found.get(name) ?? []), file])
    }
  }
  if (found.size === 0) throw new SetupError('there is no package of this version in the folder')
  return found
}

/** @param {{ os: string, arch: string }} parts */
function systemOf({ os, arch }) {
  if (os === 'win') return ''
  if (os === 'mac') return '-mac'
  const cpu = LINUX_ARCH[arch] ?? arch
  return cpu === 'x64' ? '-linux' : `-linux-${cpu}`
}
